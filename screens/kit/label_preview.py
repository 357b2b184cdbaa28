"""A label as it would come out of the printer, in its proportions."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from hmi.domain.label_drawing import Drawing, Part
from screens.kit import theme

_PAPER, _INK = QColor(theme.PAPER), QColor(theme.PRINT)


def paint_label(painter: QPainter, drawing: Drawing) -> None:
    """Paint a label in dots from the upper left corner; codes are shown as such, not readable."""
    painter.fillRect(0, 0, drawing.width, drawing.height, _PAPER)
    painter.setClipRect(0, 0, drawing.width, drawing.height)
    for part in drawing.parts:
        _paint_part(painter, part)


def _paint_part(painter: QPainter, part: Part) -> None:
    place = QRectF(part.x, part.y, part.width, part.height)
    painter.setPen(_INK)
    if part.kind == "text":
        font = QFont(painter.font())
        font.setPixelSize(max(8, part.height * 4 // 5))
        painter.setFont(font)
        room = QRectF(part.x, part.y, 4000, part.height)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), part.text)
    elif part.kind == "code128":
        _paint_bars(painter, place, part.text)
    elif part.kind == "box":
        painter.drawRect(place)
    else:
        _paint_cells(painter, place, part.text)


def _paint_bars(painter: QPainter, place: QRectF, text: str) -> None:
    """Bars whose widths follow from the text, so that another text looks another."""
    x = place.left()
    widths = [2 + (byte >> shift & 3) for byte in text.encode() or b"\0" for shift in (0, 2, 4, 6)]
    unit = place.width() / max(1, sum(widths))
    for number, width in enumerate(widths):
        if number % 2 == 0:
            painter.fillRect(QRectF(x, place.top(), width * unit, place.height()), _INK)
        x += width * unit


def _paint_cells(painter: QPainter, place: QRectF, text: str) -> None:
    """Cells within the border of a two-dimensional code."""
    count = 16
    side = place.width() / count
    bits = int.from_bytes((text.encode() or b"\0") * count, "big")
    for row in range(count):
        for column in range(count):
            border = column == 0 or row == count - 1
            if border or bits >> (row * count + column) % max(1, bits.bit_length()) & 1:
                painter.fillRect(
                    QRectF(place.left() + column * side, place.top() + row * side, side, side), _INK
                )


def label_picture(drawing: Drawing) -> QImage:
    """The label as a picture, one pixel for a dot."""
    picture = QImage(max(1, drawing.width), max(1, drawing.height), QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    paint_label(painter, drawing)
    painter.end()
    return picture


class LabelPreview(QWidget):
    """Shows a label as large as the room allows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing: Drawing | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_drawing(self, drawing: Drawing) -> None:
        """Show another label."""
        self._drawing = drawing
        self.setAccessibleName(", ".join(part.text for part in drawing.parts if part.text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the label in the middle."""
        if self._drawing is None:
            return
        painter = QPainter(self)
        scale = min(self.width() / self._drawing.width, self.height() / self._drawing.height)
        painter.translate(
            (self.width() - self._drawing.width * scale) / 2,
            (self.height() - self._drawing.height * scale) / 2,
        )
        painter.scale(scale, scale)
        paint_label(painter, self._drawing)
        painter.end()
