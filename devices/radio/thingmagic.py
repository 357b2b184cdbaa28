"""ThingMagic M6e modules: set up once, then they stream what they read."""

from typing import Literal

from pydantic import Field

from devices.frames import thingmagic as mercury
from devices.frames.thingmagic import MercuryPacket, mercury_command, mercury_decoder, tags_of
from devices.radio.reader import Dialect, TagReader, TagReaderSettings
from devices.serial_port import Conversation
from hmi.errors import LinkError
from hmi.times import Clock

_SILENT_MS = 5000
_LOOKS = 20


class ThingMagicSettings(TagReaderSettings):
    """115200 8N1. The region is law, not taste: there is no default."""

    baud: int = Field(default=115_200, ge=50, le=4_000_000, description="bits a second")
    region: Literal["NA", "NA2", "EU3", "KR2", "PRC", "IN", "JP", "AU", "NZ"] = Field(
        description="where the module may send: NA, NA2, EU3, KR2, PRC, IN, JP, AU or NZ", examples=["EU3"]
    )
    antennas: tuple[int, ...] = Field(
        default=(1,), min_length=1, max_length=4, description="antenna ports in use"
    )
    power_cdbm: int = Field(default=1000, ge=0, le=3150, description="power of sending, in 0.01 dBm")


def thingmagic_reader(name: str, settings: ThingMagicSettings, clock: Clock) -> TagReader[MercuryPacket]:
    """The driver."""
    ports = b"\x02" + b"".join(bytes([antenna, antenna]) for antenna in settings.antennas)
    steps = (
        (mercury.SET_PROTOCOL, mercury.GEN2, "set protocol"),
        (mercury.SET_REGION, bytes([mercury.REGIONS[settings.region]]), f"set region {settings.region}"),
        (mercury.SET_ANTENNA, ports, "set antennas"),
        (mercury.SET_READ_POWER, settings.power_cdbm.to_bytes(2, "big"), "set power"),
        # tags are told each time they are read: who has left the field is found out here
        (mercury.SET_OPTION, b"\x01\x0c\x00", "switch the read filter off"),
        (mercury.MULTI_PROTOCOL, mercury.START_READING, "start reading"),
    )

    def start(talk: Conversation[MercuryPacket]) -> None:
        talk.send(mercury_command(mercury.MULTI_PROTOCOL, mercury.STOP_READING))
        talk.hear(0.2)
        for opcode, data, words in steps:
            talk.send(mercury_command(opcode, data))
            _expect(talk, opcode, words, settings)

    dialect = Dialect(
        mercury_decoder,
        tags_of,
        start=start,
        silent_ms=_SILENT_MS,
        stop=mercury_command(mercury.MULTI_PROTOCOL, mercury.STOP_READING),
    )
    return TagReader(name, "thingmagic", settings, dialect, clock)


def _expect(talk: Conversation[MercuryPacket], opcode: int, words: str, settings: ThingMagicSettings) -> None:
    for _ in range(_LOOKS):
        for packet in talk.hear():
            if packet.opcode != opcode:
                continue
            if packet.status:
                raise LinkError(
                    f"{settings.port}: the module refused to {words} (status {packet.status:04x}): "
                    "look at region, antennas and power_cdbm"
                )
            return
    raise LinkError(
        f"{settings.port} is open, but the module does not answer to {words}: "
        f"look at its power, its cable, and {settings.line}"
    )
