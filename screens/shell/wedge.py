"""Readers that act as a keyboard are heard anywhere in the program; what a person types goes its way."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from hmi.config import CodeSettings
from hmi.domain.codes import split_aim
from hmi.domain.signals import Scan
from hmi.times import Clock
from screens.shell.key_burst import Found, KeyBurst

LINK = "keyboard"
_ENDS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab})
_NEUTRAL = frozenset({Qt.Key.Key_Shift, Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock, Qt.Key.Key_Control})
_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride})


class WedgeReader(QObject):
    """Holds keys for the time in which they may become a code, and gives them back when they did not.

    Installed on the application, it sees each key before any widget does. Keys are given back in their order,
    to where they were going.
    """

    scanned = Signal(object)  # Scan

    def __init__(self, settings: CodeSettings, clock: Clock, parent: QObject | None = None) -> None:
        """`settings.keyboard` says whether timing or a prefix tells a reader from a person."""
        super().__init__(parent)
        prefix = settings.keyboard_prefix if settings.keyboard == "prefix" else ""
        self._burst = KeyBurst(settings.keyboard_gap_ms, prefix)
        self._clock = clock
        self._held: list[tuple[QObject, QKeyEvent]] = []
        self._giving_back = False
        self._ended_key: int | None = None
        self._silence = QTimer(self, singleShot=True)
        self._silence.setTimerType(Qt.TimerType.PreciseTimer)
        self._silence.timeout.connect(self._silent)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a key that may belong to a code."""
        if self._giving_back or event.type() not in _KEYS or not isinstance(event, QKeyEvent):
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            if self._burst.begun and event.text():
                event.accept()
                return True
            return False
        if event.type() is QEvent.Type.KeyRelease:
            return self._released(watched, event)
        return self._pressed(watched, event)

    def _pressed(self, watched: QObject, event: QKeyEvent) -> bool:
        at_ms = event.timestamp() or self._clock.monotonic_ms()
        if self._burst.late(at_ms):
            self._judge()
        if event.key() in _NEUTRAL:
            return False
        if event.key() in _ENDS and self._burst.begun:
            if self._burst.end() is Found.CODE:
                self._ended_key = event.key()
                self._tell()
                return True
            self._give_back()
            return False
        if not event.text() or event.isAutoRepeat() or not self._burst.takes(event.text()):
            self._give_back()
            return False
        self._burst.add(event.text(), at_ms)
        self._hold(watched, event)
        self._silence.start(self._burst.wait_ms)
        return True

    def _released(self, watched: QObject, event: QKeyEvent) -> bool:
        if event.key() == self._ended_key and not event.isAutoRepeat():
            self._ended_key = None
            return True
        if self._held and event.key() not in _NEUTRAL:
            self._hold(watched, event)
            return True
        return False

    def _hold(self, watched: QObject, event: QKeyEvent) -> None:
        self._held.append((watched, event.clone()))

    def _silent(self) -> None:
        self._judge()

    def _judge(self) -> None:
        """No end came: four quick signs are a code of a reader without one, with a prefix they are not."""
        if not self._burst.prefix and self._burst.end() is Found.CODE:
            self._tell()
        else:
            self._give_back()

    def _tell(self) -> None:
        self._silence.stop()
        self._held.clear()
        text = self._burst.take()
        code, aim = split_aim(text)
        now_ms = self._clock.monotonic_ms()
        self.scanned.emit(Scan(LINK, text.encode(), code, aim, self._clock.now(), now_ms))

    def _give_back(self) -> None:
        self._silence.stop()
        self._burst.take()
        held, self._held = self._held, []
        self._giving_back = True
        try:
            for receiver, event in held:
                if isValid(receiver):
                    QApplication.sendEvent(receiver, event)
        finally:
            self._giving_back = False
