"""Room on the disk: warned of ahead, and entries are refused in words before it is full."""

import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from hmi.errors import OperatorError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpaceLimits:
    """Bytes that are free: below `warn` a person is told, below `history` no values of the past are kept,
    below `entries` nothing but entries, below `nothing` no new entries; receipts and sending go on.

    The `ballast` is held as soon as less than `hold_below` are free, and let go when the disk is full all
    the same: it is more than two write-ahead logs at their limit, so that a checkpoint finds room.
    """

    warn: int = 1 << 30
    history: int = 500 << 20
    entries: int = 200 << 20
    nothing: int = 100 << 20
    ballast: int = 160 << 20
    hold_below: int = 8 << 30


class Room(IntEnum):
    """How much room there is, in steps."""

    NOTHING_NEW = 0
    ENTRIES_ONLY = 1
    NO_HISTORY = 2
    WARNED = 3
    PLENTY = 4


def _free_on(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Space:
    """The disk under one journal."""

    def __init__(
        self, file: Path, limits: SpaceLimits | None = None, free: Callable[[Path], int] = _free_on
    ) -> None:
        """`file` is the journal's; the ballast lies beside it. `free` tells the free bytes of a folder."""
        self._folder = file.parent
        self._ballast = file.with_suffix(".ballast")
        self._limits = limits or SpaceLimits()
        self._measure = free

    def free(self) -> int:
        """Bytes that are free now, without the ballast."""
        return self._measure(self._folder)

    def room(self) -> Room:
        """How much room there is now."""
        free, limits = self.free(), self._limits
        steps = (limits.nothing, limits.entries, limits.history, limits.warn)
        return Room(sum(free >= limit for limit in steps))

    def require_room(self) -> None:
        """OperatorError when nothing new may be accepted."""
        free = self.free()
        if free < self._limits.nothing:
            raise OperatorError("store_nearly_full", free_mib=free >> 20)

    def hold(self) -> None:
        """Hold the ballast where it may be needed, and as long as holding it takes no room from entries."""
        limits = self._limits
        try:
            free, held = self.free(), self._ballast.exists()
        except OSError as error:
            _log.warning("no ballast could be held, the disk does not answer: %s", error)
            return
        if held or free >= limits.hold_below or free < limits.entries + limits.ballast:
            return
        try:
            with self._ballast.open("wb") as out:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(out.fileno(), 0, limits.ballast)
                else:
                    out.write(b"\0" * limits.ballast)
        except OSError as error:
            _log.warning("no ballast could be held: %s", error)
            self._ballast.unlink(missing_ok=True)

    def release(self) -> bool:
        """Let the ballast go, so that what has to be written can be; whether there was one."""
        if not self._ballast.exists():
            return False
        _log.warning("the disk is full: the ballast is let go")
        self._ballast.unlink()
        return True
