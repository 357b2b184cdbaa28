"""F5 to F8: the MES is away for days, hangs and heals, was put back, refuses some, or cannot take one."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import product
from pathlib import Path

from hmi.domain.changes import Changes
from hmi.domain.entries import Entry, NewEntry, ReceiptState, Subject
from hmi.domain.payloads import HelpCalled, JobOrderPaused
from hmi.domain.standing import Known
from hmi.ports import Connector
from hmi.times import SystemClock
from local_db.ledger import SqliteLedger
from local_db.mes.rest import RestConnector
from local_db.sync import Pace, Sync
from tests.fakes.mes import FakeMes
from tests.faults.acts import BRISK, connector, make_ledger
from tests.faults.figure import Outcome, Trial
from tests.faults.nursery import ROOT

HELP = NewEntry(Subject("equipment", "PRESS12"), HelpCalled(whom="quality"))
_HEAL_S = 60.0


def paused(order: str) -> NewEntry:
    """An entry that holds its place among those of its order."""
    return NewEntry(Subject("job_order", order), JobOrderPaused())


@dataclass
class Line:
    """A terminal without a window, its MES, and sync between them."""

    folder: Path
    mes: FakeMes = field(default_factory=FakeMes)
    woken: Sync | None = None
    ledger: SqliteLedger = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mes.start()
        (self.folder / "token").write_text(self.mes.token)
        self.ledger = make_ledger(self.folder / "ledger.sqlite3", on_changes=self._changed)
        self.ledger.start()

    def _changed(self, changes: Changes) -> None:
        if self.woken is not None:
            self.woken.wake()

    def append(self, *entries: NewEntry) -> tuple[Entry, ...]:
        """Save entries as they are."""
        return self.ledger.do(lambda records, wish, context: entries, None).result().entries

    def waiting(self) -> int:
        """How many wait."""
        return self.ledger.queue().result().waiting

    def road(self) -> RestConnector:
        """The road to its MES."""
        return connector(self.mes.url, str(self.folder / "token"))

    async def play(
        self, part: Callable[[], Awaitable[None]], pace: Pace, road: Connector | None = None
    ) -> None:
        """Do something while sync runs."""
        self.woken = Sync(
            self.ledger, road or self.road(), name="mes", kind="rest", address="", clock=SystemClock(),
            on_status=lambda status: None, pace=pace,
        )  # fmt: skip
        running = asyncio.create_task(self.woken.run())
        try:
            await part()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self.woken = None

    def close(self) -> None:
        """Let go of everything."""
        self.ledger.stop()
        self.mes.stop()


async def until(true: Callable[[], bool], seconds: float) -> float:
    """Seconds until something is true; infinity when it does not come about in time."""
    began = time.monotonic()
    while not await asyncio.to_thread(true):
        if time.monotonic() - began > seconds:
            return float("inf")
        await asyncio.sleep(0.02)
    return time.monotonic() - began


# ---------------------------------------------------------------- F5: away for 72 h


@contextmanager
def reference_mes(folder: Path) -> Generator[tuple[str, Path, Path]]:
    """The reference MES as a process: its address, its database and the token file of its terminal."""
    database, token = folder / "mes.sqlite", folder / "mes-token"
    words = ["--db", f"sqlite:///{database}", "--port", "0", "--token-file", str(token)]
    with subprocess.Popen(
        [sys.executable, "-m", "devices.plant.mes_server", *words, "--parent", str(os.getpid())],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        try:
            yield f"http://127.0.0.1:{told['port']}", database, token
        finally:
            process.terminate()


def _received(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as raw:
        return int(
            raw.execute("SELECT count(DISTINCT id) FROM inbox WHERE result = 'received'").fetchone()[0]
        )


def backlog(trial: Trial) -> Outcome:
    """Entries of three days without the MES go to the reference MES; the control loses one there."""
    count, batch = trial.effort.of(50_000, 3_000), 500
    ledger = make_ledger(trial.place("terminal") / "ledger.sqlite3", "T-PRESS12")
    ledger.start()
    for _ in range(0, count, batch):
        ledger.do(lambda records, wish, context: [HELP] * batch, None).result()
    with reference_mes(trial.place("mes")) as (url, database, token):
        road = connector(url, str(token), "T-PRESS12")
        sync = Sync(
            ledger,
            road,
            name="mes",
            kind="rest",
            address="",
            clock=SystemClock(),
            on_status=lambda status: None,
        )

        async def drain() -> float:
            running = asyncio.create_task(sync.run())
            try:
                return await until(lambda: ledger.queue().result().waiting == 0, 600)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

        seconds = asyncio.run(drain())
        there = _received(database)
        with closing(sqlite3.connect(database)) as raw:
            raw.execute("DELETE FROM inbox WHERE number = (SELECT max(number) FROM inbox)")
            raw.commit()
        control = count - _received(database)
    ledger.stop()
    rate = count / seconds
    bad = [f"{count - there} entries are not there"] if there != count else []
    bad += [f"only {rate:.0f} entries/s"] if rate < 500 else []
    return Outcome(
        count,
        {"entries/s": round(rate), "lost": count - there, "s": round(seconds, 1)},
        tuple(bad),
        f"a MES that lost one of them: {control} missing",
        control == 1,
    )


# ---------------------------------------------------------------- F6: hangs, and heals


def _trouble(line: Line, kind: int) -> None:
    faults = line.mes.faults
    match kind:
        case 0:
            line.mes.stop()
        case 1:
            faults.slow_s = 30.0  # longer than anybody waits
        case 2:
            faults.status = 500
        case 3:
            faults.silent = True
        case 4:
            faults.body = b"<html>sign in to the guest network</html>"
        case _:
            faults.lose_share = 1.0


def _heal(line: Line) -> None:
    line.mes.faults.slow_s, line.mes.faults.status, line.mes.faults.silent = 0.0, None, False
    line.mes.faults.body, line.mes.faults.lose_share = None, 0.0
    line.mes.start() if line.mes.stopped else None


class Deaf(RestConnector):
    """A road that never gives up waiting: a broken build."""

    async def health(self) -> datetime:
        await asyncio.sleep(3600)
        return await super().health()

    async def known(self) -> Known | None:
        await asyncio.sleep(3600)
        return None


async def _heals(
    line: Line, kind: int, chance: random.Random, road: Connector | None, limit_s: float
) -> float:
    taken = 0.0

    async def part() -> None:
        nonlocal taken
        line.append(*[HELP] * 5, paused("WO-1"))
        await asyncio.sleep(chance.uniform(0.0, 0.3))
        _trouble(line, kind)
        line.append(*[HELP] * 20, paused("WO-1"), paused("WO-2"))
        await asyncio.sleep(chance.uniform(0.5, 6.0))
        _heal(line)
        taken = await until(lambda: line.waiting() == 0, limit_s)

    await line.play(part, Pace(), road)
    return taken


def heals(trial: Trial) -> Outcome:
    """Six kinds of trouble at random moments; the queue has to be empty within a minute of the heal."""
    count, chance = trial.effort.of(1000, 12), random.Random(trial.seed)
    slowest, stuck, at_once = 0.0, 0, 12

    async def some(first: int, number: int) -> list[float]:
        lines = [Line(trial.folder / f"line-{first + n}") for n in range(number)]
        try:
            return await asyncio.gather(
                *(_heals(line, (first + n) % 6, chance, None, _HEAL_S) for n, line in enumerate(lines))
            )
        finally:
            for line in lines:
                line.close()

    for first in range(0, count, at_once):
        taken = asyncio.run(some(first, min(at_once, count - first)))
        stuck += sum(seconds == float("inf") for seconds in taken)
        slowest = max(slowest, *(seconds for seconds in taken if seconds != float("inf")), 0.0)
        trial.say(f"{first + len(taken)} healed, {slowest:.1f} s at most")
    deaf = Line(trial.folder / "deaf")
    road = Deaf(deaf.road().settings, "T1")
    control = asyncio.run(_heals(deaf, 0, chance, road, 3.0))
    deaf.close()
    return Outcome(
        count,
        {"queue empty after, s at most": round(slowest, 1), "stuck": stuck},
        (f"{stuck} queues did not empty",) if stuck else (),
        "a road that waits for ever: the queue " + ("stays" if control == float("inf") else "empties"),
        control == float("inf"),
    )


# ---------------------------------------------------------------- F7: the MES is put back


async def _put_back(line: Line, chance: random.Random, blind: bool) -> tuple[int, int]:
    """Once: entries, a backup put back at a random moment, more entries; how many are lost, and twice."""
    line.mes.old = blind

    async def part() -> None:
        for _ in range(3):
            line.append(*[HELP] * chance.randint(1, 40))
            await asyncio.sleep(chance.uniform(0, 0.1))
        await until(lambda: line.waiting() < 30, 10)
        line.mes.stop()
        line.mes.put_back(chance.randint(0, len(line.mes.received)))
        if chance.random() < 0.5:
            line.mes.epoch = f"{chance.random()}"
        await asyncio.sleep(0.1)
        line.mes.start()
        line.append(*[HELP] * chance.randint(1, 5))
        await until(lambda: line.waiting() == 0, 20)
        if not blind:
            entries = sum(1 for _ in line.ledger.read(lambda r: r.journal.newest(1000)).result())
            await until(lambda: len(line.mes.received) == entries, 5)

    await line.play(part, BRISK)
    rows = line.ledger.read(lambda records: records.journal.newest(1000)).result()
    lost = sum(row.entry.id not in line.mes.received for row in rows)
    return lost, len(line.mes.judged) - len(set(line.mes.judged))


def restores(trial: Trial) -> Outcome:
    """Restores at random points; the control does not compare with the MES."""
    count, chance = trial.effort.of(100, 10), random.Random(trial.seed)
    lost = twice = missing = 0
    for number in range(count + 5):
        line = Line(trial.folder / f"line-{number}")
        try:
            found, again = asyncio.run(_put_back(line, chance, number >= count))
        finally:
            line.close()
        if number < count:
            lost, twice = lost + found, twice + again
        else:
            missing += found
    return Outcome(
        count,
        {"lost": lost, "twice": twice},
        tuple(f"{n} {what}" for n, what in ((lost, "lost"), (twice, "twice")) if n),
        f"no comparison with the MES: {missing} lost in 5 restores",
        missing > 0,
    )


# ---------------------------------------------------------------- F8: some are refused, one cannot be taken


def _settles_rightly(line: Line, pattern: tuple[bool, ...]) -> bool:
    """Eight entries of two orders and without one, some refused: each has its own end and no other's."""
    orders = ("WO-1", "WO-2", None, "WO-1", "WO-2", None, "WO-1", "WO-3")
    entries = line.append(*(HELP if order is None else paused(order) for order in orders))
    bad = {entry.id for entry, refuse in zip(entries, pattern, strict=True) if refuse}
    line.mes.faults.judge = lambda entry: (
        {"result": "refused", "code": "no", "words": "Not so"} if entry["id"] in bad else None
    )
    held = {
        entry.id
        for place, (entry, order) in enumerate(zip(entries, orders, strict=True))
        if order is not None
        and entry.id not in bad
        and any(orders[before] == order and entries[before].id in bad for before in range(place))
    }

    def state(entry: Entry) -> ReceiptState:
        row = line.ledger.read(lambda records: records.journal.entry(entry.id)).result()
        assert row is not None
        return row.receipt.state

    def settled() -> bool:
        return all(
            state(entry)
            in (
                {ReceiptState.REFUSED, ReceiptState.WAITING}
                if entry.id in bad
                else {ReceiptState.WAITING, ReceiptState.RECEIVED}
                if entry.id in held
                else {ReceiptState.RECEIVED}
            )
            for entry in entries
        )

    began = time.monotonic()
    while not settled():
        if time.monotonic() - began > 5:
            return False
        time.sleep(0.005)
    return all(entry.id not in line.mes.received for entry in entries if entry.id in bad)


