"""Stops: they open and close by the PLC's state and time, people say why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hmi.domain.entries import NewEntry, Subject
from hmi.domain.equipment import Activity, PackmlState, Stop, activity
from hmi.domain.payloads import (
    EquipmentStateChanged,
    Evidence,
    StopClassified,
    StopClosed,
    StopFaultSeen,
    StopOpened,
    duration_ms,
)
from hmi.domain.personnel import Permission
from hmi.domain.plans import Reason
from hmi.domain.production import OrderProgress
from hmi.errors import OperatorError
from hmi.ids import new_id
from hmi.operations.rules import equipment_subject, require
from hmi.ports import Context, Records


@dataclass(frozen=True, slots=True)
class StateSeen:
    """A PackML state of the PLC at its source time, with the fault code known then (0: none)."""

    state: PackmlState
    fault: int
    at: datetime
    live: bool


def stop_subject(stop: str) -> Subject:
    """The subject of everything about one stop."""
    return Subject("stop", stop)


def observe_state(records: Records, wish: StateSeen, context: Context) -> Sequence[NewEntry]:
    """Book a change of state, and open or close the stop that goes with it.

    While an order runs, a stop opens when the machine goes down, or stands idle after it has produced for
    the order; without an order only an abort opens one. States on the way (starting, resetting) neither
    open nor close a stop; producing closes it. A state that is the booked one is no event. The first state
    after a gap that differs from the booked one is booked as `gap`. A machine that already stood when it was
    first heard of, or before the order was started, did not stop for the order.
    """
    known = records.equipment.state()
    if known is not None and known.state is wish.state:
        return _fault_of_open_stop(records, wish)
    evidence: Evidence = "live" if wish.live else "gap"
    changed = EquipmentStateChanged(
        state=int(wish.state),
        name=wish.state.name.capitalize(),
        previous=int(known.state) if known else None,
        fault=wish.fault or None,
        evidence=evidence,
    )
    entries = [NewEntry(equipment_subject(context), changed, by_machine=True, source_time=wish.at)]
    open_stop = records.equipment.open_stop()
    doing = activity(wish.state)
    if open_stop is not None:
        if doing is Activity.PRODUCING:
            entries.append(_closed(open_stop, wish.at))
        else:
            entries.extend(_fault_of_open_stop(records, wish))
        return entries
    running = records.production.running()
    if running is not None and not wish.live and (known is None or wish.at < running.started_at):
        running = None
    if _is_stop(wish.state, running):
        opened = StopOpened(
            equipment=context.equipment,
            order=running.order if running else None,
            state=int(wish.state),
            fault=wish.fault or None,
            began_at=wish.at,
            evidence=evidence,
        )
        stop = stop_subject(str(new_id()))
        entries.append(NewEntry(stop, opened, by_machine=True, source_time=wish.at))
    return entries


def _is_stop(state: PackmlState, running: OrderProgress | None) -> bool:
    if running is None:
        return state in (PackmlState.ABORTING, PackmlState.ABORTED)
    doing = activity(state)
    return doing is Activity.DOWN or (doing is Activity.IDLE and running.counted > 0)


def _closed(stop: Stop, at: datetime) -> NewEntry:
    payload = StopClosed(ended_at=at, duration_ms=duration_ms(stop.began_at, at))
    return NewEntry(stop_subject(stop.id), payload, by_machine=True, source_time=at)


def _fault_of_open_stop(records: Records, wish: StateSeen) -> list[NewEntry]:
    stop = records.equipment.open_stop()
    if stop is None or wish.fault == 0 or stop.fault == wish.fault or stop.fault != 0:
        return []
    payload = StopFaultSeen(fault=wish.fault)
    return [NewEntry(stop_subject(stop.id), payload, by_machine=True, source_time=wish.at)]


@dataclass(frozen=True, slots=True)
class ClassifyStop:
    """Why a stop was; for one that has a reason already this is a correction."""

    stop: str
    reason: str
    comment: str | None = None


def classify_stop(records: Records, wish: ClassifyStop, context: Context) -> Sequence[NewEntry]:
    """Give a stop its reason; the earlier classification, if any, is named and stays in the journal."""
    require(context, Permission.CLASSIFY_STOPS)
    stop = records.equipment.stop(wish.stop)
    if stop is None:
        raise OperatorError("stop_unknown")
    if all(reason.id != wish.reason for reason in records.plans.reasons("stop")):
        raise OperatorError("reason_unknown", reason=wish.reason)
    if stop.reason == wish.reason and stop.comment == wish.comment:
        return []
    payload = StopClassified(reason=wish.reason, comment=wish.comment)
    return [NewEntry(stop_subject(stop.id), payload, corrects=stop.classification_entry)]


def suggested_reasons(reasons: Sequence[Reason], fault: int) -> list[Reason]:
    """Reasons of stops with those that the fault code suggests first, then by rank and name."""
    return sorted(reasons, key=lambda reason: (fault not in reason.suggested_by, reason.rank, reason.name))
