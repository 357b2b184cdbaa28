"""Orders: what is planned for this machine, how old the plans are, and the start of one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hmi.domain.changes import Family
from hmi.domain.entries import Entry
from hmi.domain.job_payloads import JobResponseTold
from hmi.domain.payloads import JobOrderResumed, JobOrderStarted
from hmi.domain.personnel import Permission
from hmi.domain.production import OrderRow, OrderState
from hmi.ids import new_id
from hmi.operations.production import OrderWish, start_order
from hmi.operations.rebooking import count_rebookable
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.job_words import job_words
from screens.kit import theme
from screens.kit.buttons import Kind
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.heading import PageHeading
from screens.kit.labels import eyebrow, label, muted, title
from screens.kit.scroll import TouchScroll
from screens.kit.theme import Scale, Tone
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit_words import sort_words
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Screen
from screens.times import clock, spoken

OLD_PLANS = timedelta(minutes=5)
_RANK = {
    OrderState.RUNNING: 0,
    OrderState.INTERRUPTED: 1,
    OrderState.ALLOWED_TO_START: 2,
    OrderState.ENDED: 3,
}


@dataclass(frozen=True, slots=True)
class OrdersView:
    """Every planned order with its progress, and when the plans were asked for last."""

    rows: Sequence[OrderRow]
    pulled_at: datetime | None
    checks: dict[str, str]
    machine: dict[str, JobResponseTold]
    refused: frozenset[str] = frozenset()


def load_orders(records: Records) -> OrdersView:
    """Read all orders, those that run first, then by priority and due time."""
    rows = [OrderRow(plan, records.production.progress(plan.id)) for plan in records.plans.job_orders()]
    rows.sort(key=lambda row: (_RANK[row.state], row.plan.priority, str(row.plan.due_at), row.plan.id))
    names = {name for row in rows for name in row.plan.inspection_plans}
    plans = {name: records.plans.inspection_plan(name) for name in names}
    return OrdersView(
        rows,
        records.plans.state().pulled_at,
        {name: plan.name for name, plan in plans.items() if plan},
        {row.plan.id: said for row in rows if row.progress and (said := _machine_said(records, row.plan.id))},
        frozenset(count_rebookable(records)),
    )


def _machine_said(records: Records, order: str) -> JobResponseTold | None:
    """The newest word of a machine that takes job orders."""
    said = [row.entry.payload for row in records.journal.of_subject("job_response", order, 1)]
    return next((each for each in said if isinstance(each, JobResponseTold)), None)


class OrdersScreen(Screen[OrdersView]):
    """A list at the left, the chosen order at the right, one touch to start it."""

    families = frozenset({Family.ORDERS, Family.PLANS, Family.COUNTS, Family.PEOPLE, Family.RECEIPTS})
    declared = (
        Action(
            "start",
            "keys.do.start_order",
            "play",
            Kind.PRIMARY,
            "F2",
            permission=Permission.RUN_ORDERS,
            writes=(JobOrderStarted, JobOrderResumed),
            denied="orders.scan_badge",
        ),
        BACK,
        Action("report", "reporting.open", "note", key="F4"),
        Action(
            "rebook", "rebooking.open", "warning", Kind.WARNING, "F3", permission=Permission.DECIDE_REFUSED
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Build list and detail."""
        super().__init__(terminal)
        t = terminal.t
        self._chosen = ""
        self._entry_id = str(new_id())
        self._view: OrdersView | None = None
        self._heading = PageHeading(
            t("orders.title"), eyebrow=terminal.config.terminal.station.replace("/", " / ")
        )
        self._age = Chip(name="orders.age")
        self._heading.add_right(self._age)
        columns = [
            Column(t("orders.order"), 3),
            Column(t("orders.material"), 5),
            Column(t("orders.quantity"), 3, right=True),
            Column(t("orders.due"), 2, right=True),
            Column(t("orders.state"), 4),
        ]
        self._table = TouchTable(
            "orders",
            columns,
            empty_text=t("orders.empty"),
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            sort=sort_words(terminal),
        )
        self._table.row_touched.connect(self.open_subject)
        self._detail = OrderDetail(terminal)
        row = QHBoxLayout()
        row.setSpacing(theme.PAD)
        row.addWidget(self._table, 12)
        beside = TouchScroll(self._detail, name="orders.detail", up_text=t("kit.up"), down_text=t("kit.down"))
        row.addWidget(beside, 6)
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.PAD, theme.PAD, theme.PAD)
        page.setSpacing(theme.PAD)
        page.addWidget(self._heading)
        page.addLayout(row, 1)

    def open_subject(self, subject: str) -> None:
        """Choose an order; starting it is then one touch."""
        if subject != self._chosen:
            self._entry_id = str(new_id())
        self._chosen = subject
        if self._view is not None:
            self.show_view(self._view)
            self.actions_changed.emit()

    def take_over(self, before: Screen[OrdersView]) -> None:
        """See Screen."""
        assert isinstance(before, OrdersScreen)
        self._chosen, self._entry_id = before._chosen, before._entry_id

    def loader(self) -> Callable[[Records], OrdersView]:
        """See Screen."""
        return load_orders

    def show_view(self, view: OrdersView) -> None:
        """See Screen."""
        self._view = view
        if self._row() is None and view.rows:
            self._chosen = view.rows[0].plan.id
        self._table.set_empty_text(self.terminal.t("orders.empty" if view.pulled_at else "orders.no_plans"))
        self._table.set_rows([self._table_row(row) for row in view.rows])
        self._detail.show_order(self._row(), view.checks, view.machine)
        self.tick()

    def tick(self) -> None:
        """The age of the plans."""
        pulled = self._view.pulled_at if self._view else None
        if pulled is None:
            self._age.set(self.terminal.t("orders.never_pulled"), tone=Tone.OFFLINE)
            return
        age = self.terminal.clock.now() - pulled
        words = self.terminal.t(
            "orders.pulled", time=clock(self.terminal, pulled, seconds=True), age=spoken(self.terminal, age)
        )
        self._age.set(words, tone=Tone.OFFLINE if age > OLD_PLANS else Tone.NORMAL)

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        row = self._row()
        refused = self._view.refused if self._view else frozenset[str]()
        rebook = (Offer("rebook"),) if row is not None and row.plan.id in refused else ()
        return (*self._starting(row), *rebook, Offer("report"))

    def _starting(self, row: OrderRow | None) -> Sequence[Offer]:
        if row is None or row.state in (OrderState.RUNNING, OrderState.ENDED) or row.plan.state != "released":
            return (Offer("back"),)
        key = "orders.resume" if row.state is OrderState.INTERRUPTED else "orders.start"
        return (Offer("start", self.terminal.t(key, order=row.plan.id)), Offer("back"))

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "back": lambda: self.goes_to.emit("run", ""),
            "start": self._start,
            "report": lambda: self.goes_to.emit("reporting", self._chosen),
            "rebook": lambda: self.goes_to.emit("rebooking", self._chosen),
        }

    def _start(self) -> None:
        row = self._row()
        if row is not None:
            self.wish(
                start_order,
                OrderWish(row.plan.id),
                self.terminal.t("orders.started_saved", order=row.plan.id),
                self._saved,
                entry_id=self._entry_id,
            )

    def _saved(self, _entries: Sequence[Entry]) -> None:
        self._entry_id = str(new_id())
        self.goes_to.emit("run", "")

    def _row(self) -> OrderRow | None:
        rows = self._view.rows if self._view else ()
        return next((row for row in rows if row.plan.id == self._chosen), None)

    def _table_row(self, row: OrderRow) -> Row:
        plan, say = row.plan, self.terminal.texts.number
        made = say(row.progress.good) if row.progress else "0"
        words, tone, sign = order_words(self.terminal, row)
        cells = [
            plan.id,
            plan.material_name,
            f"{made} / {say(plan.quantity)}",
            clock(self.terminal, plan.due_at) if plan.due_at else "–",
            words,
        ]
        keys = (plan.id, plan.material_name, plan.quantity, plan.due_at, words)
        return Row(plan.id, cells, tone, plan.id == self._chosen, sign, keys)


