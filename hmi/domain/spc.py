"""Statistical process control of one characteristic: capability within subgroups, and signals of a chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Expected range of n normal values in units of sigma (ISO 7870-2 writes d2); index n - 2, n = 2 to 25.
_D2 = (
    *(1.128, 1.693, 2.059, 2.326, 2.534, 2.704, 2.847, 2.970, 3.078, 3.173, 3.258, 3.336),
    *(3.407, 3.472, 3.532, 3.588, 3.640, 3.689, 3.735, 3.778, 3.819, 3.858, 3.895, 3.931),
)
FEWEST_SUBGROUPS = 8
TREND_POINTS = 6


def d2(size: int) -> float:
    """Mean range of a subgroup of `size` normal values divided by their sigma; ValueError beyond 2 to 25."""
    if not 2 <= size <= len(_D2) + 1:
        raise ValueError(f"no d2 for a subgroup of {size}")
    return _D2[size - 2]


@dataclass(frozen=True, slots=True)
class Capability:
    """Mean and capability of a process; Cp is None for a one-sided tolerance, both without any spread."""

    mean: float
    sigma_within: float
    cp: float | None
    cpk: float | None


def sigma_within(subgroups: Sequence[Sequence[float]]) -> float:
    """Spread within subgroups of one size: R-bar / d2; for single values, the mean moving range / d2(2).

    ValueError for subgroups of several sizes, for none, and for fewer than two single values.
    """
    sizes = {len(subgroup) for subgroup in subgroups}
    if len(sizes) != 1:
        raise ValueError("sigma within subgroups needs subgroups of one size")
    size = sizes.pop()
    if size == 1:
        singles = [subgroup[0] for subgroup in subgroups]
        ranges = [abs(after - before) for before, after in pairwise(singles)]
        size = 2
    else:
        ranges = [max(subgroup) - min(subgroup) for subgroup in subgroups]
    if not ranges:
        raise ValueError("one single value has no range")
    return sum(ranges) / len(ranges) / d2(size)


def capability(
    subgroups: Sequence[Sequence[float]], lower: float | None, upper: float | None
) -> Capability | None:
    """Cp and Cpk from the spread within subgroups; None with fewer than FEWEST_SUBGROUPS of them.

    Cp = (upper - lower) / 6 sigma, Cpk = min(upper - mean, mean - lower) / 3 sigma, the one term that there
    is for a one-sided tolerance. The overall standard deviation would give Pp and Ppk instead.
    """
    if len(subgroups) < FEWEST_SUBGROUPS:
        return None
    sigma = sigma_within(subgroups)
    values = [value for subgroup in subgroups for value in subgroup]
    mean = sum(values) / len(values)
    if sigma <= 0:
        return Capability(mean, 0.0, None, None)
    cp = None if lower is None or upper is None else (upper - lower) / (6 * sigma)
    sides = [upper - mean] if upper is not None else []
    sides += [mean - lower] if lower is not None else []
    return Capability(mean, sigma, cp, min(sides) / (3 * sigma) if sides else None)


def beyond_limits(points: Sequence[float], lcl: float | None, ucl: float | None) -> tuple[int, ...]:
    """Nelson's rule 1: the places of points beyond a control limit; a point on the limit is within."""
    return tuple(
        place
        for place, point in enumerate(points)
        if (ucl is not None and point > ucl) or (lcl is not None and point < lcl)
    )


def trend(points: Sequence[float]) -> int:
    """Nelson's rule 3 at the newest point: 1 when the last 6 rise, -1 when they fall, else 0."""
    last = points[-TREND_POINTS:]
    if len(last) < TREND_POINTS:
        return 0
    steps = [after - before for before, after in pairwise(last)]
    if all(step > 0 for step in steps):
        return 1
    return -1 if all(step < 0 for step in steps) else 0
