"""What the machine did in the last hours: running, stopped, stopped without a reason, or not known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Theme, Tone

_BAR = 40.0
_LEAST_BAR = 18.0
_BELOW = 42.0  # labels and times below the bar
_SIGN = 14.0


class SpanKind(StrEnum):
    """What a stretch of time was."""

    RUNNING = "running"
    STOPPED = "stopped"
    UNCLASSIFIED = "unclassified"
    IDLE = "idle"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class Span:
    """One stretch of time; `label` stands below it ("Die change", "09:56 · 6 min?")."""

    id: str
    start: datetime
    end: datetime
    kind: SpanKind
    label: str = ""


_TONE = {SpanKind.STOPPED: Tone.HIGH, SpanKind.UNCLASSIFIED: Tone.CRITICAL}


class StateTimeline(QWidget):
    """A bar over time with labelled stops; `touched(id)` names the stretch nearest to the finger."""

    touched = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._title = ""
        self._legend: dict[SpanKind, str] = {}
        self._start: datetime | None = None
        self._end: datetime | None = None
        self._start_text, self._end_text = "", ""
        self._spans: tuple[Span, ...] = ()
        self._small, self._strong = theme.font(Scale.SMALL), theme.font(Scale.SMALL_STRONG)
        self._axis = theme.font(Scale.AXIS)
        self._claimed = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_title(self, title: str) -> None:
        """Head of the timeline ("Last 8 hours")."""
        if title != self._title:
            self._title = title
            self.updateGeometry()
            self.update()

    def set_legend(self, legend: Mapping[SpanKind, str]) -> None:
        """The word for each kind, in the order to be shown."""
        if list(legend.items()) != list(self._legend.items()):
            self._legend = dict(legend)
            self.updateGeometry()
            self.update()

    def set_spans(
        self,
        start: datetime,
        end: datetime,
        spans: Sequence[Span],
        *,
        start_text: str = "",
        end_text: str = "",
    ) -> None:
        """Show what happened between two times; time that no span covers is hatched as unknown."""
        self._start, self._end, self._spans = start, end, tuple(spans)
        self._start_text, self._end_text = start_text, end_text
        named = [span.label for span in spans if span.label]
        self.setAccessibleName(", ".join((self._title, *named)))
        self.update()

    def _head_font(self) -> QFont:
        return theme.eyebrow_font()

    def _legend_places(self, width: float) -> list[tuple[SpanKind, float, int]]:
        """Left edge and row of every legend word; right of the title where there is room."""
        sizes = [_SIGN + 6 + painting.text_width(word, self._strong) for word in self._legend.values()]
        whole = sum(sizes) + 14 * max(len(sizes) - 1, 0)
        title = painting.text_width(self._title.upper(), self._head_font()) + 20 if self._title else 0
        made: list[tuple[SpanKind, float, int]] = []
        row, x = (0, width - whole) if title + whole <= width else (1 if self._title else 0, 0.0)
        for kind, size in zip(self._legend, sizes, strict=True):
            if x > 0 and x + size > width + 1:
                row, x = row + 1, 0.0
            made.append((kind, x, row))
            x += size + 14
        return made

    def _head(self, width: float) -> float:
        rows = max([row for _, _, row in self._legend_places(width)], default=-1) + 1
        rows = max(rows, 1 if self._title else 0)
        return rows * 24.0 + (6 if rows else 0)

    def height_at(self, width: int) -> int:
        """Legend, bar, labels and times, in pixels."""
        return int(self._head(width) + _BAR + _BELOW)

    def _bar_height(self) -> float:
        return min(max(self.height() - self._head(self.width()) - _BELOW, _LEAST_BAR), _BAR)

    def _height_now(self, least: int) -> int:
        self._claimed = self.height_at(max(self.width(), least))
        return self._claimed

    def sizeHint(self) -> QSize:
        """As in a wide card."""
        return QSize(600, self._height_now(240))

    def minimumSizeHint(self) -> QSize:
        """A narrow card."""
        return QSize(240, int(self._height_now(240) - _BAR + _LEAST_BAR))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the new width needs."""
        super().resizeEvent(event)
        if self.height_at(max(self.width(), 240)) != self._claimed:
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def _along(self, moment: datetime) -> float:
        if self._start is None or self._end is None:
            return 0.0
        whole = (self._end - self._start).total_seconds() or 1.0
        share = (moment - self._start).total_seconds() / whole
        return min(max(share, 0.0), 1.0) * self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, legend, bar and labels."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        painting.draw_text(
            painter, QRectF(0, 0, self.width(), 22), self._title, self._head_font(), colours.muted
        )
        for kind, x, row in self._legend_places(self.width()):
            tone = _TONE.get(kind, Tone.NORMAL)
            box = QRectF(x, row * 24 + 4, _SIGN, _SIGN)
            self._paint_block(painter, box, kind, colours)
            ink = colours.signal(tone).text if tone is not Tone.NORMAL else colours.muted
            words = QRectF(box.right() + 6, row * 24, self.width() - box.right() - 6, 22)
            painting.draw_text(painter, words, self._legend[kind], self._strong, ink)
        top = self._head(self.width())
        bar = QRectF(0, top, self.width(), self._bar_height())
        painter.fillRect(bar, painting.brush(colours.card))
        painting.hatch(painter, bar, colours.edge)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for span in sorted(self._spans, key=lambda span: _rank(span.kind)):
            left, right = self._along(span.start), self._along(span.end)
            least = 5.0 if span.kind in _TONE else 1.0
            box = QRectF(left, bar.top(), max(right - left, least), bar.height())
            self._paint_bar(painter, box, span.kind, colours)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_labels(painter, bar.bottom() + 4, colours)
        times = QRectF(0, bar.bottom() + 26, self.width(), 16)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painting.draw_text(painter, times, self._start_text, self._axis, colours.muted)
        painting.draw_text(painter, times, self._end_text, self._axis, colours.muted, right)

    def _paint_bar(self, painter: QPainter, box: QRectF, kind: SpanKind, colours: Theme) -> None:
        if kind is SpanKind.NO_DATA:
            painter.fillRect(box, painting.brush(colours.card))
            painting.hatch(painter, box, colours.edge)
        elif kind in _TONE:
            signal = colours.signal(_TONE[kind])
            painter.fillRect(box, painting.brush(signal.edge))
            painter.fillRect(box.adjusted(1.5, 1.5, -1.5, -1.5), painting.brush(signal.fill))
            if kind is SpanKind.UNCLASSIFIED and box.width() >= 22:
                font = theme.font(Scale.HEADING)
                painting.draw_text(painter, box, "?", font, signal.on, Qt.AlignmentFlag.AlignCenter)
        else:
            painter.fillRect(box, painting.brush(colours.calm if kind is SpanKind.RUNNING else colours.track))
            if kind is SpanKind.IDLE:
                painter.fillRect(
                    QRectF(box.left(), box.bottom() - 3, box.width(), 3), painting.brush(colours.edge)
                )

    def _paint_block(self, painter: QPainter, box: QRectF, kind: SpanKind, colours: Theme) -> None:
        if kind in _TONE:
            shape = "circle" if kind is SpanKind.UNCLASSIFIED else icons.sign_of(_TONE[kind])
            signal = colours.signal(_TONE[kind])
            icons.paint_icon(painter, shape, box, signal.edge, signal.fill)
            return
        if kind is SpanKind.NO_DATA:
            painting.surface(painter, box, colours.card, colours.edge, theme.THIN, 1)
            painting.hatch(painter, box, colours.edge, 5)
        else:
            fill = colours.calm if kind is SpanKind.RUNNING else colours.track
            painting.surface(painter, box, fill, colours.edge, theme.THIN, 1)

    def _paint_labels(self, painter: QPainter, y: float, colours: Theme) -> None:
        taken: list[tuple[float, float]] = []
        for span in sorted(self._spans, key=lambda span: (-_rank(span.kind), -(span.end - span.start))):
            if not span.label:
                continue
            tone = _TONE.get(span.kind, Tone.NORMAL)
            urgent = span.kind is SpanKind.UNCLASSIFIED
            font = self._strong if urgent else self._small
            width = painting.text_width(span.label, font) + 2
            middle = (self._along(span.start) + self._along(span.end)) / 2
            left = min(max(middle - width / 2, 0.0), max(self.width() - width, 0.0))
            if any(left < end + 10 and left + width + 10 > start for start, end in taken):
                continue
            taken.append((left, left + width))
            ink = colours.signal(tone).text if urgent else colours.muted
            painting.draw_text(painter, QRectF(left, y, width, 22), span.label, font, ink)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the touch."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Name the stop under or nearest to the finger, else the stretch under it."""
        span = self.span_at(event.position())
        if span is not None:
            self.touched.emit(span.id)

    def span_at(self, place: QPointF) -> Span | None:
        """The stretch a touch means: a stop within half a finger comes before what lies exactly below."""
        reach = theme.TOUCH / 2

        def distance(span: Span) -> float:
            left, right = self._along(span.start), self._along(span.end)
            return max(left - place.x(), place.x() - right, 0.0)

        stops = [span for span in self._spans if span.kind in _TONE and distance(span) <= reach]
        if stops:
            return min(stops, key=lambda span: (distance(span), -_rank(span.kind)))
        return next((span for span in self._spans if distance(span) == 0), None)


def _rank(kind: SpanKind) -> int:
    order = (SpanKind.NO_DATA, SpanKind.RUNNING, SpanKind.IDLE, SpanKind.STOPPED, SpanKind.UNCLASSIFIED)
    return order.index(kind)
