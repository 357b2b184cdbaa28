"""The quick tier of the fault suites: every figure holds, and every control is caught."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.__main__ import SEED, measure
from tests.faults.figure import QUICK, Figure, Outcome, Suite, table
from tests.faults.registry import SUITES


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What is provoked here is told by the figures, not by the log."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(before)


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.timeout(300)
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.id)
def test_the_figure_holds_and_its_control_is_caught(suite: Suite, tmp_path: Path) -> None:
    figure = measure(suite, QUICK, SEED, tmp_path)
    if figure.outcome.skipped:
        pytest.skip(figure.outcome.skipped)
    assert figure.outcome.count > 0
    if not figure.ok:
        pytest.fail(table([figure]), pytrace=False)


@pytest.mark.parametrize(
    ("outcome", "ok"),
    [
        (Outcome(1, {}, (), "c", True), True),
        (Outcome(1, {}, (), "c", False), False),
        (Outcome(1, {}, ("1 lost",), "c", True), False),
        (Outcome(0, {}, skipped="no compiler"), False),
    ],
)
def test_a_figure_without_a_caught_control_does_not_count(outcome: Outcome, ok: bool) -> None:
    figure = Figure("F0", "t", "g", "quick", 1, 0.0, outcome)
    assert figure.ok is ok
    assert figure.told()["ok"] is ok
    assert ("control, " in table([figure])) is not bool(outcome.skipped)


def test_every_suite_has_a_name_of_its_own() -> None:
    assert len({suite.id for suite in SUITES}) == len(SUITES)
