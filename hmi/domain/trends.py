"""What a trend is drawn from: values by time, thinned to what a screen shows; what is not known is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Trust(IntEnum):
    """How far a recorded value can be trusted; BAD and GAP have no value."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2
    GAP = 3


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One tag over time; all sequences are equally long, times are ms since 1970 in UTC, rising.

    Point i stands for the time from `times[i]` to the next point: within its first `step_ms` the value lay
    between `low[i]` and `high[i]`, and `last[i]` held from there on. Where `trust[i]` is BAD or GAP nothing
    holds. `worst[i]` is the worst that was heard within the point. Values that are not known are NaN.
    """

    tag: str
    step_ms: int
    times: Sequence[int]
    low: Sequence[float]
    high: Sequence[float]
    last: Sequence[float]
    trust: Sequence[int]
    worst: Sequence[int]


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """Which tags over which time, ms since 1970 in UTC, and how many points a line may have."""

    tags: tuple[str, ...]
    start_ms: int
    end_ms: int
    points: int


@dataclass(frozen=True, slots=True)
class TrendAnswer:
    """The lines of a query, without tags that were never recorded; `trouble` is empty if all is well."""

    query: TrendQuery
    lines: Mapping[str, TrendLine]
    trouble: str = ""
