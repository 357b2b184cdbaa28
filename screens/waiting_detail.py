"""One entry with its receipt: what, who, when, what the MES said, and what can be done about it."""

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.domain.entries import EntryRow, Receipt, ReceiptState
from hmi.domain.personnel import Permission, Session
from hmi.domain.signals import LinkState, Quality
from hmi.terminal import Terminal
from screens.entry_words import day_and_time, who
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.scroll import TouchScroll
from screens.kit.theme import Scale
from screens.receipts import LOOKS, OPEN_STATES, mes_status
from screens.roles import role_names
from screens.shell.second_touch import SecondTouch


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """An entry as the side of the page shows it; `held_by` is what an undecided earlier entry says."""

    row: EntryRow
    what: str
    held_by: str | None


class EntryDetailCard(Card):
    """The side of the page; `decided` tells "send_again" or "set_aside"."""

    decided = Signal(str)
    closed = Signal()

    def __init__(self, terminal: Terminal) -> None:
        """Empty until an entry is shown."""
        super().__init__(name="waiting.detail")
        self._terminal = terminal
        self._detail: EntryDetail | None = None
        self._sure = SecondTouch(terminal)
        self._may = False
        self._shown: list[tuple[str, str]] = []
        self._chip = Chip(name="waiting.detail.state")
        close = ActionButton(
            terminal.t("waiting.detail.close"), name="waiting.detail.close", icon="cross", main=False
        )
        close.clicked.connect(self.closed.emit)
        self._what = labels.wrapped(scale=Scale.HEADING, name="waiting.detail.what")
        self._do = labels.wrapped(name="waiting.detail.do")
        self._facts_box = QVBoxLayout()
        self._facts_box.setSpacing(0)
        self._send = ActionButton("", name="waiting.send_again", kind=Kind.PRIMARY, icon="refresh")
        self._aside = ActionButton("", name="waiting.set_aside", kind=Kind.WARNING, icon="cross")
        self._send.clicked.connect(lambda: self.decided.emit("send_again"))
        self._aside.clicked.connect(self._set_aside)
        self._rule = labels.wrapped(scale=Scale.STRONG, name="waiting.detail.rule")
        self._buttons = QWidget()
        self._lay_out(close)

    def _lay_out(self, close: QWidget) -> None:
        terminal = self._terminal
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        head.addWidget(close)
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, theme.GAP // 2, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self._send, 1)
        row.addWidget(self._aside, 1)
        told = QWidget()
        box = QVBoxLayout(told)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addWidget(self._what)
        box.addWidget(self._do)
        box.addLayout(self._facts_box)
        box.addStretch(1)
        self.add(head)
        self.add(
            TouchScroll(
                told,
                name="waiting.detail.facts",
                up_text=terminal.t("kit.up"),
                down_text=terminal.t("kit.down"),
            ),
            1,
        )
        self.add(self._rule)
        self.add(self._buttons)

    def show_detail(self, detail: EntryDetail, session: Session | None, now: datetime) -> None:
        """Show an entry; the decisions are offered to whoever may take them."""
        self._detail = detail
        terminal, receipt = self._terminal, detail.row.receipt
        look = LOOKS[receipt.state]
        self._chip.set(terminal.t(f"waiting.chip.{receipt.state}"), tone=look.tone, sign=look.sign)
        self._what.setText(detail.what)
        self._do.setText(self._what_to_do(detail))
        self._show_facts(_facts(terminal, detail.row, now))
        undecided = receipt.state in OPEN_STATES
        self._may = session is not None and session.may(Permission.DECIDE_REFUSED)
        self._rule.setVisible(undecided and not self._may)
        self._rule.setText(self._rule_words(session))
        self._buttons.setVisible(undecided and self._may)
        self._show_buttons()

    def tick(self) -> None:
        """Take the confirmation back when it was not given in time; follow the link to the MES."""
        if self._detail is not None:
            self._do.setText(self._what_to_do(self._detail))
            if self._sure.ran_out():
                self._show_buttons()

    def _set_aside(self) -> None:
        if self._sure.touch(self._entry):
            self.decided.emit("set_aside")
        self._show_buttons()

    @property
    def _entry(self) -> str | None:
        return self._detail.row.entry.id if self._detail else None

    def _show_buttons(self) -> None:
        sure = self._sure.asks(self._entry)
        self._send.set_text(self._terminal.t("waiting.decide.send_again"))
        self._aside.set_text(self._terminal.t(f"waiting.decide.set_aside{'_sure' if sure else ''}"))

    def _rule_words(self, session: Session | None) -> str:
        roles = role_names(self._terminal, Permission.DECIDE_REFUSED)
        if session is None:
            return self._terminal.t("waiting.decide.may_nobody", roles=roles)
        return self._terminal.t("waiting.decide.may_other", roles=roles, person=session.name)

    def _what_to_do(self, detail: EntryDetail) -> str:
        state = detail.row.receipt.state
        if state is not ReceiptState.WAITING:
            return self._terminal.t(f"waiting.do.{state}")
        if detail.held_by is not None:
            return self._terminal.t("waiting.do.waiting_held", what=detail.held_by)
        status = mes_status(self._terminal)
        up = status is not None and status.state is LinkState.UP
        return self._terminal.t("waiting.do.waiting" if up else "waiting.do.waiting_lost")

    def _show_facts(self, facts: list[tuple[str, str]]) -> None:
        if facts == self._shown:
            return
        self._shown = facts
        while (item := self._facts_box.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for caption, words in facts:
            self._facts_box.addWidget(labels.muted(self._terminal.t(f"waiting.detail.{caption}")))
            self._facts_box.addWidget(labels.wrapped(words, Scale.STRONG, name=f"waiting.detail.{caption}"))
            self._facts_box.addSpacing(theme.GAP // 2)


def _facts(terminal: Terminal, row: EntryRow, now: datetime) -> list[tuple[str, str]]:
    t, entry, receipt = terminal.t, row.entry, row.receipt
    made: list[tuple[str, str]] = []
    if receipt.words and receipt.state in OPEN_STATES:
        code = f" ({receipt.code})" if receipt.code else ""
        made.append(("said", f"{receipt.words}{code}"))
    if receipt.who_decides and receipt.state in OPEN_STATES:
        made.append(("decides", receipt.who_decides))
    made.append(("who", who(terminal, entry)))
    if entry.source_time is not None:
        made.append(("happened", day_and_time(terminal, entry.source_time, now, seconds=True)))
    if entry.quality is not Quality.GOOD:
        made.append(("quality", t(f"waiting.quality.{entry.quality}")))
    made.append(("saved", day_and_time(terminal, entry.terminal_time, now, seconds=True)))
    made.append(("sent", sent_words(terminal, receipt)))
    if receipt.settled_at is not None and receipt.state is ReceiptState.RECEIVED:
        made.append(("received", day_and_time(terminal, receipt.settled_at, now, seconds=True)))
    if receipt.mes_id:
        made.append(("mes_id", receipt.mes_id))
    number = terminal.texts.number
    made.append(("place", t("waiting.detail.place_words", seq=number(entry.seq), epoch=number(entry.epoch))))
    return made


def sent_words(terminal: Terminal, receipt: Receipt) -> str:
    """How often an entry was sent, in words."""
    if receipt.attempts == 0:
        return terminal.t("waiting.detail.not_sent")
    return terminal.t("waiting.detail.times", n=receipt.attempts)
