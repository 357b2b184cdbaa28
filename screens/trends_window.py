"""The stretch of time that a trend shows: moved, zoomed, or following the present."""

from dataclasses import dataclass, replace

_MINUTE = 60_000
RANGES_MIN = (10, 60, 480, 1440, 10080, 40320)
SHORTEST_MS = 10_000
LONGEST_MS = 366 * 24 * 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """From start to end in ms since 1970; while it `follows`, its end is the present."""

    start: float
    end: float
    follows: bool = True

    @property
    def span(self) -> float:
        """Its length in ms."""
        return self.end - self.start

    def at(self, now: float) -> "TimeWindow":
        """The same window at another present."""
        return replace(self, start=now - self.span, end=now) if self.follows else self

    def with_span(self, span: float, now: float) -> "TimeWindow":
        """Of another length with the same end; it follows again when it reaches the present."""
        return _kept(TimeWindow(self.end - span, self.end), now)

    def moved(self, by: float, now: float) -> "TimeWindow":
        """Moved by so many ms, not beyond the present."""
        return _kept(TimeWindow(self.start + by, self.end + by), now)

    def zoomed(self, factor: float, at: float, now: float) -> "TimeWindow":
        """Longer (above 1) or shorter around a time that stays where it is."""
        span = min(max(self.span * factor, SHORTEST_MS), LONGEST_MS)
        share = (at - self.start) / self.span
        start = at - share * span
        return _kept(TimeWindow(start, start + span), now)

    def back(self, now: float) -> "TimeWindow":
        """At the present, and following it."""
        return TimeWindow(now - self.span, now)


def _kept(window: TimeWindow, now: float) -> TimeWindow:
    beyond = window.end - now
    if beyond >= -window.span * 0.002:
        return TimeWindow(window.start - beyond, now)
    return replace(window, follows=False)


_STEPS = (
    *(seconds * 1000 for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * 60 * _MINUTE for hours in (1, 2, 3, 6, 12)),
    *(days * 1440 * _MINUTE for days in (1, 2, 7, 14, 28, 56)),
)


def tick_step(span: float, most: int) -> int:
    """The shortest step in ms at which no more than so many ticks stand in a span."""
    return next((step for step in _STEPS if span / step <= most), _STEPS[-1])
