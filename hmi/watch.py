"""Watches the machine's tags and books what they say: states, stops, counted parts."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future

from hmi.domain.equipment import PackmlState
from hmi.domain.signals import Quality, Reading
from hmi.domain.tags import TagInfo, TagRole
from hmi.operations.downtime import StateSeen, observe_state
from hmi.operations.production import CounterSeen, count_parts
from hmi.ports import Ledger, Saved
from hmi.times import Clock

_log = logging.getLogger(__name__)


class MachineWatch:
    """Turns readings of tags with a role into wishes of the machine.

    Only GOOD values are believed. Counts are gathered and booked every `count_every_ms`, and at once by
    `flush`, so that what an order made is booked before the order changes its state.
    """

    def __init__(
        self,
        ledger: Ledger,
        tags: Sequence[TagInfo],
        clock: Clock,
        *,
        fastest_cycle_s: float,
        count_every_ms: int,
        shared: bool = False,
    ) -> None:
        """`fastest_cycle_s` is the shortest time in which a part can be made.

        `shared`: other terminals hear the same counter, and only the one with the lease counts.
        """
        self._shared = shared
        self._ledger = ledger
        self._clock = clock
        self._roles = {tag.name: tag for tag in tags if tag.role is not TagRole.VALUE}
        self._fastest_cycle_s = fastest_cycle_s
        self._count_every_ms = count_every_ms
        self._lock = threading.Lock()
        self._state: StateSeen | None = None
        self._fault = 0
        self._pending: CounterSeen | None = None
        self._booked_ms = 0

    def on_readings(self, batch: Sequence[Reading]) -> None:
        """Take a batch of readings in their order; called on the asyncio thread, returns at once."""
        believed = [reading for reading in batch if self._believable(reading)]
        faults = [int(r.value or 0) for r in believed if self._roles[r.tag].role is TagRole.FAULT]
        if faults:
            # within one notification the code may come after the state that it explains
            self._fault = next((code for code in reversed(faults) if code), 0)
            if self._fault and self._state is not None:
                self._book_state(self._state.state, believed[-1])
        for reading in believed:
            role = self._roles[reading.tag].role
            if role is TagRole.STATE:
                self._see_state(reading)
            elif role is TagRole.PRODUCED_COUNT:
                self._see_counter(reading)

    def flush(self) -> None:
        """Book the newest counter value now."""
        with self._lock:
            wish, self._pending = self._pending, None
            self._booked_ms = self._clock.monotonic_ms()
        if wish is not None:
            seen = wish
            self._ledger.do(count_parts, seen).add_done_callback(lambda done: self._after_count(done, seen))

    async def run(self) -> None:
        """Book gathered counts in time, until cancelled."""
        while True:
            await asyncio.sleep(self._count_every_ms / 4000)
            if self._clock.monotonic_ms() - self._booked_ms >= self._count_every_ms:
                self.flush()

    def _believable(self, reading: Reading) -> bool:
        return (
            reading.tag in self._roles
            and reading.quality is Quality.GOOD
            and isinstance(reading.value, int | float)
        )

    def _see_state(self, reading: Reading) -> None:
        number = int(reading.value or 0)
        try:
            state = PackmlState(number)
        except ValueError:
            _log.warning("the PLC shows state %s, which PackML does not know", number)
            return
        self._book_state(state, reading)

    def _book_state(self, state: PackmlState, reading: Reading) -> None:
        self.flush()
        seen = StateSeen(state, self._fault, reading.happened_at, live=not reading.first)
        self._state = seen
        self._ledger.do(observe_state, seen).add_done_callback(_tell_failure)

    def _see_counter(self, reading: Reading) -> None:
        seen = CounterSeen(
            reading.tag,
            int(reading.value or 0),
            reading.happened_at,
            live=not reading.first,
            maximum=self._roles[reading.tag].counter_max,
            fastest_cycle_s=self._fastest_cycle_s,
            shared=self._shared,
        )
        with self._lock:
            after_gap = self._pending is not None and not self._pending.live
            self._pending = seen
        if reading.first or after_gap:
            self.flush()

    def _after_count(self, done: Future[Saved], wish: CounterSeen) -> None:
        _tell_failure(done)
        if done.exception() is not None:
            with self._lock:
                self._pending = self._pending or wish


def _tell_failure(done: Future[Saved]) -> None:
    error = done.exception()
    if error is not None:
        _log.error("what the machine said could not be saved: %s", error)
