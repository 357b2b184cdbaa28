"""What devices say: readings, scans, and how the links are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Scalar = bool | int | float | str


class Quality(StrEnum):
    """Severity of an OPC UA status code (top two bits): GOOD 0x0, UNCERTAIN 0x4, BAD 0x8."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one tag as the device said it.

    `status` is the whole 32 bit OPC UA StatusCode (0 where there is none); `overflow` tells that values
    between this one and the one before were dropped by the device. `first` marks the state that is told
    right after a (re)connect: it is not an event. `heard_ms` is this machine's monotonic clock.
    """

    link: str
    tag: str
    value: Scalar | None
    quality: Quality
    source_time: datetime | None
    server_time: datetime | None
    terminal_time: datetime
    heard_ms: int
    status: int = 0
    status_words: str = ""
    overflow: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """One code as a reader read it: `raw` bytes of the frame, `text` without its AIM identifier."""

    link: str
    raw: bytes
    text: str
    aim: str | None
    terminal_time: datetime
    heard_ms: int


class LinkState(StrEnum):
    """How a link to a device or the MES stands."""

    CONNECTING = "connecting"
    UP = "up"
    LOST = "lost"
    NOT_ADMITTED = "not_admitted"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """What is known of one link: its state since when, where it leads, and the last thing that went wrong.

    `heard_ms` is the monotonic time of the last sign of life, None when there was none yet.
    """

    name: str
    kind: str
    address: str
    state: LinkState
    since: datetime
    heard_ms: int | None
    last_error: str = ""
    last_error_at: datetime | None = None
    losses: int = 0
