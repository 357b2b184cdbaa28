"""The payload of every kind, as the MES contract has it; unknown fields are ignored."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from devices.plant.mes_server.alarm_kinds import (
    AlarmAcknowledged,
    AlarmCommented,
    AlarmDeviceAnswered,
    AlarmRaised,
    AlarmReturned,
    AlarmShelved,
    AlarmTakenOutOfService,
    AlarmUnshelved,
)
from devices.plant.mes_server.envelope import Decimal, Evidence, Hash, Name, Number, Time, Told, Whole, Words
from devices.plant.mes_server.keeping_kinds import (
    CommandUsed,
    CounterTaken,
    CountWithdrawn,
    EntriesRetired,
    Rebooked,
)


class Empty(Told):
    """A kind that says everything by its name."""


class OrderStarted(Told):
    """An operator started the order by this version of its plan."""

    plan_version: Annotated[Number, Field(ge=0)]


class OrderCompleted(Told):
    """The confirmation of an order: `good` is `produced` less `scrap`."""

    produced: Decimal
    good: Decimal
    scrap: Decimal
    unit: Name
    started_at: Time
    completed_at: Time
    plan_version: Annotated[Number, Field(ge=0)]


class Counted(Told):
    """Parts that the machine's counter went on by."""

    order: Name | None = None
    quantity: Decimal
    counter: Name
    counter_from: int
    counter_to: int
    from_time: Time
    to_time: Time
    evidence: Literal["live", "gap", "reset"]
    fence: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class Declared(Told):
    """Parts that a person declared; negative to take some back."""

    order: Name
    quantity: Decimal
    comment: Words


class Scrapped(Told):
    """Parts that are scrap, and why."""

    order: Name
    quantity: Decimal
    unit: Name
    reason: Name


class StateChanged(Told):
    """The machine went into another PackML state."""

    state: Annotated[int, Field(ge=1, le=19)]
    name: Name
    previous: Number | None = None
    fault: Number | None = None
    evidence: Evidence


class StopOpened(Told):
    """The machine stopped; `state` is the PackML state in which it stands."""

    equipment: Name
    order: Name | None = None
    state: Annotated[int, Field(ge=1, le=19)]
    fault: Number | None = None
    began_at: Time
    evidence: Evidence


class StopFaultSeen(Told):
    """A fault code that came after its stop was opened."""

    fault: Number


class StopClassified(Told):
    """Why the machine stood, in the words of the plan's reasons."""

    reason: Name
    comment: Words | None = None


class StopClosed(Told):
    """The machine runs again."""

    ended_at: Time
    duration_ms: Whole


class SampleRecorded(Told):
    """Values measured at one characteristic, judged by an inspection plan."""

    sample: Name
    plan: Name
    plan_version: Annotated[Number, Field(ge=0)]
    characteristic: Name
    order: Name
    values: Annotated[list[Decimal], Field(min_length=1, max_length=200)]
    unit: Name
    mean: Decimal
    range: Decimal
    judgement: Literal["accepted", "rejected"]
    outside: list[Annotated[int, Field(ge=1)]]
    gauge: Name | None = None


class NonconformanceOpened(Told):
    """Measured values beyond a specification limit."""

    sample: Name
    order: Name
    characteristic: Name
    outside: list[Decimal]
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit: Name


class RepairOpened(Told):
    """A technician took a failure up."""

    asset: Name
    stop: Name | None = None
    fault: Number | None = None
    began_at: Time


class StepConfirmed(Told):
    """A step that the asset's plan asks for before a repair was done."""

    step: Annotated[Number, Field(ge=1)]
    text: Words


class FindingsRecorded(Told):
    """What was wrong, why, and what was done: ids of ISO 14224 codes."""

    problem: Name
    cause: Name
    remedy: Name


class PartUsed(Told):
    """A spare part that went into a repair."""

    material: Name
    lot: Name | None = None
    serial: Name | None = None
    quantity: Decimal
    unit: Name
    scanned: Words


class ReturnedToService(Told):
    """The machine was handed back: the end of a repair with its times."""

    asset: Name
    began_at: Time
    opened_at: Time
    ended_at: Time
    downtime_ms: Whole
    active_ms: Whole


class SignedIn(Told):
    """A person came; `cause` is how it was proven who it is."""

    cause: Literal["badge", "pin", "badge_pin", "sealed"]


class SignedOut(Told):
    """A person went."""

    cause: Literal["badge", "idle", "touch", "replaced"]


class PinLocked(Told):
    """Wrong secrets were given for a person so often that this person has to wait."""

    tries: Whole


class BreakGlassUsed(Told):
    """A sealed one-time code was used."""

    code: Name


class RecordSigned(Told):
    """A person signed the entry `record` with this hash, with the terminal's Ed25519 key."""

    record: Name
    record_hash: Hash
    meaning: Literal["performed", "reviewed", "approved"]
    name: Name
    how: Literal["pin", "badge_pin"]
    signed_at: Time
    clock_offset_ms: int | None = None
    online: bool
    key: Hash
    signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]


