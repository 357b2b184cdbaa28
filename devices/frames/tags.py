"""What every reader of radio tags tells of a tag."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeenTag:
    """A tag in the field: `code` in upper-case hexadecimal, antenna from 1, `rssi` in the reader's scale."""

    code: str
    antenna: int | None = None
    rssi: int | None = None
    uptime_us: int | None = None
    utc_us: int | None = None
