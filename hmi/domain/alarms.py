"""Alarms in the words and states of ISA-18.2, and how an alarm goes from one state to the next."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from hmi.domain.alarm_payloads import (
    AlarmAcknowledged,
    AlarmPayload,
    AlarmPutInService,
    AlarmRaised,
    AlarmReturned,
    AlarmShelved,
    AlarmTakenOutOfService,
    AlarmUnshelved,
)


class Priority(StrEnum):
    """How soon somebody has to respond, the most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_RANK = {priority: rank for rank, priority in enumerate(Priority)}


def rank_of(priority: Priority) -> int:
    """The place of a priority, 0 for the most urgent."""
    return _RANK[priority]


class AlarmCondition(StrEnum):
    """What is watched: a limit of a value, a tag that is an alarm by itself, a fault code, or the device."""

    LOLO = "lolo"
    LO = "lo"
    HI = "hi"
    HIHI = "hihi"
    TAG = "tag"
    FAULT = "fault"
    DEVICE = "device"


class AlarmState(StrEnum):
    """The states of ISA-18.2; RETURNED is back to normal and not yet acknowledged."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    SHELVED = "shelved"
    OUT_OF_SERVICE = "out_of_service"


SUPPRESSED = frozenset({AlarmState.SHELVED, AlarmState.OUT_OF_SERVICE})


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """One alarm as it stands. Times UTC, by the device's clock where it has one.

    `value` is what was measured when it was raised, `times` how often it was raised since this terminal
    knows it. `active` and `acknowledged` go on below a shelf, so that nothing is lost when it is taken back.
    """

    key: str
    name: str
    priority: Priority
    condition: AlarmCondition
    link: str
    tag: str | None
    fault: int | None
    value: Decimal | None
    limit: Decimal | None
    unit: str
    active: bool
    acknowledged: bool
    raised_at: datetime
    times: int = 1
    returned_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    shelved_until: datetime | None = None
    out_of_service: bool = False
    suppressed_by: str | None = None
    suppressed_at: datetime | None = None
    reason: str | None = None

    @property
    def state(self) -> AlarmState:
        """The one state of ISA-18.2 that it is in."""
        if self.out_of_service:
            return AlarmState.OUT_OF_SERVICE
        if self.shelved_until is not None:
            return AlarmState.SHELVED
        if self.active:
            return AlarmState.ACKNOWLEDGED if self.acknowledged else AlarmState.UNACKNOWLEDGED
        return AlarmState.NORMAL if self.acknowledged else AlarmState.RETURNED

    @property
    def suppressed(self) -> bool:
        """Whether somebody set it aside."""
        return self.state in SUPPRESSED

    @property
    def unacknowledged(self) -> bool:
        """Whether somebody still has to acknowledge it."""
        return self.state in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)


def after(
    record: AlarmRecord | None, key: str, said: AlarmPayload, at: datetime, person: str | None
) -> AlarmRecord | None:
    """The alarm after one entry about it; None while it was never raised.

    What is said of an alarm that is not known yet changes nothing. An alarm that returns while it is
    suppressed needs no acknowledgement: nobody was called.
    """
    if isinstance(said, AlarmRaised):
        return _raised(record, key, said, at)
    if record is None:
        return None
    match said:
        case AlarmReturned():
            quiet = record.acknowledged or record.suppressed
            return replace(record, active=False, acknowledged=quiet, returned_at=at)
        case AlarmAcknowledged():
            return replace(record, acknowledged=True, acknowledged_at=at, acknowledged_by=person)
        case AlarmShelved(until=until, reason=reason):
            aside = replace(record, suppressed_by=person, suppressed_at=at, reason=reason)
            return _quiet_if_normal(replace(aside, shelved_until=until))
        case AlarmTakenOutOfService(reason=reason):
            aside = replace(record, suppressed_by=person, suppressed_at=at, reason=reason)
            return _quiet_if_normal(replace(aside, out_of_service=True, shelved_until=None))
        case AlarmUnshelved():
            return _back(replace(record, shelved_until=None))
        case AlarmPutInService():
            return _back(replace(record, out_of_service=False))
        case _:
            return record


def _raised(record: AlarmRecord | None, key: str, said: AlarmRaised, at: datetime) -> AlarmRecord:
    fresh = AlarmRecord(
        key=key,
        name=said.name,
        priority=Priority(said.priority),
        condition=AlarmCondition(said.condition),
        link=said.link,
        tag=said.tag,
        fault=said.fault,
        value=said.value,
        limit=said.limit,
        unit=said.unit,
        active=True,
        acknowledged=False,
        raised_at=at,
    )
    if record is None:
        return fresh
    return replace(
        fresh,
        times=record.times + 1,
        shelved_until=record.shelved_until,
        out_of_service=record.out_of_service,
        suppressed_by=record.suppressed_by,
        suppressed_at=record.suppressed_at,
        reason=record.reason,
    )


def _quiet_if_normal(record: AlarmRecord) -> AlarmRecord:
    return record if record.active else replace(record, acknowledged=True)


def _back(record: AlarmRecord) -> AlarmRecord:
    if record.suppressed:
        return record
    return replace(record, suppressed_by=None, suppressed_at=None, reason=None)


def by_urgency(records: Iterable[AlarmRecord]) -> list[AlarmRecord]:
    """What needs somebody first: unacknowledged, then active, by priority, the newest of each first."""
    newest = sorted(records, key=lambda record: (record.raised_at, record.key), reverse=True)
    return sorted(
        newest, key=lambda record: (not record.unacknowledged, not record.active, _RANK[record.priority])
    )


def of_severity(severity: int) -> Priority:
    """The priority of a device's severity from 1 to 1000 (OPC 10000-5, 6.4.2), in four equal parts of it."""
    if severity > 750:
        return Priority.CRITICAL
    if severity > 500:
        return Priority.HIGH
    return Priority.MEDIUM if severity > 250 else Priority.LOW
