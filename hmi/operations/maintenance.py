"""Repairs: opened from a stop, made safe, found, mended, given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hmi.domain.entries import NewEntry, Subject
from hmi.domain.maintenance import Repair
from hmi.domain.payloads import (
    RepairFindingsRecorded,
    RepairOpened,
    RepairPartUsed,
    RepairReturnedToService,
    RepairStepConfirmed,
    duration_ms,
)
from hmi.domain.personnel import Permission
from hmi.errors import OperatorError
from hmi.ids import new_id
from hmi.operations.rules import require
from hmi.ports import Context, Records


def repair_subject(repair: str) -> Subject:
    """The subject of everything about one repair."""
    return Subject("repair", repair)


def _open_repair(records: Records, repair: str) -> Repair:
    found = records.maintenance.repair(repair)
    if found is None:
        raise OperatorError("repair_unknown")
    if found.returned_at is not None:
        raise OperatorError("repair_ended")
    return found


@dataclass(frozen=True, slots=True)
class OpenRepair:
    """A repair of this terminal's equipment, from a stop where there is one."""

    stop: str | None


def open_repair(records: Records, wish: OpenRepair, context: Context) -> Sequence[NewEntry]:
    """Open a repair; fault code, time and asset come from the stop. One stop has one repair."""
    require(context, Permission.REPAIR)
    stop = records.equipment.stop(wish.stop) if wish.stop else None
    if wish.stop and stop is None:
        raise OperatorError("stop_unknown")
    if stop is not None and stop.repair is not None:
        raise OperatorError("repair_already_open")
    payload = RepairOpened(
        asset=stop.equipment if stop else context.equipment,
        stop=stop.id if stop else None,
        fault=(stop.fault or None) if stop else None,
        began_at=stop.began_at if stop else context.now,
    )
    return [NewEntry(repair_subject(str(new_id())), payload)]


@dataclass(frozen=True, slots=True)
class ConfirmStep:
    """A lock-out step that was done; `step` counts from 1."""

    repair: str
    step: int


def confirm_step(records: Records, wish: ConfirmStep, context: Context) -> Sequence[NewEntry]:
    """Confirm a lock-out step of the asset, in their order."""
    require(context, Permission.REPAIR)
    repair = _open_repair(records, wish.repair)
    asset = records.plans.asset(repair.asset)
    steps = asset.lock_out if asset else ()
    if not 1 <= wish.step <= len(steps):
        raise OperatorError("step_unknown")
    done = {step.step for step in repair.steps}
    if wish.step in done:
        return []
    if wish.step - 1 not in done | {0}:
        raise OperatorError("step_before_missing", step=wish.step - 1)
    payload = RepairStepConfirmed(step=wish.step, text=steps[wish.step - 1])
    return [NewEntry(repair_subject(repair.id), payload)]


@dataclass(frozen=True, slots=True)
class RecordFindings:
    """What was found, as ids of failure codes."""

    repair: str
    problem: str
    cause: str
    remedy: str


def record_findings(records: Records, wish: RecordFindings, context: Context) -> Sequence[NewEntry]:
    """Record problem, cause and remedy; a later one counts."""
    require(context, Permission.REPAIR)
    repair = _open_repair(records, wish.repair)
    for kind, code in (("problem", wish.problem), ("cause", wish.cause), ("remedy", wish.remedy)):
        if all(known.id != code for known in records.plans.failure_codes(kind)):
            raise OperatorError(f"{kind}_missing")
    if (repair.problem, repair.cause, repair.remedy) == (wish.problem, wish.cause, wish.remedy):
        return []
    payload = RepairFindingsRecorded(problem=wish.problem, cause=wish.cause, remedy=wish.remedy)
    return [NewEntry(repair_subject(repair.id), payload)]


@dataclass(frozen=True, slots=True)
class UsePart:
    """A spare part that was fitted; lot and serial as on its label."""

    repair: str
    material: str
    lot: str | None
    serial: str | None
    quantity: Decimal
    scanned: str


def use_part(records: Records, wish: UsePart, context: Context) -> Sequence[NewEntry]:
    """Take a spare part for a repair; what is tracked must say its lot or serial number."""
    require(context, Permission.REPAIR)
    repair = _open_repair(records, wish.repair)
    material = records.plans.material(wish.material)
    if material is None:
        raise OperatorError("material_unknown", material=wish.material)
    if material.use != "spare":
        raise OperatorError("material_no_spare", material=material.name)
    if material.tracked_by == "lot" and not wish.lot:
        raise OperatorError("lot_missing", material=material.name)
    if material.tracked_by == "serial":
        if not wish.serial:
            raise OperatorError("serial_missing", material=material.name)
        if any(part.material == material.id and part.serial == wish.serial for part in repair.parts):
            raise OperatorError("serial_used", serial=wish.serial)
    if wish.quantity <= 0:
        raise OperatorError("quantity_not_positive")
    payload = RepairPartUsed(
        material=material.id,
        lot=wish.lot,
        serial=wish.serial,
        quantity=wish.quantity,
        unit=material.unit,
        scanned=wish.scanned,
    )
    return [NewEntry(repair_subject(repair.id), payload)]


@dataclass(frozen=True, slots=True)
class ReturnToService:
    """The machine is given back to production."""

    repair: str


def return_to_service(records: Records, wish: ReturnToService, context: Context) -> Sequence[NewEntry]:
    """Close a repair: every lock-out step confirmed and the findings recorded."""
    require(context, Permission.REPAIR)
    repair = _open_repair(records, wish.repair)
    asset = records.plans.asset(repair.asset)
    missing = len(asset.lock_out) - len(repair.steps) if asset else 0
    if missing > 0:
        raise OperatorError("steps_missing", n=missing)
    if repair.problem is None:
        raise OperatorError("findings_missing")
    payload = RepairReturnedToService(
        asset=repair.asset,
        began_at=repair.began_at,
        opened_at=repair.opened_at,
        ended_at=context.now,
        downtime_ms=duration_ms(repair.began_at, context.now),
        active_ms=duration_ms(repair.opened_at, context.now),
    )
    return [NewEntry(repair_subject(repair.id), payload)]
