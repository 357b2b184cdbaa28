"""F9: several terminals and their MES, and everything goes wrong at once; in the end all is there once."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hmi.times import SystemClock
from local_db.copies import Copies
from local_db.restore import restore
from tests.fakes.mes import FakeMes
from tests.faults.acts import id_of
from tests.faults.figure import Outcome, Trial
from tests.faults.judge import Verdict, ids_in
from tests.faults.nursery import Child, Nursery

TERMINALS = 4
_HURRY_S, _BUSY_S = 0.004, 0.2  # between two entries: in seconds of trouble, and in half an hour of it


@dataclass
class Terminal:
    """One terminal without a window: its file, its MES door, and what it was told."""

    number: int
    folder: Path
    mes: FakeMes
    rest_s: float
    child: Child | None = None
    confirmed: int = 0

    @property
    def file(self) -> Path:
        """Its journal."""
        return self.folder / "ledger.sqlite3"

    def start(self, nursery: Nursery, until: int = 1 << 30) -> None:
        """Start or go on."""
        self.child = nursery.fork(
            "work", file=str(self.file), first=self.confirmed, until=until, rest_s=self.rest_s,
            url=self.mes.url, token=str(self.folder / "token"), terminal=f"T{self.number}", ids=self.number,
        )  # fmt: skip

    def kill(self) -> None:
        """`kill -9`."""
        assert self.child is not None
        self.confirmed += sum(line.isdigit() for line in self.child.kill().told)
        self.child = None

    def finish(self, nursery: Nursery) -> bool:
        """Let everything arrive; whether it did by itself."""
        self.start(nursery, until=self.confirmed + 2)
        assert self.child is not None
        ended = self.child.end()
        self.confirmed += sum(line.isdigit() for line in ended.told)
        return "drained" in ended.told


def _trouble(terminals: list[Terminal], nursery: Nursery, chance: random.Random, copies: list[Copies]) -> str:
    """One thing goes wrong, or a copy is taken so that it can."""
    one = chance.choice(terminals)
    faults = one.mes.faults
    kind = chance.choice(("kill", "kill", "mes off", "replies", "slow", "put back", "copy", "restore"))
    match kind:
        case "kill":
            one.kill()
            one.start(nursery)
        case "mes off":
            one.mes.stop()
            time.sleep(chance.uniform(0, 0.4))
            one.mes.start()
        case "replies":
            faults.lose_share, faults.fail_share = chance.choice(((0.5, 0.2), (0.0, 0.0), (0.2, 0.6)))
        case "slow":
            faults.slow_s = chance.choice((0.0, 0.1))
        case "put back":
            one.mes.stop()
            one.mes.put_back(chance.randint(len(one.mes.received) // 2, len(one.mes.received)))
            one.mes.epoch = f"{chance.random()}"
            one.mes.start()
        case "copy":
            if one.file.exists():
                copies[one.number].take(one.file, SystemClock().now())
        case _:
            _put_copy_back(one, nursery, copies[one.number])
    return kind


def _put_copy_back(one: Terminal, nursery: Nursery, copies: Copies) -> None:
    """A copy is put back in the place of a store that still proves itself: all of it has to come along."""
    if not copies.kept():
        return
    one.kill()
    with closing(sqlite3.connect(one.file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    restore(one.file, copies, terminal=f"T{one.number}", clock=SystemClock())
    one.start(nursery)


def _check(terminals: list[Terminal], verdict: Verdict) -> int:
    """Every confirmed wish is in its journal and at the MES once; every journal proves itself."""
    entries = 0
    for one in terminals:
        wished = [id_of(n, one.number) for n in range(one.confirmed + 1)]
        here = ids_in(one.file)
        verdict.compare(wished[: one.confirmed], here, wished)
        verdict.prove(one.file)
        at_mes = one.mes.received
        verdict.lost += sum(entry not in at_mes for entry in wished[: one.confirmed])
        verdict.twice += sum(count - 1 for count in Counter(one.mes.judged).values())
        with closing(sqlite3.connect(one.file)) as raw:
            open_ones = raw.execute(
                "SELECT state, count(*) FROM receipt "
                "WHERE state NOT IN ('received', 'set_aside') GROUP BY state"
            ).fetchall()
        verdict.words += [f"T{one.number}: {count} {state}" for state, count in open_ones]
        entries += len(here)
    return entries


def nemesis(trial: Trial) -> Outcome:
    """Four terminals for so long; the control takes one entry away at the MES."""
    seconds, chance = trial.effort.of(1800, 15), random.Random(trial.seed)
    verdict, troubles = Verdict(), Counter[str]()
    meses = [FakeMes(terminal=f"T{number}") for number in range(TERMINALS)]
    rest_s = _BUSY_S if seconds > 60 else _HURRY_S  # each trouble costs as much as the journal is long
    terminals = [Terminal(n, trial.place(f"T{n}"), mes, rest_s) for n, mes in enumerate(meses)]
    copies = [Copies(one.folder / "copies", "ledger") for one in terminals]
    with Nursery(trial.place("nursery")) as nursery:
        for one in terminals:
            (one.folder / "token").write_text(one.mes.token)
            one.mes.start()
            one.start(nursery)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(chance.uniform(0.1, 0.6))
            troubles[_trouble(terminals, nursery, chance, copies)] += 1
            if sum(troubles.values()) % 200 == 0:
                trial.say(f"{sum(troubles.values())} troubles")
        for one in terminals:
            one.kill()
            one.mes.faults.lose_share = one.mes.faults.fail_share = one.mes.faults.slow_s = 0.0
        for one in terminals:
            if not one.finish(nursery):
                verdict.words.append(f"T{one.number} did not end by itself")
        entries = _check(terminals, verdict)
    control = Verdict()
    victim = terminals[0].mes
    del victim.received[next(iter(victim.received))]
    _check(terminals, control)
    for one in terminals:
        one.mes.stop()
    return Outcome(
        sum(troubles.values()),
        {"terminals": TERMINALS, "entries": entries, **verdict.values(), **dict(troubles)},
        verdict.bad,
        f"a MES that lost one entry: {control.lost - verdict.lost} lost",
        control.lost == verdict.lost + 1,
    )
