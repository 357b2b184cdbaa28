"""Watches the machine's tags and books what they say: states, stops, counted parts."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from hmi.domain.equipment import PackmlState
from hmi.domain.signals import Quality, Reading
from hmi.domain.tags import TagInfo, TagRole
from hmi.operations.downtime import StateSeen, observe_state
from hmi.operations.production import CounterSeen, count_parts
from hmi.ports import Ledger, Saved
from hmi.times import Clock

_log = logging.getLogger(__name__)
_DOUBTED_MS = 10_000  # so long a lower value of an earlier time is taken for one that comes late


@dataclass(slots=True)
class _Counter:
    """One counter: the newest value that was believed, the one that waits to be booked, one in doubt."""

    newest: CounterSeen | None = None
    pending: CounterSeen | None = None
    doubted: CounterSeen | None = None
    doubted_ms: int = 0

    def take(self, seen: CounterSeen, now_ms: int) -> list[CounterSeen]:
        """Gather a value; what has to be booked at once, in order.

        Before a value that went back (a reset, a roll-over) what was gathered is booked. One that went back
        and is of an earlier time is a late word of the past, unless values stay there: then the clock of
        the PLC was set back.
        """
        before: list[CounterSeen] = []
        if self.newest is not None and seen.value < self.newest.value:
            if seen.live and seen.at < self.newest.at:
                if self.doubted is None:
                    self.doubted, self.doubted_ms = seen, now_ms
                if now_ms - self.doubted_ms < _DOUBTED_MS:
                    return []
            before = [wish for wish in (self.pending, self.doubted) if wish is not None and wish is not seen]
            self.pending = None
        at_once = not seen.live or (self.pending is not None and not self.pending.live)
        self.newest, self.doubted = seen, None
        self.pending = None if at_once else seen
        return [*before, seen] if at_once else before

    def gathered(self) -> list[CounterSeen]:
        """What waits to be booked, which it does no more."""
        wish, self.pending = self.pending, None
        return [] if wish is None else [wish]

    def put_back(self, wish: CounterSeen) -> None:
        """A value could not be saved; a newer one says all that it said."""
        if self.newest is wish:
            self.pending = wish


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
        self._counters = {
            name: _Counter() for name, tag in self._roles.items() if tag.role is TagRole.PRODUCED_COUNT
        }
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
        """Book the newest counter values now."""
        with self._lock:
            self._booked_ms = self._clock.monotonic_ms()
            booked = self._submit(
                [wish for counter in self._counters.values() for wish in counter.gathered()]
            )
        self._follow(booked)

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
            booked = self._submit(self._counters[seen.tag].take(seen, self._clock.monotonic_ms()))
        self._follow(booked)

    def _submit(self, wishes: Sequence[CounterSeen]) -> list[tuple[CounterSeen, Future[Saved]]]:
        """Hand values in under the lock under which they were taken: no older one overtakes a newer one."""
        return [(wish, self._ledger.do(count_parts, wish)) for wish in wishes]

    def _follow(self, booked: Sequence[tuple[CounterSeen, Future[Saved]]]) -> None:
        for wish, future in booked:
            future.add_done_callback(lambda done, wish=wish: self._after_count(done, wish))

    def _after_count(self, done: Future[Saved], wish: CounterSeen) -> None:
        _tell_failure(done)
        if done.exception() is not None:
            with self._lock:
                self._counters[wish.tag].put_back(wish)


def _tell_failure(done: Future[Saved]) -> None:
    error = done.exception()
    if error is not None:
        _log.error("what the machine said could not be saved: %s", error)
