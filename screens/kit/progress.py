"""Long work: what is being done, how far it is, and a way to stop it."""

from PySide6.QtCore import QEvent, QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from screens.kit import labels, painting, theme
from screens.kit.buttons import ActionButton
from screens.kit.theme import Scale


class _Bar(QWidget):
    """A bar filled up to a share; hatched while nobody knows how far the work is."""

    def __init__(self) -> None:
        super().__init__()
        self._share: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float | None) -> None:
        if share != self._share:
            self._share = share
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.RAIL, theme.ICON)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.current()
        rect = QRectF(self.rect())
        painting.surface(painter, rect, colours.track, colours.edge, theme.THIN, theme.RADIUS // 2)
        if self._share is None:
            painting.hatch(painter, rect, colours.edge)
            return
        done = rect.adjusted(0, 0, -rect.width() * (1 - self._share), 0)
        painting.surface(painter, done, colours.bar, None, 0, theme.RADIUS // 2)


class ProgressLine(QWidget):
    """Words, bar and "Cancel"; hidden while nothing goes on. `cancelled` is a wish: the work decides."""

    cancelled = Signal()

    def __init__(self, name: str, cancel_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._words = labels.wrapped(scale=Scale.STRONG, name=f"{name}.words")
        self._detail = labels.wrapped(scale=Scale.SMALL, muted=True, name=f"{name}.detail")
        self._bar = _Bar()
        self._cancel = ActionButton(cancel_text, name=f"{name}.cancel", icon="cross", main=False)
        self._cancel.clicked.connect(self._stop)
        column = QVBoxLayout()
        column.setSpacing(theme.HALF)
        for part in (self._words, self._bar, self._detail):
            column.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.PAD)
        row.addLayout(column, 1)
        row.addWidget(self._cancel)
        self.hide()

    def show_progress(self, words: str, share: float | None = None, detail: str = "") -> None:
        """Say what is done; `share` from 0 to 1, None where it cannot be told."""
        held = None if share is None else min(max(share, 0.0), 1.0)
        self._words.setText(words)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._bar.show_share(held)
        part = "" if held is None else f"{held:.0%}"
        self.setAccessibleName(" ".join(word for word in (words, part, detail) if word))
        self.show()

    def end(self) -> None:
        """The work is done or was given up."""
        self._cancel.setEnabled(True)
        self.hide()

    def _stop(self) -> None:
        self._cancel.setEnabled(False)
        self.cancelled.emit()
