"""Far ends of the wires for tests: a PLC process, readers, and who listens to links."""

import asyncio
import inspect
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from hmi.device_ports import AsyncDriver, BlockingDriver, Sink
from hmi.domain.signals import Alarm, LinkStatus, Measured, Reading, Scan, TagsInField
from hmi.errors import LinkError
from tests.fakes.opcua_far_end import NAMESPACE

if sys.platform != "win32":
    import pty
    import tty

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
PATIENCE_S = 20.0  # seconds that whatever must come about is waited for at least


def free_port() -> int:
    """A TCP port of the loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RecordingSink:
    """Keeps what a driver says; may be asked from any thread."""

    def __init__(self) -> None:
        self.ups = 0
        self.signs_of_life = 0
        self.batches: list[list[Reading]] = []
        self.scans: list[Scan] = []
        self.all_alarms: list[Alarm] = []
        self.past: list[Reading] = []
        self.offsets_ms: list[int] = []
        self.unknown_alarms = 0
        self.questions: list[TagsInField] = []
        self.measurements: list[Measured] = []

    @property
    def all_readings(self) -> list[Reading]:
        """Every reading in order."""
        return [reading for batch in self.batches for reading in batch]

    def of(self, tag: str) -> list[Reading]:
        """The readings of one tag in order."""
        return [reading for reading in self.all_readings if reading.tag == tag]

    def up(self) -> None:
        """See Sink."""
        self.ups += 1

    def heard(self) -> None:
        """See Sink."""
        self.signs_of_life += 1

    def readings(self, batch: Sequence[Reading]) -> None:
        """See Sink."""
        self.batches.append(list(batch))

    def scan(self, scan: Scan) -> None:
        """See Sink."""
        self.scans.append(scan)

    def alarms(self, batch: Sequence[Alarm]) -> None:
        """See Sink."""
        self.all_alarms += batch

    def filled(self, batch: Sequence[Reading]) -> None:
        """See Sink."""
        self.past += batch

    def clock_offset(self, offset_ms: int) -> None:
        """See Sink."""
        self.offsets_ms.append(offset_ms)

    def earlier_alarms_unknown(self) -> None:
        """See Sink."""
        self.unknown_alarms += 1

    def several(self, tags: TagsInField) -> None:
        """See Sink."""
        self.questions.append(tags)

    def measured(self, measured: Measured) -> None:
        """See Sink."""
        self.measurements.append(measured)


class RecordingListener:
    """Keeps what a supervisor tells; may be asked from any thread."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.scans: list[Scan] = []
        self.questions: list[TagsInField] = []
        self.measurements: list[Measured] = []
        self.links: list[LinkStatus] = []
        self.heard: list[tuple[str, int]] = []
        self.alarms: list[Alarm] = []
        self.filled: list[Reading] = []

    def on_readings(self, batch: Sequence[Reading]) -> None:
        """See Listener."""
        self.readings += batch

    def on_scan(self, scan: Scan) -> None:
        """See Listener."""
        self.scans.append(scan)

    def on_several(self, tags: TagsInField) -> None:
        """See Listener."""
        self.questions.append(tags)

    def on_measured(self, measured: Measured) -> None:
        """See Listener."""
        self.measurements.append(measured)

    def on_link(self, status: LinkStatus) -> None:
        """See Listener."""
        self.links.append(status)

    def on_heard(self, link: str, heard_ms: int) -> None:
        """See Listener."""
        self.heard.append((link, heard_ms))

    def on_alarms(self, batch: Sequence[Alarm]) -> None:
        """See Listener."""
        self.alarms += batch

    def on_filled(self, batch: Sequence[Reading]) -> None:
        """See Listener."""
        self.filled += batch

    def states(self, link: str) -> list[str]:
        """The states that were said of one link, in order."""
        return [str(status.state) for status in self.links if status.name == link]


async def until(holds: Callable[[], bool], within_s: float) -> float:
    """Wait until something holds and return how long it took; AssertionError when it never did.

    `within_s` is how long it takes on a machine that has nothing else to do; a busy one is given more.
    """
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > max(within_s, PATIENCE_S):
            raise AssertionError(f"did not come true within {max(within_s, PATIENCE_S)} s")
        await asyncio.sleep(0.01)
    return time.monotonic() - start


