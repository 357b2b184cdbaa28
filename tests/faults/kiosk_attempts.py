"""What somebody at the line might try to get out of the program, and what that did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDropEvent, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

KEYS = tuple(
    (key, modifier)
    for modifier, keys in (
        (Qt.KeyboardModifier.ControlModifier, "OPSNWQTHJKLRFUDEGBIMXCVZA"),
        (Qt.KeyboardModifier.AltModifier, "FEVTHADS"),
        (Qt.KeyboardModifier.MetaModifier, "ELRDXIT"),
        (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier, "TLD"),
        (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier, "INTWQ"),
    )
    for key in (getattr(Qt.Key, f"Key_{letter}") for letter in keys)
)
SPECIAL = tuple(
    (key, modifier)
    for key in (
        *(Qt.Key.Key_F1, Qt.Key.Key_F4, Qt.Key.Key_F5, Qt.Key.Key_F10, Qt.Key.Key_F11, Qt.Key.Key_F12),
        *(Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_Menu),
        *(Qt.Key.Key_Print, Qt.Key.Key_Help, Qt.Key.Key_HomePage, Qt.Key.Key_LaunchMail, Qt.Key.Key_Search),
        *(Qt.Key.Key_Super_L, Qt.Key.Key_Meta, Qt.Key.Key_Back, Qt.Key.Key_Pause, Qt.Key.Key_SysReq),
    )
    for modifier in (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.AltModifier,
        Qt.KeyboardModifier.ControlModifier,
    )
)


def try_everything(window: QWidget, most: int | None = 12) -> int:
    """Press, click, drop and ask on a window and on some of its widgets, or on each; how many attempts."""
    count = 0
    for target in (window, *_some(window, most)):
        for button in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.BackButton):
            QTest.mouseClick(target, button)
            count += 1
        point, where = QPoint(5, 5), target.mapToGlobal(QPoint(5, 5))
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(target, QContextMenuEvent(reason, point, where))
        QApplication.sendEvent(target, QHelpEvent(QEvent.Type.ToolTip, point, where))
        QApplication.sendEvent(target, QHelpEvent(QEvent.Type.WhatsThis, point, where))
        QApplication.sendEvent(target, _drop())
        count += 4
    for key, modifier in (*KEYS, *SPECIAL):
        QTest.keyClick(window, key, modifier)
        count += 1
    window.close()
    window.showMinimized()
    for _ in range(3):
        QApplication.processEvents()
    return count + 2


def _some(window: QWidget, most: int | None) -> list[QWidget]:
    shown = [widget for widget in window.findChildren(QWidget) if widget.isVisible()]
    return shown if most is None else shown[:: max(1, len(shown) // most)]


def _drop() -> QDropEvent:
    data = QMimeData()
    data.setUrls([QUrl("file:///etc/passwd")])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)


def other_windows(window: QWidget) -> list[str]:
    """Windows beside the one that is to be the only one."""
    found = [one for one in QApplication.topLevelWidgets() if one is not window and one.isVisible()]
    return [type(one).__name__ for one in found]


def not_plain(window: QWidget) -> Iterator[str]:
    """Labels that would read a text as more than text, and widgets that offer menus or tips."""
    for widget in window.findChildren(QWidget):
        name = f"{type(widget).__name__} {widget.objectName()}"
        if isinstance(widget, QLabel) and widget.textFormat() is not Qt.TextFormat.PlainText:
            yield f"{name} is not plain"
        if isinstance(widget, QLabel) and widget.openExternalLinks():
            yield f"{name} opens links"
        if widget.toolTip() or widget.whatsThis() or widget.acceptDrops() or widget.actions():
            yield f"{name} has a tip, a menu or takes drops"


def children_of_this_process() -> set[str]:
    """Ids of the processes that this one has started and that live; empty where the system does not tell."""
    return {
        child
        for told in Path("/proc/self/task").glob("*/children")
        for child in told.read_text("ascii").split()
    }
