"""Opening the file and closing it again: owned, migrated, looked at, and left as one file."""

import importlib
import logging
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from hmi.domain.entries import Entry, NewEntry
from hmi.domain.keeping_payloads import EntriesRetired
from hmi.errors import OperatorError, StoreError
from hmi.ports import Records
from hmi.times import Clock, to_text
from local_db import outbox
from local_db import tables as t
from local_db.engine import is_damaged, refuse_unsafe_sqlite, transaction, writing_engine
from local_db.exchange import refuse_half_done
from local_db.heads import HEADS_SUFFIX, HeadFile, SignedHead, TerminalKey
from local_db.journal import Journal
from local_db.stores.records import SqliteRecords

_log = logging.getLogger(__name__)

KEY_FILE = "terminal-key.pem"  # beside the journal

HEAD = "0006"  # the newest step of migrations
_LINKS_LOOKED_AT = 10_000
_LOOKED_AT_WHOLE = 64 << 20  # bytes; the pages of longer files are checked when they are copied
_ROWS_TO_TIDY = 500
_SIGN_EVERY = 100  # entries
_SIGN_AFTER_MS = 60_000
_REMEDY = (
    "Nothing was changed. Run 'lineside restore' with this terminal's configuration: it sets the file "
    "aside, puts the newest good copy back, saves every entry that still proves itself, and names what "
    "is missing"
)


_FORGET_DONE = sa.delete(t.draft).where(t.draft.c.done == 1)


def _remedy(error: DBAPIError) -> str:
    return f". {_REMEDY}" if is_damaged(error.orig) else ""


