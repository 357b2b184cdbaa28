"""A measured value against its limits: where it stands, what is allowed, and in words how it is judged."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone

_BAR = 28.0
_MARK = 20.0


class LimitBar(QWidget):
    """The allowed range in grey, the target as a line, the value as a mark with its shape."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._low: float | None = None
        self._target: float | None = None
        self._high: float | None = None
        self._near: tuple[float, float] | None = None
        self._low_text, self._high_text, self._target_text = "", "", ""
        self._value: float | None = None
        self._tone, self._text = Tone.NORMAL, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_limits(
        self,
        low: float | None,
        target: float | None,
        high: float | None,
        *,
        low_text: str = "",
        high_text: str = "",
        target_text: str = "",
        near: tuple[float, float] | None = None,
    ) -> None:
        """Limits with their texts; `near` is the inner range, outside of it a value is close to a limit."""
        self._low, self._target, self._high, self._near = low, target, high, near
        self._low_text, self._high_text, self._target_text = low_text, high_text, target_text
        self.update()

    def set_value(self, value: float | None, *, tone: Tone = Tone.NORMAL, text: str = "") -> None:
        """Put the mark at a value and say the judgement in words; None takes the mark away."""
        self._value, self._tone, self._text = value, tone, text
        self.setAccessibleName(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Words, bar, mark and limit texts."""
        return QSize(300, 110)

    def minimumSizeHint(self) -> QSize:
        """The same, narrower."""
        return QSize(200, 110)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def _range(self) -> tuple[float, float]:
        known = [number for number in (self._low, self._target, self._high) if number is not None]
        if self._value is not None and not (self._low is not None and self._high is not None):
            known.append(self._value)
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        margin = (high - low) * 0.15 or abs(high) * 0.15 or 1.0
        return low - margin, high + margin

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words, bar and mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        signal = colours.signal(self._tone)
        font, small = theme.font(Scale.SMALL_STRONG), theme.font(Scale.SMALL)
        step = painting.line_height(font)
        rect = QRectF(self.rect())
        bar = QRectF(rect.left(), step + 8, rect.width(), _BAR)
        low, high = self._range()

        def along(value: float) -> float:
            return bar.left() + 12 + min(max((value - low) / (high - low), 0.0), 1.0) * (bar.width() - 24)

        words = QRectF(rect.left(), 0, rect.width(), step)
        left = words.left()
        if icons.sign_of(self._tone):
            icons.paint_sign(painter, QRectF(left, step / 2 - 8, 16, 16), self._tone)
            left += 22
        block = QRectF(left, 0, words.right() - left, step)
        painting.draw_text(painter, block, self._text, font, signal.text)
        painter.fillRect(bar, painting.brush(colours.track))
        start = along(self._low) if self._low is not None else bar.left()
        end = along(self._high) if self._high is not None else bar.right()
        painter.fillRect(QRectF(start, bar.top(), end - start, bar.height()), painting.brush(colours.line))
        if self._near is not None:
            inner = QRectF(
                along(self._near[0]), bar.top(), along(self._near[1]) - along(self._near[0]), bar.height()
            )
            painter.fillRect(inner, painting.brush(colours.calm))
        for number, limit in ((self._low, start), (self._high, end)):
            if number is not None:
                painter.fillRect(QRectF(limit - 1, bar.top(), 2, bar.height()), painting.brush(colours.ink))
        if self._target is not None:
            x = along(self._target)
            painter.fillRect(
                QRectF(x - 2.5, bar.top() - 5, 5, bar.height() + 10), painting.brush(colours.card)
            )
            painter.fillRect(QRectF(x - 1, bar.top() - 5, 2, bar.height() + 10), painting.brush(colours.ink))
        below = bar.bottom() + _MARK + 6
        self._texts(
            painter, below, (start, along(self._target) if self._target is not None else None, end), small
        )
        if self._value is not None:
            x = along(self._value)
            fill = signal.fill if self._tone is not Tone.NORMAL else colours.ink
            edge = signal.edge if self._tone is not Tone.NORMAL else colours.ink
            painter.fillRect(QRectF(x - 4, bar.top() - 4, 8, bar.height() + 6), painting.brush(colours.card))
            painter.fillRect(QRectF(x - 2, bar.top() - 4, 4, bar.height() + 8), painting.brush(edge))
            painter.setPen(painting.pen(edge))
            painter.setBrush(painting.brush(fill))
            y = bar.bottom() + 3
            painter.drawPolygon([QPointF(x, y), QPointF(x + 11, y + 16), QPointF(x - 11, y + 16)])

    def _texts(
        self, painter: QPainter, y: float, places: tuple[float, float | None, float], font: QFont
    ) -> None:
        ink = theme.current().muted
        taken: list[tuple[float, float]] = []
        for text, x in (
            (self._low_text, places[0]),
            (self._high_text, places[2]),
            (self._target_text, places[1]),
        ):
            if not text or x is None:
                continue
            width = painting.text_width(text, font) + 2
            left = min(max(x - width / 2, 0), self.width() - width)
            if all(left + width + 8 < start or left > end + 8 for start, end in taken):
                painting.draw_text(painter, QRectF(left, y, width, 22), text, font, ink)
                taken.append((left, left + width))
