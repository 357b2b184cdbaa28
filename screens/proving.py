"""Proving who one is: choose the name, key the PIN; without one yet, open the letter and choose one."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from enum import Enum

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from hmi.domain.pins import LEAST_DIGITS, weakness
from hmi.domain.plans import Person
from hmi.errors import OperatorError
from hmi.operations.personnel import NotePin, note_pin
from hmi.people import SEALED
from hmi.ports import Saved
from hmi.terminal import FaultReport, Outcome, Refusal, Terminal
from screens.kit import labels, theme
from screens.kit.keyboard import Keyboard
from screens.kit.pin_pad import PinPad
from screens.kit.reason_tiles import Reason as Tile
from screens.kit.reason_tiles import ReasonTiles
from screens.kit.theme import Scale
from screens.kit_words import keyboard_words, keypad_words, reason_words

_LONGEST_CODE = 40
_HIGH = 560  # px from which on there is room for words, even below a title of two lines


class Step(Enum):
    """What is asked for now."""

    PERSON = "person"
    PIN = "pin"
    CODE = "code"
    NEW = "new"
    AGAIN = "again"


class Proving(QWidget):
    """A panel that screens put where somebody has to prove something. Secrets live only while they are asked.

    `proven(person, how)` with how `pin`, `badge_pin` or `sealed`; `refused(words)`; `step_changed()`.
    """

    proven = Signal(str, str)
    refused = Signal(str)
    step_changed = Signal()

    def __init__(self, terminal: Terminal, name: str) -> None:
        super().__init__()
        t = terminal.t
        self._terminal = terminal
        self._people: dict[str, Person] = {}
        self._with_pin = frozenset[str]()
        self._person: Person | None = None
        self._by_badge = False
        self._by_name = True
        self._asking = False
        self._turn = 0  # raised whenever it is asked anew: an answer to an earlier turn proves nothing
        self._first = ""
        self.step = Step.PERSON
        self._tiles = ReasonTiles(f"{name}.person", reason_words(terminal), language=terminal.texts.language)
        self._tiles.picked.connect(self._picked)
        self._pad = PinPad(f"{name}.pad", keypad_words(terminal))
        self._pad.entered.connect(self._pin_entered)
        self._letters = Keyboard(
            f"{name}.code",
            keyboard_words(terminal),
            language=terminal.texts.language,
            placeholder=t("sign_in.code"),
            max_length=_LONGEST_CODE,
        )
        self._letters.entered.connect(self._code_entered)
        self._title = labels.wrapped(scale=Scale.TITLE, name=f"{name}.title")
        self._hint = labels.wrapped(scale=Scale.BODY, name=f"{name}.hint")
        below = QWidget()
        self._pages = QStackedLayout(below)
        for page in (self._tiles, self._pad, self._letters):
            holder = QWidget()
            box = QVBoxLayout(holder)
            box.setContentsMargins(0, 0, 0, 0)
            box.addWidget(page, 1)
            if page is self._letters:
                box.addStretch(1)
            self._pages.addWidget(holder)
        page_box = QVBoxLayout(self)
        page_box.setContentsMargins(0, 0, 0, 0)
        page_box.setSpacing(theme.GAP)
        page_box.addWidget(self._title)
        page_box.addWidget(self._hint)
        page_box.addWidget(below, 1)
        self._go(Step.PERSON)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the keys of a PIN have it, not the words below its title."""
        super().resizeEvent(event)
        self._show_hint()

    def _show_hint(self) -> None:
        self._hint.setVisible(self.step is not Step.PIN or self.height() >= _HIGH)

    # ------------------------------------------------------------- what the screen says

    def show_people(self, people: Sequence[Person], *, by_name: bool = True) -> None:
        """Offer these people, sealed codes last; asks who has a PIN here.

        Where nobody comes `by_name` only sealed codes are offered: a person begins with a badge.
        """
        self._people = {person.id: person for person in people}
        self._by_name = by_name
        self._show_title()
        self._show_tiles()
        if self._terminal.people is not None:
            asked = self._terminal.people.credentials.with_pin()
            self._terminal.ask(asked, self._take_with_pin, self._not_told)

    def begin(self, person: str, *, by_badge: bool = False) -> None:
        """Go on with a person, whose badge was read if `by_badge`; nobody: start again.

        What is still being looked at proves nothing any more; a lock or the use of a code is noted.
        """
        self._turn += 1
        self._asking = False
        self._by_badge = by_badge
        found = self._people.get(person)
        if found is None:
            self._person = None
            self._go(Step.PERSON)
            return
        self._person = found
        if self._terminal.people is None:
            self._refuse("people_unavailable")
        elif found.id.startswith(SEALED):
            self._go(Step.CODE)
        else:
            asked, turn = self._terminal.people.credentials.has_pin(found.id), self._turn
            self._terminal.ask(asked, lambda has: self._ask_secret(turn, found, has), self._not_told)

    def use_letter(self) -> None:
        """A new letter came: choose a PIN anew with its code."""
        self._turn += 1
        self._asking = False
        self._open_letter(self._person)

    @property
    def person(self) -> Person | None:
        """Who is proving."""
        return self._person

    @property
    def asking(self) -> bool:
        """Whether a secret is being looked at."""
        return self._asking

    # ------------------------------------------------------------- steps

    def _take_with_pin(self, people: frozenset[str]) -> None:
        self._with_pin = people
        self._show_tiles()

    def _show_tiles(self) -> None:
        t = self._terminal.t
        offered = [one for one in self._people.values() if self._by_name or one.id.startswith(SEALED)]
        everybody = sorted(offered, key=lambda one: (one.id.startswith(SEALED), one.name))
        self._tiles.set_reasons(
            [
                Tile(one.id, self._name(one), t("sign_in.no_pin") if one.id not in self._with_pin else "")
                for one in everybody
            ]
        )

    def _name(self, person: Person) -> str:
        if person.id.startswith(SEALED):
            return self._terminal.t("sign_in.sealed", code=person.id.removeprefix(SEALED))
        return person.name

    def _go(self, step: Step) -> None:
        t = self._terminal.t
        self.step = step
        self._pad.forget()
        self._letters.set_text("")
        if step is not Step.AGAIN:
            self._first = ""
        least = self._terminal.people.pin_digits if self._terminal.people else LEAST_DIGITS
        self._show_title()
        self._hint.setText(t(f"sign_in.hint.{step.value}", least=least))
        self._pad.set_main_text(t("sign_in.next" if step is Step.NEW else "sign_in.done"))
        self._show_hint()
        place = {Step.PERSON: 0, Step.CODE: 2}.get(step, 1)
        self._pages.setCurrentIndex(place)
        (self._pad if place == 1 else self._letters if place == 2 else self._tiles).setFocus()
        self.step_changed.emit()

    def _show_title(self) -> None:
        name = self._name(self._person) if self._person else ""
        asked = "badge" if self.step is Step.PERSON and not self._by_name else self.step.value
        self._title.setText(self._terminal.t(f"sign_in.title.{asked}", name=name))

    def _picked(self, person: str) -> None:
        self._tiles.select(None)
        self.begin(person)

    def _ask_secret(self, turn: int, person: Person, has_pin: bool) -> None:
        if turn == self._turn:
            if has_pin:
                self._go(Step.PIN)
            else:
                self._open_letter(person)

    def _open_letter(self, person: Person | None) -> None:
        if person is not None and person.enrol:
            self._go(Step.CODE)
        else:
            self._refuse("no_letter" if person is None or person.id in self._with_pin else "pin_none")
            self.begin("")

    def _pin_entered(self, pin: str) -> None:
        people, person = self._terminal.people, self._person
        if people is None or person is None or self._asking:
            return
        if self.step is Step.PIN:
            self._ask(people.credentials.prove(person.id, pin), person, self._is_proven)
        elif self.step is Step.NEW:
            flaw = weakness(pin, people.pin_digits, person.badge, person.id)
            if flaw is not None:
                self._refuse(flaw, least=people.pin_digits)
            else:
                self._first = pin
                self._go(Step.AGAIN)
        elif pin != self._first:
            self._refuse("pin_differs")
            self._go(Step.NEW)
        else:
            self._first = ""
            self._ask(people.credentials.choose(person.id, pin), person, self._has_chosen)

    def _code_entered(self, code: str) -> None:
        people, person = self._terminal.people, self._person
        if people is None or person is None or person.enrol is None or self._asking:
            return
        self._letters.set_text("")
        self._ask(people.credentials.open_code(person.id, code, person.enrol), person, self._has_opened)

    def _ask(self, asked: Future[None], person: Person, then: Callable[[Person, bool], None]) -> None:
        """Have a secret looked at; `then` gets whose it is, and whether that is still what is asked."""
        self._asking = True
        turn = self._turn

        def holds(_: None) -> None:
            still = turn == self._turn
            self._asking = self._asking and not still
            then(person, still)

        def failed(why: Refusal | FaultReport) -> None:
            if isinstance(why, Refusal) and why.key == "pin_now_wait":
                tries = why.values.get("tries", 0)
                self._note(NotePin(person.id, "locked", tries if isinstance(tries, int) else 0))
            if turn == self._turn:
                self._asking = False
                self._pad.forget()
                self.refused.emit(why.words)

        self._terminal.ask(asked, holds, failed)

    def _has_opened(self, person: Person, still: bool) -> None:
        if not person.id.startswith(SEALED):
            if still:
                self._go(Step.NEW)
        elif still:
            self._person = None
            self._go(Step.PERSON)
            self.proven.emit(person.id, "sealed")
        else:
            self._note(NotePin(person.id, "opened"))

    def _has_chosen(self, person: Person, still: bool) -> None:
        self._note(NotePin(person.id, "chosen"))
        self._with_pin |= {person.id}
        self._is_proven(person, still)

    def _is_proven(self, person: Person, still: bool) -> None:
        if still:
            how = "badge_pin" if self._by_badge else "pin"
            self._person = None
            self._go(Step.PERSON)
            self.proven.emit(person.id, how)

    def _note(self, wish: NotePin) -> None:
        def noted(outcome: Outcome) -> None:
            if not isinstance(outcome, Saved):
                self.refused.emit(outcome.words)

        self._terminal.do(note_pin, wish, noted)

    def _not_told(self, why: Refusal | FaultReport) -> None:
        self.refused.emit(why.words)

    def _refuse(self, key: str, **values: object) -> None:
        self.refused.emit(self._terminal.refusal(OperatorError(key, **values)).words)
