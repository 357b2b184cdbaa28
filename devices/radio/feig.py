"""FEIG OBID readers in host mode: asked for an inventory again and again."""

from pydantic import Field

from devices.byte_line import Parity
from devices.frames.feig import (
    ANY_ADDRESS,
    INVENTORY,
    ISO_HOST_COMMAND,
    FeigFrame,
    feig_command,
    feig_decoder,
    tags_of,
)
from devices.radio.reader import Dialect, TagReader, TagReaderSettings
from hmi.times import Clock

_SILENT_MS = 3000


class FeigSettings(TagReaderSettings):
    """38400 8E1 as shipped; host mode, not scan mode or buffered read mode."""

    baud: int = Field(default=38_400, ge=50, le=4_000_000, description="bits a second")
    parity: Parity = Field(default="even", description="none, even, odd, mark or space; even as shipped")
    address: int = Field(
        default=ANY_ADDRESS, ge=0, le=255, description="COM-ADR of the reader; 255: whichever"
    )
    ask_ms: int = Field(default=150, ge=20, le=5000, description="how often it is asked, in ms")


def feig_reader(name: str, settings: FeigSettings, clock: Clock) -> TagReader[FeigFrame]:
    """The driver; each inventory is a new one, so that tags which stay are told again."""
    ask = feig_command(ISO_HOST_COMMAND, bytes([INVENTORY, 0]), address=settings.address)
    dialect = Dialect(feig_decoder, tags_of, ask=ask, ask_ms=settings.ask_ms, silent_ms=_SILENT_MS)
    return TagReader(name, "feig", settings, dialect, clock)
