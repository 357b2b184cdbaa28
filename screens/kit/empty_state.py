"""What an empty place says: why it is empty and what will fill it."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from screens.kit import icons, labels, theme
from screens.kit.theme import Scale

_PICTURE = 48


class _Picture(QWidget):
    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_icon(self, icon: str) -> None:
        self._icon = icon
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_PICTURE, _PICTURE)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.paint_icon(QPainter(self), self._icon, QRectF(self.rect()), theme.current().edge)


class EmptyState(QWidget):
    """An icon, a sentence, and what to do about it, in the middle of the room."""

    def __init__(
        self, icon: str, title: str, text: str = "", *, name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._picture = _Picture(icon)
        self._title = labels.wrapped(title, Scale.HEADING)
        self._text = labels.wrapped(text, Scale.BODY, muted=True)
        box = QVBoxLayout(self)
        box.setSpacing(theme.GAP)
        box.addStretch(1)
        box.addWidget(self._picture)
        for part in (self._title, self._text):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            box.addWidget(part)
        box.addStretch(1)
        self.set(icon, title, text)

    def set(self, icon: str, title: str, text: str = "") -> None:
        """Say something else."""
        self._picture.set_icon(icon)
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
