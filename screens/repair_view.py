"""What the repair page reads: the list of repairs and stops, or one repair with all that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hmi.domain.equipment import Stop
from hmi.domain.maintenance import AssetHistory, PartUsed, Repair
from hmi.domain.personnel import Session
from hmi.domain.plans import FailureCode
from hmi.ports import Draft, Records
from screens.repair_moved import Moved, how_it_moved
from screens.shell.screen import ASSET

FORM = "findings"
PART_FORM = "part"  # how many of the next part are fitted
KINDS = ("problem", "cause", "remedy")
HISTORY = timedelta(days=90)
_LOOK_BACK = timedelta(hours=24)
_STOPS = 6
_RECENT = 8
_OF_ASSET = 200
_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class StopLine:
    """A stop that has no repair yet."""

    stop: Stop
    fault: str
    reason: str


@dataclass(frozen=True, slots=True)
class RepairLine:
    """A repair as lists show it; `findings` are the names of problem, cause and remedy that are known."""

    repair: Repair
    asset: str
    fault: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartLine:
    """A spare part that was fitted, by its name; `label` is its lot or serial number."""

    name: str
    label: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class RepairDetail:
    """One repair: the steps of its asset, the codes that may be chosen (suggested ones first), what moved."""

    repair: Repair
    asset: str
    fault: str
    lock_out: tuple[str, ...]
    stop: Stop | None
    codes: dict[str, tuple[FailureCode, ...]]
    parts: tuple[PartLine, ...]
    moved: tuple[Moved, ...]
    history: AssetHistory
    draft: Draft | None
    part_draft: Draft | None = None

    @property
    def recorded(self) -> dict[str, str]:
        """The findings that are saved, by kind."""
        found = zip(KINDS, (self.repair.problem, self.repair.cause, self.repair.remedy), strict=True)
        return {kind: code for kind, code in found if code is not None}

    @property
    def steps_left(self) -> int:
        """How many lock-out steps nobody has confirmed."""
        done = {step.step for step in self.repair.steps}
        return sum(number not in done for number in range(1, len(self.lock_out) + 1))


@dataclass(frozen=True, slots=True)
class RepairView:
    """The whole page; `detail` is None while the list is shown, `asset` names the only one in the list."""

    now: datetime
    session: Session | None
    detail: RepairDetail | None
    open: tuple[RepairLine, ...]
    stops: tuple[StopLine, ...]
    recent: tuple[RepairLine, ...]
    asset: str = ""


def load_repair(records: Records, wanted: str, now: datetime) -> RepairView:
    """Read the page; `wanted` is a repair, a stop that has one, `asset:ID`, or empty for the whole list."""
    session = records.journal.session()
    asset = wanted.removeprefix(ASSET) if wanted.startswith(ASSET) else ""
    repair = _find(records, wanted) if wanted and not asset else None
    if repair is not None:
        return RepairView(now, session, _detail(records, repair, session, now), (), (), ())
    ended = [one for one in records.maintenance.repairs(_OF_ASSET if asset else _RECENT) if one.returned_at]
    lasting = records.maintenance.open_repairs()
    stops = [line for line in _stops(records, now) if asset in ("", line.stop.equipment)]
    return RepairView(
        now,
        session,
        None,
        tuple(_line(records, one) for one in lasting if asset in ("", one.asset)),
        tuple(stops),
        tuple(_line(records, one) for one in ended if asset in ("", one.asset)),
        _asset(records, asset) if asset else "",
    )


def _find(records: Records, wanted: str) -> Repair | None:
    repair = records.maintenance.repair(wanted)
    if repair is not None:
        return repair
    stop = records.equipment.stop(wanted)
    return records.maintenance.repair(stop.repair) if stop is not None and stop.repair else None


def _fault(records: Records, code: int) -> str:
    if not code:
        return ""
    known = records.plans.fault(code)
    return f"F-{code} {known.text}" if known else f"F-{code}"


def _asset(records: Records, asset: str) -> str:
    known = records.plans.asset(asset)
    return known.name if known else asset


def _line(records: Records, repair: Repair) -> RepairLine:
    codes = zip(KINDS, (repair.problem, repair.cause, repair.remedy), strict=True)
    names = [_code_name(records, kind, code) for kind, code in codes if code is not None]
    return RepairLine(repair, _asset(records, repair.asset), _fault(records, repair.fault), tuple(names))


def _code_name(records: Records, kind: str, code: str) -> str:
    return next((known.name for known in records.plans.failure_codes(kind) if known.id == code), code)


def _stops(records: Records, now: datetime) -> list[StopLine]:
    found = {stop.id: stop for stop in records.equipment.stops(now - _LOOK_BACK)}
    lasting = records.equipment.open_stop()
    if lasting is not None:
        found[lasting.id] = lasting
    without = [stop for stop in found.values() if stop.repair is None]
    without.sort(key=lambda stop: (stop.ended_at is None, stop.began_at), reverse=True)
    reasons = {reason.id: reason.name for reason in records.plans.reasons("stop")}
    return [
        StopLine(stop, _fault(records, stop.fault), reasons.get(stop.reason or "", stop.reason or ""))
        for stop in without[:_STOPS]
    ]


def _detail(records: Records, repair: Repair, session: Session | None, now: datetime) -> RepairDetail:
    asset = records.plans.asset(repair.asset)
    entries = list(records.journal.of_subject("repair", repair.id, _ENTRIES))
    if repair.stop:
        entries += records.journal.of_subject("stop", repair.stop, _ENTRIES)
    names = {one.material: _part_name(records, one) for one in repair.parts}
    reasons = {reason.id: reason.name for reason in records.plans.reasons("stop")}
    asset_class = asset.asset_class if asset else ""
    return RepairDetail(
        repair=repair,
        asset=asset.name if asset else repair.asset,
        fault=_fault(records, repair.fault),
        lock_out=asset.lock_out if asset else (),
        stop=records.equipment.stop(repair.stop) if repair.stop else None,
        codes={
            kind: suggested(records.plans.failure_codes(kind), repair.fault, asset_class) for kind in KINDS
        },
        parts=tuple(
            PartLine(names[part.material], part.lot or part.serial or "", part.quantity, part.unit)
            for part in repair.parts
        ),
        moved=tuple(how_it_moved(entries, names, reasons)),
        history=records.maintenance.history(repair.asset, repair.fault, now - HISTORY),
        draft=records.journal.draft(FORM, repair.id, session.person) if session else None,
        part_draft=records.journal.draft(PART_FORM, repair.id, session.person) if session else None,
    )


def _part_name(records: Records, part: PartUsed) -> str:
    material = records.plans.material(part.material)
    return material.name if material else part.material


def suggested(codes: Sequence[FailureCode], fault: int, asset_class: str) -> tuple[FailureCode, ...]:
    """Codes for this class of assets, those that the fault suggests first, then by rank and name."""
    fitting = [code for code in codes if code.asset_class in (None, asset_class)]
    return tuple(sorted(fitting, key=lambda code: (fault not in code.suggested_by, code.rank, code.name)))
