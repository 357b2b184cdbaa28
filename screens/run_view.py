"""What the Run page shows, read from the records in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hmi.domain.equipment import StatePeriod, Stop
from hmi.domain.maintenance import Repair
from hmi.domain.production import HourCount, OrderRow, OrderState
from hmi.domain.quality import CheckDue
from hmi.operations.quality import checks_due
from hmi.ports import Records

DAY = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class RunView:
    """Everything the page shows; times UTC."""

    now: datetime
    order: OrderRow | None
    next_order: OrderRow | None
    unclassified: Sequence[Stop]
    latest_stop: Stop | None
    checks: Sequence[CheckDue]
    repairs: Sequence[Repair]
    periods: Sequence[StatePeriod]
    hours: Sequence[HourCount]
    shift_start: datetime
    faults: dict[int, str]
    needs_decision: int
    plans_at: datetime | None


def current_order(records: Records) -> OrderRow | None:
    """The running order; else the one that was interrupted last."""
    progress = records.production.running()
    if progress is None:
        resting = [p for p in records.production.started() if p.state is OrderState.INTERRUPTED]
        progress = max(resting, key=lambda p: p.started_at) if resting else None
    plan = records.plans.job_order(progress.order) if progress else None
    return OrderRow(plan, progress) if plan else None


def run_loader(now: datetime, shift_start: datetime) -> Callable[[Records], RunView]:
    """A loader for the page as of now."""

    def load(records: Records) -> RunView:
        started = {progress.order for progress in records.production.started()}
        waiting = [
            order
            for order in records.plans.job_orders()
            if order.id not in started and order.state == "released"
        ]
        stops = records.equipment.stops(now - DAY)
        unclassified = records.equipment.unclassified()
        texts = {stop.fault: records.plans.fault(stop.fault) for stop in unclassified if stop.fault}
        return RunView(
            now=now,
            order=current_order(records),
            next_order=OrderRow(waiting[0], None) if waiting else None,
            unclassified=unclassified,
            latest_stop=unclassified[-1] if unclassified else (stops[-1] if stops else None),
            checks=checks_due(records, now),
            repairs=records.maintenance.open_repairs(),
            periods=records.equipment.periods(min(now - DAY, shift_start)),
            hours=records.production.per_hour(now - DAY),
            shift_start=shift_start,
            faults={code: fault.text for code, fault in texts.items() if fault},
            needs_decision=records.journal.queue().needs_decision,
            plans_at=records.plans.state().pulled_at,
        )

    return load
