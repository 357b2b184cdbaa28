"""What the entries about alarms say, in the words of ISA-18.2; their subject is the alarm."""

from typing import ClassVar, Literal

from hmi.domain.changes import Family
from hmi.domain.payload import Evidence, Moment, Payload, Quantity

PriorityWord = Literal["critical", "high", "medium", "low"]
ConditionWord = Literal["lolo", "lo", "hi", "hihi", "tag", "fault", "device"]
AnswerWord = Literal["acknowledge", "confirm", "comment", "shelve", "unshelve"]
ShelveReason = Literal["nuisance", "known_cause", "sensor", "maintenance", "start_up"]


class AlarmPayload(Payload):
    """A step in the life of one alarm; the MES may receive the steps in any order."""

    families: ClassVar[frozenset[Family]] = frozenset({Family.ALARMS})
    ordered: ClassVar[bool] = False


class AlarmRaised(AlarmPayload):
    """The condition became true. `name` is what people call it; `value` and `limit` are in `unit`."""

    kind: ClassVar[str] = "alarm.raised"
    name: str
    priority: PriorityWord
    condition: ConditionWord
    link: str
    tag: str | None = None
    fault: int | None = None
    value: Quantity | None = None
    limit: Quantity | None = None
    unit: str = ""
    evidence: Evidence


class AlarmReturned(AlarmPayload):
    """The condition is no longer true; `lasted_ms` since it was raised."""

    kind: ClassVar[str] = "alarm.returned"
    value: Quantity | None = None
    lasted_ms: int
    evidence: Evidence


class AlarmAcknowledged(AlarmPayload):
    """Somebody has seen it; `by_device` when it was acknowledged at another station."""

    kind: ClassVar[str] = "alarm.acknowledged"
    by_device: bool = False


class AlarmShelved(AlarmPayload):
    """Somebody set it aside for a while, and why."""

    kind: ClassVar[str] = "alarm.shelved"
    until: Moment
    reason: ShelveReason


class AlarmUnshelved(AlarmPayload):
    """It counts again: its time was over, or somebody took it back."""

    kind: ClassVar[str] = "alarm.unshelved"
    cause: Literal["touch", "time"]


class AlarmTakenOutOfService(AlarmPayload):
    """It counts no more until somebody puts it back, and why."""

    kind: ClassVar[str] = "alarm.taken_out_of_service"
    reason: ShelveReason


class AlarmPutInService(AlarmPayload):
    """It counts again."""

    kind: ClassVar[str] = "alarm.put_in_service"


class AlarmConfirmed(AlarmPayload):
    """Somebody confirmed at this terminal that what the device's alarm asked for is done."""

    kind: ClassVar[str] = "alarm.confirmed"


class AlarmCommented(AlarmPayload):
    """Somebody wrote down what is known of it."""

    kind: ClassVar[str] = "alarm.commented"
    comment: str


class AlarmDeviceAnswered(AlarmPayload):
    """What the device said to a person's act, which is the entry `asked`; `words` are its own.

    `not_sent`: it was not told, the act stands in this journal alone. Nothing is repeated by itself.
    """

    kind: ClassVar[str] = "alarm.device_answered"
    asked: str
    answer: AnswerWord
    verdict: Literal["done", "refused", "unknown", "not_sent"]
    words: str


ALARM_PAYLOADS = (
    AlarmRaised,
    AlarmReturned,
    AlarmAcknowledged,
    AlarmShelved,
    AlarmUnshelved,
    AlarmTakenOutOfService,
    AlarmPutInService,
    AlarmConfirmed,
    AlarmCommented,
    AlarmDeviceAnswered,
)
