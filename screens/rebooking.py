"""Rebooking: what was made for an order that the MES no longer knows is booked to one that it knows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from hmi.domain.changes import Family
from hmi.domain.entries import Entry
from hmi.domain.keeping_payloads import ProductionRebooked
from hmi.domain.payloads import EntryDecided
from hmi.domain.personnel import Permission, Session
from hmi.domain.plans import JobOrder
from hmi.domain.production import OrderState
from hmi.ids import new_id
from hmi.operations.rebooking import Rebook, count_rebookable, rebook_order, rebookable
from hmi.ports import Draft, Records
from hmi.terminal import Terminal
from screens.entry_words import EntryWords, day_and_time, who
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import Card
from screens.kit.choice_field import Choice, ChoiceField
from screens.kit.flow import FlowLayout
from screens.kit.heading import PageHeading
from screens.kit.scroll import TouchScroll
from screens.kit.theme import Scale
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit_words import sort_words
from screens.shell.action_bar import Align
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Screen

FORM = "rebooking"
Why = Literal["late", "wrong_order", "replaced"]
WHYS: tuple[Why, ...] = ("late", "wrong_order", "replaced")
_SURE_MS = 5000


@dataclass(frozen=True, slots=True)
class RebookingView:
    """What was refused for the order: how much in all, what goes at once, and where it can go."""

    order: str
    count: int
    lines: Sequence[tuple[Entry, str]]
    targets: Sequence[JobOrder]
    session: Session | None
    draft: Draft | None


def rebooking_loader(terminal: Terminal, order: str) -> Callable[[Records], RebookingView]:
    """A loader for one order."""

    def load(records: Records) -> RebookingView:
        words = EntryWords(terminal, records)
        session = records.journal.session()
        return RebookingView(
            order,
            count_rebookable(records).get(order, 0),
            [(row.entry, words.describe(row.entry)) for row in rebookable(records, order)],
            [plan for plan in records.plans.job_orders() if plan.id != order and _is_open(records, plan)],
            session,
            records.journal.draft(FORM, order, session.person) if session else None,
        )

    return load


def _is_open(records: Records, plan: JobOrder) -> bool:
    progress = records.production.progress(plan.id)
    ended = progress is None or progress.state is OrderState.ENDED
    return not ended and plan.state == "released"


class RebookingScreen(Screen[RebookingView]):
    """What would be booked at the left; where to and why at the right; two touches book it."""

    families = frozenset({Family.ORDERS, Family.PLANS, Family.RECEIPTS, Family.PEOPLE})
    rail = "orders"
    declared = (
        BACK,
        Action(
            "book",
            "rebooking.book",
            "check",
            Kind.PRIMARY,
            "F2",
            Align.RIGHT,
            permission=Permission.DECIDE_REFUSED,
            writes=(ProductionRebooked, EntryDecided),
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Without an order."""
        super().__init__(terminal)
        t = terminal.t
        self._order = ""
        self._view: RebookingView | None = None
        self._owner: tuple[str, str] | None = None
        self._to: str | None = None
        self._why: Why | None = None
        self._entry_id = str(new_id())
        self._sure_until = 0
        self._heading = PageHeading(eyebrow=t("rebooking.eyebrow"))
        self._heading.setObjectName("rebooking.headline")
        self._table = TouchTable(
            "rebooking.list",
            [
                Column(t("rebooking.when"), 2, muted=True),
                Column(t("rebooking.what"), 5),
                Column(t("rebooking.who"), 2, muted=True),
            ],
            empty_text=t("rebooking.empty"),
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            sort=sort_words(terminal),
        )
        self._table.row_touched.connect(lambda entry: self.goes_to.emit("waiting", entry))
        self._target = ChoiceField(
            t("rebooking.to"),
            t("rebooking.choose"),
            name="rebooking.to",
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            close_text=t("kit.close"),
        )
        self._target.chosen.connect(self._choose)
        self._hint = labels.wrapped(name="rebooking.hint")
        self._reasons: dict[Why, ActionButton] = {}
        self._page = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lay_out()

    def _lay_out(self) -> None:
        t = self.terminal.t
        reasons = QWidget()
        flow = FlowLayout(parent=reasons)
        for why in WHYS:
            words = t(f"rebooking.reason.{why}")
            button = self._reasons[why] = ActionButton(words, name=f"rebooking.reason.{why}", main=False)
            button.clicked.connect(partial(self._choose_why, why))
            flow.addWidget(button)
        inside = QWidget()
        box = QVBoxLayout(inside)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        for widget in (self._target, labels.wrapped(t("rebooking.why"), Scale.STRONG), reasons, self._hint):
            box.addWidget(widget)
        box.addStretch(1)
        side, listed = Card(), Card()
        up, down = t("kit.up"), t("kit.down")
        side.add(TouchScroll(inside, name="rebooking.side", up_text=up, down_text=down), 1)
        listed.add(self._table, 1)
        self._page.setSpacing(theme.PAD)
        self._page.addWidget(listed, 8)
        self._page.addWidget(side, 5)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        whole.setSpacing(theme.GAP)
        whole.addWidget(self._heading)
        whole.addLayout(self._page, 1)

    # ------------------------------------------------------------- what a screen does

    def open_subject(self, subject: str) -> None:
        """See Screen; the subject is the order of which something was refused."""
        self._order, self._owner = subject, None

    def take_over(self, before: Screen[RebookingView]) -> None:
        """See Screen; what was chosen is a draft."""
        assert isinstance(before, RebookingScreen)
        self._order = before._order

    def loader(self) -> Callable[[Records], RebookingView]:
        """See Screen."""
        return rebooking_loader(self.terminal, self._order)

    def show_view(self, view: RebookingView) -> None:
        """See Screen."""
        self._view = view
        t, now = self.terminal.t, self.terminal.clock.now()
        self._bind(view)
        count = view.count
        self._heading.set_title(
            t("rebooking.title", n=count, order=view.order) if count else t("rebooking.none")
        )
        self._table.set_rows(
            [
                Row(
                    entry.id,
                    (day_and_time(self.terminal, entry.terminal_time, now), words, who(self.terminal, entry)),
                    keys=(entry.terminal_time, words, who(self.terminal, entry)),
                )
                for entry, words in view.lines
            ]
        )
        self._target.set_choices([Choice(plan.id, plan.id, plan.material_name) for plan in view.targets])
        self._target.setVisible(bool(view.targets))
        self._show_chosen()

    def _bind(self, view: RebookingView) -> None:
        owner = (view.order, view.session.person if view.session else "")
        known = {plan.id for plan in view.targets}
        if owner != self._owner:
            self._owner, self._sure_until, draft = owner, 0, view.draft
            content = draft.content if draft else {}
            self._entry_id = draft.entry_id if draft else str(new_id())
            self._to = content.get("to")
            self._why = next((why for why in WHYS if why == content.get("why")), None)
        if self._to not in known:
            self._to = None

    def _show_chosen(self) -> None:
        self._target.select(self._to)
        for why, button in self._reasons.items():
            button.set_selected(why == self._why)
        if self._view is not None and not self._view.targets:
            self._hint.setText(self.terminal.t("rebooking.no_target"))
        else:
            self._hint.setText(self.terminal.t("rebooking.hint"))

    def tick(self) -> None:
        """A question that nobody answered is taken back."""
        if self._sure_until and self.terminal.clock.monotonic_ms() > self._sure_until:
            self._sure_until = 0
            self.actions_changed.emit()

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        view = self._view
        if view is None or not view.lines:
            return (Offer("back"),)
        ready = self._to is not None and self._why is not None
        if self._sure_until:
            words = self.terminal.t("rebooking.sure", to=self._to)
            return (Offer("back"), Offer("book", words, "warning", Kind.WARNING, enabled=ready))
        return (Offer("back"), Offer("book", enabled=ready))

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {"back": lambda: self.goes_to.emit("orders", self._order), "book": self._book}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The choices stand below the list on a screen that is higher than wide."""
        super().resizeEvent(event)
        upright = self.height() > self.width()
        self._page.setDirection(
            QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight
        )

    # ------------------------------------------------------------- touches

    def _choose(self, order: str) -> None:
        self._to = order
        self._keep()

    def _choose_why(self, why: Why) -> None:
        self._why = why
        self._keep()

    def _keep(self) -> None:
        """Keep what was chosen as a draft of its author."""
        self._sure_until = 0
        if self._owner is not None and self._owner[1]:
            order, person = self._owner
            content = {"to": self._to or "", "why": self._why or ""}
            now = self.terminal.clock.now()
            self.terminal.save_draft(Draft(FORM, order, person, self._entry_id, content, now))
        self._show_chosen()
        self.actions_changed.emit()

    def _book(self) -> None:
        if self._to is None or self._why is None or self._owner is None or self._view is None:
            return
        if not self._sure_until:
            self._sure_until = self.terminal.clock.monotonic_ms() + _SURE_MS
            self.actions_changed.emit()
            return
        self._sure_until = 0
        order, person = self._owner
        reason = self.terminal.t(f"rebooking.reason.{self._why}")
        n, left = len(self._view.lines), self._view.count - len(self._view.lines)
        words = self.terminal.t("rebooking.saved", order=order, to=self._to)
        if left:
            words = self.terminal.t("rebooking.saved_some", order=order, to=self._to, number=n, left=left)
        self.wish(
            rebook_order,
            Rebook(order, self._to, reason),
            words,
            lambda _: self._go_on() if left else self.goes_to.emit("orders", order),
            entry_id=self._entry_id,
            draft=(FORM, order, person),
        )

    def _go_on(self) -> None:
        """The next part is another choice of the same form."""
        self._entry_id = str(new_id())
        self._keep()
