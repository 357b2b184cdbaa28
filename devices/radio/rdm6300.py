"""RDM6300 and ID-12/ID-20: small 125 kHz readers that tell the tag as long as it is there."""

from typing import Literal

from pydantic import Field

from devices.frames.rdm6300 import HexTag, rdm6300_decoder
from devices.frames.tags import SeenTag
from devices.radio.reader import Dialect, TagReader, TagReaderSettings
from hmi.times import Clock


class Rdm6300Settings(TagReaderSettings):
    """9600 8N1; there is nothing to be asked."""

    settle_ms: int = Field(
        default=0, ge=0, le=5000, description="two tags at once are not read at all, so 0, in ms"
    )
    number: Literal["hex", "decimal"] = Field(
        default="hex", description="what is told: hex (ten digits), or decimal (as printed on many tags)"
    )


def rdm6300_reader(name: str, settings: Rdm6300Settings, clock: Clock) -> TagReader[HexTag]:
    """The driver."""

    def tags(packet: HexTag) -> list[SeenTag]:
        return [SeenTag(packet.tag if settings.number == "hex" else f"{packet.decimal:010d}")]

    return TagReader(name, "rdm6300", settings, Dialect(rdm6300_decoder, tags), clock)