class HelpCalled(Told):
    """Somebody was called to the machine."""

    whom: Literal["team_lead", "maintenance", "quality", "logistics"]


class WriteAsked(Told):
    """A person wished for a value of a machine; it was kept before it was sent."""

    link: Name
    tag: Name
    label: Name
    value: Words
    before: Words | None = None
    unit: Words


class MachineAnswered(Told):
    """What the machine said when it was told of `act`, with its job response where it gave one."""

    order: Name
    asked: Name
    act: Literal["start", "pause", "resume", "end"]
    link: Words
    verdict: Literal["done", "refused", "unknown", "not_sent"]
    words: Words
    response: Words | None = None
    state: Words | None = None
    began_at: Time | None = None
    ended_at: Time | None = None


class Written(Told):
    """What became of the write that the entry `asked` wished for."""

    asked: Name
    link: Name
    tag: Name
    label: Name
    value: Words
    read_back: Words | None = None
    unit: Words
    verdict: Literal["done", "different", "refused", "unknown"]
    words: Words


class TrustDecided(Told):
    """A person accepted or refused the certificate of a server."""

    endpoint: Name
    fingerprint: Hash
    certificate: Words
    decision: Literal["accepted", "refused"]
    before: Hash | None = None


class TerminalStarted(Told):
    """A terminal's program started; `clean` when the one before it ended in good order."""

    program: Name
    clean: bool


class EpochOpened(Told):
    """A terminal's journal goes on in a new epoch; `carried` entries follow again under their ids."""

    epoch: Annotated[int, Field(ge=1, le=2**31 - 1)]
    cause: Literal["restored", "older", "forked"]
    carried: Whole
    missing: Whole


class EntryDecided(Told):
    """What a person decided about an entry that was refused."""

    entry: Name
    decision: Literal["send_again", "set_aside"]
    comment: Words | None = None


KINDS: Mapping[str, tuple[frozenset[str], type[BaseModel]]] = {
    kind: (frozenset(subjects.split()), payload)
    for kind, subjects, payload in (
        ("job_order.started", "job_order", OrderStarted),
        ("job_order.paused", "job_order", Empty),
        ("job_order.resumed", "job_order", Empty),
        ("job_order.completed", "job_order", OrderCompleted),
        ("job_response.told", "job_response", MachineAnswered),
        ("production.counted", "job_order equipment", Counted),
        ("production.declared", "job_order", Declared),
        ("production.scrapped", "job_order", Scrapped),
        ("production.rebooked", "job_order", Rebooked),
        ("equipment.state_changed", "equipment", StateChanged),
        ("equipment.write_asked", "equipment", WriteAsked),
        ("equipment.written", "equipment", Written),
        ("stop.opened", "stop", StopOpened),
        ("stop.fault_seen", "stop", StopFaultSeen),
        ("stop.classified", "stop", StopClassified),
        ("stop.closed", "stop", StopClosed),
        ("quality.sample_recorded", "job_order", SampleRecorded),
        ("quality.nonconformance_opened", "nonconformance", NonconformanceOpened),
        ("repair.opened", "repair", RepairOpened),
        ("repair.step_confirmed", "repair", StepConfirmed),
        ("repair.findings_recorded", "repair", FindingsRecorded),
        ("repair.part_used", "repair", PartUsed),
        ("repair.returned_to_service", "repair", ReturnedToService),
        ("person.signed_in", "person", SignedIn),
        ("person.signed_out", "person", SignedOut),
        ("person.pin_chosen", "credential", Empty),
        ("person.pin_locked", "credential", PinLocked),
        ("person.break_glass", "terminal", BreakGlassUsed),
        ("record.signed", "job_order nonconformance repair terminal", RecordSigned),
        ("help.called", "equipment", HelpCalled),
        ("alarm.raised", "alarm", AlarmRaised),
        ("alarm.returned", "alarm", AlarmReturned),
        ("alarm.acknowledged", "alarm", AlarmAcknowledged),
        ("alarm.shelved", "alarm", AlarmShelved),
        ("alarm.unshelved", "alarm", AlarmUnshelved),
        ("alarm.taken_out_of_service", "alarm", AlarmTakenOutOfService),
        ("alarm.put_in_service", "alarm", Empty),
        ("alarm.confirmed", "alarm", Empty),
        ("alarm.commented", "alarm", AlarmCommented),
        ("alarm.device_answered", "alarm", AlarmDeviceAnswered),
        ("terminal.started", "terminal", TerminalStarted),
        ("terminal.epoch_opened", "terminal", EpochOpened),
        ("terminal.trust_decided", "terminal", TrustDecided),
        ("terminal.entries_retired", "terminal", EntriesRetired),
        ("production.count_withdrawn", "job_order equipment", CountWithdrawn),
        ("terminal.command_used", "terminal", CommandUsed),
        ("production.counter_taken", "equipment", CounterTaken),
        ("entry.decided", "terminal", EntryDecided),
    )
}
"""Each kind of version 1: the kinds of subject it may be about, and its payload."""
