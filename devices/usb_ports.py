"""Serial ports found by what is plugged in: vendor, product and serial number, not by a port's name."""

import re
from dataclasses import dataclass

from serial.tools import list_ports

from hmi.errors import LinkError

_USB = re.compile(r"usb:([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?::(\S+))?")
PREFIX = "usb:"


@dataclass(frozen=True, slots=True)
class PluggedIn:
    """A serial port of this machine: its name now, and what is plugged in there (empty where unknown)."""

    port: str
    vendor: int | None
    product: int | None
    serial_number: str
    words: str

    @property
    def usb(self) -> str:
        """The address that finds this device at whatever port; empty when it is no USB device."""
        if self.vendor is None or self.product is None:
            return ""
        own = f":{self.serial_number}" if self.serial_number and " " not in self.serial_number else ""
        return f"{PREFIX}{self.vendor:04x}:{self.product:04x}{own}"


def plugged_in() -> list[PluggedIn]:
    """Every serial port of this machine, by name."""
    return [
        PluggedIn(port.device, port.vid, port.pid, port.serial_number or "", port.description or "")
        for port in sorted(list_ports.comports(), key=lambda each: each.device)
    ]


def resolve(port: str) -> str:
    """The name that the port of `usb:VID:PID[:SERIAL]` has now; any other text as it is.

    LinkError when nothing such is plugged in, or several are and no serial number tells them apart.
    """
    if not port.startswith(PREFIX):
        return port
    wanted = _USB.fullmatch(port)
    if wanted is None:
        raise LinkError(
            f"{port} is no address: write usb:VID:PID or usb:VID:PID:SERIAL, such as usb:0c2e:0b61"
        )
    vendor, product, serial_number = int(wanted[1], 16), int(wanted[2], 16), wanted[3]
    ports = plugged_in()
    found = [
        each.port
        for each in ports
        if (each.vendor, each.product) == (vendor, product)
        and (serial_number is None or each.serial_number == serial_number)
    ]
    if not found:
        there = ", ".join(each.usb for each in ports if each.usb) or "no USB serial device"
        raise LinkError(f"{port} is not plugged in (there is {there}): plug the device in")
    if len(found) > 1:
        raise LinkError(
            f"{port} is there {len(found)} times ({', '.join(found)}): add its serial number to port ="
        )
    return found[0]
