"""Fingers and eyes for the tests of the kit: press, look, and find what a glove would stumble over."""

from itertools import combinations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from screens.kit import labels, theme
from screens.kit.cards import SelectableCard

LEFT = Qt.MouseButton.LeftButton


def press(widget: QWidget, name: str) -> None:
    button = widget.findChild(QPushButton, name)
    assert button is not None, name
    QTest.mouseClick(button, LEFT)


def shown(qtbot: QtBot, widget: QWidget, width: int = 600, height: int = 400) -> QWidget:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    for _ in range(3):
        QApplication.processEvents()
    return widget


def pixels(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def colours_of(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def touchables(window: QWidget) -> list[QWidget]:
    found = [*window.findChildren(QPushButton), *window.findChildren(SelectableCard)]
    return [widget for widget in found if widget.isVisible()]


def findings(window: QWidget) -> list[str]:
    """What a glove or an eye would stumble over on a page that is shown."""
    made: list[str] = []
    names: set[str] = set()
    for widget in touchables(window):
        name = widget.objectName()
        if widget.width() < theme.TOUCH or widget.height() < theme.TOUCH:
            made.append(f"{name} is {widget.width()} x {widget.height()}")
        if not name or name in names:
            made.append(f"a touchable without a name of its own: {name!r} {widget.accessibleName()!r}")
        if not widget.accessibleName() and not name.startswith(("icon.", "large.")):
            made.append(f"{name} has no accessible name")
        names.add(name)
    places = [(w, QRect(w.mapTo(window, QPoint(0, 0)), w.size())) for w in touchables(window)]
    for (one, first), (other, second) in combinations(places, 2):
        covered = one.isAncestorOf(other) or other.isAncestorOf(one)
        under = any(_inside(w, "sheet") != _inside(one, "sheet") for w in (other,))
        if not covered and not under and _seen(one).intersects(_seen(other)) and first.intersects(second):
            made.append(f"{one.objectName()} overlaps {other.objectName()}")
    for text in window.findChildren(QLabel):
        if text.isVisible() and text.textFormat() != Qt.TextFormat.PlainText:
            made.append(f"not plain: {text.text()!r}")
        if text.isVisible() and isinstance(text, labels.WrapLabel) and not text.visibleRegion().isEmpty():
            needed = text.height_at(text.width())
            if needed > text.height():
                made.append(f"cut: {text.text()!r} needs {needed}, has {text.height()}")
    return made


def _seen(widget: QWidget) -> QRect:
    rect = widget.visibleRegion().boundingRect()
    return QRect(widget.mapTo(widget.window(), rect.topLeft()), rect.size())


def _inside(widget: QWidget, part: str) -> bool:
    at: QWidget | None = widget
    while at is not None:
        if at.objectName().endswith(f".{part}"):
            return True
        at = at.parentWidget()
    return False
