"""The parts of a sample side by side: which are measured, which one is next, which are out of limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone
from screens.kit.touch import Touchable, retire

_LEAST = 92


@dataclass(frozen=True)
class Part:
    """One part: "1 · 12.04", or only "4" while it is not measured."""

    id: str
    text: str
    done: bool = False
    tone: Tone = Tone.NORMAL


class _PartBox(Touchable):
    def __init__(self, name: str, part: Part, parent: QWidget) -> None:
        super().__init__(name, part.text, parent)
        self._part, self._now = part, False

    def show_part(self, part: Part, now: bool) -> None:
        self._part, self._now = part, now
        self.setText(part.text)
        self.setAccessibleName(part.text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        signal = colours.signal(self._part.tone)
        fill = (
            colours.pressed
            if self.isDown()
            else colours.field
            if self._part.done or self._now
            else colours.card
        )
        edge = colours.action.edge if self._now else signal.edge
        painting.surface(
            painter, rect, fill, edge, theme.BOLD if self._now else theme.STROKE, theme.RADIUS - 3
        )
        heavy = self._part.done or self._now
        font = theme.bold_font(Scale.STRONG) if heavy else theme.font(Scale.STRONG)
        ink = signal.text if self._part.done or self._now else colours.muted
        inner = rect.adjusted(8, 0, -8, 0)
        if icons.sign_of(self._part.tone):
            icons.paint_sign(painter, QRectF(inner.left(), rect.center().y() - 7, 14, 14), self._part.tone)
            inner.setLeft(inner.left() + 18)
        if painting.text_width(self._part.text, font) > inner.width():
            font = theme.font(Scale.SMALL_STRONG)
        block = painting.lines(self._part.text, font, inner.width(), 2)
        painting.draw_lines(painter, inner, block, font, ink, Qt.AlignmentFlag.AlignCenter)
        self.paint_ring(painter, rect)


class PartRow(QWidget):
    """Boxes of equal width named `<name>.<id>`; more rows where one is too narrow."""

    touched = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._boxes: dict[str, _PartBox] = {}
        self._claimed = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_parts(self, parts: Sequence[Part], current: str | None) -> None:
        """Show these parts; `current` is the one that the next value belongs to."""
        if [part.id for part in parts] != list(self._boxes):
            for box in self._boxes.values():
                retire(box)
            self._boxes = {part.id: self._box(part) for part in parts}
        for part in parts:
            self._boxes[part.id].show_part(part, part.id == current)
        self._arrange()
        self.updateGeometry()

    def _box(self, part: Part) -> _PartBox:
        made = _PartBox(f"{self.objectName()}.{part.id}", part, self)
        made.clicked.connect(lambda: self.touched.emit(part.id))
        made.show()
        return made

    def _columns(self, width: int) -> int:
        return max(min((width + theme.GAP) // (_LEAST + theme.GAP), len(self._boxes)), 1)

    def height_at(self, width: int) -> int:
        """Height of all rows in pixels."""
        rows = -(-len(self._boxes) // self._columns(width))
        return max(rows, 1) * (theme.TOUCH + theme.GAP) - theme.GAP

    def _height_now(self, least: int) -> int:
        self._claimed = self.height_at(max(self.width(), least))
        return self._claimed

    def sizeHint(self) -> QSize:
        """All boxes in one row."""
        return QSize(len(self._boxes) * (_LEAST + theme.GAP), self._height_now(_LEAST))

    def minimumSizeHint(self) -> QSize:
        """One box wide."""
        return QSize(_LEAST, self._height_now(_LEAST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        super().resizeEvent(event)
        self._arrange()
        if self.height_at(max(self.width(), _LEAST)) != self._claimed:
            self.updateGeometry()

    def _arrange(self) -> None:
        gap, columns = theme.GAP, self._columns(self.width())
        rows = max(-(-len(self._boxes) // columns), 1)
        columns = max(-(-len(self._boxes) // rows), 1)
        wide = (self.width() + gap) / columns - gap
        for number, box in enumerate(self._boxes.values()):
            row, column = divmod(number, columns)
            left = round(column * (wide + gap))
            right = round(column * (wide + gap) + wide)
            box.setGeometry(left, row * (theme.TOUCH + gap), right - left, theme.TOUCH)
