"""F11: the wall clock jumps while the program runs; the order of entries, their ids and the chain do not."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from local_db.verify import verify
from tests.faults.figure import Outcome, Trial
from tests.faults.nursery import Nursery, compiler


def _wrong(file: Path, told: list[str]) -> list[str]:
    """What does not hold in a journal whose entries were told as `id offset`."""
    with closing(sqlite3.connect(file)) as raw:
        rows = [json.loads(row[0]) for row in raw.execute("SELECT text FROM journal ORDER BY place")]
    bad: list[str] = []
    ids = [row["id"] for row in rows]
    if [f"{row['id']} {row['clock_offset_ms']}" for row in rows] != told:
        bad.append("entries, their order or their offsets are not what was told")
    if ids != sorted(ids):
        bad.append("ids are not in the order in which they were made")
    if [row["seq"] for row in rows] != list(range(1, len(rows) + 1)):
        bad.append("the sequence has a gap")
    ticks = [row["monotonic_ms"] for row in rows]
    if ticks != sorted(ticks):
        bad.append("the clock that never jumps did")
    if len({row["terminal_time"][:4] for row in rows}) < 3:
        bad.append("the wall clock was not moved: nothing was tried")
    if not verify(file, tables=True).ok:
        bad.append("the chain does not hold")
    return bad


def jumps(trial: Trial) -> Outcome:
    """Jumps to and fro; the control makes its ids from the clock alone."""
    if compiler() is None:
        return Outcome(0, {}, skipped="there is no C compiler here: the clock cannot be moved")
    count = trial.effort.of(1000, 60)
    with Nursery(trial.place("nursery"), shim=True) as nursery:
        file = trial.place("clock") / "ledger.sqlite3"
        wish = {"seed": trial.seed, "jumps": count}
        told = nursery.fork("clock_jumps", file=str(file), naive_ids=False, **wish).end().told
        bad = _wrong(file, told)
        other = trial.place("naive") / "ledger.sqlite3"
        naive = nursery.fork("clock_jumps", file=str(other), naive_ids=True, **wish).end().told
        control = _wrong(other, naive)
    return Outcome(
        count,
        {"entries": len(told)},
        tuple(bad),
        f"ids from the clock alone: {'; '.join(control) or 'nothing was found'}",
        any("order" in words for words in control),
    )
