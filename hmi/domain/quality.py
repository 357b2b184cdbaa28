"""Samples, how they are judged, and what lies outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from hmi.domain.plans import Characteristic


class Verdict(StrEnum):
    """Where a value lies within its specification; NEAR is in the outer tenth of the tolerance."""

    IN = "in"
    NEAR = "near"
    OUT = "out"


def judge(value: Decimal, of: Characteristic) -> Verdict:
    """Judge one value against the specification limits; a value on the limit is inside.

    One-sided tolerances have only their one limit. NEAR needs both limits to know the tolerance.
    """
    if (of.lower is not None and value < of.lower) or (of.upper is not None and value > of.upper):
        return Verdict.OUT
    if of.lower is not None and of.upper is not None:
        margin = (of.upper - of.lower) / 10
        if value < of.lower + margin or value > of.upper - margin:
            return Verdict.NEAR
    return Verdict.IN


def mean(values: Sequence[Decimal], decimals: int) -> Decimal:
    """Arithmetic mean with one more decimal than was measured; at least one value."""
    step = Decimal(1).scaleb(-(decimals + 1))
    return (sum(values, Decimal(0)) / len(values)).quantize(step, ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Sample:
    """A subgroup as it was recorded; `produced` is what the order had produced by then."""

    id: str
    plan: str
    characteristic: str
    order: str
    values: tuple[Decimal, ...]
    mean: Decimal
    range: Decimal
    accepted: bool
    outside: tuple[int, ...]
    produced: Decimal
    taken_at: datetime
    person: str | None


@dataclass(frozen=True, slots=True)
class Nonconformance:
    """Something outside its limits that waits for a disposition."""

    id: str
    sample: str
    order: str
    characteristic: str
    outside: tuple[Decimal, ...]
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class CheckDue:
    """A check of the running order: due when either count has come down to 0.

    `parts_left` to be produced until then, None where the plan does not count parts; `minutes_left` of
    running time, rounded up, None where it does not count time.
    """

    plan: str
    plan_name: str
    characteristic: Characteristic
    order: str
    parts_left: int | None
    minutes_left: int | None = None

    @property
    def due(self) -> bool:
        """Whether it is to be done now."""
        return self.parts_left == 0 or self.minutes_left == 0
