"""Run: what the machine does, how far the order is, what is next."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from hmi.domain.changes import Family
from hmi.domain.payloads import JobOrderCompleted, JobOrderPaused, JobOrderResumed, JobOrderStarted
from hmi.domain.personnel import Permission
from hmi.domain.production import OrderState
from hmi.operations.production import OrderWish, complete_order, pause_order, start_order
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.kit import theme
from screens.kit.buttons import Kind
from screens.kit.cards import Card
from screens.kit.task_list import TaskList
from screens.run_cards import DayCard, OrderCard, ShiftCard
from screens.run_tasks import tasks_of
from screens.run_tiles import TileRow
from screens.run_view import DAY, RunView, run_loader
from screens.shell.actions import Action, Offer
from screens.shell.screen import Screen
from screens.shell.second_touch import SecondTouch
from screens.times import shift_now


class RunScreen(Screen[RunView]):
    """The page that is open all shift."""

    families = frozenset(
        {Family.ORDERS, Family.COUNTS, Family.EQUIPMENT, Family.STOPS, Family.QUALITY, Family.REPAIRS}
        | {Family.PLANS, Family.PEOPLE}
    )

    declared = (
        Action("orders", "run.choose_order", "list", Kind.PRIMARY, "F2", slot="order"),
        Action(
            "pause",
            "run.pause",
            "pause",
            Kind.PRIMARY,
            "F2",
            permission=Permission.RUN_ORDERS,
            writes=(JobOrderPaused,),
            slot="order",
        ),
        Action(
            "resume",
            "run.resume",
            "play",
            Kind.PRIMARY,
            "F2",
            permission=Permission.RUN_ORDERS,
            writes=(JobOrderStarted, JobOrderResumed),
            slot="order",
        ),
        Action("scrap", "run.scrap", "triangle", key="F3", permission=Permission.RUN_ORDERS),
        Action(
            "complete",
            "run.complete",
            "check",
            key="F6",
            permission=Permission.RUN_ORDERS,
            writes=(JobOrderCompleted,),
        ),
        Action("stop_reason", "run.stop_reason", "clock", key="F4"),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Build the cards of the page."""
        super().__init__(terminal)
        self._view: RunView | None = None
        self._sure = SecondTouch(terminal)
        self._order = OrderCard(terminal)
        self._shift = ShiftCard(terminal)
        self._tiles = TileRow(terminal)
        self._day = DayCard(terminal)
        self._day.stop_touched.connect(lambda stop: self.goes_to.emit("stop_reason", stop))
        self._tasks = TaskList(
            "task",
            title=terminal.t("run.next_for_you"),
            empty_text=terminal.t("run.nothing_next"),
            up_text=terminal.t("kit.up"),
            down_text=terminal.t("kit.down"),
        )
        self._tasks.chosen.connect(self._task_chosen)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(theme.PAD, theme.PAD, theme.PAD, theme.PAD)
        self._grid.setSpacing(theme.PAD)
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(theme.PAD)
        top.addWidget(self._order, 14)
        top.addWidget(self._shift, 5)
        left = QVBoxLayout()
        left.setSpacing(theme.PAD)
        left.addWidget(self._tiles)
        left.addWidget(self._day, 1)
        self._grid.addLayout(top, 0, 0, 1, 2)
        self._grid.addLayout(left, 1, 0)
        card = Card(name="run.tasks")
        card.add(self._tasks, 1)
        self._grid.addWidget(card, 1, 1)
        self._grid.setColumnStretch(0, 12)
        self._grid.setColumnStretch(1, 5)
        self._grid.setRowStretch(1, 1)

    def loader(self) -> Callable[[Records], RunView]:
        """See Screen."""
        now = self.terminal.clock.now()
        shift = shift_now(self.terminal, now)
        return run_loader(now, shift[1] if shift else now - DAY)

    def show_view(self, view: RunView) -> None:
        """See Screen."""
        self._view = view
        self._order.show_order(view)
        self._shift.show_shift(view)
        self._day.show_day(view)
        self._tasks.set_tasks(tasks_of(self.terminal, view))

    def show_readings(self, tags: frozenset[str]) -> None:
        """See Screen."""
        self._tiles.show_readings(tags)

    def tick(self) -> None:
        """Ages go on; the day is drawn anew every few seconds by looking again."""
        self._tiles.tick()
        if self._sure.ran_out():
            self.actions_changed.emit()
        if self._view is None:
            return
        self._order.tick(self._view)
        if self.terminal.clock.now() - self._view.now > timedelta(seconds=5):
            self.refresh()

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        view = self._view
        if view is None:
            return ()
        order, offered = view.order, [Offer("orders")]
        if order is not None:
            offered = [Offer("pause" if order.state is OrderState.RUNNING else "resume"), Offer("scrap")]
            again = Offer("complete", self.terminal.t("run.complete_again"), kind=Kind.WARNING)
            offered.append(again if self._sure.asks(order.plan.id) else Offer("complete"))
        if view.latest_stop is not None:
            offered.append(Offer("stop_reason"))
        return offered

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "orders": lambda: self.goes_to.emit("orders", ""),
            "pause": self._pause,
            "resume": self._resume,
            "scrap": lambda: self.goes_to.emit("scrap", self._order_id),
            "complete": self._complete,
            "stop_reason": self._to_stop,
        }

    @property
    def _order_id(self) -> str:
        return self._view.order.plan.id if self._view and self._view.order else ""

    def _pause(self) -> None:
        words = self.terminal.t("run.paused_saved", order=self._order_id)
        self.wish(pause_order, OrderWish(self._order_id), words)

    def _resume(self) -> None:
        words = self.terminal.t("run.resumed_saved", order=self._order_id)
        self.wish(start_order, OrderWish(self._order_id), words)

    def _complete(self) -> None:
        if self._sure.touch(self._order_id):
            words = self.terminal.t("run.completed_saved", order=self._order_id)
            self.wish(complete_order, OrderWish(self._order_id), words)
        self.actions_changed.emit()

    def _to_stop(self) -> None:
        stop = self._view.latest_stop if self._view else None
        if stop is not None:
            self.goes_to.emit("stop_reason", stop.id)

    def _task_chosen(self, task: str) -> None:
        kind, _, subject = task.partition(":")
        self.goes_to.emit(kind, subject)
