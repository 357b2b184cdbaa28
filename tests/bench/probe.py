"""The terminal with a probe in it: `python -m tests.bench.probe run --config FILE ...`.

It is the assembly of `screens.app.run_terminal`, unchanged; the window and the tiles only tell when a paint
has ended, and standard input can touch a key or a screen as a finger does.
"""

import sys
import time

BEGAN_NS = time.monotonic_ns()

# ruff: noqa: E402 - the imports are part of what is measured
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from screens import app
from screens.kit.answer_line import AnswerLine
from screens.kit.keypad import Keypad
from screens.kit.value_tile import Quality, ValueTile
from screens.shell import window as shell
from screens.shell.screen import Screen
from screens.shell.window import Window
from tests.bench.inside import LineCommands, Recorder, mark, say
from tests.bench.wire import Command, Said


@dataclass(frozen=True)
class Watch:
    """What a paint has to show before the benchmark is answered."""

    number: int
    seen: Callable[[], bool]


class Probe(QObject):
    """Knows when the window has painted what was asked for."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._watches: list[Watch] = []
        self._views: dict[str, int] = {}
        self.recorder = Recorder(self)
        for name, screen in window.screens.items():
            self._count_views(name, screen)
        self._commands = LineCommands(self._obey, self)
        mark("started")

    def painted(self) -> None:
        """The window has just painted everything that was due."""
        if not self._watches:
            return
        now = time.monotonic_ns()
        for watch in [watch for watch in self._watches if watch.seen()]:
            self._watches.remove(watch)
            say(Said(said="seen", number=watch.number, at_ns=now))

    def tile_painted(self, tile: ValueTile) -> None:
        """A tile's paintEvent has just ended: it showed the newest reading of its tag."""
        tag = tile.objectName().removeprefix("tile.")
        reading = self._window.terminal.readings.get(tag)
        self.recorder.painted(tag, reading.source_time if reading else None)

    def _count_views(self, name: str, screen: Screen[Any]) -> None:
        shows = screen.show_view

        def counted(view: object) -> None:
            shows(view)
            self._views[name] = self._views.get(name, 0) + 1

        setattr(screen, "show_view", counted)  # noqa: B010 - the instance's own, beside its class's

    def _obey(self, command: Command) -> None:
        if self.recorder.obey(command):
            return
        subject, number = command.name, command.number
        match command.do:
            case "press":
                pad = self._window.findChild(Keypad, subject.rpartition(".")[0])
                before = pad.text if isinstance(pad, Keypad) else ""
                self._watch(number, lambda: isinstance(pad, Keypad) and pad.text != before)
                self._touch(number, subject)
            case "go":
                shown = self._views.get(subject, 0)
                self._watch(number, partial(self._shows_screen, subject, shown))
                self._touch(number, f"rail.{subject}")
            case "tap":
                self._touch(number, subject)
                say(Said(said="ready", number=number))
            case _:
                self._expect(number, *subject.split(":", 1))

    def _expect(self, number: int, what: str, arg: str) -> None:
        shows: dict[str, Callable[[str], bool]] = {
            "answer": self._answers,
            "person": self._knows,
            "order": self._shows_order,
            "enabled": self._offers,
        }
        self._watch(number, partial(shows[what], arg))
        say(Said(said="ready", number=number))
        if what == "enabled":
            self.painted()

    def _watch(self, number: int, seen: Callable[[], bool]) -> None:
        self._watches.append(Watch(number, seen))

    def _touch(self, number: int, name: str) -> None:
        widget = self._window.findChild(QAbstractButton, name)
        if not isinstance(widget, QWidget) or not (widget.isVisible() and widget.isEnabled()):
            say(Said(said="failed", number=number, name=f"{name} cannot be touched"))
            return
        middle = QPoint(widget.width() // 2, widget.height() // 2)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)

    def _shows_screen(self, screen: str, shown: int) -> bool:
        return self._window.shown_screen == screen and self._views.get(screen, 0) > shown

    def _answers(self, words: str) -> bool:
        return any(line.isVisible() and words in line.text for line in self._window.findChildren(AnswerLine))

    def _knows(self, person: str) -> bool:
        session = self._window.terminal.session
        return session is not None and session.name == person

    def _shows_order(self, order: str) -> bool:
        if self._window.shown_screen != "orders":
            return False
        return any(label.isVisible() and label.text() == order for label in self._window.findChildren(QLabel))

    def _offers(self, name: str) -> bool:
        button = self._window.findChild(QAbstractButton, name)
        return isinstance(button, QWidget) and button.isVisible() and button.isEnabled()


class ProbedWindow(Window):
    """The window; it tells its probe the end of each pass of painting."""

    probe: Probe | None = None

    def start(self) -> None:
        """See Window."""
        super().start()
        self.probe = Probe(self)

    def event(self, event: QEvent) -> bool:
        """Let the window do it, then tell."""
        done = super().event(event)
        if self.probe is not None and event.type() == QEvent.Type.UpdateRequest:
            self.probe.painted()
        return done


class _FirstPaints:
    """Marks the first pass of painting, and the first one that shows a live value."""

    def __init__(self) -> None:
        self._paints = ValueTile.paintEvent
        self._marked: set[str] = set()

    def watch(self) -> None:
        """Hear of every tile's paint from now on."""

        def paint(tile: ValueTile, event: QPaintEvent) -> None:
            self._paint(tile, event)

        setattr(ValueTile, "paintEvent", paint)  # noqa: B010 - a function binds, a method would not

    def _paint(self, tile: ValueTile, event: QPaintEvent) -> None:
        self._paints(tile, event)
        if len(self._marked) < 2:
            # the pass goes on with other widgets: it has ended when the event loop turns
            self._once("window", tile)
            if tile.quality is Quality.GOOD:
                self._once("value", tile)
        window = tile.window()
        if isinstance(window, ProbedWindow) and window.probe is not None:
            window.probe.tile_painted(tile)

    def _once(self, name: str, tile: ValueTile) -> None:
        if name not in self._marked:
            self._marked.add(name)
            QTimer.singleShot(0, tile, lambda: mark(name))


if __name__ == "__main__":
    mark("python", BEGAN_NS)
    setattr(shell, "Window", ProbedWindow)  # noqa: B010 - the front door takes it from there
    _FirstPaints().watch()
    sys.exit(app.main())
