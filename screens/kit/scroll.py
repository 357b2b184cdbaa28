"""Scrolling for gloves: a finger's drag, and large page buttons where something is hidden."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QScroller, QVBoxLayout, QWidget

from screens.kit import theme
from screens.kit.pager import Pager


class TouchScroll(QWidget):
    """Shows a widget that may be higher than the room for it."""

    def __init__(
        self,
        content: QWidget,
        *,
        name: str,
        up_text: str,
        down_text: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._content = content
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        self._area.setWidget(content)
        content.setAutoFillBackground(False)
        QScroller.grabGesture(self._area.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        self._pager = Pager(f"{name}.pages", up_text, down_text)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addWidget(self._area, 1)
        box.addWidget(self._pager)
        self._area.verticalScrollBar().valueChanged.connect(self._show_place)
        self._area.verticalScrollBar().rangeChanged.connect(self._show_place)
        self._pager.moved.connect(self._turn)
        content.installEventFilter(self)
        self._show_place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the height of what is shown."""
        if watched is self._content and event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._show_place()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Count the pages anew."""
        super().resizeEvent(event)
        self._show_place()

    def _page_height(self) -> int:
        return max(self._area.viewport().height() - theme.TOUCH, theme.TOUCH)

    def _show_place(self) -> None:
        if self._needed() <= self.height():
            self._pager.set_pages(0, 1)
            return
        bar = self._area.verticalScrollBar()
        step = self._page_height()
        count = max(-(-bar.maximum() // step) + 1, 2)
        self._pager.set_pages(min(-(-bar.value() // step), count - 1), count)

    def _needed(self) -> int:
        """How high the content is; what flows into lines knows it for a width alone."""
        content = self._content
        least = content.minimumSizeHint().expandedTo(content.minimumSize()).height()
        flowing = content.heightForWidth(self.width()) if content.hasHeightForWidth() else 0
        return max(least, flowing)

    def _turn(self, page: int) -> None:
        self._area.verticalScrollBar().setValue(page * self._page_height())
