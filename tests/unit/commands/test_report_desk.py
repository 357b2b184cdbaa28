"""Reports that a screen asks for: made in a process of their own, cancelled without a trace, told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hmi.errors import OperatorError
from hmi.report_desk import ReportWish
from screens.commands.report_desk import ReportProcess
from tests.fakes.clock import SteppedClock
from tests.fakes.shift_story import Shift

IN_TIME_S = 60


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    """A shift whose terminal still runs."""
    made = Shift(tmp_path_factory.mktemp("story"))
    made.play()
    yield made
    made.close()


def error_of(desk: ReportProcess, wish: ReportWish) -> OperatorError:
    """Why it was not made."""
    error = desk.make(wish).exception(IN_TIME_S)
    assert isinstance(error, OperatorError)
    return error


def test_an_order_and_a_shift_beside_the_terminal_that_runs(story: Shift, tmp_path: Path) -> None:
    desk = ReportProcess(story.config, tmp_path / "reports", SteppedClock())
    assert list(desk.made()) == []
    made = desk.make(ReportWish("de", "WO-1")).result(IN_TIME_S)
    assert made.name.startswith("WO-1-")
    assert made.proven
    assert (Path(made.folder) / made.name).read_bytes().startswith(b"%PDF-")
    assert desk.make(ReportWish("en")).result(IN_TIME_S).name.startswith("shift-")
    assert len(desk.made()) == 2


def test_what_cannot_be_told_is_said_in_words_and_leaves_nothing(story: Shift, tmp_path: Path) -> None:
    desk = ReportProcess(story.config, tmp_path / "reports", SteppedClock())
    error = error_of(desk, ReportWish("en", "--out"))
    assert error.key == "report_failed"
    assert "not among this terminal's plans" in str(error.values["words"])
    assert list(desk.made()) == []


def test_one_at_a_time_and_a_cancel_leaves_nothing(tmp_path: Path) -> None:
    slow = (sys.executable, "-c", "import sys, time; open(sys.argv[5], 'w').close(); time.sleep(600)")
    desk = ReportProcess(tmp_path / "terminal.toml", tmp_path / "reports", SteppedClock(), slow)
    first = desk.make(ReportWish("en"))
    assert error_of(desk, ReportWish("en")).key == "report_under_way"
    desk.cancel()
    error = first.exception(IN_TIME_S)
    assert isinstance(error, OperatorError)
    assert error.key == "report_cancelled"
    assert list(desk.made()) == []
    desk.cancel()