def order_words(terminal: Terminal, row: OrderRow) -> tuple[str, Tone, str | None]:
    """State of an order in words, with tone and sign."""
    if row.plan.state == "cancelled":
        return terminal.t("orders.cancelled"), Tone.HIGH, None
    if row.plan.state == "closed" and row.state is not OrderState.ENDED:
        return terminal.t("orders.closed"), Tone.NORMAL, "check"
    sign = {
        OrderState.RUNNING: "play",
        OrderState.INTERRUPTED: "pause",
        OrderState.ALLOWED_TO_START: "clock",
        OrderState.ENDED: "check",
    }[row.state]
    return terminal.t(f"orders.{row.state.value}"), Tone.NORMAL, sign


class OrderDetail(Card):
    """The chosen order in full."""

    def __init__(self, terminal: Terminal) -> None:
        """Build the lines."""
        super().__init__(terminal.t("orders.chosen"), name="order_detail")
        self._terminal = terminal
        self._title = title("")
        self._material = label("", Scale.HEADING)
        self.add(self._title)
        self.add(self._material)
        self._values = {
            name: label("", Scale.STRONG)
            for name in ("operation", "quantity", "due", "tool", "checks", "made")
        }
        for name, value in self._values.items():
            self.content.addSpacing(theme.HALF)
            self.add(eyebrow(terminal.t(f"orders.{name}_label")))
            self.add(value)
        self._machine = label("", Scale.STRONG)
        self._machine.setWordWrap(True)
        self._machine.hide()
        self._note = muted("")
        self.content.addSpacing(theme.HALF)
        self.add(self._machine)
        self.add(self._note)
        self.content.addStretch(1)

    def show_order(
        self, row: OrderRow | None, checks: dict[str, str], machine: Mapping[str, JobResponseTold]
    ) -> None:
        """Show an order, or nothing."""
        self.setVisible(row is not None)
        if row is None:
            return
        t, say, plan = self._terminal.t, self._terminal.texts.number, row.plan
        self._title.setText(plan.id)
        self._material.setText(plan.material_name)
        made, scrap = (row.progress.good, row.progress.scrapped) if row.progress else (0, 0)
        left = row.time_left()
        self._values["operation"].setText(plan.operation)
        self._values["quantity"].setText(
            f"{say(plan.quantity)} {plan.unit}" + (f" · {spoken(self._terminal, left)}" if left else "")
        )
        self._values["due"].setText(clock(self._terminal, plan.due_at) if plan.due_at else "–")
        self._values["tool"].setText(plan.tool or "–")
        self._values["checks"].setText(
            ", ".join(checks.get(name, name) for name in plan.inspection_plans) or "–"
        )
        self._values["made"].setText(t("orders.made", good=say(made), scrap=say(scrap)))
        said = machine.get(plan.id)
        self._machine.setVisible(said is not None)
        self._machine.setText(
            f"{t('machine_job.label')}: {job_words(self._terminal, said)}" if said is not None else ""
        )
        self._note.setText(plan.note or "")
