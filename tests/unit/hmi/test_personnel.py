"""Who is signed in, calls for help, the start of the program, and what was refused at the MES."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hmi.domain import payloads as p
from hmi.domain.entries import NewEntry, PersonRef, ReceiptState, ResultKind, Subject
from hmi.domain.personnel import Permission, RoleNames, permissions, roles_with
from hmi.operations.personnel import (
    CallHelp,
    DecideEntry,
    SignIn,
    SignOut,
    TerminalStart,
    call_help,
    decide_entry,
    sign_in,
    sign_out,
    start_terminal,
)
from tests.unit.hmi.conftest import INSPECTOR, OPERATOR, SUPERVISOR, Floor

KEEP = timedelta(minutes=2)


def who(floor: Floor) -> str | None:
    """Who is signed in."""
    session = floor.read(lambda records: records.journal.session())
    return session.name if session else None


def test_a_badge_signs_in_under_its_person_s_own_name(floor: Floor) -> None:
    (entry,) = floor.saved(sign_in, SignIn(OPERATOR)).entries
    assert isinstance(entry.payload, p.PersonSignedIn)
    assert (entry.payload.cause, entry.subject) == ("badge", Subject("person", "P-OP"))
    assert entry.person == PersonRef("P-OP", "Olu Ade", "badge")
    assert who(floor) == "Olu Ade"


def test_the_next_badge_replaces_and_both_are_told(floor: Floor) -> None:
    floor.sign_in(OPERATOR)
    gone, come = floor.saved(sign_in, SignIn(INSPECTOR)).entries
    assert isinstance(gone.payload, p.PersonSignedOut)
    assert (gone.payload.cause, gone.subject.id, gone.person) == (
        "replaced",
        "P-OP",
        PersonRef("P-OP", "Olu Ade"),
    )
    assert come.person == PersonRef("P-QC", "Quinn Cho")
    assert who(floor) == "Quinn Cho"


def test_one_s_own_badge_again_is_nothing(floor: Floor) -> None:
    floor.sign_in(OPERATOR)
    assert floor.do(sign_in, SignIn(OPERATOR)) == []


def test_a_badge_of_nobody_or_of_the_past_signs_nobody_in(floor: Floor) -> None:
    assert floor.refused(sign_in, SignIn("B-???")) == ("badge_unknown", {"badge": "B-???"})
    assert floor.refused(sign_in, SignIn("B-OLD")) == ("badge_expired", {"person": "Old Timer"})
    floor.sign_in(OPERATOR)
    assert floor.refused(sign_in, SignIn("B-OLD"))[0] == "badge_expired"
    assert who(floor) == "Olu Ade"


@pytest.mark.parametrize("cause", ["touch", "idle"])
def test_signing_out_says_how(floor: Floor, cause: str) -> None:
    assert floor.do(sign_out, SignOut("touch")) == []
    floor.sign_in(OPERATOR)
    said = floor.one(p.PersonSignedOut, sign_out, SignOut("idle" if cause == "idle" else "touch"))
    assert said.cause == cause
    assert who(floor) is None


class TestStart:
    def start(self, floor: Floor, *, clean: bool) -> list[str]:
        wish = TerminalStart("1.0", clean, KEEP)
        return [said.kind for said in floor.do(start_terminal, wish)]

    def test_the_start_is_noted(self, floor: Floor) -> None:
        (entry,) = floor.saved(start_terminal, TerminalStart("1.0", True, KEEP)).entries
        assert entry.person is None
        assert entry.payload == p.TerminalStarted(program="1.0", clean=True)

    def test_after_a_clean_end_nobody_is_there(self, floor: Floor) -> None:
        floor.sign_in(OPERATOR)
        assert self.start(floor, clean=True) == ["person.signed_out", "terminal.started"]
        assert who(floor) is None

    def test_after_a_crash_the_person_is_still_there_for_a_while(self, floor: Floor) -> None:
        floor.sign_in(OPERATOR)
        floor.later(minutes=2)
        assert self.start(floor, clean=False) == ["terminal.started"]
        assert who(floor) == "Olu Ade"
        floor.later(minutes=2, seconds=1)
        assert self.start(floor, clean=False) == ["person.signed_out", "terminal.started"]

    def test_a_clock_that_was_set_back_lengthens_no_session(self, floor: Floor) -> None:
        floor.sign_in(OPERATOR)
        floor.clock.wall -= timedelta(hours=3)
        assert self.start(floor, clean=False) == ["person.signed_out", "terminal.started"]


def test_help_is_called_with_and_without_a_name(floor: Floor) -> None:
    assert floor.one(p.HelpCalled, call_help, CallHelp("quality")).whom == "quality"
    floor.sign_in(OPERATOR)
    (entry,) = floor.saved(call_help, CallHelp("logistics")).entries
    assert entry.person == PersonRef("P-OP", "Olu Ade")


class TestDeciding:
    def refused_entry(self, floor: Floor) -> str:
        (entry,) = floor.note(NewEntry(Subject("equipment", "PRESS-1"), p.HelpCalled(whom="quality")))
        floor.answer(entry, ResultKind.REFUSED)
        return entry

    def test_a_refused_entry_is_sent_again_or_set_aside(self, floor: Floor) -> None:
        entry = self.refused_entry(floor)
        floor.sign_in(SUPERVISOR)
        floor.one(p.EntryDecided, decide_entry, DecideEntry(entry, "send_again"))
        again = floor.read(lambda records: records.journal.entry(entry))
        assert again is not None
        assert again.receipt.state is ReceiptState.WAITING
        floor.answer(entry, ResultKind.REFUSED)
        floor.one(p.EntryDecided, decide_entry, DecideEntry(entry, "set_aside", "old label"))
        aside = floor.read(lambda records: records.journal.entry(entry))
        assert aside is not None
        assert aside.receipt.state is ReceiptState.SET_ASIDE
        assert floor.refused(decide_entry, DecideEntry(entry, "set_aside"))[0] == "entry_needs_no_decision"

    def test_what_is_refused(self, floor: Floor) -> None:
        entry = self.refused_entry(floor)
        assert floor.refused(decide_entry, DecideEntry(entry, "send_again"))[0] == "nobody_signed_in"
        floor.sign_in(OPERATOR)
        key, values = floor.refused(decide_entry, DecideEntry(entry, "send_again"))
        assert (key, values["roles"]) == ("not_permitted", RoleNames(("supervisor",)))
        floor.sign_in(SUPERVISOR)
        assert floor.refused(decide_entry, DecideEntry("none", "send_again"))[0] == "entry_unknown"
        (waiting,) = floor.note(NewEntry(Subject("equipment", "PRESS-1"), p.HelpCalled(whom="quality")))
        assert floor.refused(decide_entry, DecideEntry(waiting, "set_aside"))[0] == "entry_needs_no_decision"


def test_a_role_that_nobody_knows_gives_nothing() -> None:
    assert permissions(("visitor",)) == frozenset()
    assert permissions(("visitor", "technician")) >= {Permission.REPAIR}
    assert all(roles_with(permission) for permission in Permission)
