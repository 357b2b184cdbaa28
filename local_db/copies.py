"""Copies of the journal: taken beside the running terminal, proven before they count, few enough to keep."""

import logging
import os
import re
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hmi.errors import StoreError
from local_db import tables as t
from local_db.engine import reading
from local_db.verify import Verification, verify

_log = logging.getLogger(__name__)
NEWEST_KEPT = 8
DAYS_KEPT = 7
_ROOM = 1.3  # times the size of the file that has to be free
_NAME = re.compile(r"-(\d{8}T\d{6})Z-e(\d+)-s(\d+)\.sqlite3$")


@dataclass(frozen=True, slots=True)
class CopyFile:
    """A copy: when it was taken (UTC), and the newest entry in it."""

    file: Path
    taken_at: datetime
    epoch: int
    seq: int


class Copies:
    """The copies of one journal in a folder, best on another disk."""

    def __init__(self, folder: Path, stem: str) -> None:
        """`stem` is the journal's name without its suffix; every copy's name begins with it."""
        self.folder = folder
        self._stem = stem

    def kept(self) -> list[CopyFile]:
        """All copies, newest first by their entries, not by a clock; whether they are good is not asked."""
        found: list[CopyFile] = []
        for file in self.folder.glob(f"{self._stem}-*.sqlite3"):
            told = _NAME.search(file.name)
            if told is not None:
                at = datetime.strptime(told[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
                found.append(CopyFile(file, at, int(told[2]), int(told[3])))
        return sorted(found, key=lambda copy: (copy.epoch, copy.seq, copy.taken_at), reverse=True)

    def newest_good(self) -> tuple[CopyFile, Verification] | None:
        """The newest copy that proves itself to its end, and what was proven."""
        for copy in self.kept():
            proven = proof_of(copy.file)
            if proven is not None and proven.ok:
                return copy, proven
            _log.warning("the copy %s does not prove itself and is passed over", copy.file)
        return None

    def take(self, source: Path, now: datetime) -> CopyFile:
        """Copy, prove the copy, and only then give it its name; StoreError says why there is none.

        Reads the journal as it is at one moment; entries may be saved meanwhile.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            free, size = shutil.disk_usage(self.folder).free, source.stat().st_size
        except OSError as error:
            raise StoreError(f"no copy of {source}: {error}") from error
        if free < size * _ROOM:
            raise StoreError(
                f"no copy of {source}: {self.folder} has {free >> 20} MiB free, {size >> 20} MiB are needed"
            )
        fresh = self.folder / f"{self._stem}.copying"
        fresh.unlink(missing_ok=True)
        try:
            with closing(reading(source)) as connection:
                connection.execute("VACUUM INTO ?", (str(fresh),))
            return self._name(fresh, source, now)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"no copy of {source}: {error}") from error
        finally:
            fresh.unlink(missing_ok=True)

    def _name(self, fresh: Path, source: Path, now: datetime) -> CopyFile:
        proven = proof_of(fresh)
        if proven is None or not proven.ok:
            words = "it cannot be read" if proven is None else proven.words
            raise StoreError(f"the copy of {source} does not prove itself: {words}")
        name = f"{self._stem}-{now:%Y%m%dT%H%M%S}Z-e{proven.epoch}-s{proven.proven_to}.sqlite3"
        sync_path(fresh)
        named = fresh.replace(self.folder / name)
        sync_path(self.folder)
        return CopyFile(named, now.replace(microsecond=0), proven.epoch, proven.proven_to)

    def prune(self, taken: CopyFile) -> Sequence[Path]:
        """Keep what was just `taken`, the newest eight, and the newest of each of the last seven days.

        Returns what was deleted. A clock that was ahead or is behind costs days, never the newest copies.
        """
        kept = self.kept()
        days: dict[object, Path] = {}
        for copy in kept:
            if taken.taken_at - timedelta(days=DAYS_KEPT) < copy.taken_at <= taken.taken_at:
                days.setdefault(copy.taken_at.date(), copy.file)
        stay = {taken.file, *days.values(), *(copy.file for copy in kept[:NEWEST_KEPT])}
        gone = [copy.file for copy in kept if copy.file not in stay]
        for file in gone:
            file.unlink()
        return gone


def proof_of(file: Path) -> Verification | None:
    """What a file proves of itself: all of its pages and its whole chain; None when it cannot be read."""
    try:
        with closing(reading(file)) as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != b"ok":
                return None
        return verify(file)
    except (StoreError, sqlite3.Error):
        return None


def newest_place(file: Path) -> int:
    """The place of the newest entry, read beside the terminal; 0 where there is none."""
    with closing(reading(file)) as connection:
        return connection.execute(f"SELECT max(place) FROM {t.journal.name}").fetchone()[0] or 0  # noqa: S608


def sync_path(path: Path) -> None:
    """Have a file or a folder on the disk before anything is built on it."""
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
