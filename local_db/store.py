"""Opening the file and closing it again: owned, migrated, looked at, and left as one file."""

import importlib
import logging
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from hmi.errors import OperatorError, StoreError
from hmi.ports import Records
from hmi.times import Clock
from local_db import tables as t
from local_db.engine import transaction, writing_engine
from local_db.journal import Journal
from local_db.stores.records import SqliteRecords

_log = logging.getLogger(__name__)

HEAD = "0001"  # the newest step of migrations
_LINKS_LOOKED_AT = 1000
_ROWS_TO_TIDY = 500


class Store:
    """The open file, with what the ledger thread needs of it. Opened, used and closed on that thread.

    `ended_cleanly` tells whether the program that had it before closed it.
    """

    def __init__(self, file: Path, *, terminal: str, clock: Clock) -> None:
        """Open and migrate the file; StoreError says why it cannot be used."""
        self._file = file
        self._tidied = 0
        try:
            self.connection = writing_engine(file).connect()
        except DBAPIError as error:
            raise StoreError(f"{file} cannot be opened: {error.orig}") from error
        try:
            self._bring_up_to_date()
            self.ended_cleanly, self.epoch = self._take_over()
            self.journal = Journal(self.connection, terminal=terminal, epoch=self.epoch, clock=clock)
            self._look_at_the_end()
        except DBAPIError as error:
            self.connection.close()
            raise StoreError(f"{file} cannot be used: {error.orig}") from error
        except BaseException:
            self.connection.close()
            raise
        self.records: Records = SqliteRecords(self.connection, clock)

    def tidy(self) -> None:
        """Move what was written into the file itself, when that is worth it and nobody waits."""
        written = self._rows_written()
        if written - self._tidied >= _ROWS_TO_TIDY:
            self._tidied = written
            self._checkpoint("PASSIVE")

    def close(self) -> None:
        """Note that the end was clean, write everything into the one file, and let it go."""
        try:
            with transaction(self.connection):
                self._note_clean("1")
            self._checkpoint("TRUNCATE")
        except OperatorError as error:
            _log.warning("the file could not be closed cleanly: %s", error)
        finally:
            self.connection.close()

    def _checkpoint(self, mode: str) -> None:
        """Not being able to is no harm: the next one does it."""
        raw = self.connection.connection.cursor()
        try:
            raw.execute(f"PRAGMA wal_checkpoint({mode})")
        except sqlite3.Error as error:
            _log.warning("a checkpoint had to wait: %s", error)
        finally:
            raw.close()

    def _rows_written(self) -> int:
        raw = self.connection.connection.driver_connection
        return raw.total_changes if isinstance(raw, sqlite3.Connection) else 0

    def _bring_up_to_date(self) -> None:
        found = self._revision()
        if found is not None and found > HEAD:
            raise StoreError(f"{self._file} was made by a newer Lineside ({found} after {HEAD})")
        if found != HEAD:
            # alembic takes a third of a second to import, and a start with nothing to migrate has not
            importlib.import_module("local_db.migrate").bring_up_to_date(self.connection, self._file, found)

    def _revision(self) -> str | None:
        with transaction(self.connection, reads=True):
            tables = sa.inspect(self.connection).get_table_names()
            if not tables:
                return None
            if "alembic_version" not in tables:
                raise StoreError(f"{self._file} is not a file of Lineside")
            return self.connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()

    def _take_over(self) -> tuple[bool, int]:
        with transaction(self.connection):
            known = {row.key: row.value for row in self.connection.execute(sa.select(t.meta))}
            self._note_clean("0")
        return known["clean"] == "1", int(known["epoch"])

    def _note_clean(self, value: str) -> None:
        self.connection.execute(sa.update(t.meta).where(t.meta.c.key == "clean").values(value=value))

    def _look_at_the_end(self) -> None:
        with transaction(self.connection, reads=True):
            broken = self.journal.broken_tail(_LINKS_LOOKED_AT)
        if broken is not None:
            raise StoreError(
                f"{self._file} is damaged: entry {broken} does not follow from the one before. "
                "Run 'lineside journal verify', and put back a copy"
            )
