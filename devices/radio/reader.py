"""The driver of every reader of radio tags: what differs between makers is a dialect."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Generic, TypeVar

from pydantic import Field

from devices.frames.tags import SeenTag
from devices.framing import StreamDecoder
from devices.line_settings import LineDevice
from devices.port_device import PortDevice
from devices.radio.field import TagField
from devices.serial_port import LOOK_S, Conversation, conversation
from hmi.device_ports import Sink
from hmi.domain.signals import Carrier, Scan, TagsInField
from hmi.errors import LinkError
from hmi.times import Clock

T = TypeVar("T")


class TagReaderSettings(LineDevice):
    """What every reader of radio tags has."""

    settle_ms: int = Field(
        default=150,
        ge=0,
        le=5000,
        description="how long the field is watched before it is told, in ms",
    )
    gone_ms: int = Field(
        default=1500, ge=100, le=60_000, description="a tag not seen for this long has left the field, in ms"
    )
    min_rssi: int | None = Field(
        default=None, description="weaker tags are left out; in the reader's own scale, default: all are told"
    )


@dataclass(frozen=True, slots=True)
class Dialect(Generic[T]):
    """How one kind of reader is spoken to.

    `start` begins the reading and raises LinkError when the reader refuses. `ask` is sent every `ask_ms`; a
    reader that says nothing for `silent_ms` is lost (0: it speaks only when there is a tag). `reply` is what
    a packet is answered with, or a LinkError.
    """

    decoder: Callable[[], StreamDecoder[T]]
    tags: Callable[[T], list[SeenTag]]
    start: Callable[[Conversation[T]], None] | None = None
    ask: bytes = b""
    ask_ms: int = 100
    silent_ms: int = 0
    reply: Callable[[T], bytes] | None = None
    stop: bytes = b""
    gap_s: float = 0.05


class TagReader(PortDevice[TagReaderSettings], Generic[T]):
    """Reads tags from its port in a thread of its own."""

    def __init__(
        self, name: str, kind: str, settings: TagReaderSettings, dialect: Dialect[T], clock: Clock
    ) -> None:
        """`name` is the link's name, `kind` that of the driver; the clock stamps the scans."""
        super().__init__(name, kind, settings, clock)
        self._dialect = dialect

    def run(self, sink: Sink, stop: Event) -> None:
        """Read until `stop` is set; LinkError when the port is gone, or the reader silent or unwilling."""
        settings, dialect = self._settings, self._dialect
        with conversation(settings.port, settings.line, dialect.decoder(), gap_s=dialect.gap_s) as talk:
            if dialect.start is not None:
                dialect.start(talk)
            if not dialect.ask:
                sink.up()
            self._read(talk, sink, stop)
            if dialect.stop:
                talk.send(dialect.stop)

    def _read(self, talk: Conversation[T], sink: Sink, stop: Event) -> None:
        dialect = self._dialect
        seen = TagField(self._settings.settle_ms, self._settings.gone_ms, self._settings.min_rssi)
        up = not dialect.ask
        ask_at = heard_at = self._clock.monotonic_ms()
        while not stop.is_set():
            now_ms = self._clock.monotonic_ms()
            if dialect.ask and now_ms >= ask_at:
                talk.send(dialect.ask)
                ask_at = now_ms + dialect.ask_ms
            packets = talk.hear(min(LOOK_S, max(0.01, (ask_at - now_ms) / 1000)) if dialect.ask else LOOK_S)
            now_ms = self._clock.monotonic_ms()
            if packets:
                heard_at = now_ms
                if not up:
                    up = True
                    sink.up()
            if packets or not dialect.silent_ms:
                sink.heard()
            elif now_ms - heard_at > dialect.silent_ms:
                raise LinkError(
                    f"{self._settings.port} is open, but the reader does not answer: "
                    f"look at its power, its cable, and {self._settings.line}"
                )
            for packet in packets:
                if dialect.reply is not None:
                    talk.send(dialect.reply(packet))
                seen.see(dialect.tags(packet), now_ms)
            self._tell(sink, seen.due(now_ms), now_ms)

    def _tell(self, sink: Sink, tags: list[SeenTag], now_ms: int) -> None:
        scans = tuple(
            Scan(
                self._name,
                tag.code.encode("ascii"),
                tag.code,
                None,
                self._clock.now(),
                now_ms,
                Carrier.RADIO_TAG,
            )
            for tag in tags
        )
        if len(scans) == 1:
            sink.scan(scans[0])
        elif scans:
            sink.several(TagsInField(self._name, scans))
