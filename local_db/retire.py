"""Lets old entries leave the journal for a dated file beside it that proves itself; nothing is lost by it.

The file is whole and proven before an entry goes; cut and deletion are one transaction. What is killed
in between leaves the journal as it was, and at most a file that the next try makes again.
"""

import logging
import shutil
import sqlite3
from dataclasses import astuple, dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from hmi.errors import OperatorError, StoreError
from hmi.times import Clock
from local_db import tables as t
from local_db.archiving import make_archive
from local_db.cutting import cut_off, find_cut
from local_db.engine import OwnerLock, transaction
from local_db.store import Store

_log = logging.getLogger(__name__)
KEPT_DAYS = 400
_ROOM = 1.5  # times the size of the journal that has to be free to make it smaller


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
            found = find_cut(store.connection, clock.now() - keep)
        epoch, seq = t.seq_of(max(found.place, found.before))
        if found.place <= found.before:
            return Retired(0, epoch, seq, None, found.words)
        archive = make_archive(file, archives, found.place)
        entries = cut_off(store, archive)
        _shrink(store, file)
    finally:
        store.close()
    return Retired(entries, epoch, seq, archive.file, found.words)


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
