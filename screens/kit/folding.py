"""A column that leaves out what matters least where the height is short, rather than squeezing everything."""

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from screens.kit import theme


class FoldingColumn(QWidget):
    """Widgets below each other; the foldable ones are shown in their order as far as the height reaches."""

    def __init__(self, gap: int = theme.GAP, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept: list[QWidget] = []
        self._foldable: list[QWidget] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(gap)
        self._box.addStretch(0)
        self._box.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)

    def add(self, widget: QWidget, stretch: int = 0, *, foldable: bool = False) -> None:
        """Append a widget; a foldable one is left out where there is no room for it."""
        (self._foldable if foldable else self._kept).append(widget)
        self._box.insertWidget(self._box.count() - 1, widget, stretch)

    def minimumSizeHint(self) -> QSize:
        """Room for what is always shown."""
        parts = [*self._kept, *self._foldable]
        width = max((_least(part).width() for part in parts), default=0)
        return QSize(width, self._height(self._kept))

    def _height(self, parts: list[QWidget]) -> int:
        return sum(_least(part).height() for part in parts) + self._box.spacing() * max(len(parts) - 1, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as fits now."""
        super().resizeEvent(event)
        self._fold()

    def event(self, event: QEvent) -> bool:
        """Follow parts that need another height than before."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fold()
            self.updateGeometry()
        return super().event(event)

    def _fold(self) -> None:
        shown = list(self._kept)
        for part in self._foldable:
            fits = self._height([*shown, part]) <= self.height()
            part.setVisible(fits)
            shown = [*shown, part] if fits else shown


def _least(part: QWidget) -> QSize:
    return part.minimumSizeHint().expandedTo(part.minimumSize())
