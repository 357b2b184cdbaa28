"""A barcode reader on a serial line: frames become scans, whatever their framing and AIM identifier."""

import re
from threading import Event
from typing import Literal

from pydantic import Field, field_validator, model_validator

from devices.framing import Frame, FrameDecoder, GapDecoder, StxEtxDecoder, TerminatorDecoder
from devices.line_settings import LineDevice
from devices.line_text import unescape
from devices.port_device import PortDevice
from devices.serial_port import frames
from hmi.device_ports import Sink
from hmi.domain.signals import Scan
from hmi.times import Clock

UNREADABLE = "\ufffd"
_ACK, _NAK = b"\x06", b"\x15"
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_NEXT_MESSAGE = re.compile(r"\|(?=\]e[0-3])")


class BarcodeSettings(LineDevice):
    """A barcode reader and how it frames what it reads."""

    framing: Literal["terminator", "stx_etx", "gap"] = Field(
        default="terminator", description="how a code ends: terminator, stx_etx, or gap (silence)"
    )
    terminator: str = Field(default="\\r", description="bytes at the end of a code, such as \\r or \\r\\n")
    gap_ms: int = Field(
        default=50, ge=5, le=5000, description="silence that ends a code with framing gap, in ms"
    )
    prefix: str = Field(default="", description="text that the reader puts before each code; it is taken off")
    suffix: str = Field(default="", description="text that the reader puts after each code; it is taken off")
    aim: bool = Field(
        default=True, description="the reader sends AIM identifiers such as ]C1 before each code"
    )
    encoding: str = Field(default="utf-8", description="how the reader writes text as bytes")
    max_length: int = Field(default=4096, ge=16, le=65536, description="bytes; a longer code is not readable")
    no_read: tuple[str, ...] = Field(
        default=("NR", "NOREAD"), description="texts by which the reader says that it read nothing"
    )
    repeat_ms: int = Field(
        default=500, ge=0, le=10_000, description="the same code again within this time is one scan, in ms"
    )
    acknowledge: bool = Field(
        default=False,
        description="the reader waits for ACK (06) after a code, and sends it again after NAK (15)",
    )

    @field_validator("terminator", "prefix", "suffix")
    @classmethod
    def _known_escapes(cls, text: str) -> str:
        if any(ord(sign) > 0xFF for sign in unescape(text)):
            raise ValueError(f"{text} has signs of more than one byte")
        return text

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            b"0".decode(name)
        except (LookupError, UnicodeError):
            raise ValueError(f"{name} is not an encoding of text; write utf-8, latin-1, ascii, ...") from None
        return name

    @model_validator(mode="after")
    def _terminator_there(self) -> "BarcodeSettings":
        if self.framing == "terminator" and not self.terminator:
            raise ValueError('terminator is empty; write \\r, or framing = "gap"')
        return self

    def decoder(self) -> FrameDecoder:
        """A new decoder for this framing."""
        if self.framing == "stx_etx":
            return StxEtxDecoder(self.max_length)
        if self.framing == "gap":
            return GapDecoder(self.max_length)
        return TerminatorDecoder(unescape(self.terminator).encode("latin-1"), self.max_length)


class CodeReader:
    """Turns frames into codes: pure, with no port and no clock of its own."""

    def __init__(self, settings: BarcodeSettings) -> None:
        """Nothing was read yet."""
        self._settings = settings
        self._prefix = unescape(settings.prefix)
        self._suffix = unescape(settings.suffix)
        self._last = b""
        self._last_ms: int | None = None

    def codes(self, frame: Frame, now_ms: int) -> list[tuple[str, str | None]]:
        """`(text, AIM identifier or None)` of each message; none for a no-read or a double trigger.

        What cannot be read becomes a text with U+FFFD, which no plan has. `now_ms` is monotonic.
        """
        if not frame.raw.strip(b"\r\n"):
            return []
        if frame.fault:
            return [(f"{UNREADABLE} not readable: {frame.fault}", None)]
        text = frame.raw.decode(self._settings.encoding, errors="replace")
        if self._settings.framing == "terminator":
            text = text.strip("\r\n")
        text = text.removeprefix(self._prefix).removesuffix(self._suffix)
        if not text or text in self._settings.no_read or self._repeated(frame.raw, now_ms):
            return []
        if not self._settings.aim or _AIM.match(text) is None:
            return [(text, None)]
        return [_split_aim(part) for part in _NEXT_MESSAGE.split(text)]

    def _repeated(self, raw: bytes, now_ms: int) -> bool:
        again = (
            self._last_ms is not None
            and raw.strip(b"\r\n") == self._last
            and now_ms - self._last_ms < self._settings.repeat_ms
        )
        self._last, self._last_ms = raw.strip(b"\r\n"), now_ms
        return again


def _split_aim(text: str) -> tuple[str, str | None]:
    return text[3:], text[:3]


class BarcodeReader(PortDevice[BarcodeSettings]):
    """Reads codes from its port in a thread of its own."""

    def __init__(self, name: str, settings: BarcodeSettings, clock: Clock) -> None:
        """`name` is the link's name; the clock stamps the scans."""
        super().__init__(name, "barcode_reader", settings, clock)

    def run(self, sink: Sink, stop: Event) -> None:
        """Open the port and emit scans until `stop` is set; LinkError when the port is not there or gone."""
        reader = CodeReader(self._settings)
        gap_s = self._settings.gap_ms / 1000 if self._settings.framing == "gap" else None
        for frame, talk in frames(
            self._settings.port,
            self._settings.line,
            self._settings.decoder(),
            stop,
            gap_s=gap_s,
            opened=sink.up,
            alive=sink.heard,
        ):
            if self._settings.acknowledge:
                talk.send(_NAK if frame.fault else _ACK)
            now_ms = self._clock.monotonic_ms()
            for text, aim in reader.codes(frame, now_ms):
                sink.scan(Scan(self._name, frame.raw, text, aim, self._clock.now(), now_ms))
