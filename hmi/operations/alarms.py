"""Alarms: raised and returned by conditions, acknowledged, shelved and taken out of service by people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hmi.domain.alarm_payloads import (
    AlarmAcknowledged,
    AlarmCommented,
    AlarmConfirmed,
    AlarmPayload,
    AlarmPutInService,
    AlarmRaised,
    AlarmReturned,
    AlarmShelved,
    AlarmTakenOutOfService,
    AlarmUnshelved,
    Evidence,
    ShelveReason,
)
from hmi.domain.alarms import AlarmCondition, AlarmRecord, AlarmState, Priority
from hmi.domain.entries import NewEntry, Subject
from hmi.domain.payloads import duration_ms
from hmi.domain.personnel import Permission
from hmi.domain.signals import Quality
from hmi.errors import OperatorError
from hmi.operations.rules import require
from hmi.ports import Context, Records

LONGEST_SHELVING = timedelta(hours=8)  # a shift: whoever shelved it answers for it

LONGEST_COMMENT = 200
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class WatchedAlarm:
    """An alarm as whatever watches it describes it; a limit is in `unit`. `name` may be empty for a fault."""

    key: str
    name: str
    priority: Priority
    condition: AlarmCondition
    link: str
    tag: str | None = None
    fault: int | None = None
    limit: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ConditionSeen:
    """How the condition of an alarm stands at a time; `acknowledged` where the device itself tells it."""

    alarm: WatchedAlarm
    active: bool
    at: datetime
    live: bool
    value: Decimal | None = None
    quality: Quality = Quality.GOOD
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class ConditionsSeen:
    """What was seen together, in its order; an alarm may be in it more than once."""

    seen: tuple[ConditionSeen, ...]


def alarm_subject(key: str) -> Subject:
    """The subject of everything about one alarm."""
    return Subject("alarm", key)


def observe_conditions(records: Records, wish: ConditionsSeen, context: Context) -> Sequence[NewEntry]:
    """Raise what became true, return what ended; what stands as it stood is no event."""
    entries: list[NewEntry] = []
    standing: dict[str, tuple[bool, bool, datetime]] = {}
    for seen in wish.seen:
        key = seen.alarm.key
        if key not in standing:
            record = records.alarms.alarm(key)
            known = (False, True, seen.at)
            standing[key] = (record.active, record.acknowledged, record.raised_at) if record else known
        active, acknowledged, since = standing[key]
        if seen.active and not active:
            entries.append(_by_machine(seen, _raised(records, seen)))
            active, acknowledged, since = True, False, seen.at
        elif active and not seen.active:
            returned = AlarmReturned(
                value=seen.value, lasted_ms=duration_ms(since, seen.at), evidence=_evidence(seen)
            )
            entries.append(_by_machine(seen, returned))
            active = False
        if seen.acknowledged and not acknowledged:
            entries.append(_by_machine(seen, AlarmAcknowledged(by_device=True)))
            acknowledged = True
        standing[key] = (active, acknowledged, since)
    return entries


def _by_machine(seen: ConditionSeen, payload: AlarmPayload) -> NewEntry:
    subject = alarm_subject(seen.alarm.key)
    return NewEntry(subject, payload, by_machine=True, source_time=seen.at, quality=seen.quality)


def _evidence(seen: ConditionSeen) -> Evidence:
    return "live" if seen.live else "gap"


def _raised(records: Records, seen: ConditionSeen) -> AlarmRaised:
    alarm = seen.alarm
    fault = None if alarm.fault is None else records.plans.fault(alarm.fault)
    return AlarmRaised(
        name=(fault.text if fault else alarm.name)[:_LONGEST_NAME],
        priority=alarm.priority.value,
        condition=alarm.condition.value,
        link=alarm.link,
        tag=alarm.tag,
        fault=alarm.fault,
        value=seen.value,
        limit=alarm.limit,
        unit=alarm.unit,
        evidence=_evidence(seen),
    )


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody has seen these alarms; `again` also those of a device that were acknowledged here before."""

    keys: tuple[str, ...]
    again: bool = False


def acknowledge_alarms(records: Records, wish: Acknowledge, context: Context) -> Sequence[NewEntry]:
    """Acknowledge what still needs it; an alarm that somebody else acknowledged meanwhile is passed over."""
    require(context, Permission.ACKNOWLEDGE_ALARMS)
    found = [_known(records, key) for key in wish.keys]
    return [
        NewEntry(alarm_subject(record.key), AlarmAcknowledged())
        for record in found
        if record.unacknowledged or (wish.again and record.condition is AlarmCondition.DEVICE)
    ]


