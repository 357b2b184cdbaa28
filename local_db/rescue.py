"""Sends what a replaced terminal had not sent, from its old disk, under its own name and places."""

import asyncio
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from hmi.domain.entries import EntryRow, QueueCounts, ReceiptState
from hmi.errors import StoreError
from hmi.ports import Connector
from hmi.times import Clock
from local_db.engine import reading
from local_db.heads import HEADS_SUFFIX, read_heads
from local_db.ledger import SqliteLedger
from local_db.sync import Sync
from local_db.verify import Verification, verify

_LOOK_S = 0.2
_STILL_S = 30.0  # so long without a receipt, and what is left stays left
_LISTED = 100


@dataclass(frozen=True, slots=True)
class OldDisk:
    """What stands in a journal that was brought along: whose it is, what it proves, and what waits."""

    file: Path
    terminal: str
    proven: Verification
    waiting: int
    needs_decision: int


@dataclass(frozen=True, slots=True)
class Rescued:
    """What became of it: the working copy with all receipts, the counts, and what needs a person."""

    file: Path
    before: QueueCounts
    after: QueueCounts
    undecided: tuple[EntryRow, ...]


def look_at(file: Path) -> OldDisk:
    """Read an old journal without touching it; StoreError when it cannot be read or holds nothing."""
    proven = verify(file, heads=read_heads(file.with_suffix(HEADS_SUFFIX)))
    connection = reading(file)
    try:
        row = connection.execute("SELECT text FROM journal ORDER BY place LIMIT 1").fetchone()
        counted = dict(connection.execute("SELECT state, count(*) FROM receipt GROUP BY state").fetchall())
    finally:
        connection.close()
    if row is None:
        raise StoreError(f"{file} holds no entry: there is nothing to rescue")
    terminal = row[0].split(b'"terminal":"')[-1].split(b'"')[0].decode("utf-8")
    undecided = counted.get(b"refused", 0) + counted.get(b"parked", 0)
    return OldDisk(file, terminal, proven, counted.get(b"waiting", 0), undecided)


async def rescue(
    old: OldDisk, folder: Path, connector: Connector, clock: Clock, *, still_s: float = _STILL_S
) -> Rescued:
    """Send what waits, from a copy in `folder` that keeps the receipts; the old disk is only read.

    StoreError when the chain of the old journal does not hold: what is behind the damage is not sent.
    """
    if not old.proven.ok:
        raise StoreError(
            f"{old.file} does not prove itself: {old.proven.words}. Nothing was sent. "
            "Run 'lineside restore' on a copy of it first: it keeps what still proves itself"
        )
    copy = folder / f"{old.terminal}-{clock.now():%Y%m%dT%H%M%S}.db"
    await asyncio.to_thread(_copy, old.file, copy)
    ledger = SqliteLedger(
        copy, terminal=old.terminal, equipment="", clock=clock, on_changes=lambda changes: None
    )
    await asyncio.to_thread(ledger.start)
    try:
        before = await asyncio.wrap_future(ledger.queue())
        after = await _send(ledger, connector, clock, still_s)
        states = frozenset({ReceiptState.REFUSED, ReceiptState.PARKED, ReceiptState.WAITING})
        left = await asyncio.wrap_future(ledger.read(lambda records: records.journal.newest(_LISTED, states)))
    finally:
        await asyncio.to_thread(ledger.stop)
    return Rescued(copy, before, after, tuple(left))


def _copy(file: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    for beside in ("", "-wal"):
        source = file.with_name(file.name + beside)
        if source.exists():
            shutil.copyfile(source, copy.with_name(copy.name + beside))


async def _send(ledger: SqliteLedger, connector: Connector, clock: Clock, still_s: float) -> QueueCounts:
    sync = Sync(
        ledger, connector, name="rescue", kind="mes", address="", clock=clock, on_status=lambda status: None
    )
    running = asyncio.create_task(sync.run())
    counts = await asyncio.wrap_future(ledger.queue())
    moved = time.monotonic()
    try:
        while counts.waiting and time.monotonic() - moved < still_s:
            await asyncio.sleep(_LOOK_S)
            now = await asyncio.wrap_future(ledger.queue())
            if now != counts:
                counts, moved = now, time.monotonic()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return counts
