"""What the configuration says of a tag, for screens and for what watches the machine."""

from dataclasses import dataclass
from enum import StrEnum

from hmi.domain.alarm_limits import AlarmSettings


class TagRole(StrEnum):
    """What a tag is to the terminal; VALUE is only shown."""

    VALUE = "value"
    STATE = "state"
    FAULT = "fault"
    PRODUCED_COUNT = "produced_count"
    SPEED = "speed"


@dataclass(frozen=True, slots=True)
class TagInfo:
    """A tag as it is shown: limits and normal band in `unit`; `shown` tags stand on the Run screen."""

    name: str
    link: str
    label: str
    unit: str
    decimals: int
    role: TagRole
    low: float | None
    high: float | None
    normal_low: float | None
    normal_high: float | None
    shown: bool
    counter_max: int | None
    alarm: AlarmSettings | None = None
