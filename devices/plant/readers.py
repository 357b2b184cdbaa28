"""Virtual serial readers: what a terminal opens as a port is a pseudo-terminal, or a TCP socket
where there are none.

A reader writes a scan as its text in UTF-8 followed by CR. Unplugging closes the far end and takes the
port's name away, as a pulled USB plug does; plugging in makes a new port under the same name.
"""

import asyncio
import os
import select
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

if sys.platform != "win32":
    import termios
    import tty


class ReaderError(Exception):
    """The reader cannot do this now; the text says why, for a person."""


@dataclass(frozen=True)
class Written:
    """What became of a scan: bytes written, and whether anybody held the port (None when
    that cannot be known).
    """

    size: int
    held: bool | None


class Reader(Protocol):
    """One reader at the end of a cable."""

    @property
    def port(self) -> str:
        """What pyserial opens: a path, or `socket://127.0.0.1:PORT`."""
        ...

    @property
    def plugged(self) -> bool:
        """Whether the cable is in."""
        ...

    def held(self) -> bool | None:
        """Whether a program has the port open; None when that cannot be known."""
        ...

    async def plug(self) -> None:
        """Put the cable in; does nothing when it is in."""
        ...

    async def unplug(self) -> None:
        """Pull the cable; does nothing when it is out."""
        ...

    async def write(self, piece: bytes) -> None:
        """Send bytes to whoever holds the port; returns after they are written."""
        ...


async def scan(
    reader: Reader, text: str, pieces: int = 1, pause_s: float = 0.02, end: bytes = b"\r"
) -> Written:
    """Read one label: the text and CR, in one or several pieces with a pause between them.

    When nobody holds the port the bytes are lost, as on a real line, and the answer says so. ReaderError
    when the cable is out.
    """
    if not reader.plugged:
        raise ReaderError("The reader is unplugged.")
    if reader.held() is False:
        return Written(0, False)
    data = text.encode() + end
    step = -(-len(data) // max(1, pieces))
    for start in range(0, len(data), step):
        if start:
            await asyncio.sleep(pause_s)
        await reader.write(data[start : start + step])
    return Written(len(data), reader.held())


class PtyReader:
    """A reader on a pseudo-terminal in raw mode, under a stable symbolic link."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._fd: int | None = None

    @property
    def port(self) -> str:
        return str(self._link)

    @property
    def plugged(self) -> bool:
        return self._fd is not None

    def held(self) -> bool | None:
        if self._fd is None or sys.platform != "linux":
            return None if self._fd is not None else False
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        return not any(events & select.POLLHUP for _, events in poll.poll(0))

    async def plug(self) -> None:
        if self._fd is not None:
            return
        if sys.platform == "win32":
            raise ReaderError("there are no pseudo-terminals on Windows: start the plant with --readers tcp")
        master, slave = os.openpty()
        try:
            tty.setraw(slave, termios.TCSANOW)
            os.set_blocking(master, False)
            fresh = self._link.with_name(self._link.name + ".new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(slave))
            fresh.replace(self._link)
        except OSError:
            os.close(master)
            raise
        finally:
            os.close(slave)
        self._fd = master

    async def unplug(self) -> None:
        if self._fd is None:
            return
        self._link.unlink(missing_ok=True)
        fd, self._fd = self._fd, None
        os.close(fd)

    async def write(self, piece: bytes) -> None:
        if self._fd is None:
            raise ReaderError("The reader was unplugged while it read.")
        self._forget_answers(self._fd)
        deadline = asyncio.get_running_loop().time() + 2.0
        while piece:
            try:
                piece = piece[os.write(self._fd, piece) :]
            except BlockingIOError:
                if asyncio.get_running_loop().time() > deadline:
                    raise ReaderError("The program that holds the port does not read it.") from None
                await asyncio.sleep(0.01)

    @staticmethod
    def _forget_answers(fd: int) -> None:
        """Take what the terminal sent to the reader (acknowledgements, beeps), so that its
        line never fills up.
        """
        try:
            while os.read(fd, 4096):
                pass
        except OSError:
            return


class TcpReader:
    """A reader as a TCP server on loopback, for systems without pseudo-terminals."""

    def __init__(self, port: int) -> None:
        self._number = port
        self._server: asyncio.Server | None = None
        self._holders: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> str:
        return f"socket://127.0.0.1:{self._number}"

    @property
    def plugged(self) -> bool:
        return self._server is not None

    def held(self) -> bool | None:
        return bool(self._holders)

    async def plug(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._hold, "127.0.0.1", self._number)

    async def unplug(self) -> None:
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for holder in list(self._holders):
            holder.close()
        await server.wait_closed()

    async def write(self, piece: bytes) -> None:
        for holder in list(self._holders):
            holder.write(piece)
            await holder.drain()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._holders.add(writer)
        try:
            while await reader.read(4096):
                pass
        except ConnectionError:
            return
        finally:
            self._holders.discard(writer)
            writer.close()
