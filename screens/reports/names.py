"""What the plans call things now; what they know no more is called by its id."""

from collections.abc import Mapping
from decimal import Decimal

from hmi.domain.plans import Characteristic, JobOrder
from hmi.ports import PlanRecords
from screens.reports.voice import NONE, Voice


class Names:
    """Looks names up within one reading of the records, each family once."""

    def __init__(self, plans: PlanRecords, voice: Voice) -> None:
        """Nothing is looked up before it is needed."""
        self._plans = plans
        self._voice = voice
        self._reasons: dict[str, Mapping[str, str]] = {}
        self._codes: dict[str, Mapping[str, str]] = {}
        self._orders: dict[str, JobOrder | None] = {}

    def order(self, order: str) -> JobOrder | None:
        """The plan of an order."""
        if order not in self._orders:
            self._orders[order] = self._plans.job_order(order)
        return self._orders[order]

    def unit(self, order: str | None) -> str:
        """The unit of an order's quantities; empty where nobody knows."""
        plan = None if order is None else self.order(order)
        return plan.unit if plan else ""

    def reason(self, applies_to: str, reason: str) -> str:
        """A reason with its id, by which it is told from one of the same name."""
        if applies_to not in self._reasons:
            self._reasons[applies_to] = {one.id: one.name for one in self._plans.reasons(applies_to)}
        name = self._reasons[applies_to].get(reason)
        return f"{name} ({reason})" if name else reason

    def code(self, kind: str, code: str | None) -> str:
        """A failure code."""
        if code is None:
            return NONE
        if kind not in self._codes:
            self._codes[kind] = {one.id: one.name for one in self._plans.failure_codes(kind)}
        return self._codes[kind].get(code, code)

    def fault(self, fault: int) -> str:
        """A fault code of the PLC in words; nothing for none."""
        if not fault:
            return ""
        known = self._plans.fault(fault)
        return f"{fault} {known.text}" if known else str(fault)

    def asset(self, asset: str) -> str:
        """A machine."""
        known = self._plans.asset(asset)
        return f"{known.name} ({asset})" if known else asset

    def material(self, material: str) -> str:
        """A spare part or product."""
        known = self._plans.material(material)
        return f"{known.name} ({material})" if known else material

    def characteristic(
        self, plan: str, version: int, characteristic: str
    ) -> tuple[str, Characteristic | None]:
        """What is measured, and its limits if the plan is still the one that was measured by."""
        known = self._plans.inspection_plan(plan)
        found = (
            next((one for one in known.characteristics if one.id == characteristic), None) if known else None
        )
        if known is None or found is None:
            return characteristic, None
        return found.name, found if known.version == version else None

    def limits(self, lower: Decimal | None, upper: Decimal | None, unit: str) -> str:
        """Specification limits, also where there is only one."""
        low, high = (None if value is None else self._voice.number(value) for value in (lower, upper))
        if low is not None and high is not None:
            return f"{low}\u00a0…\u00a0{high} {unit}"
        if low is not None:
            return f"≥\u00a0{low}\u00a0{unit}"
        return NONE if high is None else f"≤\u00a0{high} {unit}"
