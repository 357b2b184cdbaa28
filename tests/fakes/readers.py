"""Far ends of serial devices for tests: written from their documents, with sums of their own."""

import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

from tests.fakes.devices import PtyReader, RecordingSink, free_port


def crc_bitwise_8408(data: bytes) -> bytes:
    """CRC-16 of UHFReader18 and FEIG, bit by bit, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)


def crc_bitwise_mercury(data: bytes) -> bytes:
    """CRC-16 of the Mercury API, bit by bit: each data bit is shifted in at the low end; high byte first."""
    crc = 0xFFFF
    for byte in data:
        for place in range(7, -1, -1):
            out = crc >> 15
            crc = (crc << 1 | byte >> place & 1) & 0xFFFF
            crc ^= 0x1021 if out else 0
    return struct.pack(">H", crc)


class PtyDevice(PtyReader):
    """A device at a pseudo-terminal that also hears: `answer` gets every piece that is sent to it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.heard = b""
        self.number = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def answer(self, heard: bytes) -> tuple[bytes, int]:
        """What to send for what was heard, and how many of the heard bytes were used up."""
        return b"", len(heard)

    def start(self) -> None:
        """See FarEnd."""
        super().start()
        self._stop.clear()
        assert self._far is not None
        self._thread = threading.Thread(target=self._listen, args=(self._far,), name="device at a pty")
        self._thread.start()

    def _listen(self, far: int) -> None:
        pending = b""
        while not self._stop.is_set():
            if not select.select([far], [], [], 0.02)[0]:
                continue
            try:
                piece = os.read(far, 4096)
            except OSError:
                return
            self.heard += piece
            pending += piece
            said, used = self.answer(pending)
            pending = pending[used:]
            if said:
                os.write(far, said)

    def vanish(self) -> None:
        """See FarEnd."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        super().vanish()


class TagsAtPty(PtyDevice):
    """A reader before which one tag after the other is held."""

    more: dict[str, object] = {}  # noqa: RUF012  each far end has its own

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.present: list[str] = []

    def settings(self) -> dict[str, object]:
        """A field that changes hands quickly."""
        return {"port": str(self.port), "settle_ms": 150, "gone_ms": 300, **self.more}

    def speak(self) -> None:
        """Take the tag away and hold the next one."""
        self.number += 1
        self.present = [f"30{self.number:022X}"]

    def delivered(self, sink: RecordingSink) -> int:
        """See FarEnd."""
        return len(sink.scans)


class Rdm6300AtPty(TagsAtPty):
    """Sends by itself, again and again."""

    def speak(self) -> None:
        """Hold the next tag for three reports."""
        self.number += 1
        code = bytes([0x62]) + struct.pack(">I", self.number)
        folded = code[0] ^ code[1] ^ code[2] ^ code[3] ^ code[4]
        self.write((b"\x02" + code.hex().upper().encode() + f"{folded:02X}".encode() + b"\x03") * 3)


class UhfReader18AtPty(TagsAtPty):
    """Answers inventories; no tag is status 0xFB."""

    def answer(self, heard: bytes) -> tuple[bytes, int]:
        """See PtyDevice."""
        said, used = b"", 0
        while len(heard) - used >= 5:
            length = heard[used] + 1
            if heard[used + 2] == 0x01:
                tags = b"".join(bytes([len(t) // 2]) + bytes.fromhex(t) + b"\x48" for t in self.present)
                inside = b"\x01\x01\x01" + bytes([len(self.present)]) + tags if self.present else b"\x01\xfb"
                body = bytes([len(inside) + 3, 0]) + inside
                said += body + crc_bitwise_8408(body)
            used += length
        return said, used


class FeigAtPty(TagsAtPty):
    """Answers [0xB0] inventories with UHF tags; no tag is status 0x01. A pseudo-terminal has no parity."""

    more = {"parity": "none"}  # noqa: RUF012  each far end has its own

    def answer(self, heard: bytes) -> tuple[bytes, int]:
        """See PtyDevice."""
        said, used = b"", 0
        while len(heard) - used >= 5:
            if heard[used + 2] == 0xB0:
                tags = b"".join(b"\x84\x00" + bytes([len(t) // 2]) + bytes.fromhex(t) for t in self.present)
                inside = bytes([0, len(self.present)]) + tags if self.present else b"\x01"
                body = bytes([len(inside) + 5, 0, 0xB0]) + inside
                said += body + crc_bitwise_8408(body)
            used += heard[used]
        return said, used


class ThingMagicAtPty(TagsAtPty):
    """Says yes to every command, and streams once it was told to."""

    more = {"region": "EU3"}  # noqa: RUF012  each far end has its own

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.reading = False
        self.refuses = 0

    def answer(self, heard: bytes) -> tuple[bytes, int]:
        """See PtyDevice."""
        said, used = b"", 0
        while len(heard) - used >= 5 and len(heard) - used >= heard[used + 1] + 5:
            length, opcode = heard[used + 1], heard[used + 2]
            frame = heard[used : used + length + 5]
            assert crc_bitwise_mercury(frame[1:-2]) == frame[-2:]
            status = 0x0101 if opcode == self.refuses else 0
            if opcode == 0x2F:
                self.reading = frame[5] == 1
            said += self._packet(opcode, status, b"")
            used += length + 5
        return said, used

    def speak(self) -> None:
        """The next tag is read twice."""
        super().speak()
        code = bytes.fromhex(self.present[0])
        record = bytes.fromhex("01c4110e16400000012700000500000f") + struct.pack(">H", (len(code) + 4) * 8)
        data = bytes.fromhex("10001b01ff01") + record + b"\x30\x00" + code + b"\xe9\x4a"
        self.write(self._packet(0x22, 0, data) * 2)

    def _packet(self, opcode: int, status: int, data: bytes) -> bytes:
        body = bytes([len(data), opcode]) + struct.pack(">H", status) + data
        return b"\xff" + body + crc_bitwise_mercury(body)

    def _listen(self, far: int) -> None:
        keepalive = threading.Thread(target=self._keep_alive, args=(far,), name="M6e")
        keepalive.start()
        super()._listen(far)
        keepalive.join()

    def _keep_alive(self, far: int) -> None:
        while not self._stop.wait(0.4):
            if self.reading:
                os.write(far, self._packet(0x22, 0x0400, b""))


class SsiAtPty(PtyDevice):
    """Sends a packet, and again with the resent bit until it is acknowledged."""

    def speak(self) -> None:
        """Read the next label."""
        self.number += 1
        self.write(self.packet(0xF3, f"\x0fWO-{self.number}".encode()))

    def packet(self, opcode: int, data: bytes, status: int = 0) -> bytes:
        """A packet of the decoder."""
        body = bytes([len(data) + 4, opcode, 0, status]) + data
        return body + struct.pack(">H", (0x10000 - sum(body)) & 0xFFFF)


class LinesAtPty(PtyDevice):
    """A scale or gauge that sends a line per value, by itself or when it is asked."""

    def __init__(
        self,
        folder: Path,
        line: Callable[[int], str],
        asked: bytes = b"",
        more: dict[str, object] | None = None,
    ) -> None:
        super().__init__(folder)
        self._line = line
        self._asked = asked
        self._more = more or {}
        self.says: str | None = None

    def settings(self) -> dict[str, object]:
        """As shipped."""
        return {"port": str(self.port), **self._more}

    def answer(self, heard: bytes) -> tuple[bytes, int]:
        """See PtyDevice."""
        times = heard.count(self._asked) if self._asked else 0
        text = self.says if self.says is not None else self._line(self.number)
        return text.encode("latin-1") * times, heard.rfind(b"\n") + 1 or heard.rfind(b"\r") + 1

    def speak(self) -> None:
        """The next value."""
        self.number += 1
        if not self._asked:
            self.write(self._line(self.number).encode("latin-1"))

    def delivered(self, sink: RecordingSink) -> int:
        """See FarEnd."""
        return len(sink.measurements)


class LlrpAtSocket:
    """A network reader: greets, says yes, and reports the tag that is held before it."""

    def __init__(self) -> None:
        self._port = free_port()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._server: socket.socket | None = None
        self._client: socket.socket | None = None
        self._number = 0
        self.refuses = 0
        self.kinds: list[int] = []
        self.present: list[str] = []

    def settings(self) -> dict[str, object]:
        """All antennas."""
        return {"port": f"socket://127.0.0.1:{self._port}", "settle_ms": 100, "gone_ms": 400}

    def start(self) -> None:
        """See FarEnd."""
        self._stop.clear()
        self._server = socket.create_server(("127.0.0.1", self._port))
        self._server.settimeout(0.05)
        self._thread = threading.Thread(target=self._serve, args=(self._server,), name="LLRP reader")
        self._thread.start()

    def _serve(self, server: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                client, _ = server.accept()
            except TimeoutError:
                continue
            client.settimeout(0.05)
            self._client = client
            event = struct.pack(">HHQ", 128, 12, 0) + struct.pack(">HHH", 256, 6, 0)
            self._send(63, 0, struct.pack(">HH", 246, 4 + len(event)) + event)
            self._talk(client)
            client.close()
            self._client = None

    def _talk(self, client: socket.socket) -> None:
        pending, quiet = b"", 0
        while not self._stop.is_set():
            try:
                piece = client.recv(4096)
            except TimeoutError:
                quiet += 1
                if quiet % 10 == 0:
                    self._send(62, 99, b"")
                continue
            except OSError:
                return
            if not piece:
                return
            pending += piece
            while len(pending) >= 10:
                first, length, number = struct.unpack(">HII", pending[:10])
                kind, pending = first & 0x3FF, pending[length:]
                self.kinds.append(kind)
                if kind in (3, 20, 21, 24):
                    code = 100 if kind == self.refuses else 0
                    self._send(kind + 10, number, struct.pack(">HHHH", 287, 8, code, 0))

    def _send(self, kind: int, number: int, body: bytes) -> None:
        if self._client is not None:
            self._client.sendall(struct.pack(">HII", 0x0400 | kind, 10 + len(body), number) + body)

    def speak(self) -> None:
        """Report the next tag, and what else is held."""
        self._number += 1
        tags = [f"30{self._number:022X}", *self.present]
        body = b""
        for tag in tags:
            inside = b"\x8d" + bytes.fromhex(tag) + b"\x81\x00\x02" + b"\x86\xc8"
            body += struct.pack(">HH", 240, 4 + len(inside)) + inside
        self._send(61, self._number, body)

    def delivered(self, sink: RecordingSink) -> int:
        """See FarEnd."""
        return len(sink.scans)

    def vanish(self) -> None:
        """See FarEnd."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._server is not None:
            self._server.close()
            self._server = None

    def close(self) -> None:
        """See FarEnd."""
        self.vanish()


