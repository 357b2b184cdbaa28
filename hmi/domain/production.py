"""What this terminal knows of job orders and counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from hmi.domain.plans import JobOrder


class OrderState(StrEnum):
    """State of a job order on this terminal, in the words of ISA-95 Job Control."""

    ALLOWED_TO_START = "allowed_to_start"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class OrderProgress:
    """The facts of one started order. good = produced - scrapped; produced = counted + declared."""

    order: str
    state: OrderState
    started_at: datetime
    completed_at: datetime | None
    counted: Decimal
    declared: Decimal
    scrapped: Decimal

    @property
    def produced(self) -> Decimal:
        """PQ of ISO 22400: everything that came out, good or not."""
        return self.counted + self.declared

    @property
    def good(self) -> Decimal:
        """GQ of ISO 22400."""
        return self.produced - self.scrapped


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A plan with what has been made of it here so far."""

    plan: JobOrder
    progress: OrderProgress | None

    @property
    def state(self) -> OrderState:
        """The state on this terminal; an order that nobody started may be started."""
        return self.progress.state if self.progress else OrderState.ALLOWED_TO_START

    def time_left(self) -> timedelta | None:
        """Ideal cycle time x parts still to make; None without a cycle time."""
        if self.plan.ideal_cycle_s is None:
            return None
        good = self.progress.good if self.progress else Decimal(0)
        left = max(Decimal(0), self.plan.quantity - good)
        return timedelta(seconds=float(left * self.plan.ideal_cycle_s))


@dataclass(frozen=True, slots=True)
class CounterState:
    """The last counter value that was booked, with its source time and the lease it was booked under."""

    tag: str
    value: int
    at: datetime
    fence: int | None = None


@dataclass(frozen=True, slots=True)
class CounterLease:
    """Who may count by a counter, as the MES said last; `held` when it is this terminal.

    `counted_to` is the counter value up to which the MES had received counts when it said so; None with a
    `counted_at` is a lease that a person took by hand then.
    """

    counter: str
    holder: str
    held: bool
    fence: int
    counted_to: int | None
    counted_at: datetime | None


@dataclass(frozen=True, slots=True)
class HourCount:
    """Good parts of one hour that begins at `start` (UTC)."""

    start: datetime
    produced: Decimal
    scrapped: Decimal
