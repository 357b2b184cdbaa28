"""Strokes that several widgets share: rounded surfaces, text in lines, hatching, the focus ring."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QTextLayout,
    QTextOption,
)

from screens.kit import theme

Align = Qt.AlignmentFlag
_HYPHEN = "\u2010"


def surface(
    painter: QPainter,
    rect: QRectF,
    fill: str,
    edge: str | None = None,
    width: float = theme.THIN,
    radius: float = theme.RADIUS,
    *,
    dash: bool = False,
) -> None:
    """A rounded ground whose outline lies wholly inside `rect`; dashed around what cannot be used now."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    half = width / 2 if edge else 0.0
    outline = dashed(edge, width) if edge and dash else QPen(QColor(edge), width) if edge else no_pen()
    painter.setPen(outline)
    painter.setBrush(QColor(fill))
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius - half, radius - half)


def focus_ring(painter: QPainter, rect: QRectF, radius: float = theme.RADIUS) -> None:
    """The sign of keyboard focus: a second line inside the outline."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.current().action.edge), theme.STROKE, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(rect.adjusted(4, 4, -4, -4), radius - 4, radius - 4)


def shaped(text: str) -> str:
    """The text with real hyphens: among figures of equal width the typewriter's is as wide as they."""
    return text.replace("-", _HYPHEN)


def lines(text: str, font: QFont, width: float, limit: int = 0) -> list[str]:
    """Break a text into lines no wider than `width`, at words where possible; the last of `limit` elides.

    An empty text has no lines.
    """
    metrics = QFontMetricsF(font)
    made: list[str] = []
    for paragraph in shaped(text).split("\n") if text else ():
        if metrics.horizontalAdvance(paragraph) <= width:
            made.append(paragraph)
            continue
        layout = QTextLayout(paragraph, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        units = paragraph.encode("utf-16-le")
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 1.0))
            start, end = line.textStart() * 2, (line.textStart() + line.textLength()) * 2
            made.append(units[start:end].decode("utf-16-le", "ignore").rstrip())
        layout.endLayout()
    if limit and len(made) > limit:
        rest = " ".join(made[limit - 1 :])
        made = [*made[: limit - 1], metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)]
    return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) if limit else line for line in made]


def line_height(font: QFont) -> float:
    """Distance of two lines in one block of text, in pixels."""
    metrics = QFontMetricsF(font)
    return max(metrics.height(), 1.0)


def draw_lines(
    painter: QPainter,
    rect: QRectF,
    block: list[str],
    font: QFont,
    colour: str,
    align: Qt.AlignmentFlag = Align.AlignLeft | Align.AlignVCenter,
) -> None:
    """Draw lines made by `lines` as one block, aligned inside `rect`."""
    step = line_height(font)
    height = step * len(block)
    top = rect.top()
    if align & Align.AlignVCenter:
        top += (rect.height() - height) / 2
    elif align & Align.AlignBottom:
        top += rect.height() - height
    painter.setFont(font)
    painter.setPen(QColor(colour))
    across = align & Align.AlignHorizontal_Mask
    for number, line in enumerate(block):
        box = QRectF(rect.left(), top + number * step, rect.width(), step)
        painter.drawText(
            box, int(across | Align.AlignVCenter) | int(Qt.TextFlag.TextSingleLine), shaped(line)
        )


def draw_text(
    painter: QPainter,
    rect: QRectF,
    text: str,
    font: QFont,
    colour: str,
    align: Qt.AlignmentFlag = Align.AlignLeft | Align.AlignVCenter,
) -> None:
    """Draw one line, elided to the width of `rect`."""
    shown = QFontMetricsF(font).elidedText(shaped(text), Qt.TextElideMode.ElideRight, rect.width())
    draw_lines(painter, rect, [shown], font, colour, align)


def text_width(text: str, font: QFont) -> float:
    """How wide one line of text is, in pixels."""
    return QFontMetricsF(font).horizontalAdvance(shaped(text))


def hatch(painter: QPainter, rect: QRectF, colour: str, step: float = 9.0, width: float = 1.6) -> None:
    """Slanted lines over a rectangle: old or missing data."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(QColor(colour), width))
    x = rect.left() - rect.height()
    while x < rect.right():
        painter.drawLine(QPointF(x, rect.bottom()), QPointF(x + rect.height(), rect.top()))
        x += step
    painter.restore()


def dashed(colour: str, width: float = theme.STROKE) -> QPen:
    """The pen of limits and plans."""
    pen = QPen(QColor(colour), width)
    pen.setDashPattern([4.0, 3.0])
    return pen


def pen(colour: str, width: float = theme.STROKE) -> QPen:
    """A round pen for curves and marks."""
    return QPen(
        QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )


def no_pen() -> QPen:
    """For surfaces without an outline."""
    return QPen(Qt.PenStyle.NoPen)


def brush(colour: str) -> QBrush:
    """A plain ground."""
    return QBrush(QColor(colour))


def rounded(rect: QRectF, radius: float) -> QPainterPath:
    """A rounded rectangle as a path, to clip with."""
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    return path
