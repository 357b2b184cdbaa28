"""The one Qt signal that crosses from other threads, without payload; the data waits in the hub."""

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from hmi.hub import Batch, Hub

FRAME_MS = 16


class Bridge(QObject):
    """Drains the hub on the GUI thread: for an event at once, for readings alone at display rate."""

    _woken = Signal(bool)
    drained = Signal(object)

    def __init__(self, hub: Hub, parent: QObject | None = None) -> None:
        """Stand ready; `start` begins."""
        super().__init__(parent)
        self._hub = hub
        self._last = 0.0
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._drain)
        self._woken.connect(self._due, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Let the hub wake this bridge."""
        self._hub.on_wake(self._woken.emit)

    def stop(self) -> None:
        """Be woken no more."""
        self._hub.on_wake(None)
        self._frame.stop()

    def _due(self, at_once: bool) -> None:
        if at_once:
            self._frame.stop()
            self._drain()
            return
        if self._frame.isActive():
            return
        since_ms = (time.monotonic() - self._last) * 1000
        if since_ms >= FRAME_MS:
            self._drain()
        else:
            self._frame.start(int(FRAME_MS - since_ms) + 1)

    def _drain(self) -> None:
        self._last = time.monotonic()
        batch: Batch = self._hub.drain()
        self.drained.emit(batch)
