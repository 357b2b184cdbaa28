"""Signing in without a badge, or with badge and PIN; the way in of a sealed code when nothing else opens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout

from hmi.domain.changes import Family
from hmi.domain.codes import BadgeCode, Meaning
from hmi.domain.payloads import BreakGlassUsed, PersonSignedIn, PersonSignedOut, PinChosen, PinLocked
from hmi.domain.personnel import Session
from hmi.domain.plans import Person
from hmi.operations.personnel import How, SignInProven, sign_in_proven
from hmi.people import USUAL
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.kit import theme
from screens.kit.heading import PageHeading
from screens.proving import Proving, Step
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import BADGE, Said, Screen

_HIGH = 660  # px from which on there is room for a heading over the keys
_HOWS: dict[str, How] = {"pin": "pin", "badge_pin": "badge_pin", "sealed": "sealed"}


@dataclass(frozen=True, slots=True)
class SignInView:
    """Everybody who may sign in here, and who has."""

    people: Sequence[Person]
    session: Session | None


def load_people(records: Records) -> SignInView:
    """Read the page."""
    return SignInView(records.plans.people(), records.journal.session())


class SignInScreen(Screen[SignInView]):
    """One panel; after the proof the page before is shown again by the window."""

    families = frozenset({Family.PLANS, Family.PEOPLE})
    declared = (
        BACK,
        Action("letter", "sign_in.letter", "note", key="F2"),
        Action(
            "prove",
            "sign_in.heading",
            writes=(PersonSignedIn, PersonSignedOut, PinChosen, PinLocked, BreakGlassUsed),
            on_page=True,
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Build the panel; people come with the view."""
        super().__init__(terminal)
        self._wanted = ""
        self._was: str | None = None
        self._fresh = True
        self._proving = Proving(terminal, "sign_in")
        self._proving.proven.connect(self._proven)
        self._proving.refused.connect(lambda words: self.says.emit(Said.REFUSED, words))
        self._proving.step_changed.connect(self.actions_changed)
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.PAD, theme.PAD, theme.PAD)
        page.setSpacing(theme.GAP)
        self._heading = PageHeading(terminal.t("sign_in.heading"), eyebrow=terminal.t("sign_in.eyebrow"))
        page.addWidget(self._heading)
        page.addWidget(self._proving, 1)

    def loader(self) -> Callable[[Records], SignInView]:
        """See Screen."""
        return load_people

    def open_subject(self, subject: str) -> None:
        """A badge was read that needs its PIN."""
        self._wanted = subject.removeprefix(BADGE)

    def show_view(self, view: SignInView) -> None:
        """See Screen; whoever has come in meanwhile by badge is led on."""
        here = view.session.person if view.session else None
        if not self._fresh and here is not None and here != self._was and self.isVisible():
            self.goes_to.emit("run", "")
        self._was, self._fresh = here, False
        people = self.terminal.people
        both = people is not None and people.pin_with_badge
        self._heading.set_eyebrow(self.terminal.t("sign_in.eyebrow_both" if both else "sign_in.eyebrow"))
        self._proving.show_people(view.people, by_name=not both)
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self._proving.begin(wanted, by_badge=True)

    def showEvent(self, event: QShowEvent) -> None:
        """Each opening begins with whoever is there now."""
        super().showEvent(event)
        self._fresh = True
        self._proving.begin("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low page leaves its heading out: the keys of a PIN stand a finger apart."""
        super().resizeEvent(event)
        self._heading.setVisible(self.height() >= _HIGH)

    def take_scan(self, meaning: Meaning) -> bool:
        """A badge chooses whose PIN is asked for, where a badge alone is not enough."""
        people = self.terminal.people
        if not isinstance(meaning, BadgeCode) or people is None or not people.pin_with_badge:
            return False
        self._proving.begin(meaning.person.id, by_badge=True)
        return True

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        at_pin = self._proving.step is Step.PIN
        return (Offer("back"), Offer("letter")) if at_pin else (Offer("back"),)

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {"back": self._back, "letter": self._proving.use_letter}

    def _back(self) -> None:
        if self._proving.step is Step.PERSON:
            self.goes_to.emit("run", "")
        else:
            self._proving.begin("")

    def _proven(self, person: str, how: str) -> None:
        admission = self.terminal.people.admission if self.terminal.people else USUAL
        self.wish(
            sign_in_proven,
            SignInProven(person, _HOWS[how], admission),
            self.terminal.t("sign_in.proven"),
            lambda _: self.goes_to.emit("run", ""),
        )
