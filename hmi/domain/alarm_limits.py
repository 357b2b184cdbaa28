"""When a value is an alarm: its limits with deadband and delays, as the configuration of a tag has them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hmi.domain.alarms import AlarmCondition, Priority


class AlarmSettings(BaseModel):
    """[links.LINK.tags.TAG.alarm]: limits in the tag's unit, or the value of the tag that is an alarm."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lolo: float | None = Field(default=None, description="alarm below this value, of outer_priority")
    lo: float | None = Field(default=None, description="alarm below this value, of priority")
    hi: float | None = Field(default=None, description="alarm above this value, of priority")
    hihi: float | None = Field(default=None, description="alarm above this value, of outer_priority")
    when: bool | int | None = Field(default=None, description="the tag is an alarm while it has this value")
    deadband: float = Field(default=0.0, ge=0, description="how far back before it counts as returned")
    on_delay_s: float = Field(
        default=0.0, ge=0, le=3600, description="how long beyond before it is raised, s"
    )
    off_delay_s: float = Field(default=0.0, ge=0, le=3600, description="how long back before it returns, s")
    priority: Priority = Field(default=Priority.HIGH, description="critical, high, medium or low")
    outer_priority: Priority = Field(default=Priority.CRITICAL, description="priority of lolo and hihi")
    text: str = Field(default="", description="what the alarm is called; default: the tag's label")
    guidance: str = Field(default="", description="what to do, in the words of the plant")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        limits = [limit for limit in (self.lolo, self.lo, self.hi, self.hihi) if limit is not None]
        if any(above <= below for below, above in pairwise(limits)):
            raise ValueError("the limits must rise from lolo over lo and hi to hihi")
        if limits and self.when is not None:
            raise ValueError("a tag has limits or the value that is an alarm, not both")
        return self

    def limits(self) -> list["AlarmLimit"]:
        """The limits that are set."""
        outer, inner = self.outer_priority, self.priority
        every = (
            (AlarmCondition.LOLO, self.lolo, outer),
            (AlarmCondition.LO, self.lo, inner),
            (AlarmCondition.HI, self.hi, inner),
            (AlarmCondition.HIHI, self.hihi, outer),
        )
        return [
            AlarmLimit(condition, limit, self.deadband, priority)
            for condition, limit, priority in every
            if limit is not None
        ]


@dataclass(frozen=True, slots=True)
class AlarmLimit:
    """One limit of a value; `deadband` is how far back the value has to come, in the unit of the value."""

    condition: AlarmCondition
    limit: float
    deadband: float
    priority: Priority

    def holds(self, value: float, was: bool) -> bool:
        """Whether the alarm's condition holds; `was` tells whether it held before."""
        room = self.deadband if was else 0.0
        if self.condition in (AlarmCondition.HI, AlarmCondition.HIHI):
            return value > self.limit - room
        return value < self.limit + room


class DelayedCondition:
    """A condition that counts only when it has held, or has not held, for long enough."""

    def __init__(self, on_delay_s: float, off_delay_s: float, *, active: bool = False) -> None:
        """`active` is how it stood when the terminal was left."""
        self.active = active
        self._delay_ms = {True: on_delay_s * 1000, False: off_delay_s * 1000}
        self._since_ms: int | None = None

    def see(self, holds: bool, now_ms: int) -> bool:
        """Take what is so at a monotonic time; whether `active` changed by it."""
        if holds is self.active:
            self._since_ms = None
            return False
        if self._since_ms is None:
            self._since_ms = now_ms
        return self.due(now_ms)

    def due(self, now_ms: int) -> bool:
        """Whether a change that was waited for has lasted long enough; it has then been made."""
        if self._since_ms is None or now_ms - self._since_ms < self._delay_ms[not self.active]:
            return False
        self.active, self._since_ms = not self.active, None
        return True

    def doubt(self) -> None:
        """Nothing is known any more: it stays as it is, and a delay begins anew."""
        self._since_ms = None
