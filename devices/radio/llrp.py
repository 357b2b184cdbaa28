"""Network readers by LLRP: one connection, one reading order of our own, reports as long as it lasts."""

from itertools import count

from pydantic import Field

from devices.frames import llrp
from devices.frames.llrp import LlrpMessage, llrp_decoder, llrp_message, tags_of
from devices.radio.reader import Dialect, TagReader, TagReaderSettings
from devices.serial_port import Conversation
from hmi.errors import LinkError
from hmi.times import Clock

_KEEPALIVE_MS = 1000
_SILENT_MS = 3 * _KEEPALIVE_MS
_LOOKS = 50
_ROSPEC = 4711


class LlrpSettings(TagReaderSettings):
    """A reader on the network, by default at port 5084; it serves one client at a time."""

    port: str = Field(
        pattern=r"^socket://",
        description="socket://HOST:5084",
        examples=["socket://reader-12.plant.example:5084"],
    )
    settle_ms: int = Field(
        default=450,
        ge=0,
        le=5000,
        description="how long the field is watched before its tags are told, in ms",
    )
    antennas: tuple[int, ...] = Field(default=(0,), min_length=1, max_length=16, description="in use; 0: all")
    report_ms: int = Field(default=200, ge=50, le=5000, description="how often the reader reports, in ms")


def llrp_reader(name: str, settings: LlrpSettings, clock: Clock) -> TagReader[LlrpMessage]:
    """The driver; only the reading order that it made itself is ever deleted."""
    numbers = count(1)

    def start(talk: Conversation[LlrpMessage]) -> None:
        _await_admission(talk, settings)
        steps = (
            (
                llrp.SET_READER_CONFIG,
                llrp.keepalive_config(_KEEPALIVE_MS),
                llrp.SET_READER_CONFIG_RESPONSE,
                True,
            ),
            (llrp.DELETE_ROSPEC, _ROSPEC.to_bytes(4, "big"), llrp.DELETE_ROSPEC_RESPONSE, False),
            (
                llrp.ADD_ROSPEC,
                llrp.rospec(_ROSPEC, settings.antennas, settings.report_ms),
                llrp.ADD_ROSPEC_RESPONSE,
                True,
            ),
            (llrp.ENABLE_ROSPEC, _ROSPEC.to_bytes(4, "big"), llrp.ENABLE_ROSPEC_RESPONSE, True),
        )
        for kind, body, answer, must in steps:
            talk.send(llrp_message(kind, next(numbers), body))
            _expect(talk, answer, settings, must=must)

    def reply(message: LlrpMessage) -> bytes:
        if message.kind == llrp.KEEPALIVE:
            return llrp_message(llrp.KEEPALIVE_ACK, message.number)
        if llrp.connection_attempt(message) not in (None, 0):
            raise LinkError(f"{settings.port} gave this connection to somebody else: end the other client")
        return b""

    dialect = Dialect(
        llrp_decoder,
        tags_of,
        start=start,
        silent_ms=_SILENT_MS,
        reply=reply,
        stop=llrp_message(llrp.CLOSE_CONNECTION, 0),
        gap_s=5.0,
    )
    return TagReader(name, "llrp", settings, dialect, clock)


def _await_admission(talk: Conversation[LlrpMessage], settings: LlrpSettings) -> None:
    for _ in range(_LOOKS):
        for message in talk.hear():
            told = llrp.connection_attempt(message)
            if told == 0:
                return
            if told is not None:
                raise LinkError(
                    f"{settings.port} refused the connection (ConnectionAttemptEvent {told}): "
                    "end the other client of this reader"
                )
    raise LinkError(f"{settings.port} accepts connections, but says no LLRP: look at the port, often 5084")


def _expect(talk: Conversation[LlrpMessage], kind: int, settings: LlrpSettings, *, must: bool) -> None:
    for _ in range(_LOOKS):
        for message in talk.hear():
            if message.kind == llrp.KEEPALIVE:
                talk.send(llrp_message(llrp.KEEPALIVE_ACK, message.number))
            if message.kind not in (kind, llrp.ERROR_MESSAGE):
                continue
            code, words = llrp.status_of(message)
            if code and (must or message.kind == llrp.ERROR_MESSAGE):
                raise LinkError(
                    f"{settings.port} refused what it was asked (LLRP status {code} {words}): "
                    "look at antennas and report_ms"
                )
            return
    raise LinkError(f"{settings.port} does not answer what it was asked: start the reader anew")
