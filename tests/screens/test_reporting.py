"""Reports by touch: made beside the work, cancelled, and told where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from hmi.errors import OperatorError
from hmi.report_desk import ReportFile, ReportWish
from screens.registry import SCREENS
from tests.screens.stand import ORDER, START, Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


class Desk:
    """Makes reports when the test lets it."""

    def __init__(self) -> None:
        self.wishes: list[ReportWish] = []
        self.files: list[ReportFile] = []
        self.answer: Future[ReportFile] = Future()

    def make(self, wish: ReportWish) -> Future[ReportFile]:
        self.wishes.append(wish)
        self.answer = Future()
        return self.answer

    def cancel(self) -> None:
        self.answer.set_exception(OperatorError("report_cancelled"))

    def made(self) -> Sequence[ReportFile]:
        return self.files

    def ends(self, name: str, *, proven: bool = True) -> None:
        """The report is made."""
        self.files.insert(0, ReportFile(name, "reports", START))
        self.answer.set_result(ReportFile(name, "reports", START, proven))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def stand(tmp_path: Path, qapp: object, desk: Desk) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    made.terminal.reports = desk
    made.sign_in("B-7341")
    made.touch("rail.orders")
    made.touch("action.report")
    yield made
    made.close()


def test_an_order_is_reported_while_work_goes_on(stand: Stand, desk: Desk) -> None:
    stand.touch("action.order")
    assert desk.wishes == [ReportWish("en", ORDER)]
    assert "go on working" in stand.text("reporting.progress.words")
    assert not stand.find("action.shift").isEnabled(), "one at a time"
    stand.touch("rail.run")
    stand.touch("rail.orders")
    stand.touch("action.report")
    assert stand.sees("reporting.progress")
    desk.ends("order.pdf")
    stand.settle()
    assert not stand.sees("reporting.progress")
    assert stand.text("reporting.where") == "order.pdf stands in reports."
    assert "order.pdf" in stand.text("reporting.list.row.order.pdf")


def test_a_cancel_is_told(stand: Stand, desk: Desk) -> None:
    stand.touch("action.shift")
    assert desk.wishes == [ReportWish("en")]
    stand.touch("reporting.progress.cancel")
    stand.settle()
    assert "Nothing of it is left" in stand.answer()
    assert stand.find("action.shift").isEnabled()


def test_a_journal_that_does_not_prove_itself_is_told(stand: Stand, desk: Desk) -> None:
    stand.touch("action.shift")
    desk.ends("shift.pdf", proven=False)
    stand.settle()
    assert "does not prove itself" in stand.text("reporting.where")
