"""Who is signed in, and calls for help."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from hmi.domain.entries import NewEntry, PersonRef, ReceiptState, Subject
from hmi.domain.keeping_payloads import CommandUsed
from hmi.domain.payloads import (
    BreakGlassUsed,
    EntryDecided,
    HelpCalled,
    PersonSignedIn,
    PersonSignedOut,
    PinChosen,
    PinLocked,
    TerminalStarted,
)
from hmi.domain.people_file import PeopleFileError, is_over
from hmi.domain.personnel import Permission
from hmi.domain.plans import Person
from hmi.errors import OperatorError
from hmi.operations.rules import equipment_subject, require
from hmi.people import SEALED, USUAL, Admission
from hmi.ports import Context, Records

How = Literal["badge", "pin", "badge_pin", "sealed"]


@dataclass(frozen=True, slots=True)
class SignIn:
    """A badge was read."""

    badge: str
    admission: Admission = USUAL


def sign_in(records: Records, wish: SignIn, context: Context) -> Sequence[NewEntry]:
    """Sign a person in by badge; whoever was there is signed out. One's own badge again is nothing."""
    person = records.plans.person_by_badge(wish.badge) if wish.badge else None
    if person is None:
        raise OperatorError("badge_unknown", badge=wish.badge)
    admit(records, person, wish.admission, context)
    return _signed_in(person, "badge", context)


@dataclass(frozen=True, slots=True)
class SignInProven:
    """A person who has proven by a secret who it is; the proof was asked for just before."""

    person: str
    how: How
    admission: Admission = USUAL


def sign_in_proven(records: Records, wish: SignInProven, context: Context) -> Sequence[NewEntry]:
    """Sign a person in after a PIN or a sealed code; whoever was there is signed out.

    A sealed code admits also when the MES was not reached for too long: that is what it is for. Its use is
    an entry of its own.
    """
    person = known_person(records, wish.person)
    if wish.how != "sealed":
        admit(records, person, wish.admission, context)
        return _signed_in(person, wish.how, context)
    return [*_signed_in(person, "sealed", context), _sealed_used(person, context)]


def _sealed_used(person: Person, context: Context) -> NewEntry:
    return NewEntry(
        Subject("terminal", context.terminal),
        BreakGlassUsed(code=person.id.removeprefix(SEALED)),
        person=PersonRef(person.id, person.name, "sealed"),
    )


def known_person(records: Records, person: str) -> Person:
    """A person of the plans; OperatorError when there is none of this id."""
    found = records.plans.person(person)
    if found is None:
        raise OperatorError("person_unknown", person=person)
    return found


def admit(records: Records, person: Person, admission: Admission, context: Context) -> None:
    """Let a person in, or say why not: expired, too long without the MES, or not in the signed file."""
    pulled_at = records.plans.state().pulled_at
    # a clock that was set back must not make old knowledge young
    now = max(filter(None, (context.now, records.journal.latest_time(), pulled_at)))
    if person.valid_to is not None and person.valid_to < now:
        raise OperatorError("badge_expired", person=person.name)
    if pulled_at is None or now - pulled_at > admission.keep:
        raise OperatorError("people_too_old", n=round(admission.keep / timedelta(hours=1)))
    if admission.book is None:
        return
    signed = records.plans.signed_people()
    try:
        file = admission.book.read(signed.file, signed.signature) if signed is not None else None
    except PeopleFileError as error:
        raise OperatorError("people_not_signed") from error
    if file is None:
        raise OperatorError("people_not_signed")
    if is_over(file, now):
        raise OperatorError("people_file_over")
    told = next((one for one in file.people if one.id == person.id), None)
    if told is None or told.model_dump(exclude={"version"}) != person.model_dump(exclude={"version"}):
        raise OperatorError("people_not_signed")


def _signed_in(person: Person, how: How, context: Context) -> list[NewEntry]:
    entries: list[NewEntry] = []
    if context.session is not None:
        if context.session.person == person.id:
            return []
        entries.append(NewEntry(Subject("person", context.session.person), PersonSignedOut(cause="replaced")))
    ref = PersonRef(person.id, person.name, how)
    entries.append(NewEntry(Subject("person", person.id), PersonSignedIn(cause=how), person=ref))
    return entries


