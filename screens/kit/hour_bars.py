"""Good parts per hour beside the plan: one bar an hour, the plan as a dashed line."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import painting, theme
from screens.kit.theme import Scale

_HEAD = 26.0
_FOOT = 18.0
_TALLEST = 280


@dataclass(frozen=True)
class HourBar:
    """One hour: its label ("09"), its count or None for no data, and the count as text."""

    label: str
    count: float | None
    text: str = ""


class HourBars(QWidget):
    """Bars grow with the room; an hour without data is hatched, never a bar of none."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._title = ""
        self._hours: tuple[HourBar, ...] = ()
        self._plan: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_title(self, title: str) -> None:
        """Head with unit and plan ("Good parts per hour · plan 160")."""
        if title != self._title:
            self._title = title
            self.setAccessibleName(title)
            self.update()

    def set_hours(self, hours: Sequence[HourBar], plan: float | None) -> None:
        """Show these hours, oldest first, and the plan per hour."""
        if (tuple(hours), plan) != (self._hours, self._plan):
            self._hours, self._plan = tuple(hours), plan
            self.update()

    def sizeHint(self) -> QSize:
        """As in a wide card."""
        return QSize(600, 120)

    def minimumSizeHint(self) -> QSize:
        """Title, labels and bars one can tell apart."""
        return QSize(240, 84)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, bars, plan and labels."""
        painter = QPainter(self)
        colours = theme.current()
        head = QRectF(0, 0, self.width(), _HEAD - 4)
        painting.draw_text(painter, head, self._title, theme.eyebrow_font(), colours.muted)
        area = QRectF(0, _HEAD, self.width(), min(self.height(), _TALLEST) - _HEAD - _FOOT - 2)
        counts = [bar.count for bar in self._hours if bar.count is not None]
        top = max([*counts, self._plan or 0.0, 1e-9]) * 1.06
        share = area.width() / max(len(self._hours), 1)
        axis, small = theme.font(Scale.AXIS), theme.font(Scale.SMALL_STRONG)
        centre = Qt.AlignmentFlag.AlignCenter
        for number, bar in enumerate(self._hours):
            left = round(area.left() + number * share + share * 0.1)
            box = QRectF(left, area.top(), round(share * 0.8), area.height())
            if bar.count is None:
                painting.hatch(painter, box, colours.edge)
            else:
                box.setTop(round(area.bottom() - area.height() * bar.count / top))
                painter.fillRect(box, painting.brush(colours.calm))
            label = QRectF(area.left() + number * share, area.bottom() + 2, share, _FOOT)
            painting.draw_text(painter, label, bar.label, axis, colours.muted, centre)
        painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), painting.brush(colours.edge))
        if self._plan is not None:
            y = round(area.bottom() - area.height() * self._plan / top) + 0.5
            painter.setPen(painting.dashed(colours.action.edge))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        self._paint_counts(painter, area, top, share, small)

    def _paint_counts(self, painter: QPainter, area: QRectF, top: float, share: float, font: QFont) -> None:
        colours = theme.current()
        step = painting.line_height(font)
        for number, bar in enumerate(self._hours):
            if bar.count is None or not bar.text:
                continue
            wide = painting.text_width(bar.text, font) + 10
            high = area.height() * bar.count / top
            if wide > share or high < step + 10:
                continue
            middle = area.left() + (number + 0.5) * share
            box = QRectF(middle - wide / 2, area.bottom() - step - 5, wide, step)
            painting.surface(painter, box, colours.card, None, 0, 4)
            painting.draw_text(painter, box, bar.text, font, colours.ink, Qt.AlignmentFlag.AlignCenter)
