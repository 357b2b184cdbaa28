"""The rail: the screens this person may open, an icon and a word each, with a count where something waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale
from screens.kit.touch import Touchable, retire

_TALL = 88
_LEAST = theme.TOUCH + theme.GAP
_INSET = 5


@dataclass(frozen=True)
class RailItem:
    """One screen in the rail; `count` is what waits there."""

    id: str
    icon: str
    text: str
    count: int = 0
    selected: bool = False
    enabled: bool = True


class RailButton(Touchable):
    """Icon over word; selected by ground, a bar at the left and ink."""

    def __init__(self, item: RailItem) -> None:
        super().__init__(f"rail.{item.id}", item.text)
        self.setFixedWidth(theme.RAIL)
        self._take_over(item)

    def show_item(self, item: RailItem) -> None:
        """Take over another state of the same screen; what stays as it was is not drawn anew."""
        if item != self.item:
            self._take_over(item)

    def _take_over(self, item: RailItem) -> None:
        self.item = item
        self.setText(item.text)
        self.setAccessibleName(f"{item.text} {item.count}" if item.count else item.text)
        self.setEnabled(item.enabled)
        self.update()

    def sizeHint(self) -> QSize:
        """Full height."""
        return QSize(theme.RAIL, _TALL - theme.GAP)

    def least_height(self) -> int:
        """Height in pixels at which the icon and every line of the word are whole."""
        font = self._font()
        block = painting.lines(self.item.text, font, theme.RAIL - 2 * _INSET)
        return max(int(theme.ICON + 4 + painting.line_height(font) * len(block)), theme.TOUCH)

    def _font(self) -> QFont:
        font = theme.font(Scale.SMALL_STRONG)
        if (
            max(painting.text_width(word, font) for word in self.item.text.split() or [""])
            > self.width() - 10
        ):
            font.setStretch(QFont.Stretch.SemiCondensed)
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, -0.4)
        return font

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the item."""
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self.item.selected or self.isDown():
            painter.fillRect(rect, painting.brush(colours.pressed if self.isDown() else colours.selected))
        if self.item.selected:
            painter.fillRect(QRectF(0, 0, 6, rect.height()), painting.brush(colours.action.edge))
        ink = colours.ink if self.item.selected else colours.muted
        if not self.isEnabled():
            ink = colours.disabled
        font = self._font()
        step = painting.line_height(font)
        side = min(theme.ICON_RAIL, rect.height() - 2 * step - 8)
        block = painting.lines(self.item.text, font, rect.width() - 10, 2)
        side = max(side, theme.ICON - 2.0)
        gap = 6 if rect.height() >= _TALL - theme.GAP and len(block) == 1 else 2
        top = (rect.height() - side - gap - step * len(block)) / 2
        picture = QRectF(rect.center().x() - side / 2, top, side, side)
        if self.item.count > 9:
            picture.translate(-8, 0)
        icons.paint_icon(painter, self.item.icon, picture, ink)
        words = QRectF(5, picture.bottom() + gap, rect.width() - 10, step * len(block))
        painting.draw_lines(painter, words, block, font, ink, Qt.AlignmentFlag.AlignCenter)
        if self.item.count:
            self._paint_count(painter, picture)
        self.paint_ring(painter, rect)

    def _paint_count(self, painter: QPainter, picture: QRectF) -> None:
        text = str(self.item.count) if self.item.count < 100 else "99+"
        font = theme.font(Scale.SMALL_STRONG)
        width = max(painting.text_width(text, font) + 12, 25.0)
        box = QRectF(picture.right() - 2, max(picture.top() - 10, 2), width, 25)
        box.moveRight(min(box.right(), self.width() - 4.0))
        high = theme.current().high
        painting.surface(painter, box, high.strip, high.edge, theme.THIN, box.height() / 2)
        painting.draw_text(painter, box, text, font, high.on, Qt.AlignmentFlag.AlignCenter)


