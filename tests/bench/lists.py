"""Lists and searches of screens in a very long journal: `python -m tests.bench.lists [--entries N]`.

The journal is written straight into the file, link by link, as the ledger would; it has to prove itself.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

from hmi.domain.entries import GENESIS, Entry, PersonRef, ReceiptState, Subject, chain_hash
from hmi.domain.payloads import ProductionDeclared
from hmi.domain.signals import Quality
from hmi.ports import Records
from hmi.times import SystemClock, to_text
from local_db.columns import to_ms
from local_db.ledger import SqliteLedger
from local_db.read_only import records_of
from local_db.tables import place_of
from local_db.verify import verify
from tests.bench.figures import Figure, Goal, Table, figure, percentile

_BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
_LIST = Goal(limit=50, words="p95 <= 50 ms")
_VERIFY = Goal(limit=100_000, words=">= 100,000 entries/s", least=True)
_MARKS = ("@id", "@prev", "123456789012", "@order", "2000-02-03T04:05:06.789Z")
_AN_ORDER = 1000  # entries
_A_STOP = 50
_OPEN = 40  # entries that wait or were refused, the newest
_TIMES = 40
_PORTION = 20_000


def _template() -> tuple[list[str], list[int]]:
    """The texts between the parts of an entry that change, and which part comes between which."""
    entry = Entry(
        id=_MARKS[0], terminal="T1", epoch=1, seq=int(_MARKS[2]), version=1,
        subject=Subject("job_order", _MARKS[3]), person=PersonRef("P1", "Ana Silva", "badge"),
        source_time=None, quality=Quality.GOOD, terminal_time=datetime(2000, 2, 3, 4, 5, 6, 789000, UTC),
        boot="boot-1", monotonic_ms=1, clock_offset_ms=3, corrects=None,
        payload=ProductionDeclared(order=_MARKS[3], quantity=Decimal(4), comment="counted by hand"),
        prev=_MARKS[1],
    )  # fmt: skip
    text, parts, order = entry.canonical().decode("utf-8"), list[str](), list[int]()
    while found := [(at, mark) for mark in range(len(_MARKS)) if (at := text.find(_MARKS[mark])) >= 0]:
        at, mark = min(found)
        parts.append(text[:at])
        order.append(mark)
        text = text[at + len(_MARKS[mark]) :]
    return [*parts, text], order


def _rows(count: int) -> Iterator[tuple[int, str, str, str, str, int, str, str]]:
    between, order = _template()
    link = GENESIS
    for seq in range(1, count + 1):
        at = _BEGAN + timedelta(seconds=15 * seq)
        name, subject = f"{seq:08x}-0000-7000-8000-000000000000", f"WO-{seq // _AN_ORDER}"
        values = (name, link, str(seq), subject, to_text(at))
        text = "".join(part + values[mark] for part, mark in zip(between, order, strict=False)) + between[-1]
        link = chain_hash(link, text.encode("utf-8"))
        yield place_of(1, seq), name, "production.declared", "job_order", subject, to_ms(at), text, link


def write_journal(file: Path, count: int) -> None:
    """A journal of so many entries, nearly all received, with the orders, stops and hours of as many days."""
    ledger = SqliteLedger(
        file, terminal="T1", equipment="PRESS12", clock=SystemClock(), on_changes=lambda changes: None
    )
    ledger.start()
    ledger.stop()
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        rows = _rows(count)
        while portion := list(islice(rows, _PORTION)):
            raw.execute("BEGIN")
            raw.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", portion)
            raw.executemany(
                "INSERT INTO receipt (place, state, attempts, mes_id, settled_at) "
                "VALUES (?, 'received', 1, 'R-1', ?)",
                [(row[0], row[5]) for row in portion],
            )
            raw.execute("COMMIT")
        _facts(raw, count)
        last = place_of(1, count)
        for state, first in (("waiting", last - _OPEN), ("refused", last - 2 * _OPEN)):
            raw.execute(
                "UPDATE receipt SET state = ? WHERE place > ? AND place <= ?", (state, first, first + _OPEN)
            )


def _facts(raw: sqlite3.Connection, count: int) -> None:
    """Tables as long as the journal would have made them."""
    at = [to_ms(_BEGAN + timedelta(seconds=15 * seq)) for seq in range(0, count, _A_STOP)]
    raw.execute("BEGIN")
    raw.executemany(
        "INSERT INTO order_progress VALUES (?, 'ended', ?, ?, '4000', '0', '3', ?)",
        [(f"WO-{n}", at[0], at[0], n) for n in range(count // _AN_ORDER)],
    )
    raw.executemany(
        "INSERT INTO stop (place, id, equipment, state, fault, began_at, ended_at, reason) "
        "VALUES (?, ?, 'PRESS12', 9, 7, ?, ?, 'R1')",
        [(n + 1, f"S{n}", moment, moment + 60_000) for n, moment in enumerate(at)],
    )
    raw.executemany(
        "INSERT INTO state_period VALUES (?, 6, 0, ?, ?)",
        [(n + 1, moment, moment + 60_000) for n, moment in enumerate(at)],
    )
    raw.executemany(
        "INSERT INTO sample VALUES (?, ?, ?, 'IP', 'D', ?, '[\"12\"]', '12', '0', 1, '[]', '10', ?, 'Ana')",
        [(n + 1, f"Q{n}", f"E{n}", f"WO-{n // 20}", moment) for n, moment in enumerate(at)],
    )
    raw.executemany(
        "INSERT INTO hour_count VALUES (?, '200', '1')",
        [(to_ms(_BEGAN + timedelta(hours=hour)),) for hour in range(count * 15 // 3600 + 1)],
    )
    raw.execute("COMMIT")


def _asked(count: int) -> dict[str, Callable[[Records], object]]:
    """What screens ask: their lists and searches."""
    since = _BEGAN + timedelta(seconds=15 * count) - timedelta(hours=8)
    order, middle = f"WO-{count // _AN_ORDER // 2}", f"{count // 2:08x}-0000-7000-8000-000000000000"
    refused = frozenset({ReceiptState.REFUSED, ReceiptState.PARKED})
    received = frozenset({ReceiptState.RECEIVED})
    return {
        "newest 200 entries": lambda r: r.journal.newest(200),
        "200 that were received": lambda r: r.journal.newest(200, received),
        "those that need a decision": lambda r: r.journal.newest(200, refused),
        "one entry by its id": lambda r: r.journal.entry(middle),
        "200 entries of one order": lambda r: r.journal.of_subject("job_order", order, 200),
        "how many wait": lambda r: r.journal.queue(),
        "an order's progress": lambda r: r.production.progress(order),
        "parts by the hour of a shift": lambda r: r.production.per_hour(since),
        "stops of a shift": lambda r: r.equipment.stops(since),
        "states of a shift": lambda r: r.equipment.periods(since),
        "the last 50 samples of a chart": lambda r: r.quality.samples("IP", "D", 50),
        "samples of one order": lambda r: r.quality.samples_of_order(order),
        "the last 50 repairs": lambda r: r.maintenance.repairs(50),
    }


def measure(folder: Path, entries: int, say: Callable[[str], None]) -> Table:
    """Each list as often as it takes to tell its p95, and the proof of the whole chain."""
    file, figures = folder / "journal.db", list[Figure]()
    say(f"{entries} entries are written")
    write_journal(file, entries)
    say("they are asked for")
    for name, ask in _asked(entries).items():
        with records_of(file, SystemClock()) as records:
            ask(records)
            took = list[float]()
            for _ in range(_TIMES):
                began = time.perf_counter()
                ask(records)
                took.append((time.perf_counter() - began) * 1000)
        figures.append(figure(f"{name}, p95", "ms", [percentile(took, 95)], goal=_LIST))
    say("they are proven")
    began = time.perf_counter()
    found = verify(file)
    if not found.ok or found.entries != entries:
        raise AssertionError(found.words)
    took_s = time.perf_counter() - began
    figures.append(figure("verify", "entries/s", [entries / took_s], goal=_VERIFY))
    size = file.stat().st_size / entries
    return Table(
        title=f"Lists of a journal of {entries:,} entries",
        figures=figures,
        notes=[f"{size:.0f} bytes an entry."],
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lists")
    parser.add_argument("--entries", type=int, default=10_000_000, metavar="N")
    parser.add_argument("--dir", type=Path, metavar="FOLDER", help="on the disk to be measured")
    told = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=told.dir, prefix="lineside-lists-") as place:
        print(
            measure(
                Path(place), told.entries, lambda words: print(f"[{time.monotonic() - began:7.1f} s] {words}")
            ).text()
        )


if __name__ == "__main__":
    main()
