"""UHFReader18, Chafon and their kin: asked for an inventory again and again."""

from pydantic import Field

from devices.frames.uhfreader18 import BROADCAST, INVENTORY, UhfAnswer, tags_of, uhf_command, uhf_decoder
from devices.radio.reader import Dialect, TagReader, TagReaderSettings
from hmi.times import Clock

_SILENT_MS = 3000


class UhfReader18Settings(TagReaderSettings):
    """57600 8N1, in the mode in which it waits for commands."""

    baud: int = Field(default=57_600, ge=50, le=4_000_000, description="bits a second")
    address: int = Field(
        default=BROADCAST, ge=0, le=255, description="of the reader on its line; 255: whichever"
    )
    ask_ms: int = Field(default=100, ge=20, le=5000, description="how often it is asked, in ms")


def uhf_reader18(name: str, settings: UhfReader18Settings, clock: Clock) -> TagReader[UhfAnswer]:
    """The driver."""
    ask = uhf_command(INVENTORY, address=settings.address)
    dialect = Dialect(uhf_decoder, tags_of, ask=ask, ask_ms=settings.ask_ms, silent_ms=_SILENT_MS)
    return TagReader(name, "uhfreader18", settings, dialect, clock)
