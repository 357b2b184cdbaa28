"""Checks that fall due, samples, and nonconformances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from hmi.domain.entries import NewEntry, Subject
from hmi.domain.equipment import Activity, StatePeriod, activity
from hmi.domain.payloads import NonconformanceOpened, SampleRecorded
from hmi.domain.personnel import Permission
from hmi.domain.plans import Characteristic, InspectionPlan
from hmi.domain.quality import CheckDue, Verdict, judge, mean
from hmi.errors import OperatorError
from hmi.ids import new_id
from hmi.operations.rules import open_order, order_subject, require
from hmi.ports import Context, Records


@dataclass(frozen=True, slots=True)
class RecordSample:
    """The measured values of one subgroup, in the unit of the characteristic."""

    order: str
    plan: str
    characteristic: str
    values: tuple[Decimal, ...]


def _find(records: Records, wish: RecordSample) -> tuple[InspectionPlan, Characteristic]:
    plan = records.plans.inspection_plan(wish.plan)
    if plan is None:
        raise OperatorError("plan_unknown", plan=wish.plan)
    for characteristic in plan.characteristics:
        if characteristic.id == wish.characteristic:
            return plan, characteristic
    raise OperatorError("characteristic_unknown", characteristic=wish.characteristic)


def record_sample(records: Records, wish: RecordSample, context: Context) -> Sequence[NewEntry]:
    """Judge a subgroup against the limits of the plan; values outside open a nonconformance."""
    require(context, Permission.RECORD_SAMPLES)
    open_order(records, wish.order)
    plan, characteristic = _find(records, wish)
    if len(wish.values) != characteristic.sample_size:
        raise OperatorError("sample_incomplete", n=characteristic.sample_size - len(wish.values))
    outside = tuple(
        position
        for position, value in enumerate(wish.values, start=1)
        if judge(value, characteristic) is Verdict.OUT
    )
    sample = str(new_id())
    recorded = SampleRecorded(
        sample=sample,
        plan=plan.id,
        plan_version=plan.version,
        characteristic=characteristic.id,
        order=wish.order,
        values=wish.values,
        unit=characteristic.unit,
        mean=mean(wish.values, characteristic.decimals),
        range=max(wish.values) - min(wish.values),
        judgement="rejected" if outside else "accepted",
        outside=outside,
        gauge=characteristic.gauge,
    )
    entries = [NewEntry(order_subject(wish.order), recorded)]
    if outside:
        opened = NonconformanceOpened(
            sample=sample,
            order=wish.order,
            characteristic=characteristic.id,
            outside=tuple(wish.values[position - 1] for position in outside),
            lower=characteristic.lower,
            upper=characteristic.upper,
            unit=characteristic.unit,
        )
        entries.append(NewEntry(Subject("nonconformance", str(new_id())), opened))
    return entries


def checks_due(records: Records, now: datetime) -> list[CheckDue]:
    """The checks of the running order, the most urgent first.

    A check is due at the order's first part; then after each `every_parts` parts or `every_minutes` minutes
    of running time since its last sample, whichever comes first. A plan that names neither asks for one.
    """
    running = records.production.running()
    order = records.plans.job_order(running.order) if running else None
    if running is None or order is None:
        return []
    checks: list[CheckDue] = []
    samples = records.quality.samples_of_order(order.id)
    for plan_id in order.inspection_plans:
        plan = records.plans.inspection_plan(plan_id)
        if plan is None:
            continue
        for characteristic in plan.characteristics:
            taken = [one for one in samples if (one.plan, one.characteristic) == (plan.id, characteristic.id)]
            if not taken:
                checks.append(CheckDue(plan.id, plan.name, characteristic, order.id, 0))
                continue
            parts, minutes = None, None
            if plan.every_parts is not None:
                since = running.produced - max(sample.produced for sample in taken)
                parts = max(0, plan.every_parts - int(since))
            if plan.every_minutes is not None:
                run = running_time(records.equipment.periods(taken[-1].taken_at), taken[-1].taken_at, now)
                minutes = max(0, ceil(plan.every_minutes - run / timedelta(minutes=1)))
            if parts is not None or minutes is not None:
                checks.append(CheckDue(plan.id, plan.name, characteristic, order.id, parts, minutes))
    return sorted(checks, key=_urgency)


def running_time(periods: Sequence[StatePeriod], since: datetime, now: datetime) -> timedelta:
    """How long the equipment has produced between two times; a state that lasts reaches until `now`."""
    spans = (
        min(period.end or now, now) - max(period.start, since)
        for period in periods
        if period.state is not None and activity(period.state) is Activity.PRODUCING
    )
    return sum((span for span in spans if span > timedelta(0)), timedelta(0))


def _urgency(check: CheckDue) -> tuple[bool, int, int]:
    left = [count for count in (check.parts_left, check.minutes_left) if count is not None]
    return not check.due, min(left), max(left)
