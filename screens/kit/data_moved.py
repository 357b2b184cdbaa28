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
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_movements(self, movements: Sequence[Movement]) -> None:
        """Show these steps, oldest first."""
        self._movements = tuple(movements)
        self.setAccessibleName("; ".join(f"{m.time} {m.what} {m.delta}" for m in movements))
        self._claim()
        self.update()

    def _columns(self, width: float) -> tuple[float, float, float]:
        times = max((self._time_width(m) for m in self._movements), default=0.0) + 1
        deltas = max((painting.text_width(m.delta, self._font) for m in self._movements), default=0.0) + 1
        return times, max(width - times - deltas - 2 * _GAP, 40.0), deltas

    def _time_width(self, movement: Movement) -> float:
        sign = 20 if icons.sign_of(movement.tone) else 0
        return painting.text_width(movement.time, self._font) + sign

    def _row_height(self, movement: Movement, width: float) -> float:
        count = len(painting.lines(movement.what, self._font, width))
        return max(_LEAST, count * painting.line_height(self._font) + 16)

    def hasHeightForWidth(self) -> bool:
        """Always."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all rows in pixels."""
        middle = self._columns(width)[1]
        return int(sum(self._row_height(movement, middle) for movement in self._movements) + 1)

    def sizeHint(self) -> QSize:
        """All rows."""
        return QSize(380, self.heightForWidth(max(self.width(), 260)))

    def minimumSizeHint(self) -> QSize:
        """All rows, narrow."""
        return QSize(240, self.heightForWidth(max(self.width(), 260)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Claim the height of the new width."""
        super().resizeEvent(event)
        self._claim()

    def _claim(self) -> None:
        self.setMinimumHeight(self.heightForWidth(max(self.width(), 260)))
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        colours = theme.current()
        times, middle, deltas = self._columns(self.width())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        top = 0.0
        for movement in self._movements:
            high = self._row_height(movement, middle)
            plain = movement.tone is Tone.NORMAL
            ink = colours.ink if plain else colours.signal(movement.tone).text
            left = 0.0
            if icons.sign_of(movement.tone):
                icons.paint_sign(painter, QRectF(0, top + high / 2 - 7, 14, 14), movement.tone)
                left = 20.0
            painting.draw_text(painter, QRectF(left, top, times - left, high), movement.time, self._font, ink)
            block = painting.lines(movement.what, self._font, middle)
            painting.draw_lines(painter, QRectF(times + _GAP, top, middle, high), block, self._font, ink)
            area = QRectF(self.width() - deltas, top, deltas, high)
            painting.draw_text(
                painter, area, movement.delta, self._font, colours.muted if plain else ink, right
            )
            top += high
            painter.fillRect(QRectF(0, top - 1, self.width(), 1), painting.brush(colours.line))
