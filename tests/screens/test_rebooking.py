"""What the MES refused for a cancelled order is booked to another one: who may, why, and in two touches."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from hmi.domain.entries import ResultKind
from hmi.domain.keeping_payloads import ProductionRebooked
from hmi.domain.payloads import EntryDecided
from hmi.operations.production import Declare, OrderWish, declare_parts, pause_order
from screens.registry import SCREENS
from tests.screens.stand import ORDER, Stand, plans, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
OTHER = "WO-104234"


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    """Twelve parts of an order that the MES had cancelled; another order runs by now."""
    other = record(
        "job_order", OTHER, operation="20 Stamp", material="40-118", material_name="Bracket 40-118",
        quantity="100", unit="pcs", equipment="PRESS12",
    )  # fmt: skip
    made = Stand(tmp_path, SCREENS, first_plans=[*plans(), other])
    made.sign_in("B-7341")
    made.run_order(ORDER)
    declared = made.do(declare_parts, Declare(ORDER, Decimal(12))).entries[0].id
    made.do(pause_order, OrderWish(ORDER))
    made.run_order(OTHER)
    made.answered(
        declared, ResultKind.REFUSED, code="order_cancelled", words="cancelled", who_decides="supervisor"
    )
    yield made
    made.close()


def test_a_supervisor_books_it_with_a_reason_and_a_second_touch(stand: Stand) -> None:
    stand.sign_in("B-7300")
    stand.touch("rail.orders")
    stand.touch(f"orders.row.{ORDER}")
    stand.touch("action.rebook")
    assert stand.texts_in("rebooking.headline")[-1] == f"1 entry of {ORDER} was refused."
    assert not stand.find("action.book").isEnabled(), "neither order nor reason is chosen"
    stand.touch("rebooking.to")
    stand.touch(f"rebooking.to.option.{OTHER}")
    stand.touch("rebooking.reason.late")
    stand.touch("action.book")
    assert stand.journal("production.rebooked") == []
    assert stand.text("action.book") == f"Yes, book to {OTHER}"
    stand.touch("action.book")
    (booked,) = stand.journal("production.rebooked")
    assert isinstance(booked.payload, ProductionRebooked)
    assert (booked.subject.id, booked.payload.quantity) == (OTHER, Decimal(12))
    assert booked.person is not None
    assert booked.person.name == "A. Novak"
    (decided,) = stand.journal("entry.decided")
    assert isinstance(decided.payload, EntryDecided)
    assert decided.payload.comment == f"{OTHER} · The cancel came too late"
    assert stand.window.shown_screen == "orders"
    assert not stand.sees("action.rebook"), "nothing is left to book"


def test_who_may_not_is_told_who_may(stand: Stand) -> None:
    stand.touch("rail.orders")
    stand.touch(f"orders.row.{ORDER}")
    assert not stand.find("action.rebook").isEnabled()


def test_what_was_chosen_comes_back_to_its_author(stand: Stand) -> None:
    stand.sign_in("B-7300")
    stand.window.show_screen("rebooking", ORDER)
    stand.settle()
    stand.touch("rebooking.reason.replaced")
    stand.sign_in("B-7341")
    assert not stand.find("action.book").isEnabled()
    stand.sign_in("B-7300")
    stand.touch("rebooking.to")
    stand.touch(f"rebooking.to.option.{OTHER}")
    assert stand.find("action.book").isEnabled(), "the reason was kept"


def test_a_question_that_nobody_answers_is_taken_back(stand: Stand) -> None:
    stand.sign_in("B-7300")
    stand.window.show_screen("rebooking", ORDER)
    stand.settle()
    stand.touch("rebooking.to")
    stand.touch(f"rebooking.to.option.{OTHER}")
    stand.touch("rebooking.reason.late")
    stand.touch("action.book")
    stand.go(6)
    stand.touch("action.book")
    assert stand.journal("production.rebooked") == []


def test_very_much_is_booked_in_portions_and_what_is_left_is_said(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hmi.operations.rebooking.PORTION", 1)
    more = stand.do(declare_parts, Declare(ORDER, Decimal(3))).entries[0].id
    stand.answered(
        more, ResultKind.REFUSED, code="order_cancelled", words="cancelled", who_decides="supervisor"
    )
    stand.sign_in("B-7300")
    stand.window.show_screen("rebooking", ORDER)
    stand.settle()
    assert stand.texts_in("rebooking.headline")[-1] == f"2 entries of {ORDER} were refused."
    stand.touch("rebooking.to")
    stand.touch(f"rebooking.to.option.{OTHER}")
    stand.touch("rebooking.reason.late")
    for left in (1, 0):
        stand.touch("action.book")
        stand.touch("action.book")
        assert len(stand.journal("production.rebooked")) == 2 - left
        assert stand.window.shown_screen == ("rebooking" if left else "orders")
        if left:
            assert stand.texts_in("rebooking.headline")[-1] == f"1 entry of {ORDER} was refused."
