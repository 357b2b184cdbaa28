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


class WriteClass(StrEnum):
    """What it takes to write a tag: nothing more, a second touch, or a second touch and a PIN."""

    FREE = "free"
    CONFIRMED = "confirmed"
    GUARDED = "guarded"


@dataclass(frozen=True, slots=True)
class TagInfo:
    """A tag as it is shown: limits and normal band in `unit`; `shown` tags stand on the Run screen.

    `write` is None for a tag that is never written; `write_low` and `write_high` bound what may be.
    A tag that `streams` is as fresh as its own newest reading; others stay fresh while their link is heard.
    """

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
    write: WriteClass | None = None
    write_low: float | None = None
    write_high: float | None = None
    streams: bool = False