@dataclass(frozen=True, slots=True)
class NotePin:
    """What the MES has to know of secrets: a PIN was chosen, somebody is locked after so many tries, or a
    sealed code was opened and nobody signed in by it.
    """

    person: str
    what: Literal["chosen", "locked", "opened"]
    tries: int = 0


def note_pin(records: Records, wish: NotePin, context: Context) -> Sequence[NewEntry]:
    """Write down that a PIN was chosen here, that somebody guessed, or that a code is used up; no secret."""
    subject = Subject("credential", wish.person)
    if wish.what == "locked":
        return [NewEntry(subject, PinLocked(tries=wish.tries), by_machine=True)]
    person = known_person(records, wish.person)
    if wish.what == "opened":
        return [_sealed_used(person, context)]
    return [NewEntry(subject, PinChosen(), person=PersonRef(person.id, person.name, "code"))]


@dataclass(frozen=True, slots=True)
class SignOut:
    """The person goes, or has been away for too long."""

    cause: Literal["touch", "idle"]


def sign_out(records: Records, wish: SignOut, context: Context) -> Sequence[NewEntry]:
    """End the session, if there is one."""
    if context.session is None:
        return []
    return [NewEntry(Subject("person", context.session.person), PersonSignedOut(cause=wish.cause))]


@dataclass(frozen=True, slots=True)
class CommandWish:
    """A command of the program that somebody uses while no window is open, and what it is about."""

    command: str
    about: str


def use_command(records: Records, wish: CommandWish, context: Context) -> Sequence[NewEntry]:
    """Keep who used it; what it does comes after this entry."""
    require(context, Permission.DECIDE_REFUSED)
    return [_used(wish, context, None)]


def use_command_outside(
    records: Records, wish: tuple[CommandWish, PersonRef], context: Context
) -> Sequence[NewEntry]:
    """Keep which account used a command that asks nobody to prove anything."""
    return [_used(wish[0], context, wish[1])]


def _used(wish: CommandWish, context: Context, person: PersonRef | None) -> NewEntry:
    payload = CommandUsed(command=wish.command, about=wish.about)
    return NewEntry(Subject("terminal", context.terminal), payload, person=person)


@dataclass(frozen=True, slots=True)
class TerminalStart:
    """The program starts; a session older than `keep_session` (by its last entry) is over."""

    program: str
    clean: bool
    keep_session: timedelta


def start_terminal(records: Records, wish: TerminalStart, context: Context) -> Sequence[NewEntry]:
    """Note the start. After a crash the person is still there for a while; after a clean end nobody is."""
    entries = [
        NewEntry(
            Subject("terminal", context.terminal),
            TerminalStarted(program=wish.program, clean=wish.clean),
            by_machine=True,
        )
    ]
    if context.session is not None:
        newest = records.journal.newest(1)
        last = newest[0].entry.terminal_time if newest else context.session.since
        # a clock that was set back says nothing about how long it has been
        if wish.clean or not timedelta(0) <= context.now - last <= wish.keep_session:
            gone = NewEntry(
                Subject("person", context.session.person), PersonSignedOut(cause="idle"), by_machine=True
            )
            entries.insert(0, gone)
    return entries


@dataclass(frozen=True, slots=True)
class CallHelp:
    """Somebody at the line needs somebody; this needs no name."""

    whom: Literal["team_lead", "maintenance", "quality", "logistics"]


def call_help(records: Records, wish: CallHelp, context: Context) -> Sequence[NewEntry]:
    """Call for help. Nobody has to be signed in: help is for everyone."""
    return [NewEntry(equipment_subject(context), HelpCalled(whom=wish.whom))]


@dataclass(frozen=True, slots=True)
class DecideEntry:
    """What is to become of an entry that the MES refused."""

    entry: str
    decision: Literal["send_again", "set_aside"]
    comment: str | None = None


def decide_entry(records: Records, wish: DecideEntry, context: Context) -> Sequence[NewEntry]:
    """Send a refused entry again, or set it aside for good; it stays in the journal either way."""
    require(context, Permission.DECIDE_REFUSED)
    row = records.journal.entry(wish.entry)
    if row is None:
        raise OperatorError("entry_unknown")
    if row.receipt.state not in (ReceiptState.REFUSED, ReceiptState.PARKED):
        raise OperatorError("entry_needs_no_decision")
    payload = EntryDecided(entry=wish.entry, decision=wish.decision, comment=wish.comment)
    return [NewEntry(Subject("terminal", context.terminal), payload)]
