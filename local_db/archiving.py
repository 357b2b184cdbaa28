"""The archive that old entries leave for: written beside the running journal, and proven before it counts."""

import hashlib
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import sqlalchemy as sa

from hmi.errors import StoreError
from local_db import ground
from local_db import tables as t
from local_db.columns import from_ms
from local_db.copies import sync_path
from local_db.cutting import Archive
from local_db.engine import reading, transaction, writing_engine
from local_db.migrate import bring_up_to_date
from local_db.project import rebuild
from local_db.verify import cut_of, link_at, terminal_of, verify

_LEAST_ROOM = 16 << 20  # bytes
_AT = "SELECT terminal_time FROM journal WHERE place = ?"
_SIZES = (
    "SELECT (SELECT coalesce(sum(length(text) + 200), 0) FROM journal WHERE place <= ?), "
    "(SELECT coalesce(sum(length(rows)), 0) FROM base)"
)
_BESIDE = ("-wal", "-shm", "-journal")


def make_archive(file: Path, archives: Path, place: int) -> Archive:
    """Write everything up to a place into a file of its own, prove it, and only then give it its name.

    The journal is only read, as of one moment; entries may be saved meanwhile. StoreError when there is no
    room, or the archive does not prove itself.
    """
    archives.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(archives).free, _needed(file, place)
    if free < needed:
        raise StoreError(
            f"no archive of {file}: {archives} has {free >> 20} MiB free, {needed >> 20} MiB "
            "are needed. Nothing was changed"
        )
    with closing(reading(file)) as connection:
        name = f"{file.stem}-{terminal_of(connection)}"  # several terminals may share the folder
    fresh = archives / f"{name}.retiring{file.suffix}"
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
        with closing(_read_only(fresh)) as connection:
            at = connection.execute(_AT, (place,)).fetchone()[0]
        named = archives / f"{name}-archive-{from_ms(at):%Y%m%d}-e{epoch}-s{seq}{file.suffix}"
        if named.exists() and not _stands_in(file, named):
            raise StoreError(f"{named} is there and is of another journal. Nothing was changed")
        fresh.replace(named)
        with suppress(OSError):
            named.chmod(0o440)
        sync_path(archives)
    finally:
        _remove(fresh)
    for left in archives.glob(f"{name}-archive-*{file.suffix}"):
        if left != named and _stands_in(file, left):
            left.unlink()
    return Archive(named, place, _hash_of(named), _pages(named))


def _stands_in(file: Path, archive: Path) -> bool:
    """Whether all of an archive is still in the journal: a try made it that was cut off before the cut."""
    try:
        with closing(reading(archive)) as connection:
            place = connection.execute("SELECT max(place) FROM journal").fetchone()[0]
        behind, begins = cut_of(archive), cut_of(file)
        epoch, seq = t.seq_of(place or 0)
        same = place is not None and link_at(archive, epoch, seq)[0] == link_at(file, epoch, seq)[0]
    except (StoreError, sqlite3.Error):
        return False
    return same and (behind.place if behind else 0) == (begins.place if begins else 0)


def _needed(file: Path, place: int) -> int:
    """Bytes that have to be free: those that leave with their indexes, and the tables of the cut, twice."""
    with closing(_read_only(file)) as connection:
        texts, base = connection.execute(_SIZES, (place,)).fetchone()
    return _LEAST_ROOM + 3 * (texts + 2 * base)


def _fill(fresh: Path, file: Path, place: int) -> None:
    """What stands between the cut before and a place, with receipts and heads; and the tables as of then."""
    engine = writing_engine(fresh)
    with engine.connect() as archive:
        bring_up_to_date(archive, fresh, None)
        raw = archive.connection.cursor()
        raw.execute("ATTACH ? AS live", (f"{file.absolute().as_uri()}?mode=ro",))
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
