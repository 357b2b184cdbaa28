"""Lets old entries leave by itself while the terminal runs, at a quiet moment; never what has no receipt."""

import importlib
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from hmi.errors import OperatorError, StoreError
from hmi.times import Clock, passed
from local_db.columns import from_ms
from local_db.cutting import Archive, CutFound, find_cut
from local_db.engine import reading
from local_db.read_only import connected

_log = logging.getLogger(__name__)
NIGHT = time(2)  # by the plant's wall clock, where no shifts are configured
MOST = 20_000  # entries that leave in one transaction, or a whole day
_OVERDUE = timedelta(days=7)  # so long without a quiet moment, and any moment will do
_AGAIN_MS = 3_600_000
_OLDEST = "SELECT terminal_time FROM journal ORDER BY place LIMIT 1"


class Cuts(Protocol):
    """What retention asks of the ledger."""

    @property
    def clock_offset_ms(self) -> int | None:
        """The MES's clock minus this terminal's; None while it did not answer since the start."""
        ...

    def cut_off(self, archive: Archive) -> Future[int]:
        """Let entries go that an archive holds; how many."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """Entries stay for `keep`; what is older leaves once it is `every` older, as one batch of whole days."""

    archives: Path
    keep: timedelta
    every: timedelta


class Retention:
    """Looks whether old entries are due; the archive is made on the caller's thread, the cut by the ledger.

    `words` say what keeps old entries here that should have left, "" when nothing does.
    """

    def __init__(
        self,
        file: Path,
        ledger: Cuts,
        rule: Rule,
        *,
        clock: Clock,
        quiet: Sequence[time] = (),
        zone: tzinfo | None = None,
        make: Callable[[Path, Path, int], Archive] | None = None,
    ) -> None:
        """`quiet` are the ends of shifts by the wall clock of `zone`; `make` makes an archive."""
        self._file = file
        self._ledger = ledger
        self._rule = rule
        self._clock = clock
        self._quiet = tuple(quiet) or (NIGHT,)
        self._zone = zone
        self._make = make
        self._looked_at = clock.now()
        self._tried_ms: int | None = None
        self.words = ""

    def look(self) -> None:
        """Let entries go when they are due and the moment is quiet; what is in the way is told by `words`."""
        before, self._looked_at = self._looked_at, self._clock.now()
        quiet = any(passed(end, before, self._looked_at, self._zone) for end in self._quiet)
        if self._tried_lately() and not quiet:
            return
        offset_ms = self._ledger.clock_offset_ms
        if offset_ms is None:  # a clock that nobody confirmed may be years ahead
            return
        now = self._looked_at + timedelta(milliseconds=offset_ms)
        try:
            oldest, due = self._oldest(), now - self._rule.keep - self._rule.every
            if oldest is None or oldest >= due:
                self.words = ""
            elif quiet or oldest < due - _OVERDUE:
                self._tried_ms = self._clock.monotonic_ms()
                self._go(now - self._rule.keep)
        except (StoreError, OperatorError, DBAPIError, sqlite3.Error, OSError) as error:
            self.words = f"old entries stay in the journal: {error}"
            _log.warning("%s", self.words)

    def _tried_lately(self) -> bool:
        return self._tried_ms is not None and self._clock.monotonic_ms() - self._tried_ms < _AGAIN_MS

    def _oldest(self) -> datetime | None:
        with closing(reading(self._file)) as connection:
            row = connection.execute(_OLDEST).fetchone()
        return None if row is None else from_ms(row[0])

    def _go(self, older_than: datetime) -> None:
        make = self._make or importlib.import_module("local_db.archiving").make_archive  # imports alembic
        while (found := self._find(older_than)).place > found.before:
            archive = make(self._file, self._rule.archives, found.place)
            try:
                entries = self._ledger.cut_off(archive).result()
            except StoreError:  # refused before anything was written: this archive is of no journal
                archive.file.unlink(missing_ok=True)
                raise
            _log.info("%d old entries left the journal for %s", entries, archive.file)
        self.words = f"old entries stay in the journal: {found.words}" if found.words else ""

    def _find(self, older_than: datetime) -> CutFound:
        with connected(self._file) as connection:
            return find_cut(connection, older_than, MOST)
