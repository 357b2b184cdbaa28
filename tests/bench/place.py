"""Where the benchmarks happen: a folder, the demo plant, the load's PLC, two readers, a terminal for them."""

import os
import socket
import subprocess
import sys
import time
import tty
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from devices.plant.client import PlantClient, PlantProcess
from screens.demo.place import write_configuration
from tests.bench.child import ROOT, Measured, Silent, environment
from tests.bench.wire import NAMESPACE, PlcStats

SHOWN = 3
MOST_TAGS = 1000


@dataclass(frozen=True)
class Effort:
    """How much is measured: lengths of a run in s, numbers of runs, touches, commits and entries."""

    name: str
    runs: int
    run_s: float
    settle_s: float
    touches: int
    commits: int
    starts: int
    idle_s: float
    backlog: int
    link_ups: int


QUICK = Effort("quick", 2, 1.5, 1.0, 6, 400, 2, 4.5, 3_000, 1)
FULL = Effort("full", 3, 10.0, 2.0, 40, 2_000, 5, 120.0, 20_000, 3)


class Reader:
    """A barcode reader's end of a pseudo-terminal."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)

    def scan(self, text: str) -> int:
        """Write a code; CLOCK_MONOTONIC in ns at which its last byte was written."""
        os.write(self._master, text.encode() + b"\r")
        return time.monotonic_ns()

    def close(self) -> None:
        """Pull the cable."""
        os.close(self._master)
        os.close(self._slave)


class LoadPlc:
    """The load's PLC as a process of its own, up when this returns."""

    def __init__(self, tags: int, log: Path) -> None:
        self.tags = tags
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        self.endpoint = f"opc.tcp://127.0.0.1:{port}/bench"
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.load_plc", "--port", str(port), "--tags", str(tags)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment(),
                cwd=ROOT,
            )
        if self._line() != "ready":
            raise Silent(f"the load's PLC did not start; what it said stands in {log}")

    def stats(self) -> PlcStats:
        """The waits and changes since the last time."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"stats\n")
        self._process.stdin.flush()
        return PlcStats.model_validate_json(self._line())

    def end(self) -> None:
        """Switch it off."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(10)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()


class Place:
    """A running plant with its MES, and the files of one terminal in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.badges, self.scanner = Reader(), Reader()
        self._plant = PlantProcess(folder / "plant")
        self.plant: PlantClient = self._plant.wait_until_up()
        self._load: LoadPlc | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._load is not None:
            self._load.end()
        self.plant.close()
        self._plant.end()
        self.badges.close()
        self.scanner.close()

    @property
    def log(self) -> Path:
        """What the measured programs say on standard error."""
        return self.folder / "measured.log"

    @property
    def journal(self) -> Path:
        """The terminal's journal."""
        return self.folder / "terminal" / "journal.db"

    @property
    def load(self) -> LoadPlc:
        """The load's PLC, started when it is asked for first."""
        if self._load is None:
            self._load = LoadPlc(MOST_TAGS, self.log)
        return self._load

    def configure(self, tags: int = 0, publishing_ms: int = 100) -> Path:
        """Write the terminal's configuration: the shipped one, and so many tags of the load, three of them
        on the Run screen.
        """
        file = write_configuration(self.folder, self.plant.card)
        text = file.read_text("utf-8")
        for name, reader in (("scanner", self.scanner), ("badge_reader", self.badges)):
            text = text.replace(f"'{self.plant.card.readers[name]}'", f"'{reader.port}'")
        if tags:
            text = text.replace("\nshown = true", "\nshown = false") + _load_link(
                self.load, tags, publishing_ms
            )
        file.write_text(text, "utf-8")
        return file

    def terminal(self, file: Path, *words: str, python_words: tuple[str, ...] = ()) -> Measured:
        """Start the terminal with the probe in it."""
        words = ("run", "--config", str(file), "--size", "1280x800", *words)
        return Measured("tests.bench.probe", list(words), self.log, python_words)


def _load_link(load: LoadPlc, tags: int, publishing_ms: int) -> str:
    lines = [
        "",
        "[links.Load]",
        'driver = "opcua"',
        'label = "Load"',
        f'endpoint = "{load.endpoint}"',
        f"publishing_interval_ms = {publishing_ms}",
    ]
    for number in range(tags):
        lines += [
            f"[links.Load.tags.T{number}]",
            f'node = "nsu={NAMESPACE};s=T{number}"',
            f'label = "Load {number}"',
            'unit = "kN"',
            f"shown = {'true' if number < SHOWN else 'false'}",
        ]
    return "\n".join([*lines, ""])
