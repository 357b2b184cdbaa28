"""The payloads about alarms, as the MES contract has them."""

from typing import Annotated, Literal

from pydantic import Field

from devices.plant.mes_server.envelope import Decimal, Evidence, Name, Number, Time, Told, Whole, Words


class AlarmRaised(Told):
    """The condition of an alarm became true."""

    name: Name
    priority: Literal["critical", "high", "medium", "low"]
    condition: Literal["lolo", "lo", "hi", "hihi", "tag", "fault", "device"]
    link: Name
    tag: Name | None = None
    fault: Number | None = None
    value: Decimal | None = None
    limit: Decimal | None = None
    unit: Words
    evidence: Evidence


class AlarmReturned(Told):
    """The condition of an alarm is no longer true."""

    value: Decimal | None = None
    lasted_ms: Whole
    evidence: Evidence


class AlarmAcknowledged(Told):
    """Somebody has seen an alarm."""

    by_device: bool


class AlarmShelved(Told):
    """Somebody set an alarm aside for a while."""

    until: Time
    reason: Literal["nuisance", "known_cause", "sensor", "maintenance", "start_up"]


class AlarmUnshelved(Told):
    """An alarm counts again."""

    cause: Literal["touch", "time"]


class AlarmTakenOutOfService(Told):
    """Somebody lets an alarm count no more."""

    reason: Literal["nuisance", "known_cause", "sensor", "maintenance", "start_up"]


class AlarmCommented(Told):
    """Somebody wrote down what is known of an alarm."""

    comment: Annotated[Words, Field(min_length=1)]


class AlarmDeviceAnswered(Told):
    """What a machine said to a person's act about its alarm, which is the entry `asked`."""

    asked: Name
    answer: Literal["acknowledge", "confirm", "comment", "shelve", "unshelve"]
    verdict: Literal["done", "refused", "unknown", "not_sent"]
    words: Words
