"""The driver of every scale and gauge that sends lines: they differ by parser and question."""

from collections.abc import Callable
from decimal import Decimal
from threading import Event
from typing import Literal

from pydantic import Field, field_validator

from devices.frames.measurement import Measurement
from devices.framing import Frame, TerminatorDecoder
from devices.gauges.meant import AtRest
from devices.line_settings import LineDevice
from devices.line_text import unescape
from devices.port_device import PortDevice
from devices.serial_port import LOOK_S, Conversation, conversation
from hmi.device_ports import Sink
from hmi.domain.signals import Measured, MeasuringFault, Quality, Reading
from hmi.domain.tags import TagInfo, TagRole
from hmi.domain.units import UnitRefused, convert, unit_name
from hmi.errors import LinkError
from hmi.times import Clock

Parser = Callable[[str], Measurement | None]
TAKE_WORDS = "which values are meant: each (a key sends it), or at_rest (the first stable one of a load)"
_LONGEST = 256
_GAP_S = 0.3


class GaugeSettings(LineDevice):
    """What every scale and gauge has."""

    label: str = Field(
        default="", description="how it is called on the screens; default: the name of the link"
    )
    gauge: str = Field(default="", description="its number in the plant, as inspection plans name it")
    unit: str = Field(
        default="", description="unit where the device sends none; it never replaces one that is sent"
    )
    decimals: int = Field(default=3, ge=0, le=9, description="decimals of the live value on the screens")
    take: Literal["each", "at_rest"] = Field(
        default="each",
        description=TAKE_WORDS,
    )
    least: float = Field(
        default=0.0, ge=0, description="with at_rest: smaller values are no load, in its unit"
    )
    step: float = Field(
        default=0.0, ge=0, description="with at_rest: a load is another beyond this, in its unit"
    )
    terminator: str = Field(
        default="\\r\\n", description="bytes at the end of a value, such as \\r or \\r\\n"
    )
    ask: str = Field(
        default="", description="what the device is asked, such as SI\\r\\n; empty: it sends by itself"
    )
    ask_ms: int = Field(default=250, ge=50, le=60_000, description="how often it is asked, in ms")
    shown: bool = Field(default=False, description="the live value stands on the Run screen")

    @field_validator("terminator", "ask")
    @classmethod
    def _known_escapes(cls, text: str) -> str:
        unescape(text).encode("latin-1")
        return text

    @field_validator("terminator")
    @classmethod
    def _some(cls, text: str) -> str:
        if not text:
            raise ValueError("terminator is empty; write \\r\\n")
        return text


def gauge_tags(name: str, settings: GaugeSettings) -> list[TagInfo]:
    """The live value, under the name of the link."""
    return [
        TagInfo(
            name=name,
            link=name,
            label=settings.label or name,
            unit=settings.unit,
            decimals=settings.decimals,
            role=TagRole.VALUE,
            low=None,
            high=None,
            normal_low=None,
            normal_high=None,
            shown=settings.shown,
            counter_max=None,
            streams=True,
        )
    ]


class Gauge(PortDevice[GaugeSettings]):
    """Reads values from its port in a thread of its own."""

    def __init__(self, name: str, kind: str, settings: GaugeSettings, parse: Parser, clock: Clock) -> None:
        """`name` is the link's name, `kind` that of the driver; the clock stamps the values."""
        super().__init__(name, kind, settings, clock)
        self._parse = parse

    def run(self, sink: Sink, stop: Event) -> None:
        """Emit values until `stop` is set; LinkError when the port is gone or an asked device is silent."""
        settings = self._settings
        decoder = TerminatorDecoder(unescape(settings.terminator).encode("latin-1"), _LONGEST)
        with conversation(settings.port, settings.line, decoder, gap_s=_GAP_S) as talk:
            if not settings.ask:
                sink.up()
            self._listen(talk, sink, stop)

    def _listen(self, talk: Conversation[Frame], sink: Sink, stop: Event) -> None:
        settings = self._settings
        ask = unescape(settings.ask).encode("latin-1")
        at_rest = AtRest(Decimal(str(settings.least)), Decimal(str(settings.step)))
        up, first = not ask, True
        ask_at = heard_at = self._clock.monotonic_ms()
        while not stop.is_set():
            now_ms = self._clock.monotonic_ms()
            if ask and now_ms >= ask_at:
                talk.send(ask)
                ask_at = now_ms + settings.ask_ms
            frames = talk.hear(min(LOOK_S, max(0.01, (ask_at - now_ms) / 1000)) if ask else LOOK_S)
            now_ms = self._clock.monotonic_ms()
            told = [(frame.raw, found) for frame in frames if (found := self._read(frame)) is not None]
            if told:
                heard_at = now_ms
                if not up:
                    up = True
                    sink.up()
            if told or not ask:
                sink.heard()
            elif now_ms - heard_at > max(3000, 4 * settings.ask_ms):
                raise LinkError(
                    f"{settings.port} is open, but no value comes: look at the device's power, its cable, "
                    f"{settings.line}, and what it is asked"
                )
            for raw, found in told:
                sink.readings([self._reading(found, now_ms, first=first)])
                first = False
                if settings.take == "each" or at_rest.meant(found):
                    sink.measured(self._measured(raw, found, now_ms))

    def _read(self, frame: Frame) -> Measurement | None:
        return None if frame.fault else self._parse(frame.raw.decode("latin-1"))

    def _unit(self, found: Measurement) -> str:
        return unit_name(found.unit or self._settings.unit)

    def _reading(self, found: Measurement, now_ms: int, *, first: bool) -> Reading:
        value, words = self._shown(found)
        quality = Quality.BAD if value is None else Quality.GOOD
        if found.stable is False and value is not None:
            quality = Quality.UNCERTAIN
        return Reading(
            link=self._name,
            tag=self._name,
            value=value,
            quality=quality,
            source_time=None,
            server_time=None,
            terminal_time=self._clock.now(),
            heard_ms=now_ms,
            status_words=words,
            first=first,
        )

    def _shown(self, found: Measurement) -> tuple[float | None, str]:
        """The live value in the configured unit, or why there is none."""
        wanted = self._settings.unit
        if found.value is None or not (wanted and found.unit):
            return (None if found.value is None else float(found.value)), _words(found)
        try:
            return float(convert(found.value, found.unit, wanted)), _words(found)
        except UnitRefused as refused:
            return None, str(refused)

    def _measured(self, raw: bytes, found: Measurement, now_ms: int) -> Measured:
        return Measured(
            link=self._name,
            raw=raw,
            value=found.value,
            unit="" if found.value is None else self._unit(found),
            stable=found.stable,
            fault=found.fault,
            note=found.note,
            terminal_time=self._clock.now(),
            heard_ms=now_ms,
            gauge=self._settings.gauge,
        )


def _words(found: Measurement) -> str:
    if isinstance(found.fault, MeasuringFault):
        return f"{found.fault.replace('_', ' ')} {found.note}".strip()
    return "not at rest" if found.stable is False else ""