class Running:
    """One run of a driver, whichever kind it is."""

    def __init__(self, driver: AsyncDriver | BlockingDriver, sink: Sink) -> None:
        self._stop = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._task = asyncio.create_task(self._run(driver, sink))

    async def _run(self, driver: AsyncDriver | BlockingDriver, sink: Sink) -> None:
        if inspect.iscoroutinefunction(driver.run):
            await driver.run(sink)
            return
        self._thread = threading.Thread(target=self._block, args=(driver, sink), name="driver under test")
        self._thread.start()
        await self._ended.wait()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _block(self, driver: BlockingDriver, sink: Sink) -> None:
        try:
            driver.run(sink, self._stop)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self._error = error
        self._loop.call_soon_threadsafe(self._ended.set)

    @property
    def going_on(self) -> bool:
        """Whether the run has not ended."""
        return not self._task.done()

    async def ended(self, within_s: float) -> BaseException | None:
        """Wait for the run to end by itself and return what it raised."""
        await asyncio.wait({self._task}, timeout=within_s)
        if not self._task.done():
            raise AssertionError(f"the driver did not notice within {within_s} s")
        return self._task.exception()

    async def stop(self) -> float:
        """End the run from outside and return how many seconds that took."""
        start = time.monotonic()
        self._stop.set()
        if self._thread is None:
            self._task.cancel()
        await asyncio.wait({self._task}, timeout=5)
        assert self._task.done(), "the driver did not stop"
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            assert isinstance(error, LinkError), f"a bug: {error!r}"
        return time.monotonic() - start


class FarEnd(Protocol):
    """The other side of a wire, as the contract of drivers needs it."""

    def settings(self) -> dict[str, object]:
        """The driver's settings as a configuration would have them."""
        ...

    def start(self) -> None:
        """Be there; again after `vanish`."""
        ...

    def vanish(self) -> None:
        """Be gone at once, without a word."""
        ...

    def speak(self) -> None:
        """Say something that the driver has to deliver."""
        ...

    def delivered(self, sink: RecordingSink) -> int:
        """How much of what was said came out of the driver."""
        ...

    def close(self) -> None:
        """Leave nothing behind."""
        ...


