"""Cards: the light grounds on which a screen lays out what belongs together."""

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLayout, QVBoxLayout, QWidget

from screens.kit import labels, painting, theme
from screens.kit.theme import Tone
from screens.kit.touch import by_keyboard


class Card(QFrame):
    """A rounded ground with an optional small heading; `tone` draws its outline in that colour."""

    def __init__(
        self,
        eyebrow: str = "",
        *,
        tone: Tone = Tone.NORMAL,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tone = tone
        self.setObjectName(name)
        self._eyebrow = labels.eyebrow(eyebrow)
        self._eyebrow.setVisible(bool(eyebrow))
        self.content = QVBoxLayout(self)
        self.content.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        self.content.setSpacing(theme.GAP // 2)
        self.content.addWidget(self._eyebrow)

    def set_eyebrow(self, text: str) -> None:
        """Show another small heading, or none."""
        self._eyebrow.setText(text)
        self._eyebrow.setVisible(bool(text))

    def set_tone(self, tone: Tone) -> None:
        """Outline the card in the colour of a tone."""
        if tone != self._tone:
            self._tone = tone
            self.update()

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Append a widget or a layout below what is there."""
        if isinstance(item, QWidget):
            self.content.addWidget(item, stretch)
        else:
            self.content.addLayout(item, stretch)

    def ground(self) -> str:
        """The colour the card is filled with."""
        return theme.current().card

    def outline(self) -> tuple[str, float]:
        """Colour and width of the line around the card."""
        colours = theme.current()
        if self._tone is Tone.NORMAL:
            return colours.line, theme.THIN
        return colours.signal(self._tone).edge, theme.BOLD

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and its line."""
        edge, width = self.outline()
        painting.surface(QPainter(self), QRectF(self.rect()), self.ground(), edge, width)


class SelectableCard(Card):
    """A card that is touched as a whole; its own contents do not take touches."""

    touched = Signal()

    def __init__(
        self,
        name: str,
        text: str,
        *,
        eyebrow: str = "",
        tone: Tone = Tone.NORMAL,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(eyebrow, tone=tone, name=name, parent=parent)
        self._selected = False
        self._down = False
        self._ring = False
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumSize(theme.TOUCH, theme.TOUCH)

    @property
    def is_selected(self) -> bool:
        """Whether the card is the chosen one."""
        return self._selected

    def set_selected(self, selected: bool) -> None:
        """Mark the card as chosen, or not."""
        if selected != self._selected:
            self._selected = selected
            self.update()

    def ground(self) -> str:
        """Pressed, white while it can be touched, else like any card."""
        colours = theme.current()
        if not self.isEnabled():
            return colours.card
        return colours.pressed if self._down else colours.field

    def outline(self) -> tuple[str, float]:
        """The selection comes before the tone."""
        colours = theme.current()
        if self._selected:
            return colours.action.edge, theme.BOLD
        if self._tone is Tone.NORMAL:
            return colours.edge, theme.STROKE
        return super().outline()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the press."""
        self._press(event.button() == Qt.MouseButton.LeftButton)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A release inside the card is a touch."""
        was_down = self._down
        self._press(False)
        if was_down and self.rect().contains(event.position().toPoint()):
            self.touched.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring when the keyboard brought the focus."""
        self._ring = by_keyboard(event)
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self._ring = False
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card, and the ring where it is due."""
        super().paintEvent(event)
        if self._ring:
            painting.focus_ring(QPainter(self), QRectF(self.rect()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space are touches."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.touched.emit()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow being enabled or not."""
        super().changeEvent(event)
        self.update()

    def _press(self, down: bool) -> None:
        self._down = down
        self.update()
