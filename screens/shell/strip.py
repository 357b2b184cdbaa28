"""The alarm strip: the worst unacknowledged alarm in its full colour, one touch to acknowledge."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone
from screens.kit.touch import Touchable

_SIGN = 16
_APART = theme.STRIP - theme.TOUCH  # below the header, whose buttons end a little above it


class _AcknowledgeButton(Touchable):
    """White on the strip; its touch reaches a little beyond the strip's own height."""

    def __init__(self, text: str) -> None:
        super().__init__("strip.acknowledge", text)
        self.setFont(theme.font(Scale.SMALL_STRONG))

    def sizeHint(self) -> QSize:
        return QSize(int(painting.text_width(self.text(), self.font())) + 40, theme.TOUCH)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        box = QRectF(self.rect()).adjusted(0, 5 - _APART / 2, 0, -5 - _APART / 2)
        fill = colours.pressed if self.isDown() else colours.field
        painting.surface(painter, box, fill, colours.ink, theme.STROKE, theme.RADIUS - 3)
        painting.draw_text(painter, box, self.text(), self.font(), colours.ink, Qt.AlignmentFlag.AlignCenter)
        self.paint_ring(painter, box)


class AlarmStrip(QWidget):
    """Hidden while nothing is unacknowledged."""

    acknowledged = Signal()
    touched = Signal()

    def __init__(self, acknowledge_text: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._tone, self._text, self._more = Tone.NORMAL, "", ""
        self._font = theme.bold_font(Scale.SMALL_STRONG)
        self.setFixedHeight(theme.STRIP)
        self._button = _AcknowledgeButton(acknowledge_text)
        self._button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._button.clicked.connect(self.acknowledged)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.PAD, _APART, theme.PAD, 0)
        row.addStretch(1)
        row.addWidget(self._button)
        self.hide()

    def show_alarm(self, tone: Tone, text: str, more: str = "") -> None:
        """Show an alarm: priority, words with value, limit and since when, and "+1 more"."""
        self._tone, self._text, self._more = tone, text, more
        self.setAccessibleName(f"{text} {more}".strip())
        self.show()
        self.update()

    def set_acknowledge_text(self, text: str) -> None:
        """Say it in another language."""
        self._button.setText(text)
        self._button.setAccessibleName(text)
        self._button.updateGeometry()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the touch."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A touch beside the button asks for more."""
        if self.rect().contains(event.position().toPoint()):
            self.touched.emit()

    def clear(self) -> None:
        """Nothing is left to acknowledge."""
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, shape and words."""
        painter = QPainter(self)
        signal = theme.current().signal(self._tone)
        painter.fillRect(self.rect(), painting.brush(signal.strip))
        rect = QRectF(self.rect())
        right = float(self._button.x() - theme.PAD)
        if self._more:
            width = painting.text_width(self._more, self._font)
            box = QRectF(right - width - 1, 0, width + 1, rect.height())
            painting.draw_text(painter, box, self._more, self._font, signal.on)
            right = box.left() - theme.PAD
        sign = QRectF(theme.PAD, rect.center().y() - _SIGN / 2, _SIGN, _SIGN)
        if name := icons.sign_of(self._tone):
            icons.paint_icon(painter, name, sign, signal.on)
        left = sign.right() + 8
        words = QRectF(left, 0, right - left, rect.height())
        block = painting.lines(self._text, self._font, words.width(), 2)
        painting.draw_lines(painter, words, block, self._font, signal.on)
