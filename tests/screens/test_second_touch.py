"""What cannot be undone takes a second touch: for the same thing, by the same person, and not at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from hmi.domain.entries import ReceiptState, ResultKind
from hmi.operations.production import OrderWish, pause_order, start_order
from screens.registry import SCREENS
from screens.shell.second_touch import SecondTouch
from tests.screens.check.states import full_plans
from tests.screens.stand import ORDER, SetClock, Stand, config

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
OTHER = "WO-104234"
AGAIN = "Touch again"


@pytest.fixture
def stand(tmp_path: Path, qapp: QApplication) -> Iterator[Stand]:
    made = Stand(
        tmp_path,
        SCREENS,
        clock=SetClock(),
        first_plans=full_plans(),
        settings=config(idle_sign_out_s=10**9),
    )
    made.start_order(120)
    made.window.show_screen("run")
    made.settle()
    yield made
    made.close()


def completed(stand: Stand) -> list[str]:
    """The orders that were completed."""
    return [entry.subject.id for entry in stand.journal("job_order.completed")]


def double_touch(stand: Stand, name: str) -> None:
    """Touch twice within an eighth of a second."""
    stand.touch(name)
    stand.clock.go(0.12)
    stand.touch(name)


def test_the_question_stands_for_five_seconds_and_the_bounce_does_not_answer_it(stand: Stand) -> None:
    sure = SecondTouch(stand.terminal)
    assert not sure.touch("a")
    stand.clock.go(0.499)
    assert not sure.touch("a")
    stand.clock.go(0.001)
    assert sure.asks("a")
    assert not sure.asks("b")
    assert sure.touch("a")
    assert not sure.asks("a")
    assert not sure.touch("a")
    stand.clock.go(5)
    assert not sure.asks("a")
    assert (sure.ran_out(), sure.ran_out()) == (True, False)


def test_a_double_touch_completes_no_order(stand: Stand) -> None:
    double_touch(stand, "action.complete")
    assert completed(stand) == []
    assert AGAIN in stand.text("action.complete")
    stand.clock.go(0.5)
    stand.touch("action.complete")
    assert completed(stand) == [ORDER]


def test_the_question_about_one_order_completes_no_other(stand: Stand) -> None:
    stand.touch("action.complete")
    stand.clock.go(1)
    stand.sign_out()
    stand.sign_in("B-7300")
    stand.do(pause_order, OrderWish(ORDER))
    stand.do(start_order, OrderWish(OTHER))
    assert AGAIN not in stand.text("action.complete")
    stand.touch("action.complete")
    assert completed(stand) == []


def test_the_question_put_to_one_is_not_answered_by_another(stand: Stand) -> None:
    stand.touch("action.complete")
    stand.clock.go(1)
    stand.sign_in("B-7300")
    assert AGAIN not in stand.text("action.complete")
    stand.touch("action.complete")
    assert completed(stand) == []
    stand.clock.go(1)
    stand.touch("action.complete")
    assert completed(stand) == [ORDER]


def test_the_question_is_taken_back_after_five_seconds(stand: Stand) -> None:
    stand.touch("action.complete")
    stand.go(4.9)
    assert AGAIN in stand.text("action.complete")
    stand.go(0.2)
    assert AGAIN not in stand.text("action.complete")


def test_a_double_touch_on_the_last_part_saves_no_sample(stand: Stand) -> None:
    stand.sign_in("B-7300")
    stand.window.show_screen("inspection")
    stand.settle()
    main = "inspection.keypad.main"
    for _ in range(4):
        stand.key("inspection.keypad", "12.04")
        stand.touch(main)
    stand.key("inspection.keypad", "12.04")
    double_touch(stand, main)
    assert stand.journal("quality.sample") == []
    stand.clock.go(0.5)
    stand.touch(main)
    assert len(stand.journal("quality.sample")) == 1


def test_a_double_touch_clears_nothing(stand: Stand) -> None:
    stand.sign_in("B-7300")
    stand.window.show_screen("inspection")
    stand.settle()
    stand.key("inspection.keypad", "12.04")
    stand.touch("inspection.keypad.main")
    double_touch(stand, "action.clear")
    assert stand.text("inspection.parts.1") == "1 · 12.04"


def test_a_double_touch_sets_nothing_aside(stand: Stand) -> None:
    entry = stand.newest().entry.id
    stand.answered(entry, ResultKind.REFUSED, code="no", words="No.", who_decides="Planning")
    stand.sign_in("B-7300")
    stand.window.show_screen("waiting", entry)
    stand.settle()
    double_touch(stand, "waiting.set_aside")
    found = stand.read(lambda records: records.journal.entry(entry))
    assert found is not None
    assert found.receipt.state is ReceiptState.REFUSED