class Store:
    """The open file, with what the ledger thread needs of it. Opened, used and closed on that thread.

    `ended_cleanly` tells whether the program that had it before closed it.
    """

    def __init__(self, file: Path, *, terminal: str, clock: Clock) -> None:
        """Open and migrate the file; StoreError says why it cannot be used."""
        refuse_unsafe_sqlite()
        refuse_half_done(file)
        self._file = file
        self._terminal = terminal
        self._clock = clock
        self._tidied = 0
        self._key = TerminalKey.of(file.with_name(KEY_FILE))
        self._head_file = HeadFile(file.with_suffix(HEADS_SUFFIX))
        self._signed_at_ms = clock.monotonic_ms()
        self._untold: list[SignedHead] = []
        try:
            self.connection = writing_engine(file).connect()
        except DBAPIError as error:
            raise StoreError(f"{file} cannot be opened: {error.orig}{_remedy(error)}") from error
        try:
            self._bring_up_to_date()
            self._look_at_the_pages()
            self.ended_cleanly, epoch = self._take_over()
            self.journal = Journal(self.connection, terminal=terminal, epoch=epoch, clock=clock)
            self._signed_place = self._told_place = self._look_at_the_end()
        except DBAPIError as error:
            self.connection.close()
            raise StoreError(f"{file} cannot be used: {error.orig}{_remedy(error)}") from error
        except BaseException:
            self.connection.close()
            raise
        self.records: Records = SqliteRecords(self.connection, clock)

    def sign_if_due(self, place: int, link: str, *, now: bool = False) -> None:
        """Sign the first entry of an epoch, each hundredth, and `now`; within the entry's transaction."""
        (epoch, seq), (signed_epoch, signed) = t.seq_of(place), t.seq_of(self._signed_place)
        if now or (epoch, seq // _SIGN_EVERY) > (signed_epoch, signed // _SIGN_EVERY):
            self._sign(place, link)

    def tell_heads(self) -> None:
        """Write signed heads that are committed into the file beside the journal."""
        self._told_place = self._signed_place
        if self._untold:
            self._head_file.add(self._untold)
            self._untold.clear()

    def forget_heads(self) -> None:
        """Their transaction was undone."""
        self._untold.clear()
        self._signed_place = self._told_place

    @property
    def terminal(self) -> str:
        """Whose file it is."""
        return self._terminal

    def append_own(self, new: NewEntry, entry_id: str) -> Entry:
        """Append what the terminal says of itself and sign it, within a transaction."""
        place, entry = self.journal.append(
            new, entry_id=entry_id, person=None, now=self._clock.now(), clock_offset_ms=None
        )
        outbox.add_waiting(self.connection, place)
        self.sign_if_due(place, entry.hash, now=True)
        return entry

    def add_cut(self, place: int, said: EntriesRetired, entries: int) -> None:
        """Sign where the journal will begin, within a transaction; `entries` left it in all."""
        head = self._key.sign(self._terminal, said.epoch, said.seq, said.hash, to_text(self._clock.now()))
        row = {"place": place, "entries": entries, "hash": said.hash, "archive": said.archive}
        proof = {"base": said.base, "signed_at": head.signed_at, "key": head.key, "signature": head.signature}
        self.connection.execute(sa.insert(t.cut), {**row, **proof})

    def _sign(self, place: int, link: str) -> None:
        epoch, seq = t.seq_of(place)
        head = self._key.sign(self._terminal, epoch, seq, link, to_text(self._clock.now()))
        row = {"place": place, "hash": link, "signed_at": head.signed_at, "key": head.key}
        self.connection.execute(sa.insert(t.head), {**row, "signature": head.signature})
        self._signed_place = place
        self._signed_at_ms = self._clock.monotonic_ms()
        self._untold.append(head)

    def _sign_the_newest(self) -> None:
        with transaction(self.connection):
            seq, link = self.journal.head()
            place = t.place_of(self.journal.epoch, seq)
            if seq > 0 and place > self._signed_place:
                self._sign(place, link)
        self.tell_heads()

    def forget_done_forms(self) -> None:
        """The forms whose entries were saved: by now that was shown."""
        try:
            with transaction(self.connection):
                self.connection.execute(_FORGET_DONE)
        except OperatorError as error:
            _log.warning("forms that are done could not be forgotten: %s", error)

    def tidy(self) -> None:
        """Sign what was not for a minute, and move what was written into the file itself; nobody waits."""
        if self._clock.monotonic_ms() - self._signed_at_ms >= _SIGN_AFTER_MS:
            try:
                self._sign_the_newest()
            except OperatorError as error:
                _log.warning("the journal's head could not be signed: %s", error)
        written = self._rows_written()
        if written - self._tidied >= _ROWS_TO_TIDY:
            self._tidied = written
            self._checkpoint("PASSIVE")

    def close(self) -> None:
        """Sign the end, note that it was clean, write everything into the one file, and let it go."""
        try:
            self._sign_the_newest()
            with transaction(self.connection):
                self.connection.execute(_FORGET_DONE)
                self.note("clean", "1")
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
            if "archive" in known:
                raise StoreError(f"{self._file} is an archive: it is read, and never added to")
            self.note("clean", "0")
            if known["clean"] == "1":
                self.connection.execute(_FORGET_DONE)
            else:  # nobody may have seen that these were saved: they come back, with the ids of their entries
                self.connection.execute(sa.update(t.draft).where(t.draft.c.done == 1).values(done=0))
        return known["clean"] == "1", int(known["epoch"])

    def meta(self, key: str) -> str:
        """A value that the file keeps about itself."""
        return self.connection.execute(sa.select(t.meta.c.value).where(t.meta.c.key == key)).scalar() or ""

    def note(self, key: str, value: str) -> None:
        """Keep a value about the file itself, within a transaction."""
        self.connection.execute(sa.update(t.meta).where(t.meta.c.key == key).values(value=value))

    def _look_at_the_pages(self) -> None:
        if self._file.stat().st_size > _LOOKED_AT_WHOLE:
            return
        with transaction(self.connection, reads=True):
            found = self.connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise StoreError(f"{self._file} is damaged: {found}. {_REMEDY}")

    def _look_at_the_end(self) -> int:
        """Check the newest links; the place of the newest signed head, whose entry has to be there."""
        with transaction(self.connection, reads=True):
            broken = self.journal.broken_tail(_LINKS_LOOKED_AT)
            signed = self._newest_head()
            newest = self.connection.execute(sa.select(sa.func.max(t.journal.c.place))).scalar() or 0
        if broken is not None:
            raise StoreError(
                f"{self._file} is damaged: entry {broken} does not follow from the one before. {_REMEDY}"
            )
        if signed > newest:
            raise StoreError(
                f"{self._file} is damaged: it ends at entry {t.seq_of(newest)[1]}, and entry "
                f"{t.seq_of(signed)[1]} was signed. {_REMEDY}"
            )
        return signed

    def _newest_head(self) -> int:
        return self.connection.execute(sa.select(sa.func.max(t.head.c.place))).scalar() or 0