class ZplPrinter:
    """What a label printer does with what it is sent: prints it, and says what it was set to say."""

    def __init__(self) -> None:
        self.errors = 0
        self.printed: list[bytes] = []
        self.mute = False

    def take(self, pending: bytes) -> tuple[bytes, bytes]:
        """What it answers, and what of the bytes is left for the next time."""
        said = b""
        while (end := pending.find(b"^XZ")) >= 0:
            start = pending.find(b"^XA")
            self.printed.append(pending[start : end + 3])
            pending = pending[:start] + pending[end + 3 :]
        while b"~HQES\r\n" in pending:
            pending = pending.replace(b"~HQES\r\n", b"", 1)
            if not self.mute:
                said += self._status()
        return said, pending

    def _status(self) -> bytes:
        some = 1 if self.errors else 0
        lines = (
            "\r\n\r\nPRINTER STATUS            ",
            f"   ERRORS:          {some} 00000000 {self.errors:08X}  ",
            "   WARNINGS:        0 00000000 00000000   ",
        )
        return b"\x02" + "\r\n".join(lines).encode() + b"\r\n\x03"


class ZplAtPty(PtyDevice):
    """A label printer at a serial line."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.printer = ZplPrinter()

    def settings(self) -> dict[str, object]:
        """Asked often."""
        return {"port": str(self.port), "ask_ms": 200}

    def answer(self, heard: bytes) -> tuple[bytes, int]:
        """See PtyDevice."""
        said, rest = self.printer.take(heard)
        return said, len(heard) - len(rest)

    def speak(self) -> None:
        """It is asked, and answers."""

    def delivered(self, sink: RecordingSink) -> int:
        """See FarEnd."""
        return len(sink.all_readings)


class ZplAtSocket:
    """A label printer on the network."""

    def __init__(self) -> None:
        self.printer = ZplPrinter()
        self._port = free_port()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._server: socket.socket | None = None

    def settings(self) -> dict[str, object]:
        """Asked often."""
        return {"port": f"socket://127.0.0.1:{self._port}", "ask_ms": 200}

    def start(self) -> None:
        """See FarEnd."""
        self._stop.clear()
        self._server = socket.create_server(("127.0.0.1", self._port))
        self._server.settimeout(0.05)
        self._thread = threading.Thread(target=self._serve, args=(self._server,), name="label printer")
        self._thread.start()

    def _serve(self, server: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                client, _ = server.accept()
            except TimeoutError:
                continue
            client.settimeout(0.05)
            self._talk(client)
            client.close()

    def _talk(self, client: socket.socket) -> None:
        pending = b""
        while not self._stop.is_set():
            try:
                piece = client.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                return
            if not piece:
                return
            said, pending = self.printer.take(pending + piece)
            if said:
                client.sendall(said)

    def speak(self) -> None:
        """It is asked, and answers."""

    def delivered(self, sink: RecordingSink) -> int:
        """See FarEnd."""
        return len(sink.all_readings)

    def vanish(self) -> None:
        """See FarEnd."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._server is not None:
            self._server.close()
            self._server = None

    def close(self) -> None:
        """See FarEnd."""
        self.vanish()
