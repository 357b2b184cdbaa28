"""The way of one fact, from the source to the MES: when, what, and how long each step took."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone

_LEAST = 42.0
_GAP = 14.0
_NARROW = 140.0


@dataclass(frozen=True)
class Movement:
    """One step: time of day, what happened, and the time since the step before ("+41 ms")."""

    time: str
    what: str
    delta: str = ""
    tone: Tone = Tone.NORMAL


class DataMoved(QWidget):
    """A table without touch; it is as high as its rows, and the middle column wraps."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._movements: tuple[Movement, ...] = ()
        self._font = theme.font(Scale.SMALL)
        self._claimed = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def set_movements(self, movements: Sequence[Movement]) -> None:
        """Show these steps, oldest first."""
        self._movements = tuple(movements)
        self.setAccessibleName("; ".join(f"{m.time} {m.what} {m.delta}" for m in movements))
        self.updateGeometry()
        self.update()

    def _columns(self, width: float) -> tuple[float, float, float, bool]:
        """Widths of times, words and deltas, and whether the words take a line of their own."""
        times = max((self._time_width(m) for m in self._movements), default=0.0) + 1
        deltas = max((painting.text_width(m.delta, self._font) for m in self._movements), default=0.0) + 1
        middle = width - times - deltas - 2 * _GAP
        return (times, width, deltas, True) if middle < _NARROW else (times, middle, deltas, False)

    def _time_width(self, movement: Movement) -> float:
        sign = 20 if icons.sign_of(movement.tone) else 0
        return painting.text_width(movement.time, self._font) + sign

    def _row_height(self, movement: Movement, width: float, below: bool) -> float:
        count = len(painting.lines(movement.what, self._font, width)) + (1 if below else 0)
        return max(_LEAST, count * painting.line_height(self._font) + 16)

    def height_at(self, width: int) -> int:
        """Height of all rows in pixels."""
        _, middle, _, below = self._columns(width)
        return int(sum(self._row_height(movement, middle, below) for movement in self._movements) + 1)

    def _height_now(self, least: int) -> int:
        self._claimed = self.height_at(max(self.width(), least))
        return self._claimed

    def sizeHint(self) -> QSize:
        """All rows."""
        return QSize(380, self._height_now(240))

    def minimumSizeHint(self) -> QSize:
        """All rows, narrow."""
        return QSize(240, self._height_now(240))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the new width needs."""
        super().resizeEvent(event)
        if self.height_at(max(self.width(), 240)) != self._claimed:
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        colours = theme.current()
        times, middle, deltas, below = self._columns(self.width())
        step = painting.line_height(self._font)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        top = 0.0
        for movement in self._movements:
            high = self._row_height(movement, middle, below)
            line = QRectF(0, top, self.width(), high)
            if below:
                line = QRectF(0, top + 8, self.width(), step)
            plain = movement.tone is Tone.NORMAL
            ink = colours.ink if plain else colours.signal(movement.tone).text
            left = 0.0
            if icons.sign_of(movement.tone):
                icons.paint_sign(painter, QRectF(0, line.center().y() - 7, 14, 14), movement.tone)
                left = 20.0
            painting.draw_text(
                painter, line.adjusted(left, 0, times - line.width(), 0), movement.time, self._font, ink
            )
            block = painting.lines(movement.what, self._font, middle)
            words = QRectF(times + _GAP, top, middle, high)
            if below:
                words = QRectF(0, line.bottom(), middle, high - step - 16)
            painting.draw_lines(painter, words, block, self._font, ink)
            area = QRectF(self.width() - deltas, line.top(), deltas, line.height())
            painting.draw_text(
                painter, area, movement.delta, self._font, colours.muted if plain else ink, right
            )
            top += high
            painter.fillRect(QRectF(0, top - 1, self.width(), 1), painting.brush(colours.line))
