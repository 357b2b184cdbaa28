"""A measured value as three things at once: the figure, how good it is, and how old it is."""

from collections import deque
from enum import StrEnum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone

DASHES = "– – –"
_PAD = 12
_SIGN = 16
_LEAST_TRACE = 18.0
_VALUE_HIGH = 48.0
_TOP = 10.0


class Quality(StrEnum):
    """GOOD is plain; UNCERTAIN has a sign; BAD is dashes with the reason; STALE is hatched with its age."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"
    STALE = "stale"


_NOTE_SIGN = {Quality.UNCERTAIN: "warning", Quality.BAD: "cross", Quality.STALE: "clock"}


class ValueTile(QWidget):
    """Title, value, unit, note, and a sparkline over its normal band; made for ten changes a second."""

    touched = Signal()

    def __init__(
        self,
        title: str,
        unit: str = "",
        *,
        name: str,
        band: tuple[float, float] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._title, self._unit, self._band = title, unit, band
        self._text, self._quality, self._note = "", Quality.BAD, ""
        self._tone, self._alarm = Tone.NORMAL, ""
        self._shown: tuple[object, ...] = ()
        self._trace: deque[tuple[float, float | None]] | None = None
        self._still = QPixmap()
        self._still_key: tuple[object, ...] = ()
        self._fonts = {scale: theme.font(scale) for scale in Scale}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)

    def show_value(self, text: str, quality: Quality = Quality.GOOD, note: str = "") -> None:
        """Show a figure already written in the person's way; `note` is its age or the reason it is bad."""
        shown = (text, quality, note, self._trace[-1] if self._trace else None)
        if shown == self._shown:
            return
        self._shown = shown
        self._text, self._quality, self._note = text, quality, note
        self._name_it()
        self.update()

    def show_alarm(self, tone: Tone, text: str) -> None:
        """Raise an alarm on the tile ("HIGH > 78"), or take it back with NORMAL."""
        if (tone, text) != (self._tone, self._alarm):
            self._tone, self._alarm = tone, text
            self._name_it()
            self.update()

    def _name_it(self) -> None:
        words = (self._title, self.shown_value, self._unit, self._note, self._alarm)
        self.setAccessibleName(" ".join(word for word in words if word))

    def set_trace(self, points: deque[tuple[float, float | None]]) -> None:
        """Draw this history (seconds, value); it stays the caller's, and is read at every painting."""
        self._trace = points
        self.update()

    def set_band(self, low: float, high: float) -> None:
        """Show another normal band."""
        if (low, high) != self._band:
            self._band = (low, high)
            self.update()

    def set_title(self, title: str) -> None:
        """Name the value."""
        if title != self._title:
            self._title = title
            self.update()

    def set_unit(self, unit: str) -> None:
        """Show another unit."""
        if unit != self._unit:
            self._unit = unit
            self.update()

    def forget_picture(self) -> None:
        """Paint also the part that stands still anew at the next painting."""
        self._still_key = ()

    @property
    def shown_value(self) -> str:
        """What stands where the value is: never an old figure for a bad one."""
        return DASHES if self._quality is Quality.BAD else self._text

    @property
    def quality(self) -> Quality:
        """The quality shown."""
        return self._quality

    def sizeHint(self) -> QSize:
        """As in a row of three at 1280 pixels."""
        return QSize(250, 150)

    def minimumSizeHint(self) -> QSize:
        """Two lines of title, the value and a note."""
        return QSize(150, 148)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A touch anywhere on the tile."""
        if self.rect().contains(event.position().toPoint()):
            self.touched.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the touch."""
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the kept still part, then value, note and trace."""
        painter = QPainter(self)
        colours = theme.current()
        key = (colours.name, self.size(), self.devicePixelRatio(), self._title, self._tone, self._alarm)
        if key != self._still_key:
            self._still, self._still_key = self._paint_still(), key
        painter.drawPixmap(0, 0, self._still)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(_PAD, self._head_height(), -_PAD, -8)
        step = painting.line_height(self._fonts[Scale.SMALL])
        value = QRectF(rect.left(), rect.top(), rect.width(), min(_VALUE_HIGH, rect.height()))
        self._paint_value(painter, value)
        top = value.bottom() + 2
        if self._quality is not Quality.GOOD:
            room = rect.bottom() - top
            count = 2 if room >= 2 * step else 1
            used = self._paint_note(painter, QRectF(rect.left(), top, rect.width(), room), count)
            top += used + 2
        if self._trace is not None and rect.bottom() - top >= _LEAST_TRACE:
            self._paint_trace(painter, QRectF(rect.left(), top, rect.width(), rect.bottom() - top))

    def _head_lines(self) -> list[str]:
        room = self.width() - 2 * _PAD - (_SIGN + 6 if icons.sign_of(self._tone) else 0)
        font = self._fonts[Scale.SMALL_STRONG]
        whole = f"{self._title} · {self._alarm}" if self._alarm else self._title
        if self._alarm and painting.text_width(whole, font) > room:
            return [*painting.lines(self._title, font, room, 2), *painting.lines(self._alarm, font, room, 2)]
        return painting.lines(whole, font, room, 2)

    def _head_height(self) -> float:
        return _TOP + painting.line_height(self._fonts[Scale.SMALL_STRONG]) * len(self._head_lines())

    def _paint_still(self) -> QPixmap:
        ratio = self.devicePixelRatio()
        made = QPixmap(self.size() * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        colours = theme.current()
        signal = colours.signal(self._tone)
        normal = self._tone is Tone.NORMAL
        edge, width = (colours.line, theme.THIN) if normal else (signal.edge, theme.BOLD)
        painting.surface(painter, QRectF(self.rect()), colours.card, edge, width)
        block = self._head_lines()
        step = painting.line_height(self._fonts[Scale.SMALL_STRONG])
        left = float(_PAD)
        if icons.sign_of(self._tone):
            icons.paint_sign(painter, QRectF(left, _TOP + (step - _SIGN) / 2, _SIGN, _SIGN), self._tone)
            left += _SIGN + 6
        box = QRectF(left, _TOP, self.width() - left - _PAD, step * len(block))
        ink = colours.muted if normal else signal.text
        painting.draw_lines(painter, box, block, self._fonts[Scale.SMALL_STRONG], ink)
        painter.end()
        return made

    def _paint_value(self, painter: QPainter, box: QRectF) -> None:
        colours = theme.current()
        unit_font = self._fonts[Scale.HEADING]
        unit = painting.text_width(self._unit, unit_font) + 8 if self._unit else 0.0
        font = self._fonts[Scale.VALUE]
        if painting.text_width(self.shown_value, font) + unit > box.width():
            font = self._fonts[Scale.TITLE]
        wide = painting.text_width(self.shown_value, font)
        metrics, small = QFontMetricsF(font), QFontMetricsF(unit_font)
        base = box.center().y() + metrics.capHeight() / 2
        if self._quality is Quality.STALE:
            area = QRectF(box.left() - 4, base - metrics.capHeight() - 6, wide + 8, metrics.capHeight() + 12)
            painting.hatch(painter, area, colours.edge)
        ink = colours.ink if self._quality is Quality.GOOD else colours.muted
        left = Qt.AlignmentFlag.AlignLeft
        line = QRectF(box.left(), base - metrics.ascent(), box.width(), metrics.height())
        painting.draw_text(painter, line, self.shown_value, font, ink, left)
        if self._unit:
            x = box.left() + wide + 8
            line = QRectF(x, base - small.ascent(), max(box.right() - x + 1, 1), small.height())
            painting.draw_text(painter, line, self._unit, unit_font, colours.muted, left)

    def _paint_note(self, painter: QPainter, box: QRectF, count: int) -> float:
        colours = theme.current()
        font = self._fonts[Scale.SMALL_STRONG]
        step = painting.line_height(font)
        sign = _NOTE_SIGN[self._quality]
        icons.paint_icon(
            painter, sign, QRectF(box.left(), box.top() + (step - _SIGN) / 2, _SIGN, _SIGN), colours.ink
        )
        room = box.width() - _SIGN - 6
        block = painting.lines(self._note, font, room, count)
        area = QRectF(box.left() + _SIGN + 6, box.top(), room, step * len(block))
        painting.draw_lines(painter, area, block, font, colours.ink)
        return step * len(block)

    def _paint_trace(self, painter: QPainter, box: QRectF) -> None:
        colours = theme.current()
        points = list(self._trace or ())
        values = [value for _, value in points if value is not None]
        span = [*values, *(self._band or ())]
        if not span:
            return
        low, high = min(span), max(span)
        margin = (high - low) * 0.08 or 1.0
        low, high = low - margin, high + margin

        def across(value: float) -> float:
            return box.bottom() - (value - low) / (high - low) * box.height()

        if self._band is not None:
            top, bottom = across(self._band[1]), across(self._band[0])
            painter.fillRect(QRectF(box.left(), top, box.width(), bottom - top), painting.brush(colours.band))
            painter.setPen(painting.dashed(colours.edge, theme.THIN))
            painter.drawLine(QPointF(box.left(), top), QPointF(box.right(), top))
            painter.drawLine(QPointF(box.left(), bottom), QPointF(box.right(), bottom))
        if len(values) < 2:
            return
        start, end = points[0][0], points[-1][0]
        scale = box.width() / ((end - start) or 1.0)
        stale = self._quality in (Quality.STALE, Quality.BAD)
        colour = colours.signal(self._tone).edge if self._tone is not Tone.NORMAL else colours.ink
        painter.setPen(painting.pen(colours.edge if stale else colour, 1.8))
        run = QPolygonF()
        for moment, value in [*points, (end, None)]:
            if value is None:
                if run.size() > 1:
                    painter.drawPolyline(run)
                run = QPolygonF()
            else:
                run.append(QPointF(box.left() + (moment - start) * scale, across(value)))
