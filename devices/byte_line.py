"""The lines that bytes come in by: a serial port, or a TCP connection to a device server."""

import errno
import os
import select
import socket
import sys
import time
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlsplit

import serial

from devices.usb_ports import resolve
from hmi.errors import LinkError

if sys.platform != "win32":
    import termios

Parity = Literal["none", "even", "odd", "mark", "space"]
_PARITIES: dict[Parity, str] = {"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}
_CHUNK = 4096
# pyserial lets the system's own error through when a line does not take its settings
_REFUSED_SETTINGS: tuple[type[Exception], ...] = () if sys.platform == "win32" else (termios.error,)
_CONNECT_TIMEOUT_S = 3.0
_WRITE_TIMEOUT_S = 2.0
_SLICE_S = 0.1


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How the two ends of a serial line agreed to speak: bits a second, bits, parity, stop bits."""

    baud: int
    data_bits: Literal[5, 6, 7, 8]
    parity: Parity
    stop_bits: Literal[1, 2]

    def __str__(self) -> str:
        """As it is written on devices, such as 9600 8N1."""
        return f"{self.baud} {self.data_bits}{_PARITIES[self.parity]}{self.stop_bits}"


class ByteLine(Protocol):
    """An open line; LinkError when it is gone."""

    def read(self, timeout_s: float) -> bytes:
        """What came in, at least one byte; empty when nothing came within `timeout_s`."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of it; LinkError when the other end takes nothing within 2 s (RFC 2217: 5 s)."""
        ...

    def close(self) -> None:
        """Let go of the line; never raises."""
        ...


def open_line(port: str, settings: LineSettings) -> ByteLine:
    """Open a device path, a COM name, usb:VID:PID[:SERIAL], socket://HOST:PORT or rfc2217://HOST:PORT.

    LinkError with words and remedy when it is not there, held by another program, or not permitted.
    """
    if port.startswith("socket://"):
        return _SocketLine(port)
    return _SerialLine(resolve(port), settings)


class _SerialLine:
    def __init__(self, port: str, settings: LineSettings) -> None:
        self._name = port
        own = os.name == "posix" and "://" not in port
        # over RFC 2217 pyserial has its own time for writing, and agrees on all settings anew when the time
        # for reading changes
        self._far = port.startswith("rfc2217://")
        writes = {} if self._far else {"write_timeout": _WRITE_TIMEOUT_S}
        try:
            self._serial = serial.serial_for_url(
                port,
                baudrate=settings.baud,
                bytesize=settings.data_bits,
                parity=_PARITIES[settings.parity],
                stopbits=settings.stop_bits,
                timeout=_SLICE_S,
                **writes,
                **({"exclusive": True} if own else {}),
            )
        except (OSError, ValueError, *_REFUSED_SETTINGS) as error:
            raise LinkError(_why_not_opened(port, settings, error)) from error

    def read(self, timeout_s: float) -> bytes:
        try:
            first = self._first(timeout_s)
            if not first:
                return b""
            waiting = min(_CHUNK, self._serial.in_waiting)
            return first + self._serial.read(waiting) if waiting else first
        except OSError as error:
            raise LinkError(f"{self._name} is gone ({error}): plug the reader in again") from error

    def _first(self, timeout_s: float) -> bytes:
        if not self._far:
            if self._serial.timeout != timeout_s:
                self._serial.timeout = timeout_s
            return self._serial.read(1)
        end, first = time.monotonic() + timeout_s, self._serial.read(1)
        while not first and time.monotonic() < end:
            first = self._serial.read(1)
        return first

    def write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except OSError as error:
            raise LinkError(
                f"{self._name} takes nothing ({error}): look at the device and its cable"
            ) from error

    def close(self) -> None:
        self._serial.close()


class _SocketLine:
    """A device server that passes serial bytes over TCP as they are."""

    def __init__(self, port: str) -> None:
        self._name = port
        parts = urlsplit(port)
        try:
            host, number = parts.hostname, parts.port
        except ValueError:
            host, number = None, None
        if host is None or number is None:
            raise LinkError(f"{port} is no address: write socket://HOST:PORT")
        try:
            self._socket = socket.create_connection((host, number), timeout=_CONNECT_TIMEOUT_S)
        except OSError as error:
            raise LinkError(
                f"{port} does not answer ({error}): look at the device server, its address and port"
            ) from error
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if sys.platform == "linux":
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)

    def read(self, timeout_s: float) -> bytes:
        try:
            ready, _, _ = select.select([self._socket], [], [], timeout_s)
            if not ready:
                return b""
            data = self._socket.recv(_CHUNK)
        except OSError as error:
            raise LinkError(f"the connection to {self._name} broke ({error}): look at the cable") from error
        if not data:
            raise LinkError(f"{self._name} closed the connection: look at the device server")
        return data

    def write(self, data: bytes) -> None:
        try:
            self._socket.settimeout(_WRITE_TIMEOUT_S)
            self._socket.sendall(data)
        except OSError as error:
            raise LinkError(
                f"{self._name} takes nothing ({error}): look at the device and its cable"
            ) from error

    def close(self) -> None:
        self._socket.close()


def _why_not_opened(port: str, settings: LineSettings, error: Exception) -> str:
    """pyserial tells the reason by errno on POSIX and within its text on Windows."""
    code = error.errno if isinstance(error, OSError) else None
    text = str(error)
    if isinstance(error, ValueError):
        return f"{port} does not take {settings} ({text}): look at baud, data_bits, parity and stop_bits"
    if code == errno.ENOENT or "FileNotFoundError" in text:
        return f"there is no port {port}: plug the reader in, or look at port = in the configuration"
    if code in (errno.EAGAIN, errno.EBUSY) or "PermissionError(13" in text:
        return f"{port} is held by another program: end that program, or name another port"
    if code in (errno.EACCES, errno.EPERM):
        return f"no permission to open {port}: add this user to the group that owns it (often dialout)"
    if (
        isinstance(error, _REFUSED_SETTINGS)
        or code in (errno.EINVAL, errno.ENOTTY)
        or "configure port" in text
    ):
        return (
            f"{port} does not take {settings} ({text}): is it a serial port, and are baud and parity right?"
        )
    return f"{port} cannot be opened ({text}): look at the device and its cable"
