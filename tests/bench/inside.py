"""What sits inside a measured window: commands, times of paints, gaps of the event loop."""

import os
import time
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Qt, QTimer

from tests.bench.wire import Command, Said

_GAP_TICK_MS = 5


def say(message: Said) -> None:
    """Tell the benchmark."""
    print(message.model_dump_json(exclude_defaults=True), flush=True)


def mark(name: str, at_ns: int | None = None) -> None:
    """Tell that a point of the start was reached, now or at a CLOCK_MONOTONIC time."""
    say(Said(said="mark", name=name, at_ns=at_ns or time.monotonic_ns()))


class LineCommands(QObject):
    """Reads commands from standard input on the GUI thread; its end is the end of the program."""

    def __init__(self, take: Callable[[Command], None], parent: QObject) -> None:
        super().__init__(parent)
        self._take = take
        self._rest = b""
        os.set_blocking(0, False)
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def _read(self) -> None:
        try:
            chunk = os.read(0, 65536)
        except BlockingIOError:
            return
        if not chunk:
            self._notifier.setEnabled(False)
            QCoreApplication.quit()
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._take(Command.model_validate_json(line))


class Recorder(QObject):
    """Collects latencies of paints and gaps between turns of the event loop while it is told to."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._latencies: list[float] = []
        self._gaps: list[float] = []
        self._newest: dict[str, datetime] = {}
        self._records = False
        self._turned = 0.0
        self._tick = QTimer(self, interval=_GAP_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._turn)

    def painted(self, tag: str, source_time: datetime | None) -> None:
        """A paint of this tag's value has just ended; each value counts once."""
        if not self._records or source_time is None or self._newest.get(tag) == source_time:
            return
        self._newest[tag] = source_time
        self._latencies.append((time.time() - source_time.timestamp()) * 1000)

    def obey(self, command: Command) -> bool:
        """Act on a command of the recorder; False when it is none."""
        match command.do:
            case "record":
                self._latencies, self._records = [], True
            case "gaps":
                self._gaps, self._turned = [], time.perf_counter()
                self._tick.start()
            case "pause":
                self._records = False
                self._tick.stop()
            case "report":
                report = Said(
                    said="report",
                    number=command.number,
                    latencies_ms=[round(value, 2) for value in self._latencies],
                    gaps_ms=[round(value, 2) for value in self._gaps],
                )
                say(report)
            case _:
                return False
        return True

    def _turn(self) -> None:
        now = time.perf_counter()
        self._gaps.append((now - self._turned) * 1000)
        self._turned = now
