"""The control chart of subgroup means: points, centre line, limits, and the points a rule points at."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone

_POINT = 5.5
_TALLEST = 460


class XbarChart(QWidget):
    """Values are in the characteristic's unit, oldest first; None is a subgroup without a value."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._points: tuple[float | None, ...] = ()
        self._lines: tuple[tuple[float | None, str], ...] = ()
        self._highlighted: frozenset[int] = frozenset()
        self._tone = Tone.HIGH
        self._empty_text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_chart(
        self,
        points: Sequence[float | None],
        *,
        ucl: float | None,
        centre: float | None,
        lcl: float | None,
        ucl_text: str = "UCL",
        lcl_text: str = "LCL",
        centre_text: str = "",
        highlighted: Collection[int] = (),
        tone: Tone = Tone.HIGH,
    ) -> None:
        """Draw these means; `highlighted` are places in `points` that a rule points at."""
        self._points = tuple(points)
        self._lines = ((ucl, ucl_text), (centre, centre_text), (lcl, lcl_text))
        self._highlighted, self._tone = frozenset(highlighted), tone
        self.update()

    def set_empty_text(self, text: str) -> None:
        """What stands here before the first subgroup."""
        self._empty_text = text
        self.update()

    def sizeHint(self) -> QSize:
        """As in the check's card."""
        return QSize(600, 190)

    def minimumSizeHint(self) -> QSize:
        """Room for limits and their names."""
        return QSize(240, 120)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw band, lines and points."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        known = [point for point in self._points if point is not None]
        if not known:
            font = theme.font(Scale.BODY)
            block = painting.lines(self._empty_text, font, self.width() - 2 * theme.PAD)
            centre = Qt.AlignmentFlag.AlignCenter
            painting.draw_lines(painter, QRectF(self.rect()), block, font, colours.muted, centre)
            return
        area = QRectF(0, 26, self.width(), min(self.height(), _TALLEST) - 52)
        limits = [number for number, _ in self._lines if number is not None]
        low, high = min([*known, *limits]), max([*known, *limits])
        margin = (high - low) * 0.02 or abs(high) * 0.01 or 1.0
        low, high = low - margin, high + margin

        def across(value: float) -> float:
            return area.bottom() - (value - low) / (high - low) * area.height()

        self._paint_lines(painter, area, [None if n is None else across(n) for n, _ in self._lines])
        step = area.width() / (len(self._points) + 1)
        places = [
            None if point is None else QPointF(area.left() + (number + 1) * step, across(point))
            for number, point in enumerate(self._points)
        ]
        run = QPolygonF()
        painter.setPen(painting.pen(colours.ink))
        for place in [*places, None]:
            if place is None:
                painter.drawPolyline(run)
                run = QPolygonF()
            else:
                run.append(place)
        signal = colours.signal(self._tone)
        for number, place in enumerate(places):
            if place is None:
                continue
            if number in self._highlighted:
                size = 3 * _POINT
                box = QRectF(place.x() - size / 2, place.y() - size / 2 - 1, size, size)
                icons.paint_icon(
                    painter, icons.sign_of(self._tone) or "circle", box, signal.edge, signal.fill
                )
            else:
                painter.setPen(painting.no_pen())
                painter.setBrush(painting.brush(colours.ink))
                painter.drawEllipse(place, _POINT, _POINT)

    def _paint_lines(self, painter: QPainter, area: QRectF, places: list[float | None]) -> None:
        colours = theme.current()
        upper, middle, lower = places
        if upper is not None and lower is not None:
            band = QRectF(area.left(), upper, area.width(), lower - upper)
            painter.fillRect(band, painting.brush(colours.band))
        font = theme.font(Scale.SMALL)
        texts = [text for _, text in self._lines]
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for place, text, above in ((upper, texts[0], True), (lower, texts[2], False)):
            if place is None:
                continue
            painter.setPen(painting.dashed(colours.muted))
            painter.drawLine(QPointF(area.left(), place), QPointF(area.right(), place))
            box = QRectF(area.left(), place - 24 if above else place + 2, area.width() - 8, 22)
            painting.draw_text(painter, box, text, font, colours.muted, right)
        if middle is not None:
            painter.setPen(painting.pen(colours.edge, theme.THIN + 0.5))
            painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
            if texts[1]:
                box = QRectF(area.left() + 4, middle - 22, area.width() / 3, 20)
                painting.draw_text(painter, box, texts[1], font, colours.muted)
