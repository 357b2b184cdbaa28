"""A Zebra scan engine or scanner that speaks SSI: each packet is acknowledged, and none is a scan twice."""

from threading import Event

from pydantic import Field

from devices.frames.ssi import CMD_NAK, SsiReader, ssi_decoder, ssi_packet
from devices.line_settings import LineDevice
from devices.port_device import PortDevice
from devices.serial_port import conversation
from hmi.device_ports import Sink
from hmi.domain.signals import Scan
from hmi.times import Clock

_GAP_S = 0.05
# cause 1: the sum does not hold, send again
_AGAIN = ssi_packet(CMD_NAK, b"\x01")


class SsiSettings(LineDevice):
    """A reader in SSI mode; its parameter "send to host" is packeted."""

    encoding: str = Field(
        default="utf-8", pattern="^(utf-8|latin-1|ascii)$", description="utf-8, latin-1 or ascii"
    )
    aim: bool = Field(
        default=True, description="the reader sends AIM identifiers such as ]C1 before each code"
    )
    repeat_ms: int = Field(
        default=500, ge=0, le=10_000, description="the same code again within this time is one scan, in ms"
    )


class SsiDriver(PortDevice[SsiSettings]):
    """Reads codes from its port in a thread of its own."""

    def __init__(self, name: str, settings: SsiSettings, clock: Clock) -> None:
        """`name` is the link's name; the clock stamps the scans."""
        super().__init__(name, "zebra_ssi", settings, clock)

    def run(self, sink: Sink, stop: Event) -> None:
        """Open the port and emit scans until `stop` is set; LinkError when the port is not there or gone."""
        decoder, reader = ssi_decoder(), SsiReader()
        last, last_ms = b"", -self._settings.repeat_ms
        with conversation(self._settings.port, self._settings.line, decoder, gap_s=_GAP_S) as talk:
            sink.up()
            while not stop.is_set():
                packets = talk.hear()
                sink.heard()
                if decoder.noise and not packets and not decoder.pending:
                    talk.send(_AGAIN)
                for packet in packets:
                    codes, answer = reader.take(packet)
                    talk.send(answer)
                    for code in codes:
                        now_ms = self._clock.monotonic_ms()
                        if code.raw != last or now_ms - last_ms >= self._settings.repeat_ms:
                            self._tell(sink, code.raw, code.aim, now_ms)
                        last, last_ms = code.raw, now_ms

    def _tell(self, sink: Sink, raw: bytes, aim: str | None, now_ms: int) -> None:
        text = raw.decode(self._settings.encoding, "replace").rstrip("\r\n")
        if self._settings.aim and len(text) > 3 and text[0] == "]" and text[1].isalpha():
            aim, text = text[:3], text[3:]
        if text:
            sink.scan(Scan(self._name, raw, text, aim, self._clock.now(), now_ms))
