"""The device floor for a long time: 1,000 tags at 4 Hz, a scan each second, and once a minute no link.

`python -m tests.bench.soak [--minutes 30]` cuts the wire at odd minutes and kills and restarts the PLC at
even ones. It prints how memory went, what was left over at the end, whether every scan came once, and how
soon a lost server was found and a restarted one heard. `--compare` prints what the same floor takes of a
core with the stack's own decoder and with ours. The exit code is 1 where a goal was missed.
"""

import argparse
import asyncio
import gc
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from devices.opcua import wire
from devices.opcua.session import OpcUaSession
from devices.opcua.settings import OpcUaSettings, tag_infos
from devices.registry import DRIVERS
from devices.supervisor import Supervisor
from hmi.alarm_watch import AlarmWatch
from hmi.domain.signals import LinkState, LinkStatus, Reading, Scan
from hmi.hub import Hub
from hmi.times import SystemClock
from hmi.watch import MachineWatch
from local_db.history import HistoryThread
from local_db.history_store import HistoryStore
from local_db.ledger import SqliteLedger
from screens.app import Ears
from tests.bench.child import ROOT, environment
from tests.bench.figures import Goal, Table, figure
from tests.bench.machine import Cpu, load_average, memory_mib
from tests.bench.place import Reader
from tests.bench.wire import NAMESPACE
from tests.fakes.devices import until
from tests.fakes.wire_proxy import WireProxy

_FRAME_S = 1 / 60
_SAMPLE_S = 5.0
_WARM_MIN = 1.5  # until caches, pools and the history's levels have their size
_DEADLINE_S = 30.0
_COMPARED_MIN = 0.4


