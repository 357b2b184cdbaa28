"""The chart of a trend: a lane for each tag over one axis of time, for fingers, wheel and keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from hmi.domain.trends import Trust
from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Theme, Tone
from screens.trends_lane import Lane
from screens.trends_window import TimeWindow, tick_step

_NAMES = 196.0
_AXIS = 30.0
_TOP = 26.0
_GAP = 8.0
_TICK = 110
_SLOP = 8
_STEP = 0.25
_DENSE = 500  # strokes from which single ones are not seen any more


@dataclass(frozen=True, slots=True)
class StopBand:
    """A stop of the machine from start to end in ms; without a reason it calls for one."""

    start: float
    end: float
    label: str
    classified: bool


@dataclass(frozen=True, slots=True)
class ChartWords:
    """How the chart writes what it shows: values of a lane, times of ticks and of the cursor.

    `zone_offset` is the plant's wall clock minus UTC in ms, so that ticks stand on its whole hours.
    """

    value: Callable[[Lane, float | None, Trust], tuple[str, str]]
    number: Callable[[Lane, float], str]
    tick: Callable[[float, int], str]
    moment: Callable[[float], str]
    zone_offset: Callable[[float], float]
    machine: str
    limit: Callable[[str, str], str]


class TrendChart(QWidget):
    """Shows lanes in a window of time; `window_changed` when a person moved it, `cursor_changed` when set."""

    window_changed = Signal(object)
    cursor_changed = Signal()

    def __init__(self, name: str, words: ChartWords, now: Callable[[], float]) -> None:
        """Empty until lanes are shown; `now` is the present in ms."""
        super().__init__()
        self.setObjectName(name)
        self._words, self._now = words, now
        self._lanes: Sequence[Lane] = ()
        self._stops: Sequence[StopBand] = ()
        self.window_shown = TimeWindow(now() - 600_000, now())
        self.cursor_ms: float | None = None
        self._pressed: QPointF | None = None
        self._grabbed: TimeWindow | None = None
        self._small, self._axis = theme.font(Scale.SMALL_STRONG), theme.font(Scale.AXIS)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.grabGesture(Qt.GestureType.PinchGesture)

    def show_lanes(self, lanes: Sequence[Lane]) -> None:
        """Show these tags, one below the other."""
        self._lanes = lanes
        self._describe()

    def show_stops(self, stops: Sequence[StopBand]) -> None:
        """Draw the stops of the machine in."""
        self._stops = stops
        self.update()

    def show_window(self, window: TimeWindow) -> None:
        """Show this stretch of time."""
        self.window_shown = window
        self._describe()

    def set_cursor(self, at_ms: float | None) -> None:
        """Read every lane at a time, or at its end."""
        self.cursor_ms = at_ms
        self._describe()
        self.cursor_changed.emit()

    def plot_width(self) -> int:
        """How many pixels the time has."""
        return max(int(self.width() - _NAMES), 64)

    def _describe(self) -> None:
        read = self._read_at()
        said = [
            f"{lane.tag.label} {' '.join(self._words.value(lane, *lane.value_at(read)))}"
            for lane in self._lanes
        ]
        self.setAccessibleName("; ".join([self._words.moment(read), *said]))
        self.update()

    def _read_at(self) -> float:
        if self.cursor_ms is not None:
            return self.cursor_ms
        return min(self.window_shown.end, max((lane.until for lane in self._lanes), default=self._now()))

    def sizeHint(self) -> QSize:
        """As on a page of 1280 pixels."""
        return QSize(1100, 480)

    def minimumSizeHint(self) -> QSize:
        """Two lanes."""
        return QSize(int(_NAMES) + 200, 160)

    # ------------------------------------------------------------ hands

    def _time_at(self, x: float) -> float:
        window = self.window_shown
        return window.start + (x - _NAMES) / max(self.width() - _NAMES, 1) * window.span

    def _x_of(self, at_ms: float) -> float:
        window = self.window_shown
        return _NAMES + (at_ms - window.start) / window.span * (self.width() - _NAMES)

    def _go(self, window: TimeWindow) -> None:
        self.show_window(window)
        self.window_changed.emit(window)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the time, or point at it."""
        self._pressed, self._grabbed = event.position(), self.window_shown

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the time along."""
        if self._pressed is None or self._grabbed is None:
            return
        way = event.position().x() - self._pressed.x()
        if abs(way) > _SLOP or not self.window_shown.follows:
            by = -way / max(self.width() - _NAMES, 1) * self._grabbed.span
            self._go(self._grabbed.moved(by, self._now()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A touch without a way sets the cursor."""
        pressed, self._pressed = self._pressed, None
        if pressed is not None and abs(event.position().x() - pressed.x()) <= _SLOP:
            inside = event.position().x() >= _NAMES
            self.set_cursor(self._time_at(event.position().x()) if inside else None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom where the pointer is."""
        factor = 0.8 if event.angleDelta().y() > 0 else 1.25
        at = self._time_at(max(event.position().x(), _NAMES))
        self._go(self.window_shown.zoomed(factor, at, self._now()))

    def event(self, event: QEvent) -> bool:
        """Two fingers zoom."""
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture) and pinch.scaleFactor() > 0:
                self._pressed = None
                centre = self.mapFromGlobal(pinch.centerPoint().toPoint()).x()
                at = self._time_at(max(float(centre), _NAMES))
                self._go(self.window_shown.zoomed(1 / pinch.scaleFactor(), at, self._now()))
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the cursor or the time, plus and minus zoom, Home goes back to the present."""
        window, now = self.window_shown, self._now()
        middle = (window.start + window.end) / 2 if self.cursor_ms is None else self.cursor_ms
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            sign = -1 if key == Qt.Key.Key_Left else 1
            if self.cursor_ms is not None:
                self.set_cursor(self.cursor_ms + sign * window.span / self.plot_width() * 4)
            else:
                self._go(window.moved(sign * window.span * _STEP, now))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self._go(window.zoomed(0.5 if key == Qt.Key.Key_Plus else 2.0, middle, now))
        elif key == Qt.Key.Key_Home:
            self._go(window.back(now))
        elif key == Qt.Key.Key_Space:
            self.set_cursor(middle if self.cursor_ms is None else None)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    # ------------------------------------------------------------ paint

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the stops, the lanes, the axis and the cursor."""
        painter = QPainter(self)
        colours = theme.current()
        plot = QRectF(_NAMES, _TOP, self.width() - _NAMES, self.height() - _TOP - _AXIS)
        self._paint_stops(painter, plot, colours)
        many = max(len(self._lanes), 1)
        high = (plot.height() - _GAP * (many - 1)) / many
        ticks = self._ticks()
        for number, lane in enumerate(self._lanes):
            area = QRectF(plot.left(), plot.top() + number * (high + _GAP), plot.width(), high)
            self._paint_lane(painter, area, lane, colours, ticks)
        self._paint_axis(painter, plot, colours, ticks)
        self._paint_cursor(painter, plot, colours)
        if self.hasFocus():
            painting.focus_ring(painter, plot.adjusted(-4, -4, 4, 4), theme.RADIUS)

    def _paint_stops(self, painter: QPainter, plot: QRectF, colours: Theme) -> None:
        words = QRectF(0, 0, _NAMES - 8, _TOP - 6)
        painting.draw_text(painter, words, self._words.machine, self._small, colours.muted)
        strip = QRectF(plot.left(), 0, plot.width(), _TOP - 8)
        painter.fillRect(strip, painting.brush(colours.calm if self._lanes else colours.track))
        for stop in self._stops:
            left = max(self._x_of(stop.start), plot.left())
            right = min(self._x_of(stop.end), plot.right())
            if right <= plot.left() or left >= plot.right():
                continue
            signal = colours.signal(Tone.HIGH if stop.classified else Tone.CRITICAL)
            box = QRectF(left, strip.top(), max(right - left, 3.0), strip.height())
            painter.fillRect(box, painting.brush(signal.edge))
            painter.fillRect(box.adjusted(1, 1, -1, -1), painting.brush(signal.fill))
            sign = QRectF(box.center().x() - 6, box.center().y() - 6, 12, 12)
            if box.width() >= 20:
                shape = "triangle" if stop.classified else "circle"
                icons.paint_icon(painter, shape, sign, signal.on, signal.on)

    def _paint_lane(
        self, painter: QPainter, area: QRectF, lane: Lane, colours: Theme, ticks: Sequence[float]
    ) -> None:
        window = self.window_shown
        painting.surface(painter, area, colours.card, colours.line, theme.THIN, 4)
        self._paint_names(painter, area, lane, colours)
        inner = area.adjusted(1, 1, -1, -1)
        low, high = lane.reach(window.start, window.end)

        def down(value: float) -> float:
            return inner.bottom() - (value - low) / (high - low) * inner.height()

        painter.save()
        painter.setClipRect(inner)
        self._paint_band(painter, inner, lane, colours, down)
        for stop in self._stops:
            left, right = self._x_of(stop.start), self._x_of(stop.end)
            if right > inner.left() and left < inner.right():
                box = QRectF(left, inner.top(), max(right - left, 2.0), inner.height())
                painter.fillRect(box, painting.brush(colours.selected))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(painting.pen(colours.line, theme.THIN))
        for tick in ticks:
            x = self._x_of(tick)
            painter.drawLine(QPointF(x, inner.top()), QPointF(x, inner.bottom()))
        self._paint_stretches(painter, inner, lane, colours)
        self._paint_limits(painter, inner, lane, colours, down)
        strokes = lane.strokes(window.start, window.end)
        dense = len(strokes) > _DENSE
        pen = painting.pen(colours.ink, 1.0 if dense else 1.8)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not dense)
        across = inner.width() / window.span * 1000
        scale = inner.height() / (high - low)
        place = QTransform(across, 0, 0, -scale, self._x_of(lane.base), inner.bottom() + low * scale)
        painter.setTransform(place, combine=True)
        painter.drawLines(strokes)
        painter.restore()
        self._paint_reach(painter, area, lane, colours, (low, high))

    def _paint_band(
        self, painter: QPainter, inner: QRectF, lane: Lane, colours: Theme, down: Callable[[float], float]
    ) -> None:
        low, high = lane.tag.normal_low, lane.tag.normal_high
        if low is not None and high is not None:
            box = QRectF(inner.left(), down(high), inner.width(), down(low) - down(high))
            painter.fillRect(box, painting.brush(colours.band))

    def _paint_limits(
        self, painter: QPainter, inner: QRectF, lane: Lane, colours: Theme, down: Callable[[float], float]
    ) -> None:
        for limit in lane.limits:
            y = down(limit.value)
            if not inner.top() <= y <= inner.bottom():
                continue
            painter.setPen(painting.dashed(colours.high.edge, theme.THIN + 0.5))
            painter.drawLine(QPointF(inner.left(), y), QPointF(inner.right(), y))
            text = self._words.limit(limit.name, self._words.number(lane, limit.value))
            width = painting.text_width(text, self._axis) + 8
            above = y - 17 if y - 17 >= inner.top() else y + 1
            box = QRectF(inner.right() - width - 4, above, width, 16)
            painter.fillRect(box, painting.brush(colours.card))
            centre = Qt.AlignmentFlag.AlignCenter
            painting.draw_text(painter, box, text, self._axis, colours.high.text, centre)

    def _paint_stretches(self, painter: QPainter, inner: QRectF, lane: Lane, colours: Theme) -> None:
        for stretch in lane.stretches:
            left = max(self._x_of(stretch.start), inner.left())
            right = min(self._x_of(stretch.end), inner.right())
            if right <= inner.left() or left >= inner.right():
                continue
            box = QRectF(left, inner.top(), max(right - left, 2.0), inner.height())
            if stretch.trust is Trust.UNCERTAIN:
                foot = QRectF(box.left(), box.bottom() - 5, box.width(), 5)
                painter.fillRect(foot, painting.brush(colours.medium.edge))
                continue
            bad = stretch.trust is Trust.BAD
            painter.fillRect(box, painting.brush(colours.track if not bad else colours.card))
            painting.hatch(painter, box, colours.high.edge if bad else colours.edge, 9 if bad else 14)
            if box.width() >= 24 and box.height() >= 24:
                sign = QRectF(box.center().x() - 10, box.center().y() - 10, 20, 20)
                painting.surface(painter, sign.adjusted(-3, -3, 3, 3), colours.card, None, 0, 13)
                icons.paint_icon(
                    painter, "cross" if bad else "link", sign, colours.high.text if bad else colours.muted
                )

    def _paint_names(self, painter: QPainter, area: QRectF, lane: Lane, colours: Theme) -> None:
        value, note = self._words.value(lane, *lane.value_at(self._read_at()))
        tall = area.height() >= 66
        strong = theme.font(Scale.TITLE if tall else Scale.STRONG)
        name = QRectF(0, area.top(), _NAMES - 12, 22)
        painting.draw_text(painter, name, lane.tag.label, self._small, colours.muted)
        figure = QRectF(0, name.bottom(), _NAMES - 12, 32 if tall else area.height() - 22)
        wide = min(painting.text_width(value, strong) + 6, figure.width() - 8)
        painting.draw_text(painter, figure, value, strong, colours.ink)
        if note:
            beside = figure.adjusted(wide, 6 if tall else 0, 0, 0)
            painting.draw_text(painter, beside, note, theme.font(Scale.SMALL), colours.muted)

    def _paint_reach(
        self, painter: QPainter, area: QRectF, lane: Lane, colours: Theme, reach: tuple[float, float]
    ) -> None:
        if area.height() < 56 or lane.line is None:
            return
        for value, top in ((reach[1], area.top() + 2), (reach[0], area.bottom() - 18)):
            text = self._words.number(lane, value)
            box = QRectF(area.left() + 5, top, painting.text_width(text, self._axis) + 6, 16)
            painter.fillRect(box, painting.brush(colours.card))
            painting.draw_text(painter, box, text, self._axis, colours.muted, Qt.AlignmentFlag.AlignCenter)

    def _ticks(self) -> list[float]:
        window = self.window_shown
        step = tick_step(window.span, max(int(self.plot_width() / _TICK), 2))
        offset = self._words.zone_offset(window.end)
        first = int((window.start + offset) // step + 1) * step
        return [float(tick) - offset for tick in range(first, int(window.end + offset) + 1, step)]

    def _paint_axis(self, painter: QPainter, plot: QRectF, colours: Theme, ticks: Sequence[float]) -> None:
        step = tick_step(self.window_shown.span, max(int(plot.width() / _TICK), 2))
        for tick in ticks:
            text = self._words.tick(tick, step)
            width = painting.text_width(text, self._small) + 4
            left = min(max(self._x_of(tick) - width / 2, plot.left()), plot.right() - width)
            box = QRectF(left, plot.bottom() + 4, width, _AXIS - 6)
            if box.intersects(self._cursor_box(plot)):
                continue
            painting.draw_text(painter, box, text, self._small, colours.muted, Qt.AlignmentFlag.AlignCenter)

    def _cursor_box(self, plot: QRectF) -> QRectF:
        window, at = self.window_shown, self.cursor_ms
        if at is None or not window.start <= at <= window.end:
            return QRectF()
        width = painting.text_width(self._words.moment(at), self._small) + 20
        left = min(max(self._x_of(at) - width / 2, plot.left()), plot.right() - width)
        return QRectF(left, plot.bottom() + 2, width, _AXIS - 4)

    def _paint_cursor(self, painter: QPainter, plot: QRectF, colours: Theme) -> None:
        if self.cursor_ms is None or not self.window_shown.start <= self.cursor_ms <= self.window_shown.end:
            return
        x = self._x_of(self.cursor_ms)
        painter.setPen(painting.pen(colours.action.edge, theme.STROKE))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        text, box = self._words.moment(self.cursor_ms), self._cursor_box(plot)
        painting.surface(painter, box, colours.action.fill, None, 0, 6)
        painting.draw_text(painter, box, text, self._small, colours.action.on, Qt.AlignmentFlag.AlignCenter)
