"""The place of the screens inside the frame: one at a time, each made anew when the language changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QStackedWidget

from hmi.terminal import Terminal
from screens.shell.registry_types import ScreenSpec
from screens.shell.screen import Screen

_ANSWERS_MS = 10_000  # how long a page that was replaced may still get answers to what it asked


class Pages(QStackedWidget):
    """As large as the frame leaves, whatever a screen would like; `made` is told of every new screen."""

    def __init__(
        self, terminal: Terminal, specs: Sequence[ScreenSpec], made: Callable[[Screen[Any]], None]
    ) -> None:
        """Make every screen once; the first is shown."""
        super().__init__()
        self._terminal = terminal
        self._specs = {spec.id: spec for spec in specs}
        self._made = made
        self._subjects: dict[str, str] = {}
        self._outdated: set[str] = set()
        self._screens: dict[str, Screen[Any]] = {}
        for spec in specs:
            self.addWidget(self._make(spec))

    @property
    def screens(self) -> Mapping[str, Screen[Any]]:
        """Every screen by its id."""
        return self._screens

    @property
    def current(self) -> Screen[Any]:
        """The screen that is shown."""
        shown = self.currentWidget()
        assert isinstance(shown, Screen)
        return shown

    @property
    def shown_id(self) -> str:
        """The id of the screen that is shown."""
        return next(name for name, screen in self._screens.items() if screen is self.currentWidget())

    def show_screen(self, screen_id: str, subject: str) -> None:
        """Show a screen, with a subject where it has one."""
        if screen_id in self._outdated:
            self._renew(screen_id)
        screen = self._screens[screen_id]
        if subject:
            self._subjects[screen_id] = subject
            screen.open_subject(subject)
        self.setCurrentWidget(screen)
        self._look(screen)

    def speak(self) -> None:
        """Write everything in the language of the terminal: this page at once, others when they are shown."""
        self._outdated = set(self._specs)
        self._renew(self.shown_id)
        self._look(self.current)

    def minimumSizeHint(self) -> QSize:
        """Never push the window beyond its display."""
        return QSize(0, 0)

    def _look(self, screen: Screen[Any]) -> None:
        screen.refresh()
        screen.show_readings(frozenset(self._terminal.readings))

    def _make(self, spec: ScreenSpec) -> Screen[Any]:
        screen = spec.make(self._terminal)
        screen.setObjectName(f"screen.{spec.id}")
        self._screens[spec.id] = screen
        self._made(screen)
        return screen

    def _renew(self, screen_id: str) -> None:
        before, shown = self._screens[screen_id], self.shown_id
        screen = self._make(self._specs[screen_id])
        if subject := self._subjects.get(screen_id):
            screen.open_subject(subject)
        screen.take_over(before)
        self.insertWidget(self.indexOf(before), screen)
        if screen_id == shown:
            self.setCurrentWidget(screen)
        self.removeWidget(before)
        before.hide()
        before.setObjectName("")
        QTimer.singleShot(_ANSWERS_MS, before, before.deleteLater)
        self._outdated.discard(screen_id)
