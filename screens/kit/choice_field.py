"""Fields that are touched: a label over a value, and the choice among large options inside the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from screens.kit import icons, labels, painting, theme
from screens.kit.buttons import ActionButton
from screens.kit.pager import Pager
from screens.kit.theme import Scale
from screens.kit.touch import Touchable, retire

_LABEL = 24
_OPTION = theme.MAIN
_WIDE = 320


class TouchField(Touchable):
    """A label over an outlined value; empty it shows what can be done ("Choose")."""

    def __init__(
        self, label: str, placeholder: str = "", *, name: str, icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(name, "", parent)
        self._label, self._placeholder, self._icon = label, placeholder, icon
        self._selected = False
        self._small, self._strong = theme.font(Scale.SMALL_STRONG), theme.font(Scale.STRONG)
        self.setMinimumHeight(_LABEL + theme.TOUCH)
        self.set_text("")

    def set_text(self, text: str) -> None:
        """Show a value, or with an empty one the placeholder."""
        self.setText(text)
        self.setAccessibleName(f"{self._label} {text or self._placeholder}".strip())
        self.update()

    def set_label(self, label: str) -> None:
        """Name the field."""
        self._label = label
        self.set_text(self.text())

    def set_selected(self, selected: bool) -> None:
        """Mark the field as the one being filled."""
        self._selected = selected
        self.update()

    def sizeHint(self) -> QSize:
        """Label and value in full."""
        shown = painting.text_width(self.text() or self._placeholder, self._strong) + 60
        return QSize(
            int(max(shown, painting.text_width(self._label, self._small), 160)), _LABEL + theme.TOUCH
        )

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(120, _LABEL + theme.TOUCH)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw label, outline and value."""
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        head = QRectF(rect.left(), rect.top(), rect.width(), _LABEL - 2)
        painting.draw_text(painter, head, self._label, self._small, colours.muted)
        box = rect.adjusted(0, _LABEL, 0, 0)
        if not self.isEnabled():
            painting.surface(painter, box, colours.panel, colours.line, theme.STROKE, theme.RADIUS - 2)
        else:
            edge = colours.action.edge if self._selected or not self.text() else colours.edge
            width = theme.BOLD if self._selected else theme.STROKE
            fill = colours.pressed if self.isDown() else colours.field
            painting.surface(painter, box, fill, edge, width, theme.RADIUS - 2)
        inner = box.adjusted(14, 2, -12, -2)
        if self._icon:
            mark = QRectF(inner.right() - 20, inner.center().y() - 10, 20, 20)
            icons.paint_icon(painter, self._icon, mark, colours.ink if self.isEnabled() else colours.disabled)
            inner.setRight(mark.left() - 6)
        shown = self.text() or self._placeholder
        font = self._strong
        if painting.text_width(shown, font) > inner.width():
            font = theme.font(Scale.SMALL_STRONG)
        ink = colours.ink if self.text() else colours.muted
        block = painting.lines(shown, font, inner.width(), 2)
        painting.draw_lines(painter, inner, block, font, ink if self.isEnabled() else colours.disabled)
        self.paint_ring(painter, box)


@dataclass(frozen=True)
class Choice:
    """One option, with a second line where it helps."""

    id: str
    text: str
    detail: str = ""


class _Option(Touchable):
    def __init__(self, name: str, choice: Choice, selected: bool, parent: QWidget) -> None:
        super().__init__(name, choice.text, parent)
        self._choice, self._selected = choice, selected
        self.setAccessibleName(f"{choice.text} {choice.detail}".strip())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        edge = colours.action.edge if self._selected else colours.edge
        width = theme.BOLD if self._selected else theme.STROKE
        painting.surface(painter, rect, colours.pressed if self.isDown() else colours.field, edge, width)
        inner = rect.adjusted(14, 4, -14, -4)
        if self._selected:
            icons.paint_icon(
                painter, "check", QRectF(inner.right() - 22, inner.center().y() - 11, 22, 22), edge
            )
            inner.setRight(inner.right() - 28)
        strong, small = theme.font(Scale.STRONG), theme.font(Scale.SMALL)
        if self._choice.detail:
            upper = QRectF(inner.left(), inner.top(), inner.width(), inner.height() / 2)
            painting.draw_text(painter, upper, self._choice.text, strong, colours.ink)
            lower = QRectF(inner.left(), upper.bottom(), inner.width(), inner.height() / 2)
            painting.draw_text(painter, lower, self._choice.detail, small, colours.muted)
        else:
            if painting.text_width(self._choice.text, strong) > inner.width():
                strong = theme.font(Scale.SMALL_STRONG)
            block = painting.lines(self._choice.text, strong, inner.width(), 2)
            painting.draw_lines(painter, inner, block, strong, colours.ink)
        self.paint_ring(painter, rect)


