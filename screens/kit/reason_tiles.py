"""Reasons as large tiles: one touch chooses, the suggested ones first, pages and a search for the many."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from screens.kit import icons, labels, painting, theme
from screens.kit.buttons import ActionButton
from screens.kit.keyboard import Keyboard, KeyboardWords, TextReadout
from screens.kit.pager import Pager
from screens.kit.theme import Scale
from screens.kit.touch import Touchable, retire

_TILE_WIDTH = 250
_TILE_LEAST = 96
_TILE_MOST = 176
_SWIPE = 60


@dataclass(frozen=True)
class Reason:
    """One reason to choose from; suggested ones carry a mark and stand first."""

    id: str
    title: str
    subtitle: str = ""
    suggested: bool = False


@dataclass(frozen=True)
class ReasonWords:
    """All words the tiles need beside the reasons."""

    search: str
    up: str
    down: str
    suggested: str
    nothing_found: str
    close: str
    keyboard: KeyboardWords


def _plain(text: str) -> str:
    """Letters without case and accents, so that a search needs neither."""
    apart = unicodedata.normalize("NFKD", text.casefold()).replace("ł", "l")
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


class ReasonTile(Touchable):
    """Title over subtitle; a suggestion says so, the choice has a thick outline and a tick."""

    def __init__(self, name: str, reason: Reason, suggested_text: str, parent: QWidget) -> None:
        super().__init__(name, reason.title, parent)
        self._reason = reason
        self._below = reason.subtitle
        if reason.suggested:
            self._below = f"{reason.subtitle} · {suggested_text}" if reason.subtitle else suggested_text
        self._selected = False
        self.setAccessibleName(f"{reason.title} {self._below}".strip())

    def set_selected(self, selected: bool) -> None:
        """Mark as chosen."""
        self._selected = selected
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tile."""
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        fill = colours.pressed if self.isDown() else colours.card
        if self._selected:
            painting.surface(painter, rect, colours.field, colours.action.edge, theme.BOLD + 1)
        elif self._reason.suggested:
            painting.surface(painter, rect, fill, colours.action.edge, theme.STROKE)
        else:
            painting.surface(painter, rect, fill, colours.edge, theme.THIN)
        inner = rect.adjusted(theme.PAD, 8, -theme.PAD, -8)
        if self._selected:
            box = QRectF(rect.right() - 38, rect.top() + 12, theme.ICON, theme.ICON)
            icons.paint_icon(painter, "check", box, colours.action.edge)
        font, small = theme.font(Scale.TITLE), theme.font(Scale.SMALL)
        room = inner.width() - (20 if self._selected else 0)
        long_word = max((painting.text_width(word, font) for word in self._reason.title.split()), default=0)
        below = painting.lines(self._below, small, inner.width(), 2)
        low = painting.line_height(small) * len(below)
        large = painting.line_height(font) * len(painting.lines(self._reason.title, font, room))
        if long_word > room or rect.height() < 120 or large > inner.height() - low:
            font = theme.font(Scale.HEADING)
        fits = max(int((inner.height() - low) // painting.line_height(font)), 1)
        above = painting.lines(self._reason.title, font, room, min(fits, 3))
        high = painting.line_height(font) * len(above)
        top = inner.center().y() - (high + low + 2) / 2
        painting.draw_lines(painter, QRectF(inner.left(), top, room, high), above, font, colours.ink)
        words = QRectF(inner.left(), top + high + 2, inner.width(), low)
        painting.draw_lines(painter, words, below, small, colours.muted)
        self.paint_ring(painter, rect)


class _TileGrid(QWidget):
    """Places as many tiles as fit; a vertical swipe turns the page."""

    swiped = Signal(int)
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._start: QPoint | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_TILE_LEAST)

    def shape(self, count: int, high: int) -> tuple[int, int]:
        """Columns and rows for `count` tiles in the present width and a height."""
        gap = theme.GAP
        most = min(max((self.width() + gap) // (_TILE_WIDTH + gap), 1), 5)
        rows = max((high + gap) // (_TILE_LEAST + gap), 1)
        columns = next((number for number in range(min(3, most), most) if number * rows >= count), most)
        return columns, min(rows, max(-(-count // columns), 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._start = event.position().toPoint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._start is not None:
            moved = event.position().toPoint().y() - self._start.y()
            if abs(moved) > _SWIPE:
                self.swiped.emit(-1 if moved > 0 else 1)
        self._start = None


class ReasonTiles(QWidget):
    """The grid with its search; `picked(id)` follows the touch at once."""

    picked = Signal(str)

    def __init__(
        self, name: str, words: ReasonWords, *, language: str = "en", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._words = words
        self._reasons: tuple[Reason, ...] = ()
        self._selected: str | None = None
        self._page = 0
        self._arranging = self._again = False
        self._tiles: dict[str, ReasonTile] = {}
        self._grid = _TileGrid()
        self._nothing = labels.wrapped(words.nothing_found, Scale.BODY, muted=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._search = ActionButton(words.search, name=f"{name}.search", icon="search", main=False)
        self._pager = Pager(f"{name}.pages", words.up, words.down)
        self._keyboard = Keyboard(
            f"{name}.keyboard", words.keyboard, language=language, max_length=40, readout=False, digits=False
        )
        self._keyboard.set_main_text(words.close)
        self._keyboard.hide()
        self._typed = TextReadout(words.search)
        self._typed.hide()
        foot = QHBoxLayout()
        foot.setSpacing(theme.GAP)
        foot.addWidget(self._search)
        foot.addWidget(self._typed, 1)
        foot.addStretch(0)
        foot.addWidget(self._pager)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addWidget(self._grid, 1)
        box.addWidget(self._nothing)
        box.addLayout(foot)
        box.addWidget(self._keyboard)
        self._grid.resized.connect(self._arrange)
        self._grid.swiped.connect(self._pager.step)
        self._pager.moved.connect(self._turn)
        self._search.clicked.connect(self._toggle_search)
        self._keyboard.changed.connect(self._filter)
        self._keyboard.entered.connect(self._toggle_search)
        self._nothing.hide()

    @property
    def selected_id(self) -> str | None:
        """The chosen reason."""
        return self._selected

    def set_reasons(self, reasons: Sequence[Reason]) -> None:
        """Offer these reasons; the suggested ones move to the front, the rest keeps its order."""
        self._reasons = tuple(sorted(reasons, key=lambda reason: not reason.suggested))
        if self._selected not in {reason.id for reason in reasons}:
            self._selected = None
        self._rebuild()

    def select(self, reason_id: str | None) -> None:
        """Choose a reason without a touch, or none."""
        self._selected = reason_id
        for key, tile in self._tiles.items():
            tile.set_selected(key == reason_id)

    @property
    def searched(self) -> str:
        """The letters of the search."""
        return self._keyboard.text

    def search(self, letters: str) -> None:
        """Go on with a search that was begun; its letters stay in view."""
        if letters:
            self._keyboard.set_text(letters)
            self._toggle_search()

    def found(self) -> list[Reason]:
        """The reasons that the search leaves."""
        wanted = _plain(self._keyboard.text).split()
        return [
            reason
            for reason in self._reasons
            if all(word in _plain(f"{reason.title} {reason.subtitle} {reason.id}") for word in wanted)
        ]

    def _rebuild(self) -> None:
        for tile in self._tiles.values():
            retire(tile)
        self._tiles = {reason.id: self._tile(reason) for reason in self.found()}
        self._nothing.setVisible(bool(self._reasons) and not self._tiles)
        self._page = 0
        self._arrange()

    def _tile(self, reason: Reason) -> ReasonTile:
        made = ReasonTile(f"{self.objectName()}.{reason.id}", reason, self._words.suggested, self._grid)
        made.set_selected(reason.id == self._selected)
        made.clicked.connect(lambda: self._pick(reason.id))
        return made

    def _pick(self, reason_id: str) -> None:
        self.select(reason_id)
        self.picked.emit(reason_id)

    def _shape(self) -> tuple[int, int, bool]:
        """Columns, rows, and whether there is a foot below them: judged by the whole room, foot or not."""
        count, typing = len(self._tiles), self._keyboard.isVisibleTo(self)
        high = self.height() - (self._keyboard.minimumHeight() + theme.GAP if typing else 0)
        columns, rows = self._grid.shape(count, high)
        if not typing and not self._keyboard.text and count <= columns * rows:
            return columns, rows, False
        return *self._grid.shape(count, high - theme.TOUCH - theme.GAP), True

    def _arrange(self) -> None:
        """Place everything; what appears or goes may change the room: then once more, never nested."""
        self._again = True
        while self._again and not self._arranging:
            self._again, self._arranging = False, True
            self._place()
            self._arranging = False

    def _place(self) -> None:
        columns, rows, foot = self._shape()
        pages = max(-(-len(self._tiles) // (columns * rows)), 1)
        self._page = min(self._page, pages - 1)
        gap = theme.GAP
        wide = (self._grid.width() + gap) / columns - gap
        high = min((self._grid.height() + gap) / rows - gap, _TILE_MOST)
        for number, tile in enumerate(self._tiles.values()):
            place = number - self._page * columns * rows
            tile.setVisible(0 <= place < columns * rows)
            row, column = divmod(place, columns)
            x, y = round(column * (wide + gap)), round(row * (high + gap))
            tile.setGeometry(
                x, y, round(column * (wide + gap) + wide) - x, round(row * (high + gap) + high) - y
            )
        self._pager.set_pages(self._page, pages)
        self._search.setVisible(foot and not self._keyboard.isVisibleTo(self))

    def _turn(self, page: int) -> None:
        self._page = page
        self._arrange()

    def _filter(self, text: str) -> None:
        self._typed.show_text(text)
        self._rebuild()

    def _toggle_search(self) -> None:
        opened = not self._keyboard.isVisibleTo(self)
        self._keyboard.setVisible(opened)
        self._typed.setVisible(opened)
        self._search.set_selected(bool(self._keyboard.text))
        self._arrange()
        if opened:
            self._keyboard.setFocus(Qt.FocusReason.OtherFocusReason)
