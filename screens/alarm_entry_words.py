"""What an entry about an alarm says, in one line for people."""

from decimal import Decimal

from hmi.domain.alarm_payloads import (
    AlarmAcknowledged,
    AlarmCommented,
    AlarmConfirmed,
    AlarmDeviceAnswered,
    AlarmPayload,
    AlarmPutInService,
    AlarmRaised,
    AlarmReturned,
    AlarmShelved,
    AlarmTakenOutOfService,
    AlarmUnshelved,
)
from hmi.domain.entries import Entry
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.times import clock


def alarm_entry_words(terminal: Terminal, records: Records, payload: AlarmPayload, entry: Entry) -> str:
    """What it says, with the name of the alarm that it is about."""
    t = terminal.t
    record = records.alarms.alarm(entry.subject.id)
    name = record.name if record else entry.subject.id
    match payload:
        case AlarmRaised():
            name = alarm_name(payload.name, payload.fault)
            if payload.value is None:
                return t("alarms.entry.raised", name=name)
            value = measured(terminal, payload.value, payload.unit)
            return t("alarms.entry.raised_value", name=name, value=value)
        case AlarmReturned():
            return t("alarms.entry.returned", name=name)
        case AlarmAcknowledged(by_device=by_device):
            return t(
                "alarms.entry.acknowledged_device" if by_device else "alarms.entry.acknowledged", name=name
            )
        case AlarmShelved(until=until, reason=reason):
            words = t(f"alarms.reason.{reason}")
            return t("alarms.entry.shelved", name=name, until=clock(terminal, until), reason=words)
        case AlarmUnshelved(cause=cause):
            return t(f"alarms.entry.unshelved_{cause}", name=name)
        case AlarmTakenOutOfService(reason=reason):
            return t("alarms.entry.taken_out_of_service", name=name, reason=t(f"alarms.reason.{reason}"))
        case AlarmPutInService():
            return t("alarms.entry.put_in_service", name=name)
        case AlarmConfirmed():
            return t("alarms.entry.confirmed", name=name)
        case AlarmCommented(comment=comment):
            return t("alarms.entry.commented", name=name, comment=comment)
        case AlarmDeviceAnswered(answer=answer, verdict=verdict, words=words):
            answer_words = t(f"alarms.answer.{answer}")
            return t(f"alarms.entry.device_{verdict}", answer=answer_words, name=name, words=words)
        case _:
            return entry.kind


def alarm_name(name: str, fault: int | None) -> str:
    """What people call an alarm: a fault with its code before its words."""
    return name if fault is None else f"F-{fault} {name}"


def measured(terminal: Terminal, value: Decimal, unit: str) -> str:
    """A value with its unit, in the person's way of writing numbers."""
    return f"{terminal.texts.number(value)} {unit}".strip()