class Plc:
    """The load's PLC at a port of its own, switched on and off."""

    def __init__(self, tags: int, every_ms: int, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._words = ["--tags", str(tags), "--every-ms", str(every_ms)]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Switch it on; up when this returns."""
        words = [sys.executable, "-m", "tests.bench.load_plc", "--port", str(self.port), *self._words]
        with self._log.open("ab") as errors:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment(),
                cwd=ROOT,
            )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def kill(self) -> None:
        """Switch it off without a word."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()


class Heard(Ears):
    """The ears of the program, which also note when the PLC was lost and heard."""

    def __init__(self, hub: Hub, watch: MachineWatch, alarms: AlarmWatch, history: HistoryThread) -> None:
        super().__init__(hub, watch, alarms, history)
        self.changes = 0
        self.scans: list[str] = []
        self.lost_at = 0.0
        self.heard_at = 0.0
        self.reader: list[str] = []

    def on_readings(self, batch: Sequence[Reading]) -> None:
        """See Listener."""
        super().on_readings(batch)
        self.changes += len(batch)
        self.heard_at = time.monotonic()

    def on_scan(self, scan: Scan) -> None:
        """See Listener."""
        super().on_scan(scan)
        self.scans.append(scan.text)

    def on_link(self, status: LinkStatus) -> None:
        """See Listener."""
        super().on_link(status)
        if status.name == "plc" and status.state is LinkState.LOST:
            self.lost_at = time.monotonic()
        if status.name == "reader":
            self.reader.append(f"{status.state} {status.last_error}".strip())


class Soak:
    """What was seen while it went on; times in s, memory in MiB."""

    def __init__(self, heard: Heard, plc: Plc, proxy: WireProxy, reader: Reader, hub: Hub) -> None:
        self.heard, self.plc, self.proxy, self.reader, self.hub = heard, plc, proxy, reader, hub
        self.memory: list[tuple[float, float]] = []
        self.threads: list[int] = []
        self.tasks: list[int] = []
        self.found: list[float] = []
        self.back_cut: list[float] = []
        self.back_restart: list[float] = []
        self.sent: list[str] = []
        self.shown = 0

    async def look(self) -> None:
        """Take in what came, as a window does at each frame."""
        while True:
            self.shown += len(self.hub.drain().readings)
            await asyncio.sleep(_FRAME_S)

    async def scan(self) -> None:
        """Read a code each second."""
        while True:
            self.sent.append(f"LOT-{len(self.sent):07d}")
            self.reader.scan(self.sent[-1])
            await asyncio.sleep(1.0)

    async def sample(self) -> None:
        """Note memory, threads and tasks."""
        began = time.monotonic()
        while True:
            await asyncio.sleep(_SAMPLE_S)
            gc.collect()
            self.memory.append(((time.monotonic() - began) / 60, memory_mib(os.getpid())[0]))
            self.threads.append(threading.active_count())
            self.tasks.append(len(asyncio.all_tasks()))

    async def disturb(self, number: int) -> None:
        """Cut the wire, or restart the PLC, and wait until values come again."""
        began = time.monotonic()
        if number % 2 == 0:
            self.proxy.cut()
            await self._until_lost(began)
            ready, waits = began, self.back_cut
        else:
            await asyncio.to_thread(self.plc.kill)  # it may be found before this returns
            await self._until_lost(began)
            await asyncio.to_thread(self.plc.start)
            ready, waits = time.monotonic(), self.back_restart
        lost = self.heard.lost_at
        while self.heard.heard_at <= max(lost, began):
            if time.monotonic() - ready > _DEADLINE_S:
                raise TimeoutError("the PLC is there, and was not heard again within 30 s")
            await asyncio.sleep(0.005)
        waits.append(max(0.0, self.heard.heard_at - ready))

    async def _until_lost(self, began: float) -> None:
        while self.heard.lost_at < began:
            if time.monotonic() - began > _DEADLINE_S:
                raise TimeoutError("the lost PLC was not found within 30 s")
            await asyncio.sleep(0.005)
        self.found.append(self.heard.lost_at - began)


@asynccontextmanager
async def floor(folder: Path, tags: int, every_ms: int) -> AsyncGenerator[Soak]:
    """Everything below the screens: links, watches, ledger and history, until the end of the block."""
    clock, hub, reader = SystemClock(), Hub(), Reader()
    plc = Plc(tags, every_ms, folder / "plc.log")
    await asyncio.to_thread(plc.start)
    ledger = SqliteLedger(
        folder / "journal.db", terminal="T", equipment="P", clock=clock, on_changes=hub.post
    )
    ledger.start()
    history = HistoryThread(
        folder / "history.db",
        lambda file, now_ms: HistoryStore(file, most_bytes=1 << 30, now_ms=now_ms),
        clock,
    )
    history.start()
    tasks: list[asyncio.Task[None]] = []
    try:
        async with WireProxy(plc.port).running() as proxy:
            settings = _settings(proxy.port, tags)
            known = tag_infos("plc", settings)
            watch = MachineWatch(ledger, known, clock, fastest_cycle_s=0.001, count_every_ms=1000)
            alarms = AlarmWatch(ledger, known, clock)
            alarms.start()
            heard = Heard(hub, watch, alarms, history)
            serial = DRIVERS["barcode_reader"]
            drivers = [
                DRIVERS["opcua"].make("plc", settings, clock),
                serial.make("reader", serial.settings.model_validate({"port": reader.port}), clock),
            ]
            supervisor = Supervisor(drivers, heard, clock)
            soak = Soak(heard, plc, proxy, reader, hub)
            works = (supervisor.run(), watch.run(), alarms.run(), soak.look())
            tasks = [asyncio.create_task(work) for work in works]
            await until(lambda: heard.changes > 0, _DEADLINE_S)
            try:
                yield soak
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        history.stop()
        ledger.stop()
        plc.kill()
        reader.close()


def _settings(port: int, tags: int) -> OpcUaSettings:
    limits = {"hi": 1000.0}
    return OpcUaSettings.model_validate(
        {
            "endpoint": f"opc.tcp://127.0.0.1:{port}/bench",
            "publishing_interval_ms": 100,
            "tags": {
                f"T{number}": {
                    "node": f"nsu={NAMESPACE};s=T{number}",
                    "label": f"Load {number}",
                    **({"alarm": limits} if number < 50 else {}),
                }
                for number in range(tags)
            },
        }
    )


async def soaked(folder: Path, minutes: float, tags: int, every_ms: int) -> Table:
    """Let it soak; the table of what was found."""
    before = {thread.ident for thread in threading.enumerate()}
    began, disturbances = time.monotonic(), max(1, int(minutes) - 1)
    async with floor(folder, tags, every_ms) as soak:
        cpu, first = Cpu(os.getpid()), soak.heard.changes
        extra = [asyncio.create_task(work) for work in (soak.scan(), soak.sample())]
        for number in range(disturbances):
            due = began + 60 * (number + 1)
            await asyncio.sleep(max(0.0, min(due, began + minutes * 60) - time.monotonic()))
            await soak.disturb(number)
            print(f"minute {number + 1}: lost after {soak.found[-1]:.2f} s, heard again", flush=True)
        await asyncio.sleep(max(0.0, began + minutes * 60 - time.monotonic()))
        took, percent = time.monotonic() - began, cpu.percent()
        changes = soak.heard.changes - first
        for task in extra:
            task.cancel()
        await asyncio.gather(*extra, return_exceptions=True)
        await asyncio.sleep(1.0)
    await asyncio.sleep(0.5)
    left = [thread.name for thread in threading.enumerate() if thread.ident not in before]
    left = [name for name in left if not name.startswith("asyncio_")]  # the pool of to_thread
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    return _table(soak, minutes, changes / took, percent, left, len(tasks))


def _table(soak: Soak, minutes: float, rate: float, percent: float, left: list[str], tasks: int) -> Table:
    warm = [mib for at, mib in soak.memory if at >= min(_WARM_MIN, minutes / 3)]
    half = max(1, len(warm) // 2)
    early, late = max(warm[:half]), max(warm[-half:])
    twice = len(soak.heard.scans) - len(set(soak.heard.scans))
    missing = len(set(soak.sent) - set(soak.heard.scans))
    settled = len(soak.tasks) // 3
    rows = [
        figure("RSS at most, first half after warming up", "MiB", [early]),
        figure("RSS at most, second half", "MiB", [late]),
        figure("growth", "%", [(late / early - 1) * 100], goal=Goal(limit=5, words="<= 5 %")),
        figure("threads left over", "", [len(left)], goal=Goal(limit=0, words="0")),
        figure("tasks left over", "", [tasks], goal=Goal(limit=0, words="0")),
        figure("threads while it ran", "", [float(each) for each in soak.threads[settled:]]),
        figure("tasks while it ran", "", [float(each) for each in soak.tasks[settled:]]),
        figure("scans that did not come", "", [missing], goal=Goal(limit=0, words="0")),
        figure("scans that came twice", "", [twice], goal=Goal(limit=0, words="0")),
        figure("a lost server was found after", "s", soak.found, goal=Goal(limit=3, words="<= 3 s")),
        figure("a cut link was heard again after", "s", soak.back_cut),
        figure("changes heard", "1/s", [rate]),
        figure("the whole floor takes", "% of a core", [percent]),
    ]
    if soak.back_restart:
        back = figure(
            "a restarted server was heard after", "s", soak.back_restart, goal=Goal(limit=2, words="<= 2 s")
        )
        rows.insert(11, back)
    notes = [f"{minutes:g} minutes, {len(soak.sent)} scans, {len(soak.found)} losses; load {load_average()}"]
    each_minute = soak.memory[:: round(60 / _SAMPLE_S)]
    notes.append("RSS each minute, MiB: " + ", ".join(f"{mib:.0f}" for _, mib in each_minute))
    if missing:
        lost = sorted(set(soak.sent) - set(soak.heard.scans))
        notes.append(f"scans that did not come: {', '.join(lost[:40])}")
        others = [text for text in soak.heard.scans if text not in soak.sent]
        notes.append(f"the reader was {', '.join(soak.heard.reader)}; what came instead: {others[:5]}")
    notes += [f"left over: {', '.join(left)}"] if left else []
    return Table(title="Soak of the device floor", figures=rows, notes=notes)


async def share(folder: Path, tags: int, seconds: float) -> dict[str, float]:
    """What the undisturbed floor takes of a core, and how many changes it heard of it."""
    async with floor(folder, tags, 100) as soak:
        await asyncio.sleep(3.0)
        cpu, first, began = Cpu(os.getpid()), soak.heard.changes, time.monotonic()
        await asyncio.sleep(seconds)
        percent = cpu.percent()
        rate = (soak.heard.changes - first) / (time.monotonic() - began)
    return {"percent": percent, "rate": rate}


def compare(folder: Path, tags: int) -> Table:
    """The floor with each decoder, each in a process of its own and twice, in turns."""
    told: dict[str, list[dict[str, float]]] = {"asyncua": [], "ours": []}
    for _ in range(2):
        for decoder, runs in told.items():
            words = ["--decoder", decoder, "--tags", str(tags), "--dir", str(folder / decoder)]
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.soak", *words],
                cwd=ROOT,
                env=environment(),
                capture_output=True,
                text=True,
                check=True,
            )
            runs.append(json.loads(done.stdout.strip().splitlines()[-1]))
    theirs = [run["percent"] for run in told["asyncua"]]
    each = {name: [run["percent"] * 1e4 / run["rate"] for run in runs] for name, runs in told.items()}
    other = sum(each["asyncua"]) / 2
    rows = [
        figure("with asyncua's decoder", "% of a core", theirs),
        figure("with ours", "% of a core", [r["percent"] for r in told["ours"]], raw=sum(theirs) / 2),
        figure("for each change heard, asyncua's", "µs", each["asyncua"]),
        figure("for each change heard, ours", "µs", each["ours"], raw=other),
        figure("changes heard, asyncua's", "1/s", [run["rate"] for run in told["asyncua"]]),
        figure("changes heard, ours", "1/s", [run["rate"] for run in told["ours"]]),
    ]
    title = f"The whole device floor, {tags:,} tags every 100 ms: links, watches, history, hub"
    return Table(title=title, raw_is="the same floor with asyncua's decoder", figures=rows)


def main() -> int:
    """Soak, or compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--tags", type=int, default=1000)
    parser.add_argument("--every-ms", type=int, default=250, help="how often each tag changes")
    parser.add_argument("--compare", action="store_true", help="the two decoders in the whole floor")
    parser.add_argument("--decoder", choices=("asyncua", "ours"), help="one run of the comparison, as JSON")
    parser.add_argument("--dir", type=Path, default=ROOT / "out" / "soak", help="emptied first")
    told = parser.parse_args()
    shutil.rmtree(told.dir, ignore_errors=True)
    told.dir.mkdir(parents=True)
    if told.decoder is not None:
        if told.decoder == "asyncua":
            setattr(OpcUaSession.published, "__defaults__", (wire.decode,))  # noqa: B010
        print(json.dumps(asyncio.run(share(told.dir, told.tags, _COMPARED_MIN * 60))))
        return 0
    if told.compare:
        print(compare(told.dir, told.tags).text())
        return 0
    table = asyncio.run(soaked(told.dir, told.minutes, told.tags, told.every_ms))
    print(table.text())
    return 0 if all(each.goal is None or each.goal.met(each.median) for each in table.figures) else 1


if __name__ == "__main__":
    sys.exit(main())
