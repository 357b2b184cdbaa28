"""An eye on a window: every text and every icon that is painted, where, in which colour, on which ground."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from screens.kit import icons, painting
from screens.kit.touch import Touchable
from screens.kit.value_tile import ValueTile

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class SeenText:
    """One line as it was painted: `place` tight around its letters, in pixels of the window."""

    widget: QWidget
    text: str
    cut: bool
    place: QRectF
    within: QRectF
    colour: str
    size: int


@dataclass(frozen=True)
class SeenIcon:
    """One shape that carries meaning."""

    widget: QWidget
    name: str
    place: QRectF
    colours: tuple[str, ...]


@dataclass(frozen=True)
class SeenEdge:
    """The outline and ground of something to touch."""

    widget: QWidget
    place: QRectF
    edge: str | None
    fill: str


class Eye:
    """Listens to the kit's painting; `look` lets a window paint itself and keeps what it painted."""

    def __init__(self) -> None:
        self.texts: list[SeenText] = []
        self.icons: list[SeenIcon] = []
        self.edges: list[SeenEdge] = []
        self.pixels: Pixels = np.zeros((1, 1, 3), np.uint8)
        self._shortened: set[str] = set()
        self._window: QWidget | None = None
        self._tile: ValueTile | None = None

    def look(self, window: QWidget) -> None:
        """Paint the window once; `texts`, `icons`, `edges` and `pixels` are then those of this picture."""
        self.texts, self.icons, self.edges = [], [], []
        self._shortened = set()
        self._window = window
        image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        flat = np.frombuffer(bytes(image.constBits()), np.uint8)
        lines = flat.reshape(image.height(), image.bytesPerLine() // 4, 4)
        self.pixels = lines[:, : image.width(), 2::-1]
        self._window = None

    def _widget_of(self, painter: QPainter) -> QWidget | None:
        device = painter.device()
        if isinstance(device, QWidget):
            return device
        return self._tile

    def _in_window(self, painter: QPainter, widget: QWidget, rect: QRectF) -> QRectF:
        assert self._window is not None
        placed = painter.combinedTransform().mapRect(rect)
        corner = widget.mapTo(self._window, QPointF(0, 0))
        return placed.translated(corner)

    def text(
        self,
        painter: QPainter,
        rect: QRectF,
        block: list[str],
        font: QFont,
        colour: str,
        align: Qt.AlignmentFlag,
    ) -> None:
        """Remember lines that are being painted."""
        widget = self._widget_of(painter)
        if widget is None or self._window is None:
            return
        metrics = QFontMetricsF(font)
        step = painting.line_height(font)
        top = rect.top()
        if align & Qt.AlignmentFlag.AlignVCenter:
            top += (rect.height() - step * len(block)) / 2
        elif align & Qt.AlignmentFlag.AlignBottom:
            top += rect.height() - step * len(block)
        whole = self._in_window(painter, widget, QRectF(widget.rect()))
        for number, line in enumerate(block):
            if not line.strip():
                continue
            wide = metrics.horizontalAdvance(line)
            left = rect.left()
            if align & Qt.AlignmentFlag.AlignRight:
                left = rect.right() - wide
            elif align & Qt.AlignmentFlag.AlignHCenter:
                left = rect.center().x() - wide / 2
            base = top + number * step + (step - metrics.height()) / 2 + metrics.ascent()
            tight = metrics.tightBoundingRect(line).translated(left, base)
            place = self._in_window(painter, widget, tight)
            clipped = wide > rect.width() + 1.5
            self.texts.append(
                SeenText(
                    widget, line, clipped or line in self._shortened, place, whole, colour, font.pixelSize()
                )
            )

    def shortened(self, before: str, after: str) -> None:
        """Remember that a text had to be shortened."""
        if after.endswith("…") and not before.endswith("…"):
            self._shortened.add(after)

    def icon(self, painter: QPainter, name: str, rect: QRectF, colour: str, fill: str | None) -> None:
        """Remember an icon."""
        widget = self._widget_of(painter)
        if widget is not None and self._window is not None:
            colours = (colour,) if fill is None else (colour, fill)
            self.icons.append(SeenIcon(widget, name, self._in_window(painter, widget, rect), colours))

    def edge(self, painter: QPainter, rect: QRectF, fill: str, edge: str | None) -> None:
        """Remember the outline of something to touch."""
        widget = self._widget_of(painter)
        if isinstance(widget, Touchable) and self._window is not None and not widget.isDown():
            self.edges.append(SeenEdge(widget, self._in_window(painter, widget, rect), edge, fill))

    def tile(self, tile: ValueTile | None) -> None:
        """Remember which tile paints its kept picture."""
        self._tile = tile


@contextmanager
def open_eye() -> Generator[Eye]:
    """An eye that listens until the end of the block."""
    eye, patch = Eye(), pytest.MonkeyPatch()
    draw_lines, draw_text, lines = painting.draw_lines, painting.draw_text, painting.lines
    paint_icon, surface, paint_tile = icons.paint_icon, painting.surface, ValueTile.paintEvent
    middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

    def seen_lines(
        painter: QPainter,
        rect: QRectF,
        block: list[str],
        font: QFont,
        colour: str,
        align: Qt.AlignmentFlag = middle,
    ) -> None:
        eye.text(painter, rect, block, font, colour, align)
        draw_lines(painter, rect, block, font, colour, align)

    def seen_text(
        painter: QPainter,
        rect: QRectF,
        text: str,
        font: QFont,
        colour: str,
        align: Qt.AlignmentFlag = middle,
    ) -> None:
        shown = QFontMetricsF(font).elidedText(
            painting.shaped(text), Qt.TextElideMode.ElideRight, rect.width()
        )
        eye.shortened(text, shown)
        draw_text(painter, rect, text, font, colour, align)

    def seen_breaks(text: str, font: QFont, width: float, limit: int = 0) -> list[str]:
        made = lines(text, font, width, limit)
        for line in made:
            if line not in painting.shaped(text):
                eye.shortened(text, line)
        return made

    def seen_icon(painter: QPainter, name: str, rect: QRectF, colour: str, fill: str | None = None) -> None:
        eye.icon(painter, name, rect, colour, fill)
        paint_icon(painter, name, rect, colour, fill)

    def seen_surface(
        painter: QPainter, rect: QRectF, fill: str, edge: str | None = None, *rest: float, **named: float
    ) -> None:
        eye.edge(painter, rect, fill, edge)
        surface(painter, rect, fill, edge, *rest, **named)

    def seen_tile(tile: ValueTile, event: QPaintEvent) -> None:
        eye.tile(tile)
        tile.forget_picture()
        paint_tile(tile, event)
        eye.tile(None)

    patch.setattr(painting, "draw_lines", seen_lines)
    patch.setattr(painting, "draw_text", seen_text)
    patch.setattr(painting, "lines", seen_breaks)
    patch.setattr(icons, "paint_icon", seen_icon)
    patch.setattr(painting, "surface", seen_surface)
    patch.setattr(ValueTile, "paintEvent", seen_tile)
    try:
        yield eye
    finally:
        patch.undo()
