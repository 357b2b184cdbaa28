"""PackML's unit modes, states and commands (OPC 30050 numbers), so that the press can only do
what the standard allows.

The state numbers are those of the PackML companion specification; the transition table is the subset that a
single press needs, with every acting state leading to exactly one wait state by itself.
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum


class State(IntEnum):
    """A PackML state; the number is what stands in `Status.StateCurrent`."""

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


class Mode(IntEnum):
    """A PackML unit mode; the number is what stands in `Status.UnitModeCurrent`."""

    PRODUCTION = 1
    MAINTENANCE = 2
    MANUAL = 3


class Command(StrEnum):
    """A PackML control command."""

    RESET = "reset"
    START = "start"
    STOP = "stop"
    HOLD = "hold"
    UNHOLD = "unhold"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"
    COMPLETE = "complete"
    ABORT = "abort"
    CLEAR = "clear"


LEADS_TO: Mapping[State, State] = {
    State.CLEARING: State.STOPPED,
    State.STARTING: State.EXECUTE,
    State.STOPPING: State.STOPPED,
    State.ABORTING: State.ABORTED,
    State.HOLDING: State.HELD,
    State.UNHOLDING: State.EXECUTE,
    State.SUSPENDING: State.SUSPENDED,
    State.UNSUSPENDING: State.EXECUTE,
    State.RESETTING: State.IDLE,
    State.COMPLETING: State.COMPLETE,
}
"""Where each acting state ends by itself; a state that is not a key here waits for a command."""

_ABORTED_SIDE = frozenset({State.ABORTING, State.ABORTED, State.CLEARING})
_STOPPED_SIDE = frozenset({State.STOPPING, State.STOPPED})

ALLOWED: Mapping[Command, frozenset[State]] = {
    Command.RESET: frozenset({State.STOPPED, State.COMPLETE}),
    Command.START: frozenset({State.IDLE}),
    Command.STOP: frozenset(State) - _ABORTED_SIDE - _STOPPED_SIDE,
    Command.HOLD: frozenset({State.EXECUTE}),
    Command.UNHOLD: frozenset({State.HELD}),
    Command.SUSPEND: frozenset({State.EXECUTE}),
    Command.UNSUSPEND: frozenset({State.SUSPENDED}),
    Command.COMPLETE: frozenset({State.EXECUTE}),
    Command.ABORT: frozenset(State) - {State.ABORTING, State.ABORTED},
    Command.CLEAR: frozenset({State.ABORTED}),
}
"""The states in which each command is obeyed."""

BEGINS: Mapping[Command, State] = {
    Command.RESET: State.RESETTING,
    Command.START: State.STARTING,
    Command.STOP: State.STOPPING,
    Command.HOLD: State.HOLDING,
    Command.UNHOLD: State.UNHOLDING,
    Command.SUSPEND: State.SUSPENDING,
    Command.UNSUSPEND: State.UNSUSPENDING,
    Command.COMPLETE: State.COMPLETING,
    Command.ABORT: State.ABORTING,
    Command.CLEAR: State.CLEARING,
}
"""The acting state that each command begins."""

MODE_CHANGES_IN = frozenset({State.STOPPED, State.IDLE, State.ABORTED})
"""The states in which the unit mode may be changed."""


class NotAllowedError(Exception):
    """The machine does not obey this command in its present state; the text says why, for a person."""


def title(state: State) -> str:
    """The state's name as the standard writes it: `Execute`."""
    return state.name.capitalize()
