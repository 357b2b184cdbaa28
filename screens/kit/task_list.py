"""What is next for this person: a few cards, the most urgent first, one touch to go there."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from screens.kit import icons, labels, painting, theme
from screens.kit.pager import Pager
from screens.kit.theme import Scale, Tone
from screens.kit.touch import Touchable, retire

_CARD = 76
_TEXT_LEFT = 54
_TEXT_RIGHT = 28
_LINES = 4


@dataclass(frozen=True)
class Task:
    """One thing to do: icon, what, and until when or since when."""

    id: str
    icon: str
    title: str
    detail: str = ""
    tone: Tone = Tone.NORMAL


class _TaskCard(Touchable):
    def __init__(self, name: str, task: Task, parent: QWidget) -> None:
        super().__init__(name, task.title, parent)
        self._task = task
        self._strong, self._small = theme.font(Scale.STRONG), theme.font(Scale.SMALL)
        self.show_task(task)

    def show_task(self, task: Task) -> None:
        self._task = task
        self.setText(task.title)
        self.setAccessibleName(f"{task.title} {task.detail}".strip())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        signal = colours.signal(self._task.tone)
        rect = QRectF(self.rect())
        urgent = self._task.tone is not Tone.NORMAL
        width = theme.BOLD if urgent else theme.STROKE
        painting.surface(
            painter, rect, colours.pressed if self.isDown() else colours.field, signal.edge, width
        )
        side = theme.ICON
        box = QRectF(rect.left() + 16, rect.center().y() - side / 2, side, side)
        if self._task.icon:
            icons.paint_icon(painter, self._task.icon, box, signal.text)
        inner = rect.adjusted(_TEXT_LEFT, 4, -_TEXT_RIGHT, -4)
        if icons.sign_of(self._task.tone):
            icons.paint_sign(painter, QRectF(rect.right() - 24, rect.top() + 10, 14, 14), self._task.tone)
        step, fine = painting.line_height(self._strong), painting.line_height(self._small)
        low = fine if self._task.detail else 0.0
        limit = max(int((inner.height() - low) // step), 1)
        above = painting.lines(self._task.title, self._strong, inner.width(), limit)
        fitting = max(int((inner.height() - step * len(above)) // fine), 1)
        below = painting.lines(self._task.detail, self._small, inner.width(), fitting)
        low = fine * len(below)
        top = inner.center().y() - (step * len(above) + low) / 2
        area = QRectF(inner.left(), top, inner.width(), step * len(above))
        painting.draw_lines(painter, area, above, self._strong, colours.ink)
        words = QRectF(inner.left(), area.bottom(), inner.width(), low)
        painting.draw_lines(painter, words, below, self._small, colours.muted)
        self.paint_ring(painter, rect)


def _needed(task: Task, width: float) -> float:
    """Height in pixels at which a card of this width shows both texts whole, a few lines each at most."""
    strong, small = theme.font(Scale.STRONG), theme.font(Scale.SMALL)
    room = width - _TEXT_LEFT - _TEXT_RIGHT
    above = len(painting.lines(task.title, strong, room, _LINES)) * painting.line_height(strong)
    below = len(painting.lines(task.detail, small, room, _LINES)) * painting.line_height(small)
    return above + below + 14


class _Stack(QWidget):
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_CARD)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class TaskList(QWidget):
    """Cards named `<name>.<id>`; what does not fit is a page away."""

    chosen = Signal(str)

    def __init__(
        self,
        name: str,
        *,
        title: str = "",
        empty_text: str = "",
        up_text: str = "",
        down_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._tasks: tuple[Task, ...] = ()
        self._cards: dict[str, _TaskCard] = {}
        self._page = 0
        self._title = labels.eyebrow(title)
        self._title.setVisible(bool(title))
        self._empty = labels.wrapped(empty_text, Scale.BODY, muted=True)
        self._stack = _Stack()
        self._pager = Pager(f"{name}.pages", up_text, down_text)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addWidget(self._title)
        box.addWidget(self._empty)
        box.addWidget(self._stack, 1)
        box.addWidget(self._pager)
        self._stack.resized.connect(self._arrange)
        self._pager.moved.connect(self._turn)

    def set_tasks(self, tasks: Sequence[Task]) -> None:
        """Show these tasks in this order."""
        if tasks and tuple(tasks) == self._tasks:
            return
        self._tasks = tuple(tasks)
        wanted = {task.id for task in tasks}
        for key in [key for key in self._cards if key not in wanted]:
            card = self._cards.pop(key)
            retire(card)
        for task in tasks:
            if task.id in self._cards:
                self._cards[task.id].show_task(task)
            else:
                self._cards[task.id] = self._card(task)
        self._empty.setVisible(not tasks and bool(self._empty.text()))
        self._arrange()

    def _card(self, task: Task) -> _TaskCard:
        made = _TaskCard(f"{self.objectName()}.{task.id}", task, self._stack)
        made.clicked.connect(lambda: self.chosen.emit(task.id))
        return made

    def _arrange(self) -> None:
        gap = theme.GAP
        needs = [_needed(task, self._stack.width()) for task in self._tasks]
        high = min(max([float(_CARD), *needs]), max(self._stack.height(), _CARD))
        fitting = max(int((self._stack.height() + gap) // (high + gap)), 1)
        pages = max(-(-len(self._tasks) // fitting), 1)
        self._page = min(self._page, pages - 1)
        for number, task in enumerate(self._tasks):
            place = number - self._page * fitting
            card = self._cards[task.id]
            card.setGeometry(0, round(place * (high + gap)), self._stack.width(), int(high))
            card.setVisible(0 <= place < fitting)
        self._pager.set_pages(self._page, pages)

    def _turn(self, page: int) -> None:
        self._page = page
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """One card and the pages."""
        return QSize(220, _CARD + theme.TOUCH + 2 * theme.GAP)
