"""Waiting entries: what waits for the MES, what it refused, what it received, and what to do about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Literal

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout

from hmi.domain.changes import Family
from hmi.domain.entries import EntryRow, QueueCounts, ReceiptState
from hmi.domain.payloads import EntryDecided
from hmi.domain.personnel import Permission, Session
from hmi.domain.signals import LinkState
from hmi.ids import new_id
from hmi.operations.personnel import DecideEntry, decide_entry
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.entry_words import EntryWords, day_and_time, who
from screens.kit import theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import Card
from screens.kit.heading import PageHeading
from screens.kit.labels import muted
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit_words import sort_words
from screens.receipts import LOOKS, OPEN_STATES, mes_status
from screens.shell.actions import BACK, Action
from screens.shell.screen import Screen
from screens.waiting_detail import EntryDetail, EntryDetailCard

NEWEST = 200
_OF_SUBJECT = 50
_SIDE_SHARE = 5


class Tab(StrEnum):
    """The three parts of the list."""

    WAITING = "waiting"
    DECISION = "decision"
    RECEIVED = "received"


STATES = {
    Tab.WAITING: frozenset({ReceiptState.WAITING}),
    Tab.DECISION: OPEN_STATES,
    Tab.RECEIVED: frozenset({ReceiptState.RECEIVED, ReceiptState.SET_ASIDE}),
}
_ICONS = {Tab.WAITING: "outbox", Tab.DECISION: "warning", Tab.RECEIVED: "inbox"}


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as a row of the list."""

    row: EntryRow
    what: str


@dataclass(frozen=True, slots=True)
class WaitingView:
    """The newest entries of one part, newest first, with the counts of all parts."""

    now: datetime
    tab: Tab
    queue: QueueCounts
    lines: Sequence[EntryLine]
    last_receipt: datetime | None
    detail: EntryDetail | None
    session: Session | None


def waiting_loader(
    terminal: Terminal, tab: Tab, chosen: str | None, now: datetime
) -> Callable[[Records], WaitingView]:
    """A loader for one part of the list and the entry that was touched."""

    def load(records: Records) -> WaitingView:
        words = EntryWords(terminal, records)
        received = records.journal.newest(1, frozenset({ReceiptState.RECEIVED}))
        row = records.journal.entry(chosen) if chosen else None
        return WaitingView(
            now=now,
            tab=tab,
            queue=records.journal.queue(),
            lines=[
                EntryLine(row, words.describe(row.entry))
                for row in records.journal.newest(NEWEST, STATES[tab])
            ],
            last_receipt=received[0].receipt.settled_at if received else None,
            detail=_detail(records, words, row) if row else None,
            session=records.journal.session(),
        )

    return load


def _most_wanted(queue: QueueCounts) -> Tab:
    """The part that is shown first: what needs somebody, else what waits, else what went out."""
    if queue.needs_decision:
        return Tab.DECISION
    return Tab.WAITING if queue.waiting or not queue.received else Tab.RECEIVED


def _detail(records: Records, words: EntryWords, row: EntryRow) -> EntryDetail:
    before: list[EntryRow] = []
    if row.receipt.state is ReceiptState.WAITING and row.entry.payload.ordered:
        subject = row.entry.subject
        before = [
            other
            for other in records.journal.of_subject(subject.kind, subject.id, _OF_SUBJECT)
            if other.receipt.state in OPEN_STATES
            and other.entry.payload.ordered
            and (other.entry.epoch, other.entry.seq) < (row.entry.epoch, row.entry.seq)
        ]
    held_by = words.describe(before[0].entry) if before else None
    return EntryDetail(row, words.describe(row.entry), held_by)


