"""What devices say: readings, scans, and how the links are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from hmi.domain.trust import ServerCertificate

Scalar = bool | int | float | str
_LONGEST_KEY = 200
CLOCK_OFF_MS = 1000  # from here on a device's clock counts as off, and its times are corrected


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
    right after a (re)connect: it is not an event; a BAD one leaves the mark to what follows it. `heard_ms`
    is this machine's monotonic clock.
    `clock_offset_ms` is the device's clock minus this terminal's as last measured, None when it was not.
    `filled` marks a value of the past that was read from the device's history after a gap.
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
    clock_offset_ms: int | None = None
    filled: bool = False

    @property
    def happened_at(self) -> datetime:
        """When it happened by this terminal's clock: a device clock that is off is corrected for."""
        device_time = self.source_time or self.server_time
        if device_time is None:
            return self.terminal_time
        offset_ms = self.clock_offset_ms or 0
        if abs(offset_ms) < CLOCK_OFF_MS:
            return device_time
        return device_time - timedelta(milliseconds=offset_ms)


class Carrier(StrEnum):
    """What a code was read from; a radio tag's text is its code in hexadecimal."""

    LABEL = "label"
    RADIO_TAG = "radio_tag"


@dataclass(frozen=True, slots=True)
class Scan:
    """One code as a reader read it: `raw` bytes of the frame, `text` without its AIM identifier."""

    link: str
    raw: bytes
    text: str
    aim: str | None
    terminal_time: datetime
    heard_ms: int
    carrier: Carrier = Carrier.LABEL


@dataclass(frozen=True, slots=True)
class TagsInField:
    """Several radio tags before one reader: which one is meant is a question to the person."""

    link: str
    scans: tuple[Scan, ...]


class MeasuringFault(StrEnum):
    """Why a scale or gauge has no value."""

    OVER_RANGE = "over_range"
    UNDER_RANGE = "under_range"
    NOT_READY = "not_ready"
    NOT_UNDERSTOOD = "not_understood"
    TRANSMISSION = "transmission"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement that a person or the device itself meant: a value in `unit`, or the fault.

    `unit` is empty where neither the device nor its configuration says one; `stable` is None where the
    device does not say. `note` is the device's own word for anything out of the ordinary; `gauge` is the
    number under which the plant knows the device, empty where the configuration names none.
    """

    link: str
    raw: bytes
    value: Decimal | None
    unit: str
    stable: bool | None
    fault: MeasuringFault | None
    note: str
    terminal_time: datetime
    heard_ms: int
    gauge: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One condition of a device as it stands now; `(link, condition, branch)` names it.

    `severity` is 1 to 1000 (OPC UA part 5, 6.4.2). `event` names this state of it to the device, which wants
    it back with an acknowledgement. `shelved` is whether a person set it aside for a while. `first` marks
    what was told right after a (re)connect. An alarm that the device no longer shows, though nothing said
    that it ended, stays with `vouched` False.
    """

    link: str
    condition: str
    branch: str
    source: str
    name: str
    message: str
    severity: int
    active: bool
    acked: bool
    confirmed: bool
    shelved: bool
    enabled: bool
    comment: str
    event: bytes
    time: datetime | None
    active_since: datetime | None
    terminal_time: datetime
    quality: Quality = Quality.GOOD
    first: bool = False
    vouched: bool = True

    @property
    def key(self) -> str:
        """What the journal calls it: link, condition and branch."""
        return "/".join(part for part in (self.link, self.condition, self.branch) if part)[:_LONGEST_KEY]

    @property
    def open(self) -> bool:
        """Whether somebody still has to look at it: active, or gone without having been acknowledged."""
        return self.enabled and (self.active or not self.acked)


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
    `clock_offset_ms` is the device's clock minus this terminal's. `certificate` is what a server showed that
    is not trusted: a person has to decide. `earlier_alarms_unknown`: the device does not say which alarms
    were already active when the link was made.
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
    clock_offset_ms: int | None = None
    certificate: ServerCertificate | None = None
    earlier_alarms_unknown: bool = False
