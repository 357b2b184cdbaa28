"""What every driver of a device at a serial port or device server has: its name, its address, its probe."""

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from devices.line_settings import LineDevice
from devices.serial_port import probe_port
from hmi.ports import Finding
from hmi.times import Clock

S = TypeVar("S", bound=LineDevice)


class PortDevice(Generic[S]):
    """The part of a BlockingDriver that does not differ between devices."""

    def __init__(self, name: str, kind: str, settings: S, clock: Clock) -> None:
        """`name` is the link's name, `kind` that of the driver; the clock stamps what comes."""
        self._name = name
        self._kind = kind
        self._settings = settings
        self._clock = clock

    @property
    def name(self) -> str:
        """See BlockingDriver."""
        return self._name

    @property
    def kind(self) -> str:
        """See BlockingDriver."""
        return self._kind

    @property
    def address(self) -> str:
        """The configured port."""
        return self._settings.port

    async def probe(self) -> AsyncIterator[Finding]:
        """Whether the port is there, free, permitted, and takes the line's settings."""
        yield await asyncio.to_thread(probe_port, self._name, self._settings.port, self._settings.line)