def _poison(line: Line, entries: int, *, halving: bool) -> tuple[float, int]:
    """One entry makes the MES answer 500: how long the others take, and how many did not arrive."""
    saved = line.append(*(paused(f"WO-{number}") for number in range(entries)))
    poison = saved[len(saved) // 3].id
    line.mes.faults.judge = lambda entry: None
    line.mes.faults.poison = lambda entry: entry["id"] == poison
    if not halving:
        line.mes.faults.status = 500
    taken = 0.0

    async def part() -> None:
        nonlocal taken
        taken = await until(lambda: line.waiting() <= 1, 5 if not halving else 15)

    asyncio.run(line.play(part, replace(BRISK, hold_failing=2.0)))
    return taken, sum(entry.id not in line.mes.received for entry in saved)


def refusals(trial: Trial) -> Outcome:
    """All 256 patterns, and one poison in a thousand; the control's MES takes nothing while one is poison."""
    patterns = list(product((False, True), repeat=8))
    if trial.effort.name == "quick":
        patterns = random.Random(trial.seed).sample(patterns, 40)
    wrong = 0
    for number, pattern in enumerate(patterns):
        line = Line(trial.folder / f"line-{number}")

        async def part(line: Line = line, pattern: tuple[bool, ...] = pattern) -> None:
            nonlocal wrong
            wrong += not await asyncio.to_thread(_settles_rightly, line, pattern)

        try:
            asyncio.run(line.play(part, BRISK))
        finally:
            line.close()
    line, other = Line(trial.folder / "poison"), Line(trial.folder / "all-poison")
    taken, left = _poison(line, 1000, halving=True)
    control, _ = _poison(other, 50, halving=False)
    line.close()
    other.close()
    bad = [f"{wrong} patterns were settled wrongly"] if wrong else []
    bad += [f"the others took {taken:.1f} s"] if taken > 5 else []
    bad += [f"{left - 1} others did not arrive"] if left != 1 else []
    return Outcome(
        len(patterns),
        {"wrong settlements": wrong, "others delayed by poison, s": round(taken, 2), "dropped": left - 1},
        tuple(bad),
        "a MES that takes nothing because of one: " + ("seen" if control == float("inf") else "not seen"),
        control == float("inf"),
    )
