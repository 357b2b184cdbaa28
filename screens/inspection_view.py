"""What the inspection page reads: the checks of the running order, one of them in full, and its chart."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from hmi.domain.personnel import Session
from hmi.domain.plans import InspectionPlan
from hmi.domain.quality import CheckDue, Sample
from hmi.domain.spc import TREND_POINTS, Capability, beyond_limits, capability, trend
from hmi.operations.quality import checks_due
from hmi.ports import Draft, Records
from screens.inspection_form import FORM, subject_of

CHART_SUBGROUPS = 16


class Nothing(StrEnum):
    """Why there is nothing to measure."""

    NO_ORDER = "no_order"
    NO_PLAN = "no_plan"
    PLAN_NOT_HERE = "plan_not_here"
    ALL_DONE = "all_done"


@dataclass(frozen=True, slots=True)
class Chart:
    """The last subgroups, oldest first; `signals` are the places that a rule points at."""

    means: tuple[float, ...]
    beyond: tuple[int, ...]
    trend: int
    capability: Capability | None
    last: Sample | None

    @property
    def signals(self) -> tuple[int, ...]:
        """The places of points beyond a limit, or of the newest ones when they rise or fall."""
        count = len(self.means)
        return self.beyond or (tuple(range(count - TREND_POINTS, count)) if self.trend else ())


@dataclass(frozen=True, slots=True)
class OpenNonconformance:
    """One that waits for a disposition, with the values that are outside, in `unit`."""

    id: str
    name: str
    values: tuple[Decimal, ...]
    unit: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Measuring:
    """The chosen check: `number` of the sample within the order, and what was kept of it before."""

    check: CheckDue
    plan_version: int
    number: int
    chart: Chart
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class InspectionView:
    """Everything the page shows; `measuring` is None with the reason in `nothing`."""

    order: str
    order_name: str
    missing_plan: str
    checks: tuple[CheckDue, ...]
    measuring: Measuring | None
    nothing: Nothing | None
    nonconformances: tuple[OpenNonconformance, ...]
    session: Session | None


def load_inspection(records: Records, wanted: tuple[str, str] | None, now: datetime) -> InspectionView:
    """Read the page; `wanted` is the chosen plan and characteristic, else the most urgent check is."""
    running = records.production.running()
    order = records.plans.job_order(running.order) if running else None
    session = records.journal.session()
    if running is None or order is None:
        return InspectionView("", "", "", (), None, Nothing.NO_ORDER, (), session)
    checks = tuple(checks_due(records, now))
    chosen = next((check for check in checks if (check.plan, check.characteristic.id) == wanted), None)
    chosen = chosen or (checks[0] if checks else None)
    plans = {plan: records.plans.inspection_plan(plan) for plan in order.inspection_plans}
    absent = next((plan for plan, known in plans.items() if known is None), "")
    nothing = None
    if chosen is None:
        nothing = Nothing.ALL_DONE if order.inspection_plans else Nothing.NO_PLAN
        nothing = Nothing.PLAN_NOT_HERE if absent else nothing
    return InspectionView(
        order=order.id,
        order_name=order.material_name,
        missing_plan=absent,
        checks=checks,
        measuring=_measuring(records, chosen, session) if chosen else None,
        nothing=nothing,
        nonconformances=_open_ones(records, order.id, [plan for plan in plans.values() if plan]),
        session=session,
    )


def _measuring(records: Records, check: CheckDue, session: Session | None) -> Measuring:
    plan = records.plans.inspection_plan(check.plan)
    taken = [
        sample
        for sample in records.quality.samples_of_order(check.order)
        if (sample.plan, sample.characteristic) == (check.plan, check.characteristic.id)
    ]
    draft = records.journal.draft(FORM, subject_of(check), session.person) if session else None
    return Measuring(check, plan.version if plan else 0, len(taken) + 1, _chart(records, check), draft)


def _chart(records: Records, check: CheckDue) -> Chart:
    of = check.characteristic
    samples = records.quality.samples(check.plan, of.id, CHART_SUBGROUPS)
    means = tuple(float(sample.mean) for sample in samples)
    lcl, ucl = _number(of.lcl), _number(of.ucl)
    alike = [[float(v) for v in sample.values] for sample in samples if len(sample.values) == of.sample_size]
    return Chart(
        means=means,
        beyond=beyond_limits(means, lcl, ucl),
        trend=trend(means),
        capability=capability(alike, _number(of.lower), _number(of.upper)),
        last=samples[-1] if samples else None,
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _open_ones(records: Records, order: str, plans: list[InspectionPlan]) -> tuple[OpenNonconformance, ...]:
    known = {one.id: one for plan in plans for one in plan.characteristics}
    found: list[OpenNonconformance] = []
    for item in records.quality.open_nonconformances():
        if item.order != order:
            continue
        of = known.get(item.characteristic)
        name, unit = (of.name, of.unit) if of else (item.characteristic, "")
        found.append(OpenNonconformance(item.id, name, item.outside, unit, item.opened_at))
    return tuple(reversed(found))