class _Process:
    """A far end in a process of its own that answers each line of its standard input with one line."""

    def __init__(self, words: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answer()

    def tell(self, command: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        self._answer()

    def _answer(self) -> None:
        assert self._process.stdout is not None
        patience = threading.Timer(START_S, self._process.kill)
        patience.start()
        try:
            line = self._process.stdout.readline()
        finally:
            patience.cancel()
            patience.join()
        if not line:
            raise AssertionError("the far end said nothing")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


class OpcUaFarEnd:
    """A PLC with Count, Speed and Name; `options` go to its next start."""

    def __init__(self) -> None:
        self.port = free_port()
        self.options: list[str] = []
        self._process: _Process | None = None
        self._value = 100

    def settings(self) -> dict[str, object]:
        """Three tags; the count by browse path."""
        return {
            "endpoint": f"opc.tcp://127.0.0.1:{self.port}/test",
            "publishing_interval_ms": 50,
            "tags": {
                "count": {
                    "node": f"/Objects/nsu={NAMESPACE};Cell/Count",
                    "label": "Count",
                    "role": "produced_count",
                },
                "speed": {"node": f"nsu={NAMESPACE};s=Speed", "label": "Speed", "unit": "1/min", "high": 60},
                "name": {"node": f"nsu={NAMESPACE};s=Name", "label": "Name"},
            },
        }

    def start(self) -> None:
        """See FarEnd."""
        self._process = _Process(["tests.fakes.opcua_far_end", "--port", str(self.port), *self.options])

    def vanish(self) -> None:
        """See FarEnd."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def speak(self) -> None:
        """Write a new count."""
        self._value += 1
        self.write("Count", self._value, "Int32")

    def delivered(self, sink: RecordingSink) -> int:
        """See FarEnd."""
        return len(sink.of("count"))

    def close(self) -> None:
        """See FarEnd."""
        self.vanish()

    def write(self, node: str, value: object, kind: str, status: int = 0, source_time: str = "") -> None:
        """Write a value with its status and source time."""
        more = {"source_time": source_time} if source_time else {}
        self.tell({"do": "write", "node": node, "value": value, "kind": kind, "status": status, **more})

    def tell(self, command: Mapping[str, object]) -> None:
        """Send a command of `opcua_far_end` and wait until it was done."""
        assert self._process is not None
        self._process.tell(command)

    def thaw(self) -> None:
        """Go on where it stood."""
        assert self._process is not None
        self._process.signal(signal.SIGCONT)

    def freeze(self) -> None:
        """Stop the process where it stands; its sockets stay open."""
        assert self._process is not None
        self._process.signal(signal.SIGSTOP)


class DemoPlcFarEnd:
    """The PLC of the demo plant; its heartbeat speaks by itself."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._memory = folder / "memory.json"
        self._process: _Process | None = None

    def settings(self) -> dict[str, object]:
        """The heartbeat alone."""
        node = "nsu=urn:lineside:demo-plant:press;s=Press12.Heartbeat"
        return {
            "endpoint": f"opc.tcp://127.0.0.1:{self._port}",
            "tags": {"heartbeat": {"node": node, "label": "Heartbeat", "decimals": 0}},
        }

    def start(self) -> None:
        """See FarEnd."""
        self._process = _Process(
            ["devices.plant", "plc", "--port", str(self._port), "--memory", str(self._memory)]
        )

    def vanish(self) -> None:
        """See FarEnd."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def speak(self) -> None:
        """The heartbeat comes every half second."""

    def delivered(self, sink: RecordingSink) -> int:
        """See FarEnd."""
        return len(sink.of("heartbeat"))

    def close(self) -> None:
        """See FarEnd."""
        self.vanish()


class PtyReader:
    """A barcode reader at a pseudo-terminal; unplugged and plugged in again, it has the same name."""

    def __init__(self, folder: Path) -> None:
        self.port = folder / "reader"
        self._near: int | None = None
        self._far: int | None = None
        self._number = 0

    def settings(self) -> dict[str, object]:
        """A plain reader with CR."""
        return {"port": str(self.port)}

    def start(self) -> None:
        """See FarEnd."""
        self._far, self._near = pty.openpty()
        tty.setraw(self._near)
        self.port.symlink_to(os.ttyname(self._near))

    def vanish(self) -> None:
        """Unplug: the port's name is gone, and whoever holds it reads its end."""
        self.port.unlink(missing_ok=True)
        for end in (self._near, self._far):
            if end is not None:
                os.close(end)
        self._near = self._far = None

    def speak(self) -> None:
        """Read the next label."""
        self._number += 1
        self.write(f"WO-{self._number}\r".encode())

    def write(self, data: bytes) -> None:
        """Put bytes on the line."""
        assert self._far is not None
        os.write(self._far, data)

    def delivered(self, sink: RecordingSink) -> int:
        """See FarEnd."""
        return len(sink.scans)

    def close(self) -> None:
        """See FarEnd."""
        self.vanish()


class SocketReader:
    """A barcode reader behind a device server on TCP."""

    def __init__(self) -> None:
        self._port = free_port()
        self._listening: socket.socket | None = None
        self._held: list[socket.socket] = []
        self._number = 0

    def settings(self) -> dict[str, object]:
        """A plain reader with CR."""
        return {"port": f"socket://127.0.0.1:{self._port}"}

    def start(self) -> None:
        """See FarEnd."""
        self._listening = socket.create_server(("127.0.0.1", self._port))
        self._listening.settimeout(5)

    def vanish(self) -> None:
        """See FarEnd."""
        for each in (*self._held, self._listening):
            if each is not None:
                each.close()
        self._held, self._listening = [], None

    def speak(self) -> None:
        """Read the next label, for whoever connected last."""
        assert self._listening is not None
        if not self._held or select.select([self._listening], [], [], 0)[0]:
            self._held.append(self._listening.accept()[0])
        self._number += 1
        self._held[-1].sendall(f"WO-{self._number}\r".encode())

    def delivered(self, sink: RecordingSink) -> int:
        """See FarEnd."""
        return len(sink.scans)

    def close(self) -> None:
        """See FarEnd."""
        self.vanish()


def checked(model: type[BaseModel], settings: Mapping[str, object]) -> BaseModel:
    """Settings as the configuration makes them."""
    return model.model_validate(settings)
