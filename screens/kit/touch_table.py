"""A table for fingers: high rows, heads that sort, pages instead of scroll bars, a reason when empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from screens.kit import icons, painting, theme
from screens.kit.empty_state import EmptyState
from screens.kit.pager import Pager
from screens.kit.table_head import ColumnHead, Sorting, SortKey, SortWords, sorted_places
from screens.kit.theme import Scale, Tone
from screens.kit.touch import Touchable, retire

_LINES = 6
_HEAD = 34
_SORT_HEAD = theme.TOUCH + theme.GAP // 2
_CELL = 10
_NAME = 110  # px up to which a word of the first column (the number of an order) is not broken
_SIGN = 18


@dataclass(frozen=True)
class Column:
    """One column: its share of the width, which side its text leans to, whether its head may sort."""

    title: str
    weight: float = 1
    right: bool = False
    muted: bool = False
    sorts: bool = True


@dataclass(frozen=True)
class Row:
    """One row: a text per column, and a sign in front when something is to be said.

    `keys` are what the columns sort by, where that is not the text shown (times, amounts).
    """

    id: str
    cells: Sequence[str]
    tone: Tone = Tone.NORMAL
    selected: bool = False
    sign: str | None = None
    keys: Sequence[SortKey] = ()


def _spans(
    columns: Sequence[Column], left: float, width: float, finger: int, name: float
) -> list[tuple[float, float]]:
    """Left edge and width of each text; the first column has at least room for a `name` of its rows."""
    font = theme.font(Scale.SMALL_STRONG)
    titles = [painting.text_width(column.title, font) for column in columns]
    titles[:1] = [max(title, name) for title in titles[:1]]
    least = [max(title + 2 * _CELL + 2, finger) for title in titles]
    shares = _shares([column.weight for column in columns], least, width)
    made: list[tuple[float, float]] = []
    for share in shares:
        made.append((left + _CELL, share - 2 * _CELL))
        left += share
    return made


def _shares(weights: Sequence[float], least: Sequence[float], width: float) -> list[float]:
    """Share a width by weight; what would get less than its least gets that, the others share the rest."""
    fixed: dict[int, float] = {}
    while True:
        rest = width - sum(fixed.values())
        whole = sum(weight for number, weight in enumerate(weights) if number not in fixed) or 1
        made = [fixed.get(number, rest * weight / whole) for number, weight in enumerate(weights)]
        short = {n: least[n] for n, share in enumerate(made) if n not in fixed and share < least[n]}
        if not short or len(fixed) + len(short) == len(weights):
            return made
        fixed |= short


class _RowButton(Touchable):
    """One row; its texts break into a few lines before they elide."""

    def __init__(self, name: str, row: Row, table: "TouchTable") -> None:
        super().__init__(name, "", table)
        self._row, self._table = row, table
        self._font, self._strong = theme.font(Scale.BODY), theme.font(Scale.STRONG)
        self._fine = theme.font(Scale.SMALL)
        self.show_row(row)

    def show_row(self, row: Row) -> None:
        self._row = row
        self.setAccessibleName(" · ".join(cell for cell in row.cells if cell))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self.isDown() and self._table.touchable:
            painting.surface(painter, rect, colours.pressed, None, 0, theme.RADIUS - 4)
        if self._row.selected:
            painting.surface(painter, rect, colours.field, colours.action.edge, theme.BOLD, theme.RADIUS - 2)
        signal = colours.signal(self._row.tone)
        if sign := self._row.sign if self._row.sign is not None else icons.sign_of(self._row.tone):
            box = QRectF(_CELL, rect.center().y() - _SIGN / 2, _SIGN, _SIGN)
            if sign == icons.sign_of(self._row.tone):
                icons.paint_sign(painter, box, self._row.tone)
            else:
                icons.paint_icon(painter, sign, box, signal.text)
        spans = self._table.spans()
        for number, (column, cell, (x, width)) in enumerate(
            zip(self._table.columns, self._row.cells, spans, strict=True)
        ):
            font: QFont = self._strong if number == 0 else self._font
            ink = signal.text if self._row.tone is not Tone.NORMAL and not column.muted else colours.ink
            ink = colours.muted if column.muted else ink
            if painting.text_width(cell, font) > width:
                font = self._fine
            block = painting.lines(cell, font, width, _LINES)
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            area = QRectF(x, 0, width, rect.height())
            painting.draw_lines(painter, area, block, font, ink, side | Qt.AlignmentFlag.AlignVCenter)
        self.paint_ring(painter, rect)


class _Body(QWidget):
    """Where the rows stand, and the column titles above them."""

    resized = Signal()
    wheeled = Signal(int)

    def __init__(self, table: "TouchTable") -> None:
        super().__init__()
        self._table = table
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(table.head_height + theme.TOUCH + theme.GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.wheeled.emit(-1 if event.angleDelta().y() > 0 else 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        font = theme.font(Scale.SMALL_STRONG)
        head = self._table.head_height
        for column, (x, width) in zip(self._table.columns, self._table.spans(), strict=True):
            if self._table.sorts(column):
                continue
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            area = QRectF(x, 0, width, head - 4)
            painting.draw_text(
                painter, area, column.title, font, colours.muted, side | Qt.AlignmentFlag.AlignVCenter
            )
        painter.fillRect(QRectF(0, head - 2, self.width(), 2), painting.brush(colours.line))
        for place in range(1, self._table.rows_shown + 1):
            y = head + place * self._table.pitch - 1
            painter.fillRect(QRectF(0, y, self.width(), 1), painting.brush(colours.line))


class TouchTable(QWidget):
    """Rows and pages; row buttons are named `<name>.row.<id>`, heads that sort `<name>.head.<number>`."""

    row_touched = Signal(str)
    # other rows stand on the page that is turned to
    shown_changed = Signal()

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        *,
        empty_text: str,
        up_text: str,
        down_text: str,
        touchable: bool = True,
        empty_icon: str = "list",
        sort: SortWords | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.columns: tuple[Column, ...] = tuple(columns)
        self.touchable = touchable
        self._empty_icon = empty_icon
        self._rows: tuple[Row, ...] = ()
        self._came: tuple[Row, ...] = ()
        self._sort, self._sorted_by, self._sorting = sort, "", Sorting.NONE
        self.head_height = _HEAD if sort is None else _SORT_HEAD
        self._heads: list[ColumnHead] = []
        self._chain: list[QWidget] = []
        self._told: list[str] = []
        self._name_width = 0.0
        self._buttons: dict[str, _RowButton] = {}
        self._page = 0
        self.rows_shown = 0
        self.pitch = theme.TOUCH + theme.GAP
        self._body = _Body(self)
        self._pager = Pager(f"{name}.pages", up_text, down_text)
        self._empty = EmptyState(empty_icon, empty_text, name=f"{name}.empty")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addWidget(self._body, 1)
        box.addWidget(self._empty, 1)
        box.addWidget(self._pager)
        self._body.resized.connect(self._arrange)
        self._body.wheeled.connect(self._pager.step)
        self._pager.moved.connect(self._turn)
        self._make_heads()
        self._show_empty()

    def sorts(self, column: Column) -> bool:
        """Whether the head of this column can be touched to sort."""
        return self._sort is not None and column.sorts and bool(column.title)

    def spans(self) -> list[tuple[float, float]]:
        """Left edge and width of each column's text, in pixels."""
        marked = any(row.sign or icons.sign_of(row.tone) for row in self._rows)
        left = float(_SIGN + _CELL) if marked else 0.0
        finger = 0 if self._sort is None else theme.TOUCH + theme.GAP
        return _spans(self.columns, left, self._body.width() - left, finger, self._name_width)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns."""
        if tuple(columns) == self.columns:
            return
        self.columns = tuple(columns)
        self._make_heads()
        self._body.update()

    def set_empty_text(self, text: str) -> None:
        """Say why there is nothing and what will fill the table."""
        self._empty.set(self._empty_icon, text)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows, sorted as was touched; the page stays where it was when it can."""
        self._came = tuple(rows)
        self._rows = self._in_order()
        fine = theme.font(Scale.SMALL)
        names = {word for row in rows for word in row.cells[0].split()}
        self._name_width = min(max((painting.text_width(name, fine) for name in names), default=0), _NAME)
        wanted = {row.id: row for row in rows}
        for key in [key for key in self._buttons if key not in wanted]:
            button = self._buttons.pop(key)
            retire(button)
        for row in rows:
            if row.id in self._buttons:
                self._buttons[row.id].show_row(row)
            else:
                self._buttons[row.id] = self._button(row)
        self._show_empty()
        self._arrange()

    def shown_ids(self) -> list[str]:
        """The rows of the page that is turned to."""
        return [row.id for row in self._rows if not self._buttons[row.id].isHidden()]

    def sort_by(self, title: str, sorting: Sorting) -> None:
        """Sort by the column of this title, from the first page on."""
        self._sorted_by, self._sorting, self._page = title, sorting, 0
        self._rows = self._in_order()
        self._arrange()

    def _in_order(self) -> tuple[Row, ...]:
        titles = [column.title for column in self.columns]
        if self._sorting is Sorting.NONE or self._sorted_by not in titles:
            return self._came
        at = titles.index(self._sorted_by)
        keys = [row.keys[at] if row.keys else row.cells[at] for row in self._came]
        return tuple(self._came[place] for place in sorted_places(keys, self._sorting))

    def _make_heads(self) -> None:
        """One head per column; those that are there stay, with the keyboard's focus."""
        if self._sort is None:
            return
        while len(self._heads) < len(self.columns):
            number = len(self._heads)
            made = ColumnHead(f"{self.objectName()}.head.{number}", self._sort, self._body)
            made.clicked.connect(lambda _=False, at=number: self._touch_head(at))
            self._heads.append(made)

    def _touch_head(self, number: int) -> None:
        title = self.columns[number].title
        self.sort_by(title, self._sorting_of(title).next)

    def _sorting_of(self, title: str) -> Sorting:
        return self._sorting if title == self._sorted_by else Sorting.NONE

    def _place_heads(self) -> None:
        for number, head in enumerate(self._heads):
            head.setVisible(number < len(self.columns) and self.sorts(self.columns[number]))
        half = theme.GAP // 2
        for head, column, (x, width) in zip(self._heads, self.columns, self.spans(), strict=False):
            left, right = round(x - _CELL) + half, round(x + width + _CELL) - half
            head.setGeometry(left, 0, right - left, theme.TOUCH)
            head.show_head(
                column.title, self._sorting_of(column.title), right=column.right, inset=_CELL - half
            )

    def _tab_through(self) -> None:
        """Let Tab go through the heads, then the rows of this page as they stand."""
        shown = [self._buttons[key] for key in self.shown_ids()]
        chain: list[QWidget] = [*(head for head in self._heads if not head.isHidden()), *shown]
        if chain != self._chain:
            self._chain = chain
            for one, other in pairwise(chain):
                QWidget.setTabOrder(one, other)

    def _button(self, row: Row) -> _RowButton:
        made = _RowButton(f"{self.objectName()}.row.{row.id}", row, self)
        made.setParent(self._body)
        if not self.touchable:
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        made.clicked.connect(lambda: self.row_touched.emit(row.id))
        return made

    def _show_empty(self) -> None:
        self._empty.setVisible(not self._rows)
        self._body.setVisible(bool(self._rows))

    def _arrange(self) -> None:
        self.pitch = self._row_height() + theme.GAP
        fitting = max((self._body.height() - self.head_height) // self.pitch, 1)
        pages = max(-(-len(self._rows) // fitting), 1)
        self._page = min(self._page, pages - 1)
        first = self._page * fitting
        for number, row in enumerate(self._rows):
            button = self._buttons[row.id]
            place = number - first
            y = self.head_height + place * self.pitch + theme.GAP // 2
            button.setGeometry(0, y, self._body.width(), self.pitch - theme.GAP)
            button.setVisible(0 <= place < fitting)
        self.rows_shown = max(min(len(self._rows) - first, fitting), 0)
        self._pager.set_pages(self._page, pages)
        self._place_heads()
        self._tab_through()
        self._body.update()
        if (shown := self.shown_ids()) != self._told:
            self._told = shown
            self.shown_changed.emit()

    def _row_height(self) -> int:
        """Height in pixels at which every row shows its texts whole, as far as a few lines reach."""
        spans, fine = self.spans(), theme.font(Scale.SMALL)
        most = max(
            (
                len(painting.lines(cell, fine, width, _LINES))
                for row in self._rows
                for cell, (_, width) in zip(row.cells, spans, strict=True)
            ),
            default=1,
        )
        return max(int(most * painting.line_height(fine)) + 8, theme.TOUCH)

    def _turn(self, page: int) -> None:
        self._page = page
        self._arrange()
