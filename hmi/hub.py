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
    """Collects from any thread and wakes its one reader until it drains: once for readings, once for events.

    Readings can wait for the next frame, since only the newest is shown; an event is a scan or an answer.
    """

    def __init__(self) -> None:
        """Start empty, with nobody to wake."""
        self._lock = threading.Lock()
        self._readings: dict[str, Reading] = {}
        self._events: deque[Event] = deque()
        self._heard: dict[str, int] = {}
        self._wake: Callable[[bool], None] | None = None
        self._woken = False
        self._woken_at_once = False

    def on_wake(self, wake: Callable[[bool], None] | None) -> None:
        """Name whom to wake: with True for an event, at once; called from any thread, it must not wait.

        It is called under the hub's lock, so it may not use the hub: when this returns, whoever was named
        before is woken no more, not even by a thread that had begun to, and may be deleted.
        """
        with self._lock:
            self._wake = wake
            self._woken = self._woken_at_once = False
            if self._events or self._readings:
                self._wake_for(at_once=bool(self._events))

    def post_readings(self, batch: list[Reading]) -> None:
        """Keep the newest reading of each tag."""
        with self._lock:
            for reading in batch:
                self._readings[reading.tag] = reading
            self._wake_for(at_once=False)

    def post(self, event: Event) -> None:
        """Keep an event in order."""
        with self._lock:
            self._events.append(event)
            self._wake_for(at_once=True)

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
            self._woken = self._woken_at_once = False
        return batch

    def _wake_for(self, *, at_once: bool) -> None:
        if self._wake is None or self._woken_at_once or (self._woken and not at_once):
            return
        self._woken = True
        self._woken_at_once = at_once
        self._wake(at_once)
