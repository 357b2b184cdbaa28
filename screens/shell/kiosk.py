"""The full screen from which no key, no touch and no text leads to the desktop."""

import logging
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

_log = logging.getLogger(__name__)
SCHEMES = ("http", "https", "file", "mailto", "ftp", "smb", "ssh", "tel", "data", "javascript", "about")
_NEVER = frozenset(
    {
        QEvent.Type.ContextMenu,
        QEvent.Type.ToolTip,
        QEvent.Type.WhatsThis,
        QEvent.Type.WhatsThisClicked,
        QEvent.Type.DragEnter,
        QEvent.Type.DragMove,
        QEvent.Type.Drop,
        QEvent.Type.FileOpen,
    }
)
_MOUSE = frozenset(
    {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick}
)
_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride})
_MOVING = frozenset(
    {
        *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape),
        *(Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Shift),
        *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
        *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    }
)
_HARMLESS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
_ALT_GR = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class LinkTrap(QObject):
    """Takes every link that anything in this program tries to open, and opens none."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Be asked for every scheme from now on."""
        super().__init__(parent)
        self.opened: list[str] = []
        # the stubs ask for bytes, the call for a text
        services: Any = QDesktopServices
        for scheme in SCHEMES:
            services.setUrlHandler(scheme, self, "take")

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        """Note it; nothing is opened."""
        self.opened.append(url.toString())
        _log.warning("something tried to open a link: %s", url.scheme())

    def end(self) -> None:
        """Give the schemes back."""
        for scheme in SCHEMES:
            QDesktopServices.unsetUrlHandler(scheme)


class Kiosk(QObject):
    """Watches everything that comes to the application; `release` lets the program end."""

    def __init__(self, window: QWidget) -> None:
        """Watch over this window, which is to be the only one."""
        super().__init__(window)
        self._window = window
        self._released = False
        self.trap = LinkTrap(self)
        window.setWindowFlag(Qt.WindowType.FramelessWindowHint, on=True)
        window.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, on=True)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def release(self) -> None:
        """The program itself wants to end."""
        self._released = True
        self.trap.end()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let through what somebody at the line needs; keep everything else."""
        kind = event.type()
        if kind in _NEVER:
            event.ignore()
            return True
        if isinstance(event, QKeyEvent) and kind in _KEYS:
            return not allowed(event)
        if isinstance(event, QMouseEvent) and kind in _MOUSE:
            return event.button() is not Qt.MouseButton.LeftButton
        if watched is self._window and kind is QEvent.Type.Close and not self._released:
            event.ignore()
            return True
        if watched is self._window and kind in (QEvent.Type.WindowStateChange, QEvent.Type.Hide):
            QTimer.singleShot(0, self._window, self._come_back)
        elif kind is QEvent.Type.Show and isinstance(watched, QWidget):
            self._only_one(watched)
        return super().eventFilter(watched, event)

    def _only_one(self, widget: QWidget) -> None:
        if widget.isWindow() and widget is not self._window and not self._released:
            _log.warning("a second window was kept from being shown: %s", type(widget).__name__)
            QTimer.singleShot(0, widget, widget.close)

    def _come_back(self) -> None:
        window = self._window
        if not self._released and (window.isHidden() or window.isMinimized()):
            window.showFullScreen()


def allowed(event: QKeyEvent) -> bool:
    """Whether a key is one of the line: printing, moving, or F1 to F12, without Ctrl, Alt or Meta."""
    modifiers, key, text = event.modifiers(), event.key(), event.text()
    printing = bool(text) and text.isprintable()
    if (modifiers & _ALT_GR) == _ALT_GR and printing:
        return not modifiers & Qt.KeyboardModifier.MetaModifier
    if modifiers & ~_HARMLESS:
        return False
    return printing or key in _MOVING or Qt.Key.Key_F1 <= key <= Qt.Key.Key_F12
