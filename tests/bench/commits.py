"""One entry with its chain link, receipt and tables in one commit, beside what the disk and SQLite give."""

import os
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from local_db.verify import verify
from tests.bench.figures import Figure, Goal, Table, figure, percentile
from tests.bench.place import Effort
from tests.bench.shift import shift

_PER_S = Goal(limit=1000, words=">= 1,000/s", least=True)
_VERIFY = Goal(limit=100_000, words=">= 100,000 entries/s", least=True)


def measure(folder: Path, effort: Effort, say: Callable[[str], None]) -> Table:
    """The raw limits and the ledger in turns, on the disk of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("append 4 KiB + fsync", "one-row commit", "entry by the machine", "entry by a person")
    runs: dict[str, list[list[float]]] = {name: [] for name in names}
    facts = effort.commits * effort.runs * 2 + 100
    journal = folder / "commits.db"
    with shift(journal, facts) as booked:
        booked.book(60)
        for number in range(effort.runs):
            say(f"entry commits, run {number + 1}")
            runs[names[0]].append(_appends(folder / "raw.bin", effort.commits))
            runs[names[1]].append(_one_rows(folder / "raw.db", effort.commits))
            runs[names[2]].append(booked.each_ms(booked.count, effort.commits))
            runs[names[3]].append(booked.each_ms(booked.scrap, effort.commits // 2))
    raw = runs[names[1]]
    figures: list[Figure] = []
    for name in names:
        figures += _figures(name, runs[name], raw)
    figures += _verifying(journal, effort.runs, tables=False)
    figures += _verifying(journal, effort.runs, tables=True)
    return Table(
        title="An entry is committed",
        raw_is="sqlite3 alone, one row in one commit, WAL and synchronous=FULL, on the same disk in turns "
        "with the others",
        figures=figures,
        notes=[
            (
                "From the wish given to the ledger's thread to its future's answer; one after the other, so "
                "that nothing is shared between commits."
            )
        ],
    )


def _figures(name: str, runs: list[list[float]], raw: list[list[float]]) -> list[Figure]:
    made: list[Figure] = []
    ours = name.startswith("entry")
    raw_p99 = statistics.median(percentile(run, 99) for run in raw)
    five = Goal(limit=5 * raw_p99, words="p99 <= 5 x raw") if ours else None
    for percent in (50, 95, 99):
        limit = statistics.median(percentile(run, percent) for run in raw) if ours else None
        values = [percentile(run, percent) for run in runs]
        goal = five if percent == 99 else None
        made.append(figure(f"{name} p{percent}", "ms", values, raw=limit, goal=goal))
    per_s = statistics.median(len(run) / sum(run) * 1000 for run in raw) if ours else None
    rates = [len(run) / sum(run) * 1000 for run in runs]
    made.append(figure(f"{name} rate", "/s", rates, raw=per_s, goal=_PER_S if ours else None))
    return made


def _appends(file: Path, count: int) -> list[float]:
    took: list[float] = []
    page = os.urandom(4096)
    with file.open("wb", buffering=0) as out:
        for _ in range(count):
            began = time.perf_counter()
            out.write(page)
            os.fsync(out.fileno())
            took.append((time.perf_counter() - began) * 1000)
    file.unlink()
    return took


def _one_rows(file: Path, count: int) -> list[float]:
    took: list[float] = []
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS entry (place INTEGER PRIMARY KEY, text TEXT)")
        text = "x" * 700
        for _ in range(count):
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO entry (text) VALUES (?)", (text,))
            connection.execute("COMMIT")
            took.append((time.perf_counter() - began) * 1000)
    return took


def _verifying(journal: Path, runs: int, *, tables: bool) -> list[Figure]:
    rates: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        found = verify(journal, tables=tables)
        if not found.ok:
            raise ValueError(f"the journal that was just written does not hold: {found.words}")
        rates.append(found.entries / (time.perf_counter() - began))
    what = "verify the chain and remake the tables" if tables else "verify the chain"
    return [figure(what, "entries/s", rates, goal=None if tables else _VERIFY)]
