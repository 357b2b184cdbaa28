"""What a person wishes of a machine, and what is known of what became of it."""

from dataclasses import dataclass
from enum import StrEnum

from hmi.domain.signals import Scalar


class Verdict(StrEnum):
    """What became of a wish to a machine.

    DONE: it did, and a value was read back. DIFFERENT: it took another value. REFUSED: it said no, and
    nothing changed. UNKNOWN: no answer came in time, or one that leaves it open: the machine may still act,
    and nothing is repeated.
    """

    DONE = "done"
    DIFFERENT = "different"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WriteWish:
    """A value for a tag; `confirmed` and `proven` are what the person gave for it: a second touch, a PIN."""

    tag: str
    value: Scalar
    confirmed: bool = False
    proven: bool = False


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What became of a write: the value before, and the one read back, None when it could not be read."""

    tag: str
    wanted: Scalar
    verdict: Verdict
    before: Scalar | None
    read_back: Scalar | None
    status: int
    words: str


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What became of a call; `outputs` are kept whatever the status says."""

    verdict: Verdict
    status: int
    words: str
    outputs: tuple[object, ...]


class AlarmAnswer(StrEnum):
    """What a person may answer to an alarm."""

    ACKNOWLEDGE = "acknowledge"
    CONFIRM = "confirm"
    COMMENT = "comment"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
