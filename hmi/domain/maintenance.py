"""Repairs of an asset, from the stop to the return to service."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PartUsed:
    """A spare part that was fitted."""

    material: str
    lot: str | None
    serial: str | None
    quantity: Decimal
    unit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StepDone:
    """A lock-out step that somebody confirmed; `step` counts from 1."""

    step: int
    text: str
    person: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair with all that was entered for it; open while `returned_at` is None."""

    id: str
    asset: str
    stop: str | None
    fault: int
    began_at: datetime
    opened_at: datetime
    opened_by: str | None
    problem: str | None
    cause: str | None
    remedy: str | None
    steps: tuple[StepDone, ...]
    parts: tuple[PartUsed, ...]
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class AssetHistory:
    """Repairs of an asset since `since`; mean times in seconds, None where nothing can be said.

    mttr_s: mean of the down times of closed repairs. mtbf_s: (span - sum of down times) / repairs.
    """

    asset: str
    since: datetime
    repairs: int
    same_fault: int
    mttr_s: float | None
    mtbf_s: float | None