class ChoiceSheet(QWidget):
    """Large options over the page, not over the frame around it; a touch beside it or Escape closes it."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, name: str, up_text: str, down_text: str, close_text: str, page: QWidget) -> None:
        super().__init__(page)
        self._name, self._page_widget = name, page
        self._options: list[_Option] = []
        self._number = 0
        self._anchor = QRect()
        self.setObjectName(f"{name}.sheet")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._panel = QWidget(self)
        self._grid = QWidget()
        self._pager = Pager(f"{name}.pages", up_text, down_text)
        close = ActionButton(close_text, name=f"{name}.close", icon="cross", main=False)
        close.clicked.connect(self.close_sheet)
        head = QHBoxLayout()
        self._title = labels.label("", Scale.HEADING)
        head.addWidget(self._title, 1)
        head.addWidget(self._pager)
        head.addWidget(close)
        head.setSpacing(theme.GAP)
        box = QVBoxLayout(self._panel)
        box.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.PAD)
        box.setSpacing(theme.GAP)
        box.addLayout(head)
        box.addWidget(self._grid, 1)
        self._pager.moved.connect(self._turn)
        page.installEventFilter(self)

    def open_at(self, title: str, anchor: QRect, choices: Sequence[Choice], chosen: str | None) -> None:
        """Show the options below a field's place on the page, or above where there is more room."""
        self._title.setText(title)
        self._anchor, self._number = anchor, 0
        for option in self._options:
            retire(option)
        self._options = [self._option(choice, choice.id == chosen) for choice in choices]
        self.setGeometry(self._page_widget.rect())
        self.show()
        self.raise_()
        self._arrange()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_sheet(self) -> None:
        """Close without choosing."""
        self.hide()

    def _option(self, choice: Choice, selected: bool) -> _Option:
        made = _Option(f"{self._name}.option.{choice.id}", choice, selected, self._grid)
        made.clicked.connect(lambda: self.chosen.emit(choice.id))
        return made

    def _arrange(self) -> None:
        gap, edge = theme.GAP, theme.PAD
        room = QSize(self.width() - 2 * edge, self.height() - 2 * edge)
        inner = room.width() - 2 * theme.PAD
        columns = min(max((inner + gap) // (_WIDE + gap), 1), max(len(self._options), 1))
        head = theme.TOUCH + 2 * gap + theme.PAD
        fitting = max((room.height() - head + gap) // (_OPTION + gap), 1)
        rows = min(max(-(-len(self._options) // columns), 1), fitting)
        pages = max(-(-len(self._options) // (columns * rows)), 1)
        self._number = min(self._number, pages - 1)
        high = min(head + rows * (_OPTION + gap) - gap, room.height())
        top = self._anchor.bottom() + gap
        if top + high > self.height() - edge:
            top = self._anchor.top() - gap - high
        top = min(max(top, edge), self.height() - edge - high)
        self._panel.setGeometry(edge, top, room.width(), high)
        self._pager.set_pages(self._number, pages)
        wide = (inner + gap) / columns - gap
        for number, option in enumerate(self._options):
            place = number - self._number * columns * rows
            row, column = divmod(place, columns)
            left = round(column * (wide + gap))
            option.setGeometry(left, row * (_OPTION + gap), round(wide), _OPTION)
            option.setVisible(0 <= place < columns * rows)
        self.update()

    def _turn(self, page: int) -> None:
        self._number = page
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the page."""
        if watched is self._page_widget and event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._page_widget.rect())
            self._arrange()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A touch beside the panel closes."""
        if not self._panel.geometry().contains(event.position().toPoint()):
            self.close_sheet()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
            return
        super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """A page that is left takes its open sheet along."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.closed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the panel."""
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self._panel.geometry())
        painting.surface(painter, rect, colours.panel, colours.action.edge, theme.BOLD)


def page_of(widget: QWidget) -> QWidget:
    """The page a widget stands on: a child of the stack of screens, or one marked `sheet_host`."""
    at = widget
    while (above := at.parentWidget()) is not None:
        if at is not widget and at.property("sheet_host"):
            return at
        if isinstance(above, QStackedWidget):
            return at
        at = above
    return at


class ChoiceField(TouchField):
    """Label, chosen option, and a touch that opens the options; `chosen(id)` follows only a touch."""

    chosen = Signal(str)

    def __init__(
        self,
        label: str,
        choose_text: str,
        *,
        name: str,
        up_text: str,
        down_text: str,
        close_text: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(label, choose_text, name=name, icon="down", parent=parent)
        self._words = (up_text, down_text, close_text)
        self._choices: tuple[Choice, ...] = ()
        self._chosen: str | None = None
        self._sheet: ChoiceSheet | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open)

    @property
    def chosen_id(self) -> str | None:
        """The chosen option."""
        return self._chosen

    @property
    def is_open(self) -> bool:
        """Whether the options are shown."""
        return self._sheet is not None and self._sheet.isVisible()

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offer these options; a chosen one that is not among them is taken back."""
        self._choices = tuple(choices)
        self.select(self._chosen)
        self.setEnabled(bool(choices))

    def select(self, choice_id: str | None) -> None:
        """Choose without a touch, or nothing."""
        found = next((choice for choice in self._choices if choice.id == choice_id), None)
        self._chosen = found.id if found else None
        self.set_text(found.text if found else "")

    def _open(self) -> None:
        if self.is_open:
            return
        page = page_of(self)
        sheet = self._sheet if self._sheet is not None else ChoiceSheet(self.objectName(), *self._words, page)
        if self._sheet is None:
            sheet.chosen.connect(self._choose)
            sheet.closed.connect(self._close)
            self.destroyed.connect(sheet.deleteLater)
            self._sheet = sheet
        self.set_selected(True)
        corner = self.mapTo(page, self.rect().topLeft())
        sheet.open_at(self._label, QRect(corner, self.size()), self._choices, self._chosen)

    def _choose(self, choice_id: str) -> None:
        self.select(choice_id)
        self._close()
        self.chosen.emit(choice_id)

    def _close(self) -> None:
        self.set_selected(False)
        if self._sheet is not None:
            self._sheet.hide()
