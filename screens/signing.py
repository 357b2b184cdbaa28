"""Signatures: the facts of the last day that somebody answers for, as they are hashed, and who signed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from hmi.domain.changes import Family
from hmi.domain.codes import BadgeCode, Meaning
from hmi.domain.entries import Entry
from hmi.domain.payloads import PinLocked, RecordSigned
from hmi.domain.personnel import Permission
from hmi.domain.plans import Person
from hmi.domain.signals import LinkState
from hmi.domain.signatures import SIGNABLE, flaw
from hmi.operations.signing import MEANINGS, SignRecord, sign_record, signatures_of
from hmi.operations.signing import Meaning as Sense
from hmi.people import SEALED
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.entry_words import EntryWords, who
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton
from screens.kit.cards import Card
from screens.kit.heading import PageHeading
from screens.kit.scroll import TouchScroll
from screens.kit.theme import Scale, Tone
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit_words import sort_words
from screens.proving import Proving
from screens.receipts import mes_status
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Said, Screen
from screens.times import clock

_LOOK_BACK = timedelta(hours=24)
_ENTRIES = 400
_HASH_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Signable:
    """One fact with its words and the signatures under it, each with what is wrong with it, if anything."""

    entry: Entry
    words: str
    signatures: tuple[tuple[Entry, str | None], ...]


@dataclass(frozen=True, slots=True)
class SigningView:
    """Newest first."""

    found: tuple[Signable, ...]
    people: Sequence[Person]


def signing_loader(terminal: Terminal, now: datetime) -> Callable[[Records], SigningView]:
    """A loader of what can be signed."""

    def load(records: Records) -> SigningView:
        words = EntryWords(terminal, records)
        rows = records.journal.newest(_ENTRIES)
        found = [
            Signable(
                row.entry,
                words.describe(row.entry),
                tuple((one, flaw(one, row.entry)) for one in signatures_of(records, row.entry)),
            )
            for row in rows
            if row.entry.kind in SIGNABLE and row.entry.terminal_time >= now - _LOOK_BACK
        ]
        people = [one for one in records.plans.people() if not one.id.startswith(SEALED)]
        return SigningView(tuple(found), people)

    return load


def _plain(value: object) -> str:
    """A value as it is hashed, without the marks of a program."""
    if value is None:
        return "–"
    if isinstance(value, list):
        return " · ".join(_plain(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class SigningScreen(Screen[SigningView]):
    """A list; one touch shows the record with its meanings, and the panel to prove who signs.

    A badge read here chooses the signer: whoever is signed in stays signed in.
    """

    families = frozenset({Family.JOURNAL, Family.PLANS, Family.PEOPLE})
    rail = "signing"
    declared = (
        BACK,
        Action(
            "sign", "signing.sign", permission=Permission.SIGN, writes=(RecordSigned, PinLocked), on_page=True
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Build list and record page."""
        super().__init__(terminal)
        t = terminal.t
        self._view: SigningView | None = None
        self._wanted = ""
        self._meaning: Sense = "approved"
        self._table = TouchTable(
            "signing.list",
            [
                Column(t("signing.when"), 1),
                Column(t("signing.what"), 5),
                Column(t("signing.who"), 2),
                Column(t("signing.signed"), 2),
            ],
            empty_text=t("signing.empty"),
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            sort=sort_words(terminal),
        )
        self._table.row_touched.connect(self._show_record)
        self._card = Card(t("signing.record"), name="signing.record")
        self._lines = labels.wrapped(scale=Scale.BODY, name="signing.lines")
        self._signed = labels.wrapped(scale=Scale.SMALL_STRONG, name="signing.signatures")
        self._card.add(self._lines)
        self._card.add(self._signed)
        self._meanings: dict[Sense, ActionButton] = {
            sense: ActionButton("", name=f"signing.meaning.{sense}") for sense in MEANINGS
        }
        for sense, button in self._meanings.items():
            button.set_text(t(f"signing.meaning.{sense}"))
            button.clicked.connect(partial(self._choose, sense))
        self._proving = Proving(terminal, "signing.prove")
        self._proving.proven.connect(self._proven)
        self._proving.refused.connect(lambda words: self.says.emit(Said.REFUSED, words))
        self._lay_out()

    def _lay_out(self) -> None:
        t = self.terminal.t
        first, second = QWidget(), QWidget()
        column = QVBoxLayout(first)
        column.setContentsMargins(theme.PAD, theme.PAD, theme.PAD, theme.PAD)
        column.setSpacing(theme.GAP)
        column.addWidget(PageHeading(t("signing.title"), eyebrow=t("signing.eyebrow")))
        column.addWidget(self._table, 1)
        left = QVBoxLayout()
        left.setSpacing(theme.GAP)
        left.addWidget(PageHeading(t("signing.sign"), eyebrow=t("signing.eyebrow_sign")))
        record = TouchScroll(
            self._card, name="signing.record.page", up_text=t("kit.up"), down_text=t("kit.down")
        )
        left.addWidget(record, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for button in self._meanings.values():
            row.addWidget(button, 1)
        left.addLayout(row)
        both = QHBoxLayout(second)
        both.setContentsMargins(theme.PAD, theme.PAD, theme.PAD, theme.PAD)
        both.setSpacing(theme.PAD)
        both.addLayout(left, 1)
        both.addWidget(self._proving, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(first)
        self._pages.addWidget(second)

    def loader(self) -> Callable[[Records], SigningView]:
        """See Screen."""
        return signing_loader(self.terminal, self.terminal.clock.now())

    def open_subject(self, subject: str) -> None:
        """Show the record of this entry."""
        if subject != self._wanted:
            self._proving.begin("")
        self._wanted = subject

    def show_view(self, view: SigningView) -> None:
        """See Screen."""
        self._view = view
        t = self.terminal.t
        self._table.set_rows(
            [
                Row(
                    one.entry.id,
                    [
                        clock(self.terminal, one.entry.terminal_time),
                        one.words,
                        who(self.terminal, one.entry),
                        t("signing.count", n=len(one.signatures)) if one.signatures else "",
                    ],
                    tone=Tone.CRITICAL if any(wrong for _, wrong in one.signatures) else Tone.NORMAL,
                    keys=(
                        one.entry.terminal_time,
                        one.words,
                        who(self.terminal, one.entry),
                        len(one.signatures),
                    ),
                )
                for one in view.found
            ]
        )
        self._proving.show_people(view.people)
        found = self._found()
        self._pages.setCurrentIndex(0 if found is None else 1)
        if found is not None:
            self._show_found(found)

    def take_over(self, before: Screen[SigningView]) -> None:
        """See Screen; a PIN is never carried."""
        assert isinstance(before, SigningScreen)
        self._wanted, self._meaning = before._wanted, before._meaning

    def take_scan(self, meaning: Meaning) -> bool:
        """A badge chooses who signs the record that is shown."""
        if not isinstance(meaning, BadgeCode) or self._found() is None:
            return False
        self._proving.begin(meaning.person.id, by_badge=True)
        return True

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        return (Offer("back", self.terminal.t("signing.list") if self._found() else ""),)

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {"back": self._back}

    def _back(self) -> None:
        if self._found() is None:
            self.goes_to.emit("run", "")
        else:
            self._show_record("")

    def _found(self) -> Signable | None:
        found = self._view.found if self._view else ()
        return next((one for one in found if one.entry.id == self._wanted), None)

    def _show_record(self, entry: str) -> None:
        self._wanted = entry
        self._proving.begin("")
        if self._view is not None:
            self.show_view(self._view)
        self.actions_changed.emit()

    def _show_found(self, found: Signable) -> None:
        t, entry = self.terminal.t, found.entry
        wire = entry.payload.to_wire()
        fields = "\n".join(f"{name}: {_plain(value)}" for name, value in wire.items())
        when = clock(self.terminal, entry.terminal_time, seconds=True)
        self._lines.setText(
            f"{found.words}\n{when} · {who(self.terminal, entry)}\n{fields}\n"
            + t("signing.hash", hash=entry.hash[:_HASH_SHOWN])
        )
        told = [self._signature_words(one, wrong) for one, wrong in found.signatures]
        self._signed.setText("\n".join(told) or t("signing.none"))
        self._signed.set_tone(Tone.CRITICAL if any(wrong for _, wrong in found.signatures) else Tone.NORMAL)
        for sense, button in self._meanings.items():
            button.set_selected(sense == self._meaning)

    def _signature_words(self, signing: Entry, wrong: str | None) -> str:
        t, payload = self.terminal.t, signing.payload
        if not isinstance(payload, RecordSigned):
            return ""
        meaning, time = t(f"signing.meaning.{payload.meaning}"), clock(self.terminal, payload.signed_at)
        words = t("signing.line", meaning=meaning, name=payload.name, time=time)
        words = words if payload.online else t("entry.signed.offline", words=words)
        return words if wrong is None else t("signing.flaw", words=words)

    def _choose(self, sense: Sense) -> None:
        if sense != self._meaning and self._proving.asking:
            self._proving.begin("")
        self._meaning = sense
        found = self._found()
        if found is not None:
            self._show_found(found)

    def _proven(self, person: str, how: str) -> None:
        people, found = self.terminal.people, self._found()
        if people is None or found is None:
            return
        status = mes_status(self.terminal)
        wish = SignRecord(
            record=found.entry.id,
            shown_hash=found.entry.hash,
            meaning=self._meaning,
            person=person,
            how="badge_pin" if how == "badge_pin" else "pin",
            online=status is not None and status.state is LinkState.UP,
            offline_allowed=people.sign_offline,
            clock_offset_ms=found.entry.clock_offset_ms,
            signer=people.signer,
            admission=people.admission,
        )
        self.wish(sign_record, wish, self.terminal.t("signing.saved"))
