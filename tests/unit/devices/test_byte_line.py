"""Lines that cannot be opened or go away say why; serial settings reach pyserial."""

import errno
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Protocol

import pytest
import serial
from serial import rfc2217

from devices.byte_line import LineSettings, open_line
from hmi.errors import LinkError

LINE = LineSettings(9600, 8, "none", 1)

if sys.platform != "win32":
    import pty
    import tty

pytestmark = pytest.mark.wire
posix = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


@pytest.fixture
def port() -> Iterator[str]:
    far, near = pty.openpty()
    tty.setraw(near)
    yield os.ttyname(near)
    os.close(near)
    os.close(far)


def why(port: str) -> str:
    with pytest.raises(LinkError) as caught:
        open_line(port, LINE)
    return str(caught.value)


@posix
def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    assert why(str(tmp_path / "ttyACM0")).startswith("there is no port ")


@posix
def test_a_port_that_another_program_holds(port: str) -> None:
    first = open_line(port, LINE)
    try:
        assert "is held by another program" in why(port)
    finally:
        first.close()
    open_line(port, LINE).close()


@posix
def test_a_file_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert "is it a serial port" in why(str(file))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (serial.SerialException(errno.EACCES, "could not open port"), "no permission"),
        (serial.SerialException(errno.EBUSY, "could not open port"), "held by another program"),
        (
            serial.SerialException("could not open port 'COM3': PermissionError(13, 'Denied', None, 5)"),
            "held by",
        ),
        (
            serial.SerialException("could not open port 'COM3': FileNotFoundError(2, 'No', None, 2)"),
            "no port COM3",
        ),
        (ValueError("Not a valid baudrate: 1"), "look at baud"),
        (serial.SerialException("odd"), "look at the device"),
    ],
    ids=["permission", "busy", "busy on Windows", "missing on Windows", "baud", "other"],
)
def test_reasons_of_the_system_become_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    assert words in why("COM3")


@posix
def test_the_settings_reach_pyserial(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, object] = {}

    def remember(name: str, **settings: object) -> None:
        told.update(settings, port=name)
        raise serial.SerialException("seen")

    monkeypatch.setattr(serial, "serial_for_url", remember)
    with pytest.raises(LinkError, match="seen"):
        open_line(port, LineSettings(19200, 7, "even", 2))
    assert told == {
        "port": port,
        "baudrate": 19200,
        "bytesize": 7,
        "parity": "E",
        "stopbits": 2,
        "timeout": 0.1,
        "write_timeout": 2.0,
        "exclusive": True,
    }


@pytest.mark.parametrize("address", ["socket://", "socket://host", "socket://host:no"])
def test_what_is_no_address(address: str) -> None:
    assert "write socket://HOST:PORT" in why(address)


def test_a_device_server_that_does_not_answer() -> None:
    assert "look at the device server" in why("socket://127.0.0.1:1")


def test_bytes_over_tcp_and_their_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = open_line(f"socket://127.0.0.1:{server.getsockname()[1]}", LINE)
        far, _ = server.accept()
        assert line.read(0.01) == b""
        far.sendall(b"WO-1\r")
        assert line.read(1) == b"WO-1\r"
        far.close()
        with pytest.raises(LinkError, match="closed the connection"):
            line.read(1)
        line.close()


class _Manager(Protocol):
    """pyserial's RFC 2217 server; its published types name the wrong classes."""

    def filter(self, data: bytes) -> Iterator[bytes]: ...
    def escape(self, data: bytes) -> Iterator[bytes]: ...


_manage: Callable[[serial.Serial, object], _Manager] = vars(rfc2217)["PortManager"]


class _TelnetSocket:
    """What pyserial's own RFC 2217 server writes its answers to."""

    def __init__(self, to: socket.socket) -> None:
        self._to = to

    def write(self, data: bytes) -> None:
        self._to.sendall(data)


class DeviceServer(Thread):
    """pyserial's RFC 2217 server before a port that sends back what it gets, for one caller."""

    def __init__(self) -> None:
        super().__init__(name="device server")
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._listens.getsockname()[1]}"
        self.port = serial.serial_for_url("loop://", timeout=0.1)
        self.negotiated = 0

    def run(self) -> None:
        with self._listens, self._listens.accept()[0] as caller:
            far = _manage(self.port, _TelnetSocket(caller))
            while data := caller.recv(4096):
                self.negotiated += data.count(bytes([0xFA]))
                sent = b"".join(far.filter(data))
                if sent == b"end":
                    return
                if sent:
                    caller.sendall(b"".join(far.escape(sent)))


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
def test_a_line_behind_an_rfc_2217_server() -> None:
    server = DeviceServer()
    server.start()
    line = open_line(server.url, LineSettings(19200, 7, "even", 2))
    told = (server.port.baudrate, server.port.bytesize, server.port.parity, server.port.stopbits)
    assert told == (19200, 7, "E", 2)
    settled = server.negotiated
    assert line.read(0.01) == b""
    line.write(b"12.5 g\r\n")
    heard = b""
    while len(heard) < 8:
        heard += line.read(2)
    assert heard == b"12.5 g\r\n"
    assert line.read(0.3) == b""
    assert server.negotiated == settled
    line.write(b"end")
    server.join(5)
    with pytest.raises(LinkError, match="is gone"):
        line.read(5)
    line.close()


def test_an_rfc_2217_server_that_is_not_there() -> None:
    assert "cannot be opened" in why("rfc2217://127.0.0.1:1")


def test_an_unknown_kind_of_url() -> None:
    assert why("gopher://host").startswith("gopher://host ")
