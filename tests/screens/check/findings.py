"""What an eye and a glove stumble over on one page: each kind of check counts how often it was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from screens.kit import theme
from screens.kit.cards import SelectableCard
from screens.kit.scroll import TouchScroll
from screens.kit.touch import Touchable
from tests.screens.check.eye import Eye, Pixels, SeenText

TEXT, GRAPHICS = 7.0, 3.0  # least contrast
LEAST_TEXT = 16  # px; axes, the names of keys and badges of the rail aside
SLACK = 1.5  # px that a letter may reach beyond its box


@dataclass
class Report:
    """How often each kind of check was asked, and what it found."""

    checks: Counter[str] = field(default_factory=Counter[str])
    found: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])  # kind, where, what

    def ask(self, kind: str, fine: bool, where: str, what: str) -> None:
        """Count one check."""
        self.checks[kind] += 1
        if not fine:
            self.found.append((kind, where, what))


def path_of(widget: QWidget) -> str:
    """The name of a widget, with those of its named parents where it has none."""
    at: QWidget | None = widget
    while at is not None and not at.objectName():
        at = at.parentWidget()
    name = at.objectName() if at is not None else ""
    return name if at is widget else f"{name}>{type(widget).__name__}"


def _viewport(widget: QWidget) -> QWidget | None:
    at = widget.parentWidget()
    while at is not None:
        if isinstance(at.parentWidget(), QScrollArea):
            return at
        at = at.parentWidget()
    return None


def _place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def _on_top(window: QWidget, widget: QWidget, point: QPointF) -> bool:
    """Whether the widget is what one sees here: nothing stands over it, and it is not scrolled away."""
    viewport = _viewport(widget)
    if viewport is not None and not QRectF(_place(viewport, window)).contains(point):
        return False
    top = window.childAt(point.toPoint())
    return top is None or top is widget or widget.isAncestorOf(top) or top.isAncestorOf(widget)


def check_texts(eye: Eye, window: QWidget, report: Report, *, shortening: bool) -> None:
    """No text is cut, leaves its widget, stands on another or is too small; `shortening` allows "…"."""
    shown = [text for text in eye.texts if _on_top(window, text.widget, text.place.center())]
    whole = QRectF(window.rect())
    for text in shown:
        where = path_of(text.widget)
        report.ask("text cut", shortening or not text.cut, where, f"shortened to {text.text!r}")
        frame = text.within.adjusted(-SLACK, -SLACK, SLACK, SLACK).intersected(whole)
        viewport = _viewport(text.widget)
        inside = frame.contains(text.place) or viewport is not None
        report.ask("text inside", inside, where, f"{text.text!r} leaves its box")
        report.ask(
            "text size", text.size >= LEAST_TEXT or _is_axis(text), where, f"{text.size} px: {text.text!r}"
        )
    for one, other in combinations(shown, 2):
        shared = one.place.intersected(other.place)
        apart = shared.width() <= SLACK or shared.height() <= SLACK
        report.ask("text overlap", apart, path_of(one.widget), f"{one.text!r} stands on {other.text!r}")


def _is_axis(text: SeenText) -> bool:
    return text.size == theme.Scale.AXIS.value[0]


def _ground(pixels: Pixels, place: QRectF, inks: Iterable[str]) -> str | None:
    """The colour on which something stands: the one seen most in its box, its own inks aside."""
    top, bottom = max(int(place.top()) - 2, 0), int(place.bottom()) + 3
    left, right = max(int(place.left()) - 2, 0), int(place.right()) + 3
    box = pixels[top:bottom, left:right].astype(np.uint32)
    if box.size == 0:
        return None
    values, counts = np.unique((box[..., 0] << 16) | (box[..., 1] << 8) | box[..., 2], return_counts=True)
    own = {QColor(ink).rgb() & 0xFFFFFF for ink in inks}
    for number in np.argsort(counts)[::-1]:
        if int(values[number]) not in own:
            return f"#{int(values[number]):06x}"
    return None


def check_contrast(eye: Eye, window: QWidget, report: Report) -> None:
    """Text 7:1 on what it stands on; icons and the outlines of what can be touched 3:1."""
    for text in eye.texts:
        if not _on_top(window, text.widget, text.place.center()):
            continue
        ground = _ground(eye.pixels, text.place, (text.colour,))
        ratio = theme.contrast(text.colour, ground) if ground else 21.0
        report.ask(
            "text contrast", ratio >= TEXT, path_of(text.widget), f"{text.text!r} {ratio:.1f}:1 on {ground}"
        )
    for icon in eye.icons:
        if not _on_top(window, icon.widget, icon.place.center()):
            continue
        ground = _ground(eye.pixels, icon.place, icon.colours)
        ratio = max(theme.contrast(colour, ground) for colour in icon.colours) if ground else 21.0
        report.ask("graphics contrast", ratio >= GRAPHICS, path_of(icon.widget), f"{icon.name} {ratio:.1f}:1")
    for edge in eye.edges:
        corner = edge.place.topLeft()
        if not _on_top(window, edge.widget, edge.place.center()) or edge.edge is None:
            continue
        x, y = int(corner.x()), int(corner.y())
        if not _seen(edge.widget, window).contains(x, y):
            continue  # the corner itself is scrolled away
        if not (0 <= x < eye.pixels.shape[1] and 0 <= y < eye.pixels.shape[0]):
            continue
        red, green, blue = (int(part) for part in eye.pixels[y, x])
        outside = f"#{red:02x}{green:02x}{blue:02x}"
        ratio = max(theme.contrast(edge.edge, outside), theme.contrast(edge.fill, outside))
        report.ask("graphics contrast", ratio >= GRAPHICS, path_of(edge.widget), f"outline {ratio:.1f}:1")


def touchables(window: QWidget) -> list[QWidget]:
    """Everything that can be touched now and is not wholly scrolled or covered away."""
    found: list[QWidget] = [*window.findChildren(Touchable), *window.findChildren(SelectableCard)]
    shown = [widget for widget in found if widget.isVisible() and not widget.visibleRegion().isEmpty()]
    return [widget for widget in shown if _on_top(window, widget, QRectF(_seen(widget, window)).center())]


def _seen(widget: QWidget, window: QWidget) -> QRect:
    place, viewport = _place(widget, window), _viewport(widget)
    return place.intersected(_place(viewport, window)) if viewport is not None else place


def check_touch(window: QWidget, report: Report) -> list[QWidget]:
    """At least 56 x 56 px, 12 px apart, inside the window, each with a name of its own; returns them."""
    found = touchables(window)
    names = Counter(widget.objectName() for widget in found)
    for widget in found:
        where, place = path_of(widget), _place(widget, window)
        least = theme.MAIN if where.startswith("action.") else theme.TOUCH
        size = f"{widget.width()} x {widget.height()}"
        report.ask("touch size", widget.width() >= theme.TOUCH and widget.height() >= least, where, size)
        inside = window.rect().contains(_seen(widget, window))
        report.ask("touch inside", inside, where, f"at {place.getRect()}")
        own = bool(widget.objectName()) and names[widget.objectName()] == 1 and bool(widget.accessibleName())
        report.ask("touch name", own, where, f"no name of its own: {widget.accessibleName()!r}")
    for scroll in window.findChildren(TouchScroll):
        area = scroll.findChild(QScrollArea)
        if scroll.isVisible() and area is not None:
            hidden = area.verticalScrollBar().maximum()
            turned = any(
                button.isVisible()
                for button in scroll.findChildren(Touchable, f"{scroll.objectName()}.pages.down")
            )
            report.ask("scroll", hidden <= SLACK or turned, path_of(scroll), f"{hidden} px out of reach")
    for one, other in combinations(found, 2):
        if one.isAncestorOf(other) or other.isAncestorOf(one):
            continue
        first, second = _seen(one, window), _seen(other, window)
        across = max(first.left(), second.left()) - min(first.right(), second.right()) - 1
        down = max(first.top(), second.top()) - min(first.bottom(), second.bottom()) - 1
        apart = max(across, down)
        if apart < 4 * theme.GAP:
            report.ask("touch apart", apart >= theme.GAP, path_of(one), f"{apart} px from {path_of(other)}")
    return found


_ACTIVE_MS = 500


def check_focus(window: QWidget, wanted: Sequence[QWidget], report: Report) -> None:
    """Tab reaches everything that can be touched, once around; a page button may be at its end by then."""
    enabled = [
        widget for widget in wanted if widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    missing = [widget for widget in wanted if widget.isEnabled() and widget not in enabled]
    for widget in missing:
        report.ask("focus", False, path_of(widget), "takes no focus from Tab")
    reached: set[int] = set()
    window.activateWindow()
    QTest.qWaitForWindowActive(window, _ACTIVE_MS)
    window.setFocus()
    for _ in range(2 * len(enabled) + 12):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        at = QApplication.focusWidget()
        if at is not None:
            if id(at) in reached and len(reached) >= len(enabled):
                break
            reached.add(id(at))
    for widget in enabled:
        fine = id(widget) in reached or not widget.isEnabled()
        report.ask("focus", fine, path_of(widget), "is not reached by Tab")
