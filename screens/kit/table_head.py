"""The head of a column that sorts: a touch goes from rising to falling and back to the order as it came."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale
from screens.kit.touch import Touchable

SortKey = str | int | float | Decimal | datetime | None
_ARROW = 14
_ROOM = _ARROW + 6  # px beside a title; an arrow without this room stands below it
_FIGURES = re.compile(r"(\d+)")


class Sorting(StrEnum):
    """How a column is sorted."""

    NONE = "none"
    UP = "up"
    DOWN = "down"

    @property
    def next(self) -> "Sorting":
        """What one more touch makes of it."""
        return _NEXT[self]


_NEXT = {Sorting.NONE: Sorting.UP, Sorting.UP: Sorting.DOWN, Sorting.DOWN: Sorting.NONE}


@dataclass(frozen=True)
class SortWords:
    """What a head says of itself to those who hear it, after its title."""

    up: str
    down: str
    none: str


def sorted_places(keys: Sequence[SortKey], sorting: Sorting) -> list[int]:
    """The places of rows in the order of their keys; equal ones stay as they came, empty ones stand last.

    Texts sort without case, figures in them by their number ("WO-9" before "WO-10").
    """
    places = list(range(len(keys)))
    if sorting is Sorting.NONE:
        return places
    empty = [place for place in places if keys[place] in (None, "")]
    filled = [place for place in places if keys[place] not in (None, "")]
    filled.sort(key=lambda place: _order(keys[place]), reverse=sorting is Sorting.DOWN)
    return filled + empty


def _order(key: SortKey) -> tuple[float, list[tuple[float, str]]]:
    if isinstance(key, str):
        parts = _FIGURES.split(key.casefold())
        return 0, [(float(part), "") if part.isdecimal() else (-1, part) for part in parts if part]
    if isinstance(key, datetime):
        return key.timestamp(), []
    return float(key or 0), []


class ColumnHead(Touchable):
    """A title with its arrow; named `<table>.head.<number>`."""

    def __init__(self, name: str, words: SortWords, parent: QWidget) -> None:
        super().__init__(name, "", parent)
        self._words = words
        self._title, self._right, self._sorting = "", False, Sorting.NONE
        self._inset = 0.0

    def show_head(self, title: str, sorting: Sorting, *, right: bool, inset: float) -> None:
        """Show a title and how its column is sorted; `inset` is the px from the edge to the text."""
        said = {Sorting.UP: self._words.up, Sorting.DOWN: self._words.down, Sorting.NONE: self._words.none}
        self.setAccessibleName(f"{title}, {said[sorting]}")
        self._title, self._right, self._sorting, self._inset = title, right, sorting, inset
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title and arrow; where nothing is sorted, both directions in grey."""
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self.isDown():
            painting.surface(painter, rect, colours.pressed, None, 0, theme.RADIUS - 4)
        font = theme.font(Scale.SMALL_STRONG)
        sorted_ = self._sorting is not Sorting.NONE
        ink = colours.ink if sorted_ else colours.muted
        inner = rect.adjusted(self._inset, 0, -self._inset, 0)
        wide, step = painting.text_width(self._title, font) + 1, painting.line_height(font)
        beside = wide + _ROOM <= inner.width()
        wide = min(wide, inner.width())
        left = inner.right() - wide if self._right else inner.left()
        top = rect.center().y() - (step if beside else step + _ARROW) / 2
        painting.draw_text(painter, QRectF(left, top, wide, step), self._title, font, ink)
        if beside:
            x, y = left - _ROOM if self._right else left + wide + _ROOM - _ARROW, rect.center().y()
        else:
            x, y = inner.right() - 2 * _ARROW if self._right else left, top + step + _ARROW / 2
        shown = {Sorting.UP: ("up",), Sorting.DOWN: ("down",), Sorting.NONE: ("up", "down")}[self._sorting]
        for number, arrow in enumerate(shown):
            lift = (number - 0.5) * _ARROW * 0.72 if beside and not sorted_ else 0.0
            along = 0.0 if beside else number * _ARROW
            icons.paint_icon(painter, arrow, QRectF(x + along, y - _ARROW / 2 + lift, _ARROW, _ARROW), ink)
        if sorted_:
            line = QRectF(left, rect.bottom() - 3, wide, theme.BOLD)
            painter.fillRect(line, painting.brush(colours.ink))
        self.paint_ring(painter, rect)
