"""What every touchable does alike: press feedback, Enter and Space, a focus ring for the keyboard only."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from screens.kit import painting, theme

_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Touchable(QPushButton):
    """A button without a look of its own, a finger wide; a touch never takes the keyboard focus away."""

    def __init__(self, name: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ring = False
        self.setObjectName(name)
        self.setText(text)
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        self.setDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumHeight(theme.TOUCH)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFont(theme.font(theme.Scale.STRONG))

    def setText(self, text: str) -> None:
        """Show a text as it stands: an ampersand in it is no key, and changes none."""
        keys = self.shortcut()
        super().setText(text)
        self.setShortcut(keys)

    def minimumSizeHint(self) -> QSize:
        """A finger's size."""
        return QSize(theme.TOUCH, theme.TOUCH)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter acts like Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring when the keyboard brought the focus."""
        self._ring = by_keyboard(event)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self._ring = False
        super().focusOutEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme or of being enabled."""
        super().changeEvent(event)
        self.update()

    def paint_ring(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the focus ring where it is due."""
        if self._ring and self.hasFocus():
            painting.focus_ring(painter, rect)


def by_keyboard(event: QFocusEvent) -> bool:
    """Whether a key brought the focus, so that the ring is to be shown."""
    return event.reason() in _BY_KEYBOARD


def retire(widget: QWidget) -> None:
    """Take a widget away for good, also from within its own touch; its name is free at once."""
    widget.hide()
    widget.setObjectName("")
    widget.deleteLater()
