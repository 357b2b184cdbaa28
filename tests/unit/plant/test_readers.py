"""The virtual readers: framing, pieces, pulled cables, and a reader that nobody hears."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import serial

from devices.plant.readers import PtyReader, Reader, ReaderError, TcpReader, Written, scan

posix = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
pytestmark = pytest.mark.wire


def run(reader: Reader, play: Callable[[Reader], Awaitable[None]]) -> None:
    """Plug a reader in, play with it, and pull it out whatever happens."""

    async def whole() -> None:
        await reader.plug()
        try:
            await play(reader)
        finally:
            await reader.unplug()

    asyncio.run(whole())


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fails after twenty seconds."""
    for _ in range(2000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not come to hold")


def is_there(name: str) -> bool:
    """Whether a port of this name is there, dead or alive."""
    return os.path.lexists(name)


def hung_up(port: int) -> bool:
    """Whether the other end of an open port is gone."""
    poll = select.poll()
    poll.register(port, select.POLLIN)
    return any(events & select.POLLHUP for _, events in poll.poll(2000))


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@posix
def test_a_scan_is_its_text_and_a_carriage_return(tmp_path: Path) -> None:
    """What a terminal reads with pyserial, in one piece or in many, also with the group separator of GS1."""

    async def play(reader: Reader) -> None:
        with serial.Serial(reader.port, 9600, timeout=2) as port:
            assert reader.held() is True
            assert await scan(reader, "B-7341") == Written(7, True)
            assert port.read(7) == b"B-7341\r"
            assert await scan(reader, "]d20112\x1d10Ü", pieces=5, pause_s=0.001) == Written(13, True)
            assert port.read(13) == "]d20112\x1d10Ü\r".encode()
            assert await scan(reader, "x", pieces=1000) == Written(2, True)
            assert port.read(2) == b"x\r"

    run(PtyReader(tmp_path / "badge"), play)


@posix
def test_a_reader_that_nobody_hears_says_so(tmp_path: Path) -> None:
    async def play(reader: Reader) -> None:
        if sys.platform == "linux":
            assert await scan(reader, "B-7341") == Written(0, False)
        with serial.Serial(reader.port, 9600, timeout=0.05) as port:
            assert port.read(100) == b""

    run(PtyReader(tmp_path / "badge"), play)


@posix
def test_a_pulled_cable_takes_the_port_away_and_comes_back_under_its_name(tmp_path: Path) -> None:
    async def play(reader: Reader) -> None:
        port = os.open(reader.port, os.O_RDWR | os.O_NOCTTY)
        await reader.unplug()
        await reader.unplug()
        assert not is_there(reader.port)
        assert not reader.plugged
        assert hung_up(port)
        os.close(port)
        with pytest.raises(ReaderError, match="unplugged"):
            await scan(reader, "B-7341")
        await reader.plug()
        await reader.plug()
        with serial.Serial(reader.port, 9600, timeout=2) as again:
            await scan(reader, "B-7355")
            assert again.read(7) == b"B-7355\r"

    run(PtyReader(tmp_path / "badge"), play)


@posix
def test_what_the_terminal_sends_never_fills_the_line(tmp_path: Path) -> None:
    """Acknowledgements and beeps are taken, so that the thousandth scan arrives like the first."""

    async def play(reader: Reader) -> None:
        with serial.Serial(reader.port, 9600, timeout=2, write_timeout=2) as port:
            for _ in range(2000):
                port.write(b"\x06" * 40)
                await scan(reader, "B")
                assert port.read(2) == b"B\r"

    run(PtyReader(tmp_path / "badge"), play)


@posix
def test_a_terminal_that_does_not_read_is_told_of(tmp_path: Path) -> None:
    async def play(reader: Reader) -> None:
        port = os.open(reader.port, os.O_RDWR | os.O_NOCTTY)
        try:
            with pytest.raises(ReaderError, match="does not read"):
                await scan(reader, "x" * 200_000)
        finally:
            os.close(port)

    run(PtyReader(tmp_path / "badge"), play)


def test_over_tcp_every_holder_hears_it_and_loses_it_with_the_cable() -> None:
    async def play(reader: Reader) -> None:
        assert reader.held() is False
        assert await scan(reader, "B-7341") == Written(0, False)
        host, port = reader.port.removeprefix("socket://").split(":")
        incoming, outgoing = await asyncio.open_connection(host, int(port))
        await until(lambda: reader.held() is True)
        assert await scan(reader, "B-7341", pieces=3) == Written(7, True)
        assert await incoming.readexactly(7) == b"B-7341\r"
        await reader.unplug()
        assert await incoming.read() == b""
        outgoing.close()
        with pytest.raises(ReaderError, match="unplugged"):
            await scan(reader, "B-7341")

    run(TcpReader(free_port()), play)
