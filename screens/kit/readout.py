"""A figure with its unit and what it means, to be read from two metres."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone

_UNIT_SCALE = {Scale.READOUT: Scale.TITLE, Scale.FIGURE: Scale.HEADING, Scale.VALUE: Scale.HEADING}


class Readout(QWidget):
    """Value and unit on one base line, the caption below; the value gets smaller before it would be cut."""

    def __init__(
        self,
        value: str = "",
        unit: str = "",
        *,
        caption: str = "",
        scale: Scale = Scale.VALUE,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._value, self._unit, self._caption, self._scale = value, unit, caption, scale
        self._tone = Tone.NORMAL
        self._unit_font = theme.font(_UNIT_SCALE.get(scale, Scale.BODY))
        self._caption_font = theme.font(Scale.SMALL)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._describe()

    def set_value(self, value: str, unit: str | None = None) -> None:
        """Show another figure, and another unit where one is given."""
        unit = self._unit if unit is None else unit
        if (value, unit) != (self._value, self._unit):
            self._value, self._unit = value, unit
            self._describe()

    def set_caption(self, caption: str) -> None:
        """Say what the figure means."""
        if caption != self._caption:
            self._caption = caption
            self._describe()

    def set_tone(self, tone: Tone) -> None:
        """Give the figure the ink and the shape of a tone."""
        if tone is not self._tone:
            self._tone = tone
            self._describe()

    def _describe(self) -> None:
        self.setAccessibleName(f"{self._caption} {self._value} {self._unit}".strip())
        self.updateGeometry()
        self.update()

    def _side(self) -> float:
        return painting.text_width(self._unit, self._unit_font) + 8 if self._unit else 0.0

    def _sign_width(self) -> float:
        return theme.ICON + 8.0 if icons.sign_of(self._tone) else 0.0

    def _caption_lines(self) -> list[str]:
        placed = self.testAttribute(Qt.WidgetAttribute.WA_Resized)
        whole = painting.text_width(self._caption, self._caption_font) + 1
        return painting.lines(self._caption, self._caption_font, self.width() if placed else whole, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the caption needs now."""
        super().resizeEvent(event)
        if self._caption:
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Value, unit and caption in full."""
        font = theme.font(self._scale)
        width = painting.text_width(self._value, font) + self._side() + self._sign_width()
        height = painting.line_height(font) * 0.96
        if self._caption:
            width = max(width, painting.text_width(self._caption, self._caption_font))
            height += painting.line_height(self._caption_font) * len(self._caption_lines())
        return QSize(int(width) + 2, int(height + 1))

    def minimumSizeHint(self) -> QSize:
        """The value at its smallest step."""
        font = theme.font(Scale.TITLE)
        width = painting.text_width(self._value, font) + self._side() + self._sign_width()
        return QSize(int(width) + 2, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the figure on its base line."""
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        caption = self._caption_lines()
        caption_height = painting.line_height(self._caption_font) * len(caption)
        line = QRectF(rect.left(), rect.top(), rect.width(), rect.height() - caption_height)
        sign = self._sign_width()
        font = theme.font(self._scale)
        for scale in (Scale.FIGURE, Scale.VALUE, Scale.TITLE):
            small = theme.font(scale)
            too_wide = painting.text_width(self._value, font) + self._side() + sign > rect.width()
            if too_wide and small.pixelSize() < font.pixelSize():
                font = small
        ink = colours.signal(self._tone).text
        if sign:
            box = QRectF(line.left(), line.center().y() - theme.ICON / 2, theme.ICON, theme.ICON)
            icons.paint_sign(painter, box, self._tone)
        metrics = QFontMetricsF(font)
        base = line.center().y() + metrics.capHeight() / 2
        left = Qt.AlignmentFlag.AlignLeft
        if self._value:  # a "j" begins left of its place
            sign += max(-metrics.leftBearing(self._value[0]), 0.0)
        box = QRectF(line.left() + sign, base - metrics.ascent(), line.width() - sign, metrics.height())
        painting.draw_text(painter, box, self._value, font, ink, left)
        if self._unit:
            x = box.left() + painting.text_width(self._value, font) + 8
            small = QFontMetricsF(self._unit_font)
            unit = QRectF(x, base - small.ascent(), max(rect.right() - x + 1, 1), small.height())
            painting.draw_text(painter, unit, self._unit, self._unit_font, colours.muted, left)
        if self._caption:
            below = QRectF(rect.left(), line.bottom(), rect.width(), caption_height)
            painting.draw_lines(painter, below, caption, self._caption_font, colours.muted)
