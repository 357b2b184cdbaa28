"""The file of the ledger: opened by one process, never in a state that could lose what was confirmed."""

import logging
import os
import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from hmi.errors import OperatorError, StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_log = logging.getLogger(__name__)

WAL_LIMIT = 64 << 20  # bytes that the write-ahead log keeps between checkpoints

# as they have to read back once they are set
PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a confirmed entry outlives a power cut
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "cell_size_check": 1,
    "trusted_schema": 0,
    "mmap_size": 0,
    "journal_size_limit": WAL_LIMIT,
    "wal_autocheckpoint": 8000,  # pages: only a long storm gets there, pauses come first
}
OLDEST_SQLITE = (3, 37, 2)  # STRICT tables, and none of the corruptions that were mended up to then
WAL_RESET_MENDED = (3, 51, 3)  # before: two connections that checkpoint at once may damage the file

_UNSAVABLE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)


class OwnerLock:
    """One process owns the file: a lock on a small file beside it, which the system lets go at its end."""

    def __init__(self, file: Path) -> None:
        """`file` is the ledger's; the lock lies beside it, with `.lock` added."""
        self._path = file.with_name(file.name + ".lock")
        self._held: IO[bytes] | None = None

    def take(self) -> None:
        """Become the owner; StoreError names the process that is it already."""
        held = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")
        try:
            _lock(held)
        except OSError as error:
            held.seek(1)
            owner = held.read().decode("ascii", "replace").strip() or "unknown"
            held.close()
            raise StoreError(
                f"{self._path.with_suffix('')} is in use by another Lineside (process {owner})"
            ) from error
        held.seek(1)
        held.write(f"{os.getpid():<20}".encode("ascii"))
        held.flush()
        self._held = held

    def release(self) -> None:
        """Let another process have it."""
        if self._held is not None:
            self._held.close()
            self._held = None


def _lock(held: IO[bytes]) -> None:
    if sys.platform == "win32":
        held.seek(0)
        msvcrt.locking(held.fileno(), msvcrt.LK_NBLCK, 1)  # the first byte; who owns it stands behind
    else:
        fcntl.flock(held.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def refuse_unsafe_sqlite(found: tuple[int, int, int] = sqlite3.sqlite_version_info) -> None:
    """StoreError when this SQLite cannot keep the file safely.

    One before WAL_RESET_MENDED may be used: one connection writes and checkpoints, all others only read.
    """
    if found < OLDEST_SQLITE:
        have, need = (".".join(str(part) for part in version) for version in (found, OLDEST_SQLITE))
        raise StoreError(
            f"SQLite {have} is too old to keep entries safely. Nothing was opened. "
            f"Install SQLite {need}, better {'.'.join(str(part) for part in WAL_RESET_MENDED)}, or newer"
        )


def writing_engine(file: Path) -> sa.Engine:
    """An engine for the one connection that writes; each transaction is BEGIN IMMEDIATE unless told else.

    StoreError at the first connection, when the file does not keep what it is told to.
    """
    engine = sa.create_engine(
        URL.create("sqlite", database=str(file)),
        poolclass=NullPool,
        # with addresses, so that it can attach a file that is only read
        connect_args={"isolation_level": None, "cached_statements": 512, "uri": True},
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    try:
        for name, wanted in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}={wanted}")
            cursor.execute(f"PRAGMA {name}")
            row = cursor.fetchone()
            if row is not None and row[0] != wanted:
                raise StoreError(
                    f"this file system does not keep the file safely: {name} is {row[0]} instead of {wanted}"
                )
    finally:
        cursor.close()


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN DEFERRED" if connection.info.get("reads") else "BEGIN IMMEDIATE")


@contextmanager
def transaction(connection: sa.Connection, *, reads: bool = False) -> Generator[sa.Connection]:
    """All or nothing; `reads` promises not to write, which also works on a full or read-only disk.

    OperatorError("store_cannot_save") when the disk is full, broken or read-only.
    """
    connection.info["reads"] = reads
    try:
        connection.begin()
        yield connection
        connection.commit()
    except DBAPIError as error:
        _roll_back(connection)
        if cannot_save(error.orig):
            _log.warning("the disk takes nothing more: %s", error.orig)
            raise OperatorError("store_cannot_save", words=str(error.orig)) from error
        raise
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sa.Connection) -> None:
    """Undo. SQLite has undone it by itself after some errors, and then says so by a second one."""
    try:
        connection.rollback()
    except DBAPIError as error:
        _log.warning("the transaction had ended by itself: %s", error.orig)


def cannot_save(error: BaseException | None) -> bool:
    """Whether an SQLite error means that the disk is full, broken or read-only."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and (code & 0xFF) in _UNSAVABLE


def is_damaged(error: BaseException | None) -> bool:
    """Whether an SQLite error means that what stands in the file is not what was written."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and (code & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def reading(file: Path) -> sqlite3.Connection:
    """A connection that only reads, beside a terminal that runs or not; StoreError when it cannot be read.

    Rows are tuples, texts come as the bytes that are in the file.
    """
    if not file.is_file():
        raise StoreError(f"there is no file {file}")
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        connection.text_factory = bytes
        connection.execute("PRAGMA trusted_schema=0")
        connection.execute("PRAGMA cell_size_check=1")
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise StoreError(f"{file} cannot be read: {error}") from error
    return connection
