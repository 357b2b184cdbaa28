"""The one way in from other threads: newest reading per tag for the eye, every event in order."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from hmi.domain.changes import Changes
from hmi.domain.signals import Alarm, LinkStatus, Measured, Reading, Scan, TagsInField


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that a screen asked for; `deliver` runs on the thread of the eye."""

    deliver: Callable[[], None]


Event = Scan | TagsInField | Measured | LinkStatus | Alarm | Changes | Answer


@dataclass(slots=True)
class Batch:
    """What came in since the last drain: readings by tag (newest only, with how many), events in order."""

    readings: dict[str, Reading] = field(default_factory=dict[str, Reading])
    events: list[Event] = field(default_factory=list[Event])
    heard: dict[str, int] = field(default_factory=dict[str, int])


class Hub:
    """Collects from any thread and wakes its one reader at most once until it drains."""

    def __init__(self) -> None:
        """Start empty, with nobody to wake."""
        self._lock = threading.Lock()
        self._readings: dict[str, Reading] = {}
        self._events: deque[Event] = deque()
        self._heard: dict[str, int] = {}
        self._wake: Callable[[], None] | None = None
        self._woken = False

    def on_wake(self, wake: Callable[[], None] | None) -> None:
        """Name whom to wake; called from any thread, it must return at once."""
        with self._lock:
            self._wake = wake
            waiting = bool(self._readings or self._events)
            self._woken = waiting and wake is not None
        if waiting and wake is not None:
            wake()

    def post_readings(self, batch: list[Reading]) -> None:
        """Keep the newest reading of each tag."""
        with self._lock:
            for reading in batch:
                self._readings[reading.tag] = reading
            wake = self._to_wake()
        if wake is not None:
            wake()

    def post(self, event: Event) -> None:
        """Keep an event in order."""
        with self._lock:
            self._events.append(event)
            wake = self._to_wake()
        if wake is not None:
            wake()

    def post_heard(self, link: str, heard_ms: int) -> None:
        """Keep the newest sign of life of a link (monotonic ms); wakes nobody."""
        with self._lock:
            self._heard[link] = heard_ms

    def drain(self) -> Batch:
        """Take everything that came in since the last time."""
        with self._lock:
            batch = Batch(self._readings, list(self._events), dict(self._heard))
            self._readings = {}
            self._events.clear()
            self._woken = False
        return batch

    def _to_wake(self) -> Callable[[], None] | None:
        if self._woken or self._wake is None:
            return None
        self._woken = True
        return self._wake