class WaitingScreen(Screen[WaitingView]):
    """Three large tabs over one list, and the touched entry at its side."""

    families = frozenset({Family.JOURNAL, Family.RECEIPTS, Family.PEOPLE, Family.PLANS})
    rail = "waiting"
    declared = (
        BACK,
        *(
            Action(f"show_{tab}", f"keys.do.entries_{tab}", _ICONS[tab], key=f"F{number}", on_page=True)
            for number, tab in enumerate(Tab, 6)
        ),
        *(
            Action(
                decision,
                f"waiting.decide.{decision}",
                permission=Permission.DECIDE_REFUSED,
                writes=(EntryDecided,),
                on_page=True,
            )
            for decision in ("send_again", "set_aside")
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Begin with what waits."""
        super().__init__(terminal)
        t = terminal.t
        self._view: WaitingView | None = None
        self._tab: Tab | None = None
        self._chosen: str | None = None
        self._form: tuple[str, str] = ("", "")
        self._heading = PageHeading(eyebrow=t("waiting.eyebrow"))
        self._heading.setObjectName("waiting.headline")
        self._tabs = {
            tab: ActionButton(
                "", name=f"waiting.tab.{tab}", icon=_ICONS[tab], shortcut=self.key_of(f"show_{tab}")
            )
            for tab in Tab
        }
        for tab, button in self._tabs.items():
            button.clicked.connect(partial(self._show_tab, tab))
        self._table = TouchTable(
            "waiting.entries",
            self._columns(),
            empty_text=t("waiting.empty.waiting"),
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            empty_icon="inbox",
            sort=sort_words(terminal),
        )
        self._table.row_touched.connect(self._choose)
        self._more = muted()
        self._detail = EntryDetailCard(terminal)
        self._detail.decided.connect(self._decide)
        self._detail.closed.connect(self._close_detail)
        self._detail.hide()
        self._page = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._lay_out()

    def _lay_out(self) -> None:
        tabs = QHBoxLayout()
        tabs.setSpacing(theme.GAP)
        for button in self._tabs.values():
            tabs.addWidget(button, 1)
        card = Card()
        card.add(self._table, 1)
        card.add(self._more)
        column = QVBoxLayout()
        column.setSpacing(theme.GAP)
        column.addWidget(self._heading)
        column.addLayout(tabs)
        column.addWidget(card, 1)
        self._page.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        self._page.setSpacing(theme.PAD)
        self._page.addLayout(column, 8)
        self._page.addWidget(self._detail, _SIDE_SHARE)

    # ------------------------------------------------------------- what a screen does

    def loader(self) -> Callable[[Records], WaitingView]:
        """See Screen."""
        tab = self._tab or Tab.WAITING
        return waiting_loader(self.terminal, tab, self._chosen, self.terminal.clock.now())

    def show_view(self, view: WaitingView) -> None:
        """See Screen."""
        self._view = view
        if self._tab is None:
            self._tab = _most_wanted(view.queue)
            if view.tab is not self._tab:
                self.refresh()
        self._show_headline()
        self._show_tabs(view)
        self._table.set_empty_text(self.terminal.t(f"waiting.empty.{view.tab}"))
        self._table.set_columns(self._columns())
        self._table.set_rows([self._row(line, view.now) for line in view.lines])
        self._more.setVisible(len(view.lines) >= NEWEST)
        self._more.setText(self.terminal.t("waiting.more", n=NEWEST))
        self._show_detail(view)

    def tick(self) -> None:
        """See Screen."""
        if self._view is not None:
            self._show_headline()
            self._detail.tick()

    def open_subject(self, subject: str) -> None:
        """See Screen; the subject is one of the parts, or the id of an entry."""
        if subject in set(Tab):
            self._tab, self._chosen = Tab(subject), None
        else:
            self._chosen = subject

    def take_over(self, before: Screen[WaitingView]) -> None:
        """See Screen."""
        assert isinstance(before, WaitingScreen)
        self._tab, self._chosen = before._tab, before._chosen

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {"back": lambda: self.goes_to.emit("run", "")}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The touched entry stands below the list on a screen that is higher than wide."""
        super().resizeEvent(event)
        upright = self.height() > self.width()
        self._page.setDirection(
            QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight
        )
        self._table.set_columns(self._columns())
        if self._view is not None:
            self.show_view(self._view)

    # ------------------------------------------------------------- touches

    def _show_tab(self, tab: Tab) -> None:
        self._tab, self._chosen = tab, None
        self.refresh()

    def _choose(self, entry: str) -> None:
        self._chosen = None if self._chosen == entry else entry
        self.refresh()

    def _close_detail(self) -> None:
        self._chosen = None
        self.refresh()

    def _decide(self, decision: str) -> None:
        detail = self._view.detail if self._view else None
        if detail is None:
            return
        again = decision == "send_again"
        wanted: Literal["send_again", "set_aside"] = "send_again" if again else "set_aside"
        words = self.terminal.t(
            "waiting.decide.sent_again" if again else "waiting.decide.set_aside_done", what=detail.what
        )
        wish = DecideEntry(detail.row.entry.id, wanted)
        self.wish(decide_entry, wish, words, entry_id=self._form[1])

    # ------------------------------------------------------------- what is shown

    def _show_detail(self, view: WaitingView) -> None:
        detail = view.detail
        self._detail.setVisible(detail is not None)
        if detail is None:
            return
        receipt = detail.row.receipt
        standing = f"{receipt.entry_id} {receipt.state} {receipt.attempts} {receipt.settled_at}"
        if standing != self._form[0]:
            self._form = (standing, str(new_id()))
        self._detail.show_detail(detail, view.session, view.now)

    def _show_tabs(self, view: WaitingView) -> None:
        counts = {
            Tab.WAITING: view.queue.waiting,
            Tab.DECISION: view.queue.needs_decision,
            Tab.RECEIVED: view.queue.received,
        }
        for tab, button in self._tabs.items():
            count = self.terminal.texts.number(counts[tab])
            button.set_text(self.terminal.t(f"waiting.tab.{tab}", count=count))
            button.set_selected(tab is (self._tab or view.tab))
        urgent = view.queue.needs_decision > 0
        self._tabs[Tab.DECISION].set_kind(Kind.WARNING if urgent else Kind.NORMAL)

    def _show_headline(self) -> None:
        view = self._view
        if view is None:
            return
        t, status, waiting = self.terminal.t, mes_status(self.terminal), view.queue.waiting
        if status is None or status.state is LinkState.CONNECTING:
            words = (
                t("waiting.headline.unknown_waiting", n=waiting) if waiting else t("waiting.headline.unknown")
            )
        elif status.state is LinkState.UP:
            words = self._headline_up(view)
        else:
            since = day_and_time(self.terminal, status.since, self.terminal.clock.now())
            admitted = status.state is not LinkState.NOT_ADMITTED
            words = t("waiting.headline.lost_nothing", since=since)
            if waiting or not admitted:
                key = "lost" if admitted else "not_admitted"
                words = t(f"waiting.headline.{key}", since=since, n=waiting)
        self._heading.set_title(words)

    def _headline_up(self, view: WaitingView) -> str:
        if view.queue.waiting:
            return self.terminal.t("waiting.headline.sending", n=view.queue.waiting)
        if view.queue.needs_decision:
            return self.terminal.t("waiting.headline.decision", n=view.queue.needs_decision)
        if view.last_receipt is None:
            return self.terminal.t("waiting.headline.nothing_yet")
        time = day_and_time(self.terminal, view.last_receipt, view.now, seconds=True)
        return self.terminal.t("waiting.headline.all_received", time=time)

    def _columns(self) -> list[Column]:
        t = self.terminal.t
        columns = [
            Column(t("waiting.time"), 2.0 if self._narrow() else 1.3, muted=True),
            Column(t("waiting.what"), 4.4),
            Column(t("waiting.who"), 1.7, muted=True),
            Column(t("waiting.at_mes"), 2.6),
        ]
        if self._narrow():
            del columns[2]
        return columns

    def _narrow(self) -> bool:
        beside = self._chosen is not None and self.width() > self.height()
        return self.width() * (0.6 if beside else 1.0) < 760

    def _row(self, line: EntryLine, now: datetime) -> Row:
        entry, receipt = line.row.entry, line.row.receipt
        look = LOOKS[receipt.state]
        cells = [
            day_and_time(self.terminal, entry.terminal_time, now, seconds=True),
            line.what,
            who(self.terminal, entry),
            self._state_words(line.row, now),
        ]
        if self._narrow():
            del cells[2]
        keys = (entry.terminal_time, *cells[1:])
        return Row(entry.id, cells, look.tone, entry.id == self._chosen, look.sign, keys)

    def _state_words(self, row: EntryRow, now: datetime) -> str:
        t, receipt = self.terminal.t, row.receipt
        match receipt.state:
            case ReceiptState.WAITING:
                tried = receipt.attempts > 0
                return (
                    t("waiting.state.waiting_tried", n=receipt.attempts)
                    if tried
                    else t("waiting.state.waiting")
                )
            case ReceiptState.RECEIVED:
                settled = receipt.settled_at or row.entry.terminal_time
                time = day_and_time(self.terminal, settled, now, seconds=True)
                key = "waiting.state.received_id" if receipt.mes_id else "waiting.state.received"
                return t(key, time=time, id=receipt.mes_id)
            case ReceiptState.SET_ASIDE:
                return t("waiting.state.set_aside")
            case ReceiptState.REFUSED | ReceiptState.PARKED:
                return t(f"waiting.state.{receipt.state}", words=receipt.words or receipt.code or "")
