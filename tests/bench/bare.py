"""The bare program: PySide6 and asyncua with nothing between them, painting the same three values.

One asyncio thread, the stack's own subscription and handler, one signal to wake the window, newest value of
each tag, painted in one widget. It is what a program of this kind costs before it does anything.
"""

import argparse
import asyncio
import logging
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime

from asyncua.client.client import Client
from asyncua.common.node import Node
from asyncua.common.subscription import DataChangeNotif
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from tests.bench.inside import LineCommands, Recorder, mark
from tests.bench.place import SHOWN
from tests.bench.wire import NAMESPACE, Command

_FRAME_MS = 16


class Values:
    """The newest value of each tag, from the asyncio thread to the window."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: dict[str, tuple[float, datetime | None]] = {}

    def put(self, tag: str, value: float, source_time: datetime | None) -> bool:
        """Keep a value; True when nothing waited before it."""
        with self._lock:
            first = not self._newest
            self._newest[tag] = (value, source_time)
        return first

    def take(self) -> dict[str, tuple[float, datetime | None]]:
        """Take what waits."""
        with self._lock:
            taken, self._newest = self._newest, {}
        return taken


class BareWindow(QWidget):
    """Paints three values as large figures."""

    woken = Signal()

    def __init__(self, values: Values) -> None:
        super().__init__()
        self._values = values
        self._shown: dict[str, tuple[float, datetime | None]] = {}
        self._marked = False
        self.recorder = Recorder(self)
        self._commands = LineCommands(self._obey, self)
        self._frame = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._drain)
        self._drained = 0.0
        self.woken.connect(self._due, Qt.ConnectionType.QueuedConnection)
        self.resize(1280, 800)

    def _obey(self, command: Command) -> None:
        self.recorder.obey(command)

    def _due(self) -> None:
        if not self._frame.isActive():
            since = (time.monotonic() - self._drained) * 1000
            self._frame.start(max(0, int(_FRAME_MS - since)))

    def _drain(self) -> None:
        self._drained = time.monotonic()
        taken = self._values.take()
        for number in range(SHOWN):
            if (tag := f"T{number}") in taken:
                self._shown[tag] = taken[tag]
                self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(40)
        painter.setFont(font)
        for row, (value, _) in enumerate(self._shown.values()):
            painter.drawText(40, 100 + 90 * row, f"{value:.1f} kN")
        painter.end()
        for tag, (_, source_time) in self._shown.items():
            self.recorder.painted(tag, source_time)
        if self._shown and not self._marked:
            self._marked = True
            mark("value")


class Handler:
    """What the stack calls with each change."""

    def __init__(self, values: Values, window: BareWindow, names: dict[Node, str]) -> None:
        self._values, self._window, self._names = values, window, names

    def datachange_notification(self, node: Node, val: float, data: DataChangeNotif) -> None:
        """See the stack."""
        if self._values.put(self._names[node], val, data.monitored_item.Value.SourceTimestamp):
            self._window.woken.emit()


async def _hear(endpoint: str, tags: int, publishing_ms: int, values: Values, window: BareWindow) -> None:
    async with Client(endpoint) as client:
        index = await client.get_namespace_index(NAMESPACE)
        names = {client.get_node(f"ns={index};s=T{number}"): f"T{number}" for number in range(tags)}
        subscription = await client.create_subscription(publishing_ms, Handler(values, window, names))
        nodes: Sequence[Node] = list(names)
        for start in range(0, tags, 500):
            await subscription.subscribe_data_change(nodes[start : start + 500], queuesize=64)
        await asyncio.Event().wait()


def main() -> int:
    """Run until standard input ends."""
    parser = argparse.ArgumentParser(description="The bare program.")
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--tags", type=int, required=True)
    parser.add_argument("--publishing-ms", type=int, required=True)
    told = parser.parse_args()
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    application = QApplication([])
    values = Values()
    window = BareWindow(values)
    window.show()
    hears = _hear(told.endpoint, told.tags, told.publishing_ms, values, window)
    threading.Thread(target=asyncio.run, args=(hears,), daemon=True).start()
    mark("started")
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
