"""Page up and page down, large enough for gloves; shown only where there is more than one page."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from screens.kit import labels, theme
from screens.kit.buttons import ActionButton
from screens.kit.theme import Scale


class _PageButton(ActionButton):
    def minimumSizeHint(self) -> QSize:
        return QSize(theme.TOUCH, theme.TOUCH)


class Pager(QWidget):
    """Two buttons and "2 / 5" between them."""

    moved = Signal(int)

    def __init__(self, name: str, up_text: str, down_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._page, self._count = 0, 1
        self._up = _PageButton(up_text, name=f"{name}.up", icon="up", main=False)
        self._down = _PageButton(down_text, name=f"{name}.down", icon="down", main=False)
        self._place = labels.label("", Scale.SMALL_STRONG, muted=True, name=f"{name}.place")
        self._place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._place.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addStretch(1)
        row.addWidget(self._up)
        row.addWidget(self._place)
        row.addWidget(self._down)
        self._up.clicked.connect(self._back)
        self._down.clicked.connect(self._forth)
        self.set_pages(0, 1)

    def set_pages(self, page: int, count: int) -> None:
        """Show page `page` (from 0) of `count`."""
        self._page, self._count = page, count
        self._place.setText(f"{page + 1} / {count}")
        self._up.setEnabled(page > 0)
        self._down.setEnabled(page < count - 1)
        self.setVisible(count > 1)

    def step(self, pages: int) -> None:
        """Move by pages, where there are any."""
        target = min(max(self._page + pages, 0), self._count - 1)
        if target != self._page:
            self.moved.emit(target)

    def _back(self) -> None:
        self.step(-1)

    def _forth(self) -> None:
        self.step(1)