class _PageButton(Touchable):
    """Turns to the items that do not fit, and from the last ones back to the first."""

    def __init__(self, name: str, up_text: str, down_text: str) -> None:
        super().__init__(name, down_text)
        self._words = {"up": up_text, "down": down_text}
        self._way = "down"
        self.setFixedSize(theme.RAIL, theme.TOUCH)

    def set_words(self, up_text: str, down_text: str) -> None:
        """Say up and down in another language."""
        self._words = {"up": up_text, "down": down_text}
        self.point(self._way)

    def point(self, way: str) -> None:
        """Point "up" or "down"."""
        self._way = way
        self.setAccessibleName(self._words[way])
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        if self.isDown():
            painter.fillRect(self.rect(), painting.brush(colours.pressed))
        box = QRectF(self.rect()).adjusted(0, 15, 0, -15)
        icons.paint_icon(painter, self._way, box, colours.ink)
        self.paint_ring(painter, QRectF(self.rect()))


class Rail(QWidget):
    """The column of 104 px at the left; what does not fit is one touch on its last button away."""

    chosen = Signal(str)

    def __init__(
        self, name: str = "rail", *, up_text: str = "", down_text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFixedWidth(theme.RAIL)
        self._buttons: dict[str, RailButton] = {}
        self._first = 0
        self._pitch = _TALL
        self._more = _PageButton(f"{name}.page", up_text, down_text)
        self._more.clicked.connect(self._turn)
        self._more.setParent(self)
        self.setMinimumHeight(2 * _LEAST)

    def set_words(self, up_text: str, down_text: str) -> None:
        """Name the way to more items in another language."""
        self._more.set_words(up_text, down_text)

    def set_items(self, items: Sequence[RailItem]) -> None:
        """Show these screens in this order; room is shared anew only for others, or for other words."""
        worded = [(button.item.id, button.text()) for button in self._buttons.values()]
        if [item.id for item in items] != list(self._buttons):
            for button in self._buttons.values():
                retire(button)
            self._buttons = {item.id: self._button(item) for item in items}
            self._first = 0
        for item in items:
            self._buttons[item.id].show_item(item)
        if worded != [(item.id, item.text) for item in items]:
            self._arrange()

    def _button(self, item: RailItem) -> RailButton:
        made = RailButton(item)
        made.setParent(self)
        made.clicked.connect(lambda: self.chosen.emit(item.id))
        return made

    def _turn(self) -> None:
        self._first += self._fitting()
        if self._first >= len(self._buttons):
            self._first = 0
        self._arrange()

    def _fitting(self) -> int:
        least = self._least()
        if len(self._buttons) * least <= self.height():
            return len(self._buttons)
        return max((self.height() - theme.TOUCH - theme.GAP // 2) // least, 1)

    def _least(self) -> int:
        tallest = max((button.least_height() for button in self._buttons.values()), default=0)
        return max(tallest + theme.GAP, _LEAST)

    def _arrange(self) -> None:
        fitting = self._fitting()
        paged = fitting < len(self._buttons)
        room = self.height() - (theme.TOUCH + theme.GAP // 2 if paged else 0)
        each = min(_TALL, room // fitting) if fitting else _TALL
        for number, button in enumerate(self._buttons.values()):
            place = number - self._first
            button.setVisible(0 <= place < fitting)
            button.setGeometry(0, place * each + theme.GAP // 2, theme.RAIL, each - theme.GAP)
        self._pitch = each
        self._more.setVisible(paged)
        self._more.point("up" if self._first + fitting >= len(self._buttons) else "down")
        self._more.move(0, self.height() - theme.TOUCH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height anew."""
        super().resizeEvent(event)
        self._first = 0 if self._fitting() >= len(self._buttons) else self._first
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line at the right."""
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(self.rect(), painting.brush(colours.panel))
        painter.fillRect(QRectF(self.width() - 1, 0, 1, self.height()), painting.brush(colours.line))
        for place in range(1, sum(button.isVisibleTo(self) for button in self._buttons.values()) + 1):
            painter.fillRect(QRectF(0, place * self._pitch, self.width(), 1), painting.brush(colours.line))
