"""A hand and an eye for test programs of the same user: touches real widgets, reads what they show.

Only there when `run --drive SOCKET` asks for it. It can do what a finger and an eye can do, and no more:
a widget that is hidden, covered or disabled cannot be touched.
"""

import json
import logging
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from screens.shell.window import Window

_log = logging.getLogger(__name__)


class CannotTouch(Exception):
    """Why a finger could not touch it."""


class Hand(QObject):
    """Listens on a local socket that only the same user may open; one JSON line asks, one answers."""

    def __init__(self, window: Window, address: str) -> None:
        """Begin to listen."""
        super().__init__(window)
        self._window = window
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(address)
        if not self._server.listen(address):
            raise OSError(f"cannot listen at {address}: {self._server.errorString()}")
        self._server.newConnection.connect(self._greet)

    def close(self) -> None:
        """Listen no more."""
        self._server.close()

    def _greet(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.readyRead.connect(lambda s=socket: self._read(s))

    def _read(self, socket: QLocalSocket) -> None:
        while socket.canReadLine():
            asked = json.loads(bytes(socket.readLine().data()))
            try:
                answer = {"ok": True, **self._do(asked)}
            except CannotTouch as why:
                answer = {"ok": False, "words": str(why)}
            socket.write(json.dumps(answer).encode() + b"\n")
            socket.flush()

    def _do(self, asked: dict[str, Any]) -> dict[str, Any]:
        match asked["do"]:
            case "touch":
                self._touch(asked["name"])
                return {}
            case "type":
                QTest.keyClicks(self._window, asked["text"])
                return {}
            case "look":
                return self._look()
            case "picture":
                file = Path(asked["file"])
                file.parent.mkdir(parents=True, exist_ok=True)
                return {"saved": self._window.grab().save(str(file))}
            case "quit":
                QTimer.singleShot(0, self._window.close)
                return {}
            case other:
                raise CannotTouch(f"{other!r} is nothing a hand can do")

    def _touch(self, name: str) -> None:
        found = [w for w in self._window.findChildren(QWidget, name) if w.isVisible()]
        if not found:
            raise CannotTouch(f"{name} is not to be seen")
        widget = found[0]
        if not widget.isEnabled():
            raise CannotTouch(f"{name} is disabled")
        middle = widget.rect().center()
        hit = self._window.childAt(widget.mapTo(self._window, middle))
        if hit is None or not (hit is widget or widget.isAncestorOf(hit)):
            raise CannotTouch(f"{name} is covered")
        # the answer goes out first: what the touch starts may take its time
        QTimer.singleShot(0, widget, lambda: _press(widget, middle))

    def _look(self) -> dict[str, Any]:
        texts: list[list[str]] = []
        touchable: list[str] = []
        for widget in self._window.findChildren(QWidget):
            if not widget.isVisible():
                continue
            text = _text_of(widget)
            if text:
                texts.append([widget.objectName(), text])
            if widget.objectName() and widget.isEnabled() and isinstance(widget, QAbstractButton):
                touchable.append(widget.objectName())
        session = self._window.terminal.session
        return {
            "screen": self._window.shown_screen,
            "person": session.name if session else None,
            "texts": texts,
            "touchable": touchable,
        }


def _press(widget: QWidget, at: QPoint) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def _text_of(widget: QWidget) -> str:
    if spoken := widget.accessibleName():
        return spoken
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
