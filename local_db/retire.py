"""Lets old entries leave the journal for a dated file beside it that proves itself; nothing is lost by it.

The file is whole and proven before an entry goes; cut and deletion are one transaction. What is killed
in between leaves the journal as it was, and at most a file that the next try makes again.
"""

import hashlib
import logging
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from hmi.domain.entries import NewEntry, ReceiptState, Subject
from hmi.domain.keeping_payloads import EntriesRetired
from hmi.errors import OperatorError, StoreError
from hmi.ids import new_id
from hmi.times import Clock
from local_db import ground, outbox
from local_db import tables as t
from local_db.columns import from_ms
from local_db.copies import sync_path
from local_db.engine import OwnerLock, transaction, writing_engine
from local_db.journal import entry_of
from local_db.migrate import bring_up_to_date
from local_db.project import rebuild
from local_db.reconcile import CARRIED
from local_db.store import Store
from local_db.verify import verify

_log = logging.getLogger(__name__)
KEPT_DAYS = 400
_ROOM = 1.5  # times the size of the journal that has to be free for its archive
_BESIDE = ("-wal", "-shm", "-journal")
_SETTLED = (ReceiptState.RECEIVED.value, ReceiptState.SET_ASIDE.value)
_ASIDE = (
    sa.select(t.receipt.c.place, t.receipt.c.code, t.journal.c.id)
    .join(t.journal, t.journal.c.place == t.receipt.c.place)
    .where(outbox.OPEN, t.receipt.c.state == ReceiptState.SET_ASIDE.value)
    .order_by(t.receipt.c.place)
)
_DECISIONS = (
    sa.select(t.journal.c.text, t.journal.c.hash)
    .join(t.receipt, t.receipt.c.place == t.journal.c.place)
    .where(t.journal.c.kind == "entry.decided", t.receipt.c.state == ReceiptState.RECEIVED.value)
)
_LATEST = (
    sa.select(t.receipt.c.state)
    .join(t.journal, t.journal.c.place == t.receipt.c.place)
    .where(t.journal.c.id == sa.bindparam("entry"))
    .order_by(t.receipt.c.place.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Retired:
    """What left: how many entries up to which, and where they are now. `archive` is None when nothing did.

    `words` say what holds back the next ones, "" when it is their age alone.
    """

    entries: int
    epoch: int
    seq: int
    archive: Path | None
    words: str


def retire(
    file: Path, archives: Path, *, terminal: str, clock: Clock, keep: timedelta = timedelta(days=KEPT_DAYS)
) -> Retired:
    """Move whole days that are older than `keep` into an archive.

    Never an entry that the MES has not received (or a person set aside, and the MES received that), nor one
    after it; never the newest signed head. StoreError when another process owns the file, there is no room,
    or the archive does not prove itself; nothing is changed then.
    """
    lock = OwnerLock(file)
    lock.take()
    try:
        gone = _retire(file, archives, terminal, clock, keep)
    except (OperatorError, DBAPIError, sqlite3.Error, OSError) as error:
        raise StoreError(
            f"the disk did not let old entries of {file} go: {error}. None is lost; mend it and try again"
        ) from error
    finally:
        lock.release()
    if gone.archive is not None:
        _log.info("%d entries up to entry %d of epoch %d left for %s", *astuple(gone)[:4])
    return gone


def _retire(file: Path, archives: Path, terminal: str, clock: Clock, keep: timedelta) -> Retired:
    store = Store(file, terminal=terminal, clock=clock)
    try:
        with transaction(store.connection, reads=True):
            place, words = _find_cut(store.connection, clock.now() - keep)
            before = _cut_before(store.connection)
        epoch, seq = t.seq_of(max(place, before))
        if place <= before:
            return Retired(0, epoch, seq, None, words)
        archive = _archive(store, file, archives, place)
        entries = _cut_off(store, archive, place)
        _shrink(store, file)
    finally:
        store.close()
    return Retired(entries, epoch, seq, archive, words)


# ---------------------------------------------------------------- where to cut


def _find_cut(connection: sa.Connection, older_than: datetime) -> tuple[int, str]:
    """The place of the last entry that may go, and what holds back those after it."""
    day = older_than.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    young = connection.scalar(
        sa.select(sa.func.min(t.journal.c.place)).where(t.journal.c.terminal_time >= day)
    )
    head = connection.scalar(sa.select(sa.func.max(t.head.c.place))) or 0
    end, words = min(head, young) if young is not None else head, ""
    held = _first_held(connection)
    if held is not None and held < end:
        epoch, seq = t.seq_of(held)
        end, words = held, f"entry {seq} of epoch {epoch} has no receipt, and stays with all that follow it"
    last = connection.scalar(sa.select(sa.func.max(t.journal.c.place)).where(t.journal.c.place < end))
    return last or 0, words


def _first_held(connection: sa.Connection) -> int | None:
    """The first entry that is neither received nor, by a decision that was received, set aside."""
    first = connection.scalar(
        sa.select(sa.func.min(t.receipt.c.place)).where(t.receipt.c.state.not_in(_SETTLED))
    )
    decided: set[str] = set()
    aside = connection.execute(_ASIDE).all()
    if aside:
        for row in connection.execute(_DECISIONS):
            decided.add(str(entry_of(row.text, row.hash).payload.to_wire()["entry"]))
    for row in aside:
        if row.code == CARRIED:
            settled = connection.scalar(_LATEST, {"entry": row.id}) == ReceiptState.RECEIVED.value
            settled = settled or row.id in decided
        else:
            settled = row.id in decided
        if not settled:
            return row.place if first is None else min(first, row.place)
    return first


def _cut_before(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.max(t.cut.c.place))) or 0


# ---------------------------------------------------------------- the archive


def _archive(store: Store, file: Path, archives: Path, place: int) -> Path:
    """Write everything up to a place into a file of its own, prove it, and only then give it its name."""
    archives.mkdir(parents=True, exist_ok=True)
    free, size = shutil.disk_usage(archives).free, file.stat().st_size
    if free < size * _ROOM:
        raise StoreError(
            f"no archive of {file}: {archives} has {free >> 20} MiB free, {round(size * _ROOM) >> 20} MiB "
            "are needed. Nothing was changed"
        )
    fresh = archives / f"{file.stem}.retiring{file.suffix}"
    _remove(fresh)
    try:
        _fill(fresh, file, place)
        proven = verify(fresh, tables=True)
        epoch, seq = t.seq_of(place)
        if not proven.ok or (proven.epoch, proven.proven_to) != (epoch, seq):
            raise StoreError(
                f"the archive of {file} does not prove itself: {proven.words}. Nothing was changed"
            )
        sync_path(fresh)
        at = store.connection.scalar(
            sa.text("SELECT terminal_time FROM journal WHERE place = :place"), {"place": place}
        )
        store.connection.rollback()
        day = from_ms(at or 0)
        named = fresh.replace(archives / f"{file.stem}-archive-{day:%Y%m%d}-e{epoch}-s{seq}{file.suffix}")
        with suppress(OSError):
            named.chmod(0o440)
        sync_path(archives)
    finally:
        _remove(fresh)
    return named


def _fill(fresh: Path, file: Path, place: int) -> None:
    """What stands between the cut before and a place, with receipts and heads; and the tables as of then."""
    engine = writing_engine(fresh)
    with engine.connect() as archive:
        bring_up_to_date(archive, fresh, None)
        raw = archive.connection.cursor()
        raw.execute("ATTACH ? AS live", (str(file),))
        with transaction(archive):
            archive.exec_driver_sql("INSERT INTO main.cut SELECT * FROM live.cut WHERE place < ?", (place,))
            archive.exec_driver_sql("INSERT INTO main.base SELECT * FROM live.base")
            for table in ("journal", "receipt", "head"):
                archive.exec_driver_sql(
                    f"INSERT INTO main.{table} SELECT * FROM live.{table} WHERE place <= ?",  # noqa: S608
                    (place,),
                )
            archive.exec_driver_sql(
                "UPDATE main.meta SET value = ? WHERE key = 'epoch'", (str(t.seq_of(place)[0]),)
            )
            archive.exec_driver_sql("INSERT INTO main.meta VALUES ('archive', '1')")
            rebuild(archive)
        raw.execute("DETACH live")
        # one file, which can be read where nothing can be written; what the disk did not take stays beside it
        mode = raw.execute("PRAGMA journal_mode=DELETE").fetchone()
        raw.close()
        if mode is None or mode[0] != "delete":
            raise StoreError(f"no archive of {file}: the disk did not take all of it. Nothing was changed")
    engine.dispose()


def _remove(fresh: Path) -> None:
    for part in ("", *_BESIDE):
        fresh.with_name(fresh.name + part).unlink(missing_ok=True)


# ---------------------------------------------------------------- the cut


def _cut_off(store: Store, archive: Path, place: int) -> int:
    """Say it in the journal, keep the tables of the cut, and let the entries go: one transaction."""
    pages = _pages(archive)
    epoch, seq = t.seq_of(place)
    span = {"place": place}
    try:
        with transaction(store.connection) as connection:
            link = connection.scalar(sa.text("SELECT hash FROM journal WHERE place = :place"), span)
            count = (
                connection.scalar(sa.text("SELECT count(*) FROM journal WHERE place <= :place"), span) or 0
            )
            gone = connection.scalar(sa.select(sa.func.max(t.cut.c.entries))) or 0
            said = EntriesRetired(
                epoch=epoch,
                seq=seq,
                entries=count,
                hash=str(link),
                base=ground.seal(pages),
                archive=archive.name,
                archive_hash=_hash_of(archive),
            )
            store.add_cut(place, said, gone + count)
            ground.replace(connection, pages)
            for table in (t.head, t.receipt, t.journal):
                connection.execute(sa.delete(table).where(table.c.place <= place))
            store.append_own(
                NewEntry(Subject("terminal", store.terminal), said, by_machine=True), str(new_id())
            )
    except BaseException:
        store.forget_heads()
        raise
    store.tell_heads()
    return count


def _pages(archive: Path) -> Sequence[ground.Page]:
    with sa.create_engine("sqlite://", creator=lambda: _read_only(archive)).connect() as connection:
        return list(ground.pages_of(connection))


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _hash_of(file: Path) -> str:
    told = hashlib.sha256()
    with file.open("rb") as parts:
        while part := parts.read(1 << 20):
            told.update(part)
    return told.hexdigest()


def _shrink(store: Store, file: Path) -> None:
    """Give the room back to the disk; where there is none for that, the file uses it up by itself."""
    if shutil.disk_usage(file.parent).free < file.stat().st_size * _ROOM:
        return
    raw = store.connection.connection.cursor()
    try:
        raw.execute("VACUUM")
    except sqlite3.Error as error:
        _log.warning("the journal stays as large as it was: %s", error)
    finally:
        raw.close()
