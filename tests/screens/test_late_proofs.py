"""A proof that comes late counts for nobody and nothing but what it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from hmi.domain.payloads import BreakGlassUsed, PinLocked, RecordSigned
from hmi.operations.production import OrderWish, complete_order, start_order
from hmi.people import Credentials
from tests.screens.stand import ORDER, record
from tests.screens.test_people import CODE, PIN, Gate, end, make

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
OTHER = "WO-104299"


class HeldBack:
    """Credentials whose answers about secrets come when the test lets them go."""

    def __init__(self, real: Credentials) -> None:
        self._real = real
        self._kept: list[tuple[Future[None], Future[None]]] = []

    def has_pin(self, person: str) -> Future[bool]:
        """See hmi.people.Credentials."""
        return self._real.has_pin(person)

    def with_pin(self) -> Future[frozenset[str]]:
        """See hmi.people.Credentials."""
        return self._real.with_pin()

    def prove(self, person: str, pin: str) -> Future[None]:
        """See hmi.people.Credentials."""
        return self._hold(self._real.prove(person, pin))

    def open_code(self, holder: str, code: str, code_hash: str) -> Future[None]:
        """See hmi.people.Credentials."""
        return self._hold(self._real.open_code(holder, code, code_hash))

    def choose(self, person: str, pin: str) -> Future[None]:
        """See hmi.people.Credentials."""
        return self._hold(self._real.choose(person, pin))

    def let_go(self) -> None:
        """Answer all that was asked, in its order."""
        kept, self._kept = self._kept, []
        for asked, shown in kept:
            error = asked.exception(10)
            if error is None:
                shown.set_result(None)
            else:
                shown.set_exception(error)

    def _hold(self, asked: Future[None]) -> Future[None]:
        shown = Future[None]()
        self._kept.append((asked, shown))
        return shown


def hold(gate: Gate) -> HeldBack:
    """Hold answers back from now on."""
    people = gate.stand.terminal.people
    assert people is not None
    held = HeldBack(people.credentials)
    gate.stand.terminal.people = replace(people, credentials=held)
    return held


@pytest.fixture
def opened(tmp_path: Path, qapp: object) -> Iterator[Callable[[bool], Gate]]:
    made: list[Gate] = []

    def open_gate(pin_with_badge: bool) -> Gate:
        made.append(make(tmp_path, pin_with_badge=pin_with_badge))
        for person in ("P1", "P4"):
            made[0].give_pin(person)
        made[0].stand.window.show_screen("sign_in")
        made[0].stand.settle()
        return made[0]

    yield open_gate
    end(made[0])


def test_the_pin_of_one_does_not_let_in_who_comes_next(opened: Callable[[bool], Gate]) -> None:
    gate = opened(True)
    gate.scan("B-7341")
    gate.asked("M. Okafor, key your PIN")
    held = hold(gate)
    gate.pin(PIN)
    gate.scan("B-7300")
    gate.asked("A. Novak, key your PIN")
    held.let_go()
    gate.stand.settle()
    assert gate.who() is None
    assert "A. Novak, key your PIN" in gate.title()
    gate.pin(PIN)
    held.let_go()
    gate.until_who("A. Novak")


def test_a_lock_is_noted_of_whom_it_locks_and_told_to_nobody_else(opened: Callable[[bool], Gate]) -> None:
    gate = opened(False)
    gate.choose("P1")
    gate.asked("M. Okafor")
    for words in ("4 more tries", "3 more", "2 more", "One more try"):
        gate.pin("111111")
        gate.told(words)
    held = hold(gate)
    gate.pin("111111")
    gate.stand.touch("action.back")
    gate.choose("P4")
    gate.asked("A. Novak, key your PIN")
    gate.stand.key("sign_in.pad", "48")
    held.let_go()
    gate.stand.until(lambda: bool(gate.stand.journal("person.pin_locked")))
    gate.stand.settle()
    (locked,) = gate.stand.journal("person.pin_locked")
    assert (locked.subject.id, locked.payload) == ("P1", PinLocked(tries=5))
    assert "Wait" not in gate.stand.answer()
    gate.stand.key("sign_in.pad", PIN[2:])
    gate.stand.touch("sign_in.pad.main")
    held.let_go()
    gate.until_who("A. Novak")


def test_a_sealed_code_that_was_left_is_used_up_in_the_journal_and_lets_nobody_in(
    opened: Callable[[bool], Gate],
) -> None:
    gate = opened(False)
    gate.choose("sealed:07")
    gate.asked("one-time code")
    held = hold(gate)
    gate.code(CODE)
    gate.stand.touch("action.back")
    held.let_go()
    gate.stand.until(lambda: bool(gate.stand.journal("person.break_glass")))
    assert gate.stand.journal("person.break_glass")[0].payload == BreakGlassUsed(code="07")
    assert gate.who() is None


class TestSigning:
    @pytest.fixture
    def shown(self, opened: Callable[[bool], Gate]) -> tuple[Gate, HeldBack, str, str]:
        """Two completed orders; A. Novak has keyed the PIN under the first, and no answer is there yet."""
        gate = opened(False)
        stand = gate.stand
        made = {"operation": "20", "material": "m", "material_name": "M", "unit": "pcs"}
        planned = {"quantity": "10", "equipment": "PRESS12", "inspection_plans": list[str]()}
        stand.plan([record("job_order", OTHER, **made, **planned)])
        stand.start_order(5)
        stand.do(complete_order, OrderWish(ORDER))
        stand.do(start_order, OrderWish(OTHER))
        stand.do(complete_order, OrderWish(OTHER))
        first, second = (entry.id for entry in stand.journal("job_order.completed"))
        stand.window.show_screen("signing")
        stand.settle()
        stand.touch(f"signing.list.row.{first}")
        gate.choose("P4", "signing.prove")
        gate.asked("key your PIN", "signing.prove")
        held = hold(gate)
        gate.pin(PIN, "signing.prove")
        return gate, held, first, second

    def test_a_pin_keyed_under_one_record_does_not_sign_another(
        self, shown: tuple[Gate, HeldBack, str, str]
    ) -> None:
        gate, held, _, second = shown
        gate.stand.touch("action.back")
        gate.stand.touch(f"signing.list.row.{second}")
        held.let_go()
        gate.stand.settle()
        assert gate.stand.journal("record.signed") == []

    def test_nor_does_it_in_a_meaning_that_was_chosen_after_it(
        self, shown: tuple[Gate, HeldBack, str, str]
    ) -> None:
        gate, held, _, _ = shown
        gate.stand.touch("signing.meaning.reviewed")
        held.let_go()
        gate.stand.settle()
        assert gate.stand.journal("record.signed") == []

    def test_nor_when_another_page_led_to_another_record(
        self, shown: tuple[Gate, HeldBack, str, str]
    ) -> None:
        gate, held, _, second = shown
        gate.stand.window.show_screen("signing", second)
        gate.stand.settle()
        held.let_go()
        gate.stand.settle()
        assert gate.stand.journal("record.signed") == []

    def test_it_signs_what_was_shown_and_chosen_when_it_was_keyed(
        self, shown: tuple[Gate, HeldBack, str, str]
    ) -> None:
        gate, held, first, _ = shown
        held.let_go()
        gate.stand.until(lambda: bool(gate.stand.journal("record.signed")))
        payload = gate.stand.journal("record.signed")[0].payload
        assert isinstance(payload, RecordSigned)
        assert (payload.record, payload.meaning) == (first, "approved")
