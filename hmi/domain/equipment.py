"""Equipment states in the words and numbers of PackML (OPC 30050), and what they mean for a stop."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class PackmlState(IntEnum):
    """State numbers of the PackML companion model; 18 and 19 are grouping states that some PLCs show."""

    CLEARING = 1
    STOPPED = 2
    STARTING = 3
    IDLE = 4
    SUSPENDED = 5
    EXECUTE = 6
    STOPPING = 7
    ABORTING = 8
    ABORTED = 9
    HOLDING = 10
    HELD = 11
    UNHOLDING = 12
    SUSPENDING = 13
    UNSUSPENDING = 14
    RESETTING = 15
    COMPLETING = 16
    COMPLETE = 17
    RUNNING = 18
    CLEARED = 19


class Activity(StrEnum):
    """What a state means to people: producing, still by itself, waiting to be told, or on the way."""

    PRODUCING = "producing"
    DOWN = "down"
    IDLE = "idle"
    CHANGING = "changing"


_ACTIVITY = {
    PackmlState.EXECUTE: Activity.PRODUCING,
    PackmlState.RUNNING: Activity.PRODUCING,
    PackmlState.IDLE: Activity.IDLE,
    PackmlState.COMPLETE: Activity.IDLE,
    PackmlState.STARTING: Activity.CHANGING,
    PackmlState.UNHOLDING: Activity.CHANGING,
    PackmlState.UNSUSPENDING: Activity.CHANGING,
    PackmlState.RESETTING: Activity.CHANGING,
    PackmlState.CLEARING: Activity.CHANGING,
    PackmlState.CLEARED: Activity.CHANGING,
    PackmlState.COMPLETING: Activity.CHANGING,
}


def activity(state: PackmlState) -> Activity:
    """What a PackML state means: stopping, stopped, holding, held, suspended and aborted are all DOWN."""
    return _ACTIVITY.get(state, Activity.DOWN)


@dataclass(frozen=True, slots=True)
class EquipmentState:
    """The last state that was heard: since when by the PLC's clock, and with which fault code (0: none)."""

    state: PackmlState
    fault: int
    since: datetime


@dataclass(frozen=True, slots=True)
class StatePeriod:
    """A stretch of one state; `end` is None while it lasts. `heard` is False where nobody listened."""

    state: PackmlState | None
    start: datetime
    end: datetime | None
    stop_id: str | None = None
    reason_name: str | None = None
    fault: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """A stretch in which the equipment did not produce; times by the PLC's clock."""

    id: str
    equipment: str
    order: str | None
    state: PackmlState
    fault: int
    began_at: datetime
    ended_at: datetime | None
    reason: str | None
    comment: str | None
    classified_by: str | None
    classified_at: datetime | None
    classification_entry: str | None
    repair: str | None

    def duration(self, now: datetime) -> timedelta:
        """How long it lasted, or has lasted so far; never negative, whatever two clocks say."""
        return max(timedelta(0), (self.ended_at or now) - self.began_at)
