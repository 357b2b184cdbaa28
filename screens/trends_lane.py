"""One lane of a trend: the curve of a tag in its own range, made once for every answer of the history."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF

from hmi.domain.tags import TagInfo
from hmi.domain.trends import TrendLine, Trust

_MARGIN = 0.08


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one time to another in ms; what is there is not a trusted value."""

    start: float
    end: float
    trust: Trust


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit with its short name ("HI")."""

    value: float
    name: str


class Lane:
    """What is drawn of one tag: strokes in seconds after `base` over its value, and what is not trusted."""

    def __init__(self, tag: TagInfo, line: TrendLine | None, until_ms: float) -> None:
        """A tag without a line has no curve; what held last holds until `until_ms`."""
        self.tag = tag
        self.line = line
        self.base = float(line.times[0]) if line is not None and line.times else 0.0
        self.until = until_ms
        self._strokes: list[QLineF] = []
        self._first: list[int] = []
        unheard_to = float(line.times[0]) if line is not None and line.times else until_ms
        self.stretches: list[Stretch] = [Stretch(0.0, unheard_to, Trust.GAP)]
        self.limits = limits_of(tag)
        if line is not None:
            self._draw(line)

    def value_at(self, at_ms: float) -> tuple[float | None, Trust]:
        """What held at a time: its value, and how far it can be trusted."""
        line = self.line
        if line is None or not line.times or at_ms < line.times[0] or at_ms > self.until:
            return None, Trust.GAP
        place = bisect_right(line.times, at_ms) - 1
        trust = Trust(line.trust[place])
        return (None if trust >= Trust.BAD else line.last[place]), trust

    def reach(self, start_ms: float, end_ms: float) -> tuple[float, float]:
        """The lowest and highest value within a time, with the limits that are near, and some room."""
        low, high = self._extremes(start_ms, end_ms)
        if low is None or high is None:
            known = [limit.value for limit in self.limits]
            known += [v for v in (self.tag.normal_low, self.tag.normal_high) if v is not None]
            low, high = (min(known), max(known)) if known else (0.0, 1.0)
        span = high - low
        near = [limit.value for limit in self.limits if low - span <= limit.value <= high + span]
        low, high = min([low, *near]), max([high, *near])
        room = (high - low) * _MARGIN or abs(high) * 0.02 or 1.0
        return low - room, high + room

    def _extremes(self, start_ms: float, end_ms: float) -> tuple[float | None, float | None]:
        line = self.line
        if line is None or not line.times:
            return None, None
        first = max(bisect_right(line.times, start_ms) - 1, 0)
        final = bisect_right(line.times, end_ms)
        lows = [value for value in line.low[first:final] if not math.isnan(value)]
        highs = [value for value in line.high[first:final] if not math.isnan(value)]
        return (min(lows), max(highs)) if lows else (None, None)

    def strokes(self, start_ms: float, end_ms: float) -> list[QLineF]:
        """The strokes of the points between two times, with the ones beside them."""
        if self.line is None:
            return []
        first = max(bisect_right(self.line.times, start_ms) - 2, 0)
        final = min(bisect_right(self.line.times, end_ms) + 1, len(self.line.times))
        return self._strokes[self._first[first] : self._first[final]]

    def _draw(self, line: TrendLine) -> None:
        """For each point an upright stroke over what it was and where it came from, and a level one."""
        strokes, base = self._strokes, self.base
        ends: Sequence[float] = [*line.times[1:], max(self.until, line.times[-1] if line.times else 0)]
        before = math.nan
        for start, end, low, high, last, trust, worst in zip(
            line.times, ends, line.low, line.high, line.last, line.trust, line.worst, strict=True
        ):
            self._first.append(len(strokes))
            x = (start - base) / 1000
            if low == low:  # a NaN differs from itself
                from_low, from_high = (
                    (min(low, before), max(high, before)) if before == before else (low, high)
                )
                if from_low != from_high:
                    strokes.append(QLineF(x, from_low, x, from_high))
                before = high
            if trust >= Trust.BAD or last != last:
                before = math.nan
            else:
                strokes.append(QLineF(x, last, (end - base) / 1000, last))
                before = last
            if worst:
                self._doubt(start, end if trust >= Trust.UNCERTAIN else min(end, start + line.step_ms), worst)
        self._first.append(len(strokes))

    def _doubt(self, start: float, end: float, worst: int) -> None:
        trust = Trust(worst)
        if self.stretches and self.stretches[-1].trust is trust and self.stretches[-1].end >= start:
            self.stretches[-1] = Stretch(self.stretches[-1].start, end, trust)
        else:
            self.stretches.append(Stretch(start, end, trust))


def limits_of(tag: TagInfo) -> list[LimitLine]:
    """The limits of a tag: those of its alarms, else the ends of its range."""
    if tag.alarm is not None and tag.alarm.limits():
        return [LimitLine(limit.limit, limit.condition.name) for limit in tag.alarm.limits()]
    ends = ((tag.low, "LO"), (tag.high, "HI"))
    return [LimitLine(value, name) for value, name in ends if value is not None]
