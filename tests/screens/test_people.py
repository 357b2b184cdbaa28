"""Signing in by PIN, letter and sealed code, signing as a second person, and what walking away leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hmi.domain.entries import PersonRef
from hmi.domain.payloads import RecordSigned
from hmi.domain.personnel import Session
from hmi.domain.signals import Scan
from hmi.operations.production import OrderWish, complete_order
from hmi.people import People
from local_db.credentials import CredentialFile
from local_db.heads import TerminalKey
from screens.registry import SCREENS
from tests.fakes.people import PEPPER, QUICK
from tests.screens.stand import ORDER, Stand, config, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
PIN, CODE = "481516", "4829137731"


@dataclass
class Gate:
    """A terminal with credentials of its own."""

    stand: Stand
    kept: CredentialFile

    def session(self) -> Session | None:
        """Who is signed in."""
        return self.stand.read(lambda records: records.journal.session())

    def who(self) -> str | None:
        """The name of whoever is signed in."""
        session = self.session()
        return session.name if session else None

    def until_who(self, name: str | None) -> None:
        """Wait for somebody to be signed in."""
        self.stand.until(lambda: self.who() == name)
        self.stand.settle()

    def scan(self, text: str) -> None:
        """Read a code."""
        clock = self.stand.clock
        self.stand.hub.post(Scan("scanner", text.encode(), text, None, clock.now(), clock.ticks))
        self.stand.settle()

    def title(self, part: str = "sign_in") -> str:
        """What is asked for."""
        return self.stand.text(f"{part}.title")

    def asked(self, words: str, part: str = "sign_in") -> None:
        """Wait until this is asked for."""
        self.stand.until(lambda: words in self.title(part))

    def told(self, words: str) -> None:
        """Wait until the answer line says this."""
        stand = self.stand
        stand.until(lambda: stand.sees("action_bar.answer") and words in stand.answer())

    def pin(self, digits: str, part: str = "sign_in") -> None:
        """Key a PIN."""
        for digit in digits:
            QTest.mouseClick(self.stand.find(f"{part}.pad.{digit}"), Qt.MouseButton.LeftButton)
        QTest.mouseClick(self.stand.find(f"{part}.pad.main"), Qt.MouseButton.LeftButton)

    def code(self, text: str, part: str = "sign_in") -> None:
        """Type a one-time code."""
        QTest.keyClicks(self.stand.find(f"{part}.code"), text)
        QTest.mouseClick(self.stand.find(f"{part}.code.enter"), Qt.MouseButton.LeftButton)

    def choose(self, person: str, part: str = "sign_in") -> None:
        """Touch a name."""
        self.stand.touch(f"{part}.person.{person}")

    def give_pin(self, person: str) -> None:
        """This person has chosen a PIN before."""
        self.kept.choose(person, PIN).result(10)

    def kinds(self) -> list[str]:
        """The kinds of all entries, oldest first."""
        return [entry.kind for entry in self.stand.journal()]


def make(folder: Path, *, pin_with_badge: bool = False, idle_s: int = 600) -> Gate:
    """A terminal whose people have a letter each."""
    stand = Stand(folder, SCREENS, settings=config(idle_sign_out_s=idle_s))
    kept = CredentialFile(folder / "credentials.json", PEPPER, stand.clock, QUICK)
    kept.start()
    stand.terminal.people = People(
        kept, TerminalKey.of(folder / "terminal-key.pem"), pin_with_badge=pin_with_badge
    )
    letter = QUICK.hash(CODE)
    stand.plan(
        [
            record("person", "P1", name="M. Okafor", badge="B-7341", roles=["operator"], enrol=letter),
            record("person", "P4", name="A. Novak", badge="B-7300", roles=["supervisor"], enrol=letter),
            record("person", "sealed:07", name="Sealed", badge="", roles=["supervisor"], enrol=letter),
        ]
    )
    return Gate(stand, kept)


def end(gate: Gate) -> None:
    """Let everything go."""
    gate.stand.close()
    gate.kept.stop()


@pytest.fixture
def gate(tmp_path: Path, qapp: object) -> Iterator[Gate]:
    made = make(tmp_path)
    yield made
    end(made)


@pytest.fixture
def strict(tmp_path: Path, qapp: object) -> Iterator[Gate]:
    """A badge alone is not enough here."""
    made = make(tmp_path, pin_with_badge=True)
    yield made
    end(made)


class TestSignIn:
    def test_a_name_and_its_pin_sign_in(self, gate: Gate) -> None:
        gate.give_pin("P1")
        gate.stand.touch("header.person")
        assert gate.stand.window.shown_screen == "sign_in"
        gate.choose("P1")
        gate.asked("M. Okafor, key your PIN")
        gate.pin(PIN)
        gate.until_who("M. Okafor")
        assert gate.stand.window.shown_screen == "run"
        entry = gate.stand.newest().entry
        assert entry.person == PersonRef("P1", "M. Okafor", "pin")

    def test_a_wrong_pin_says_how_many_tries_are_left_and_then_waits(self, gate: Gate) -> None:
        gate.give_pin("P1")
        gate.stand.touch("header.person")
        gate.choose("P1")
        gate.asked("key your PIN")
        for words in ("4 more tries", "3 more", "2 more", "One more try", "wrong 5 times. Wait 30 seconds"):
            gate.pin("111111")
            gate.told(words)
        gate.pin(PIN)
        gate.told("Wait 30 seconds")
        gate.stand.until(lambda: "person.pin_locked" in gate.kinds())
        assert gate.who() is None
        gate.stand.touch("action.help")
        assert gate.stand.window.shown_screen == "help"
        gate.stand.clock.go(30)
        gate.stand.touch("rail.run")
        gate.stand.touch("header.person")
        gate.choose("P1")
        gate.asked("key your PIN")
        gate.pin(PIN)
        gate.until_who("M. Okafor")

    def test_the_first_pin_comes_with_the_letter(self, gate: Gate) -> None:
        gate.stand.touch("header.person")
        gate.choose("P1")
        gate.asked("enter the one-time code")
        gate.code("4829-137-731")
        gate.asked("choose a PIN")
        gate.pin("123456")
        assert "too easy" in gate.stand.answer()
        gate.pin(PIN)
        gate.asked("again")
        gate.pin("481517")
        assert "not the same" in gate.stand.answer()
        gate.pin(PIN)
        gate.asked("again")
        gate.pin(PIN)
        gate.until_who("M. Okafor")
        assert "person.pin_chosen" in gate.kinds()
        gate.kept.prove("P1", PIN).result(10)

    def test_a_letter_opens_once(self, gate: Gate) -> None:
        gate.kept.open_code("P1", CODE, gate.stand.read(lambda r: r.plans.people())[1].enrol or "").result(10)
        gate.stand.touch("header.person")
        gate.choose("P1")
        gate.asked("one-time code")
        gate.code(CODE)
        gate.told("used before")
        assert gate.who() is None

    def test_without_a_letter_there_is_no_pin(self, gate: Gate) -> None:
        gate.stand.touch("header.person")
        gate.choose("P2")
        gate.told("No PIN was chosen")

    def test_a_sealed_code_opens_after_a_month_without_the_mes(self, gate: Gate) -> None:
        gate.stand.clock.go(30 * 86400)
        gate.scan("B-7341")
        assert "not reached for more than 72 hours" in gate.stand.answer()
        gate.stand.touch("header.person")
        gate.choose("sealed:07")
        gate.asked("one-time code")
        gate.code(CODE)
        gate.until_who("Sealed")
        assert gate.kinds()[-1] == "person.break_glass"

    def test_a_badge_read_on_the_page_signs_in_and_leads_on(self, gate: Gate) -> None:
        gate.stand.touch("header.person")
        gate.scan("B-7341")
        gate.until_who("M. Okafor")
        gate.stand.until(lambda: gate.stand.window.shown_screen == "run")

    def test_what_was_keyed_is_never_to_be_seen_and_not_found_by_the_next(self, gate: Gate) -> None:
        gate.give_pin("P1")
        gate.stand.touch("header.person")
        gate.choose("P1")
        gate.asked("key your PIN")
        for digit in "4815":
            QTest.mouseClick(gate.stand.find(f"sign_in.pad.{digit}"), Qt.MouseButton.LeftButton)
        assert not any("4815" in text for text in gate.stand.texts_in("screen.sign_in"))
        gate.stand.touch("rail.run")
        gate.stand.touch("header.person")
        gate.choose("P1")
        gate.asked("key your PIN")
        assert not gate.stand.find("sign_in.pad.main").isEnabled()


class TestBadgeAndPin:
    def test_a_badge_asks_for_its_pin_wherever_it_is_read(self, strict: Gate) -> None:
        strict.give_pin("P1")
        strict.stand.touch("rail.devices")
        strict.scan("B-7341")
        assert strict.who() is None
        strict.asked("M. Okafor, key your PIN")
        strict.pin(PIN)
        strict.until_who("M. Okafor")
        session = strict.session()
        assert session is not None
        assert session.how == "badge_pin"
        strict.scan("B-7341")
        assert strict.stand.window.shown_screen == "run"

    def test_a_name_alone_is_not_offered_and_a_sealed_code_is(self, strict: Gate) -> None:
        strict.give_pin("P1")
        strict.stand.touch("header.person")
        assert strict.title() == "Scan your badge, then key your PIN"
        assert not strict.stand.sees("sign_in.person.P1")
        strict.choose("sealed:07")
        strict.asked("one-time code")
        strict.code(CODE)
        strict.until_who("Sealed")

    def test_back_from_the_pin_leaves_no_way_in_without_the_badge(self, strict: Gate) -> None:
        strict.give_pin("P1")
        strict.scan("B-7341")
        strict.asked("M. Okafor, key your PIN")
        strict.stand.touch("action.back")
        assert not strict.stand.sees("sign_in.person.P1")
        assert not strict.stand.sees("sign_in.pad")
        assert strict.who() is None

    def test_the_first_pin_is_chosen_after_the_badge(self, strict: Gate) -> None:
        strict.scan("B-7341")
        strict.asked("enter the one-time code")
        strict.code(CODE)
        strict.asked("choose a PIN")
        strict.pin(PIN)
        strict.asked("again")
        strict.pin(PIN)
        strict.until_who("M. Okafor")
        session = strict.session()
        assert session is not None
        assert session.how == "badge_pin"

    def test_the_next_badge_on_the_page_asks_for_the_next_pin(self, strict: Gate) -> None:
        strict.give_pin("P1")
        strict.give_pin("P4")
        strict.scan("B-7341")
        strict.asked("M. Okafor")
        strict.scan("B-7300")
        strict.asked("A. Novak, key your PIN")


class TestWalkingAway:
    def test_who_does_not_touch_is_signed_out_and_the_page_stays(self, tmp_path: Path, qapp: object) -> None:
        gate = make(tmp_path, idle_s=120)
        try:
            gate.stand.start_order(20)
            gate.until_who("M. Okafor")
            gate.stand.window.show_screen("scrap")
            gate.stand.settle()
            gate.stand.touch("scrap.keypad.2")
            gate.stand.clock.go(119)
            QTest.qWait(300)
            gate.stand.settle()
            assert gate.who() == "M. Okafor"
            gate.stand.clock.moment = gate.stand.clock.moment.replace(year=2020)
            gate.stand.clock.ticks += 2000
            gate.until_who(None)
            assert gate.stand.window.shown_screen == "scrap"
            kept = gate.stand.read(lambda records: records.journal.draft("scrap", ORDER, "P1"))
            assert kept is not None
            assert kept.content["quantity"].endswith("2")
        finally:
            end(gate)


class TestSigning:
    @pytest.fixture
    def confirmed(self, gate: Gate) -> Gate:
        """M. Okafor confirmed the order, and is still signed in."""
        gate.stand.start_order(5)
        gate.stand.do(complete_order, OrderWish(ORDER))
        gate.give_pin("P4")
        gate.stand.window.show_screen("signing")
        gate.stand.settle()
        return gate

    def record(self, gate: Gate) -> str:
        entries = gate.stand.journal("job_order.completed")
        return entries[-1].id

    def test_a_second_person_signs_what_is_shown_and_the_first_stays(self, confirmed: Gate) -> None:
        record = self.record(confirmed)
        confirmed.stand.touch(f"signing.list.row.{record}")
        shown = confirmed.stand.text("signing.lines")
        entry = confirmed.stand.journal("job_order.completed")[-1]
        assert entry.hash[:16] in shown
        assert "good: 5" in shown
        confirmed.stand.touch("signing.meaning.reviewed")
        confirmed.scan("B-7300")
        confirmed.asked("A. Novak, key your PIN", "signing.prove")
        confirmed.pin(PIN, "signing.prove")
        confirmed.stand.until(lambda: bool(confirmed.stand.journal("record.signed")))
        confirmed.stand.settle()
        signed = confirmed.stand.journal("record.signed")[-1]
        assert isinstance(signed.payload, RecordSigned)
        assert (signed.payload.record, signed.payload.record_hash) == (record, entry.hash)
        assert (signed.payload.meaning, signed.payload.online) == ("reviewed", False)
        assert signed.person == PersonRef("P4", "A. Novak", "badge_pin")
        assert confirmed.who() == "M. Okafor"
        words = confirmed.stand.text("signing.signatures")
        assert words == "Reviewed: A. Novak, 10:30 · verified offline"

    def test_who_made_it_cannot_approve_it(self, confirmed: Gate) -> None:
        confirmed.stand.plan([record("person", "P1", name="M. Okafor", badge="B-7341", roles=["supervisor"])])
        confirmed.give_pin("P1")
        confirmed.stand.touch(f"signing.list.row.{self.record(confirmed)}")
        confirmed.choose("P1", "signing.prove")
        confirmed.asked("key your PIN", "signing.prove")
        confirmed.pin(PIN, "signing.prove")
        confirmed.told("Somebody else has to review")
        assert confirmed.stand.journal("record.signed") == []

    def test_the_list_counts_signatures(self, confirmed: Gate) -> None:
        rows = confirmed.stand.texts_in("screen.signing")
        assert confirmed.stand.sees(f"signing.list.row.{self.record(confirmed)}"), rows


def test_a_terminal_without_credentials_still_knows_badges(tmp_path: Path, qapp: object) -> None:
    stand = Stand(tmp_path, SCREENS)
    try:
        stand.touch("header.person")
        stand.touch("sign_in.person.P1")
        assert "Use a badge" in stand.answer()
    finally:
        stand.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
