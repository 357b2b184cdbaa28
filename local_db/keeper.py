"""Looks after the journal while the terminal runs: copies, room on the disk, and words when one is wrong."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from datetime import time, tzinfo
from pathlib import Path

from hmi.domain.signals import LinkState, LinkStatus
from hmi.errors import StoreError
from hmi.times import Clock, passed
from local_db.copies import Copies, newest_place
from local_db.retention import Retention
from local_db.space import Room, Space

_log = logging.getLogger(__name__)
COPY_EVERY_S = 900.0
_COPYING_AT_MOST = 0.02  # of the time; a journal of ten million entries takes minutes to copy and to prove
_LOOK_EVERY_S = 5.0
_SLOW_S = 2.0

STORAGE = "Storage"


class Keeper:
    """One for a terminal; `run` belongs on the asyncio thread, the work itself is done on others.

    A status is said when something is wrong with disk or copies, and again when it is no more.
    """

    def __init__(
        self,
        file: Path,
        copies: Copies,
        space: Space,
        *,
        clock: Clock,
        on_status: Callable[[LinkStatus], None],
        shift_ends: Sequence[time] = (),
        zone: tzinfo | None = None,
        copy_every_s: float = COPY_EVERY_S,
        slowest_commit_s: Callable[[], float] = lambda: 0.0,
        retention: Retention | None = None,
    ) -> None:
        """`shift_ends` are wall-clock times in `zone`; `slowest_commit_s` tells how slow saving was.

        Without `retention` old entries stay until a person lets them go.
        """
        self._file = file
        self._copies = copies
        self._space = space
        self._clock = clock
        self._on_status = on_status
        self._shift_ends = tuple(shift_ends)
        self._zone = zone
        self._copy_every_ms = round(copy_every_s * 1000)
        self._slowest_commit_s = slowest_commit_s
        self._retention = retention
        self._copied_ms = clock.monotonic_ms() - self._copy_every_ms
        self._copy_took_ms = 0
        self._copied_place = -1
        self._copy_trouble = ""
        self._looked_at = clock.now()
        self._said: tuple[LinkState, str] = (LinkState.UP, "")
        self._since = clock.now()

    async def run(self) -> None:
        """Look after the file until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except Exception as error:  # noqa: BLE001  the next look may do better, and somebody has to look
                _log.exception("looking after the journal failed")
                self._say(LinkState.UP, f"looking after the journal failed: {error}. Call support")
            await asyncio.sleep(_LOOK_EVERY_S)

    def look(self) -> None:
        """Look once: hold the ballast, take a copy that is due, let old entries go, and say what is wrong."""
        self._space.hold()
        if self._copy_is_due():
            began = self._clock.monotonic_ms()
            self._copy()
            self._copied_ms = self._clock.monotonic_ms()
            self._copy_took_ms = self._copied_ms - began
        if self._retention is not None:
            self._retention.look()
        self._say(*self._judge())

    def _copy_is_due(self) -> bool:
        before, self._looked_at = self._looked_at, self._clock.now()
        every = max(self._copy_every_ms, self._copy_took_ms / _COPYING_AT_MOST)
        if self._clock.monotonic_ms() - self._copied_ms >= every:
            return True
        return any(passed(end, before, self._looked_at, self._zone) for end in self._shift_ends)

    def _copy(self) -> None:
        try:
            place = newest_place(self._file)
            if place == self._copied_place:
                return
            copy = self._copies.take(self._file, self._clock.now())
            self._copied_place, self._copy_trouble = place, ""
            gone = self._copies.prune(copy)
        except (StoreError, sqlite3.Error, OSError) as error:
            self._copy_trouble = str(error) if isinstance(error, StoreError) else f"no copy: {error}"
            _log.warning("%s", self._copy_trouble)
        else:
            _log.info("copied to %s; %d older copies deleted", copy.file, len(gone))

    def _judge(self) -> tuple[LinkState, str]:
        try:
            room, free = self._space.room(), self._space.free() >> 20
        except OSError as error:
            return LinkState.LOST, f"the disk does not answer: {error}. This terminal cannot save"
        if room is Room.NOTHING_NEW:
            return LinkState.LOST, f"the disk is full ({free} MiB free): nothing new is accepted"
        if room is not Room.PLENTY:
            return LinkState.UP, f"the disk is nearly full: {free} MiB free. Call support"
        slow_s = self._slowest_commit_s()
        if slow_s > _SLOW_S:
            return LinkState.UP, f"the disk is slow: saving took {slow_s:.1f} s"
        return LinkState.UP, self._copy_trouble or ("" if self._retention is None else self._retention.words)

    def _say(self, state: LinkState, words: str) -> None:
        if (state, words) == self._said:
            return
        now = self._clock.now()
        if state is not self._said[0]:
            self._since = now
        self._said = (state, words)
        self._on_status(
            LinkStatus(
                name=STORAGE,
                kind="storage",
                address=str(self._file.parent),
                state=state,
                since=self._since,
                heard_ms=self._clock.monotonic_ms(),
                last_error=words,
                last_error_at=now if words else None,
            )
        )