@dataclass(frozen=True, slots=True)
class Shelve:
    """Set an alarm aside for so many minutes."""

    key: str
    minutes: int
    reason: ShelveReason


def shelve_alarm(records: Records, wish: Shelve, context: Context) -> Sequence[NewEntry]:
    """Set an alarm aside for a while, a shift at most; it comes back by itself."""
    require(context, Permission.SHELVE_ALARMS)
    record = _known(records, wish.key)
    duration = timedelta(minutes=wish.minutes)
    if not timedelta(0) < duration <= LONGEST_SHELVING:
        raise OperatorError("alarm_shelved_too_long", hours=LONGEST_SHELVING // timedelta(hours=1))
    if record.out_of_service:
        raise OperatorError("alarm_out_of_service", alarm=record.name)
    return [
        NewEntry(alarm_subject(record.key), AlarmShelved(until=context.now + duration, reason=wish.reason))
    ]


@dataclass(frozen=True, slots=True)
class AlarmWish:
    """Something about one alarm that needs no more to be said."""

    key: str


def unshelve_alarm(records: Records, wish: AlarmWish, context: Context) -> Sequence[NewEntry]:
    """Take an alarm back from the shelf before its time."""
    require(context, Permission.SHELVE_ALARMS)
    record = _known(records, wish.key)
    if record.state is not AlarmState.SHELVED:
        return []
    return [NewEntry(alarm_subject(record.key), AlarmUnshelved(cause="touch"))]


def unshelve_due(records: Records, wish: None, context: Context) -> Sequence[NewEntry]:
    """Take back every alarm whose time on the shelf is over."""
    return [
        NewEntry(alarm_subject(record.key), AlarmUnshelved(cause="time"), by_machine=True)
        for record in records.alarms.alarms()
        if record.shelved_until is not None and record.shelved_until <= context.now
    ]


def confirm_alarm(records: Records, wish: AlarmWish, context: Context) -> Sequence[NewEntry]:
    """Confirm a device's own alarm: what it asked for is done. No other alarm knows a confirmation."""
    require(context, Permission.ACKNOWLEDGE_ALARMS)
    record = _known(records, wish.key)
    if record.condition is not AlarmCondition.DEVICE:
        raise OperatorError("alarm_not_devices", alarm=record.name)
    return [NewEntry(alarm_subject(record.key), AlarmConfirmed())]


@dataclass(frozen=True, slots=True)
class CommentAlarm:
    """What somebody knows of an alarm."""

    key: str
    comment: str


def comment_alarm(records: Records, wish: CommentAlarm, context: Context) -> Sequence[NewEntry]:
    """Keep a comment with its name; a device's own alarm is told it too."""
    require(context, Permission.ACKNOWLEDGE_ALARMS)
    record = _known(records, wish.key)
    comment = wish.comment.replace("\0", "").strip()[:LONGEST_COMMENT]
    if not comment:
        raise OperatorError("alarm_comment_empty")
    return [NewEntry(alarm_subject(record.key), AlarmCommented(comment=comment))]


@dataclass(frozen=True, slots=True)
class TakeOutOfService:
    """Let an alarm count no more until somebody puts it back."""

    key: str
    reason: ShelveReason


def take_out_of_service(records: Records, wish: TakeOutOfService, context: Context) -> Sequence[NewEntry]:
    """Let an alarm count no more, for work that has no known end."""
    require(context, Permission.SUPPRESS_ALARMS)
    record = _known(records, wish.key)
    if record.out_of_service:
        return []
    return [NewEntry(alarm_subject(record.key), AlarmTakenOutOfService(reason=wish.reason))]


def put_in_service(records: Records, wish: AlarmWish, context: Context) -> Sequence[NewEntry]:
    """Let an alarm count again."""
    require(context, Permission.SUPPRESS_ALARMS)
    record = _known(records, wish.key)
    return [NewEntry(alarm_subject(record.key), AlarmPutInService())] if record.out_of_service else []


def _known(records: Records, key: str) -> AlarmRecord:
    record = records.alarms.alarm(key)
    if record is None:
        raise OperatorError("alarm_unknown")
    return record
