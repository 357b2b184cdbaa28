"""F22 M: the rules of a shared counter in one process, so that many lives can be lived."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from pydantic import JsonValue
from sqlalchemy import func, insert, select

from devices.plant.mes_server import leases, tables
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.inbox import Inbox
from hmi.domain.entries import PushResult, ReceiptState, ResultKind
from hmi.domain.payloads import ProductionCounted
from hmi.domain.production import CounterLease
from hmi.operations.production import CounterSeen, count_parts
from local_db.ledger import SqliteLedger
from local_db.verify import verify
from tests.fakes.clock import SteppedClock
from tests.faults.figure import Outcome, Trial

COUNTER = "GoodCount"
_STEPS = 80


@dataclass
class Mes:
    """The reference MES, asked as its doors ask it; `blind` is one that knows nothing of leases."""

    database: Database
    clock: SteppedClock
    blind: bool = False
    inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.database)
        with self.database.write() as connection:
            for name in ("T1", "T2"):
                connection.execute(insert(tables.terminal).values(id=name, equipment="PRESS", path="a/b"))

    def lease(self, terminal: str) -> CounterLease:
        with self.database.write() as connection:
            found = leases.take(connection, terminal, COUNTER, self.clock.monotonic_ms())
        at = None if found.counted_at is None else datetime.fromisoformat(found.counted_at)
        held = found.holder == terminal
        return CounterLease(COUNTER, found.holder, held, found.fence, found.counted_to, at)

    def counted(self) -> tuple[Decimal, int | None]:
        """See counted_in."""
        return counted_in(self.database)


def counted_in(database: Database) -> tuple[Decimal, int | None]:
    """The sum of all counts that were received, and the counter value where counting began."""
    made, box = tables.production, tables.inbox
    with database.read() as connection:
        total = sum((Decimal(q) for q in connection.scalars(select(made.c.quantity))), Decimal(0))
        began = select(func.min(box.c.number)).where(
            box.c.kind == "production.counted", box.c.result == "received"
        )
        text = connection.scalar(select(box.c.entry).where(box.c.number == began.scalar_subquery()))
    if text is None:
        return total, None
    return total, int(text.split('"counter_from":')[1].split(",")[0])


@dataclass
class Station:
    """A terminal without a window."""

    name: str
    file: Path
    mes: Mes
    ledger: SqliteLedger = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.ledger = SqliteLedger(
            self.file, terminal=self.name, equipment="PRESS", clock=self.mes.clock,
            on_changes=lambda changes: None,
        )  # fmt: skip
        self.ledger.start()

    def restart(self) -> None:
        self.ledger.stop()
        self.start()

    def see(self, value: int) -> None:
        seen = CounterSeen(COUNTER, value, self.mes.clock.now(), True, None, 0.01, shared=not self.mes.blind)
        self.ledger.do(count_parts, seen).result()

    def ask(self) -> bool:
        """Ask for the lease; whether this terminal counts now."""
        lease = self.mes.lease(self.name)
        self.ledger.note_lease(lease).result()
        return lease.held

    def push(self, answer_is_lost: bool) -> bool:
        """Send what waits; whether there was anything."""
        sent = self.ledger.waiting(50, 1 << 20).result()
        if not sent:
            return False
        wire: JsonValue = {"epoch": sent[0].epoch, "entries": [entry.to_wire() for entry in sent]}
        results = self.mes.inbox.receive(self.name, wire)["results"]
        if not answer_is_lost and isinstance(results, list):
            told = [
                PushResult(
                    str(one["id"]), ResultKind(str(one["result"])), str(one.get("mes_id", "")),
                    str(one.get("code", "")), str(one.get("words", "")),
                )
                for one in results
                if isinstance(one, dict)
            ]  # fmt: skip
            self.ledger.settle(told, [entry.id for entry in sent]).result()
        return True

    def wrongly_refused(self) -> list[str]:
        """Codes of refusals that a lost lease does not explain."""
        rows = self.ledger.read(
            lambda records: records.journal.newest(
                1000, frozenset({ReceiptState.REFUSED, ReceiptState.PARKED})
            )
        ).result()
        return [str(row.receipt.code) for row in rows if row.receipt.code != "lease_lost"]

    def fences(self) -> set[int]:
        rows = self.ledger.read(lambda records: records.journal.newest(1000)).result()
        said = [row.entry.payload for row in rows if isinstance(row.entry.payload, ProductionCounted)]
        return {one.fence for one in said if one.fence is not None}


def _life(folder: Path, chance: random.Random, *, blind: bool = False) -> tuple[list[str], int]:
    """One machine, two terminals whose roads fail at random; what is wrong in the end, how many leases."""
    folder.mkdir(parents=True)
    database = Database(f"sqlite:///{(folder / 'mes.sqlite').as_posix()}")
    mes = Mes(database, SteppedClock(), blind)
    stations = [Station(name, folder / name / "ledger.sqlite3", mes) for name in ("T1", "T2")]
    value, away = chance.randint(0, 5000), {"T1": False, "T2": False}
    for _ in range(_STEPS):
        mes.clock.step(chance.choice((2, 5, 20, 45)))
        value += chance.randint(0, 6)
        one = chance.choice(stations)
        match chance.choice(("see", "see", "see", "see", "ask", "ask", "push", "push", "road", "restart")):
            case "see":
                one.see(value)
            case "ask" if not away[one.name]:
                one.ask()
            case "push" if not away[one.name]:
                one.push(chance.random() < 0.3)
            case "road":
                away[one.name] = chance.random() < 0.6
            case "restart" if chance.random() < 0.3:
                one.restart()
            case _:
                pass
    value += 3
    mes.clock.step(leases.TERM_S + 1)
    holders = 0
    for one in stations:  # every road heals; whoever holds the lease counts to the end
        holders += one.ask()
        one.see(value)
        while one.push(answer_is_lost=False):
            pass
    for one in stations:
        one.see(value)
        while one.push(answer_is_lost=False):
            pass
    bad = [] if blind or holders == 1 else [f"{holders} terminals count"]
    total, began = mes.counted()
    if began is None or total != value - began:
        bad.append(f"the counter went from {began} to {value}, the MES has {total}")
    for one in stations:
        bad += [f"{one.name}: refused, {code}" for code in one.wrongly_refused()]
    shared = stations[0].fences() & stations[1].fences()
    bad += [f"both counted under lease {fence}" for fence in shared]
    fences = len(stations[0].fences() | stations[1].fences())
    for one in stations:
        one.ledger.stop()
        proven = verify(one.file, tables=True)
        bad += [] if proven.ok else [f"{one.name}: {proven.words}"]
    database.engine.dispose()
    return bad, fences


def shared(trial: Trial) -> Outcome:
    """Lives of a machine; the control has two terminals and a MES without leases, which count all twice."""
    count, chance = trial.effort.of(1000, 12), random.Random(trial.seed)
    bad, handovers = list[str](), 0
    for number in range(count):
        wrong, fences = _life(trial.folder / f"life-{number}", chance)
        bad += [f"life {number}: {one}" for one in wrong]
        handovers += max(0, fences - 1)
        if number % 100 == 99:
            trial.say(f"{number + 1} lives, {handovers} handovers")
    doubled = sum(bool(_life(trial.folder / f"blind-{n}", chance, blind=True)[0]) for n in range(5))
    return Outcome(
        count,
        {"handovers": handovers, "wrong": len(bad)},
        tuple(bad[:10]),
        f"two that count without a lease: {doubled} of 5 sums are wrong",
        doubled > 1,
    )
