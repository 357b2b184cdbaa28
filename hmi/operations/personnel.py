"""Who is signed in, and calls for help."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from hmi.domain.entries import NewEntry, PersonRef, ReceiptState, Subject
from hmi.domain.payloads import EntryDecided, HelpCalled, PersonSignedIn, PersonSignedOut, TerminalStarted
from hmi.domain.personnel import Permission
from hmi.errors import OperatorError
from hmi.operations.rules import equipment_subject, require
from hmi.ports import Context, Records


@dataclass(frozen=True, slots=True)
class SignIn:
    """A badge was read."""

    badge: str


def sign_in(records: Records, wish: SignIn, context: Context) -> Sequence[NewEntry]:
    """Sign a person in by badge; whoever was there is signed out. One's own badge again is nothing."""
    person = records.plans.person_by_badge(wish.badge)
    if person is None:
        raise OperatorError("badge_unknown", badge=wish.badge)
    if person.valid_to is not None and person.valid_to < context.now:
        raise OperatorError("badge_expired", person=person.name)
    entries: list[NewEntry] = []
    if context.session is not None:
        if context.session.person == person.id:
            return []
        entries.append(NewEntry(Subject("person", context.session.person), PersonSignedOut(cause="replaced")))
    entries.append(
        NewEntry(
            Subject("person", person.id),
            PersonSignedIn(cause="badge"),
            person=PersonRef(person.id, person.name),
        )
    )
    return entries


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
    """Call for help; whether anybody is signed in or not."""
    return [NewEntry(equipment_subject(context), HelpCalled(whom=wish.whom))]


@dataclass(frozen=True, slots=True)
class DecideEntry:
    """What becomes of an entry that the MES refused."""

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
