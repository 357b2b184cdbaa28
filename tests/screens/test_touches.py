"""How many touches each task of a shift takes from the Run screen: each is played and counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from hmi.domain.equipment import PackmlState
from hmi.domain.signals import Measured, Scan
from screens.registry import SCREENS
from tests.screens.check.states import full_plans
from tests.screens.stand import ORDER, SetClock, Stand, config

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@dataclass
class Counted:
    """What a hand did since it began."""

    touches: int = 0
    scans: int = 0
    presses: int = 0


class Shift:
    """A terminal on its Run screen, and the hand in front of it."""

    def __init__(self, folder: Path) -> None:
        self.stand = Stand(
            folder,
            SCREENS,
            clock=SetClock(),
            first_plans=full_plans(),
            settings=config(idle_sign_out_s=10**9),
        )
        self.counted = Counted()

    def begin(self) -> None:
        """Count from here, on the Run screen."""
        self.stand.window.show_screen("run")
        self.stand.settle()
        self.counted = Counted()

    def touch(self, name: str) -> None:
        """Touch what is to be seen under this name; a `*` at the end stands for the rest of it."""
        wanted = name.removesuffix("*")
        found = [
            widget
            for widget in self.stand.window.findChildren(QWidget)
            if widget.isVisible()
            and (
                widget.objectName().startswith(wanted) if name.endswith("*") else widget.objectName() == name
            )
        ]
        assert found, f"no {name} is to be seen"
        self.counted.touches += 1
        self.stand.touch(found[0].objectName())

    def scan(self, text: str, aim: str = "]C0") -> None:
        """Read a code at the reader."""
        self.counted.scans += 1
        now = self.stand.clock
        self.stand.hub.post(Scan("scanner", text.encode(), text, aim, now.now(), now.monotonic_ms()))
        self.stand.settle()

    def measure(self, value: str) -> None:
        """Press the button of the gauge."""
        self.counted.presses += 1
        now = self.stand.clock
        self.stand.hub.post(
            Measured("gauge", b"", Decimal(value), "mm", True, None, "", now.now(), now.monotonic_ms())
        )
        self.stand.settle()

    def stopped(self) -> None:
        """An order runs and the press has stopped with a fault."""
        self.stand.start_order(120)
        self.stand.state(PackmlState.EXECUTE)
        self.stand.clock.go(600)
        self.stand.state(PackmlState.ABORTED, 312)
        self.stand.clock.go(60)


@pytest.fixture
def shift(tmp_path: Path, qapp: QApplication) -> Iterator[Shift]:
    made = Shift(tmp_path)
    yield made
    made.stand.close()


def test_sign_in_takes_one_scan(shift: Shift) -> None:
    shift.begin()
    shift.scan("B-7341")
    assert shift.stand.terminal.session is not None
    assert (shift.counted.scans, shift.counted.touches) == (1, 0)


def test_starting_an_order_takes_one_scan_and_one_touch(shift: Shift) -> None:
    shift.stand.sign_in("B-7341")
    shift.begin()
    shift.scan(ORDER)
    shift.touch("action.start")
    assert shift.stand.journal("job_order.started")
    assert (shift.counted.scans, shift.counted.touches) == (1, 1)


def test_classifying_a_stop_takes_two_touches(shift: Shift) -> None:
    shift.stopped()
    shift.begin()
    shift.touch("task.stop_reason:*")
    shift.touch("reason.HYD")
    assert shift.stand.journal("stop.classified")
    assert shift.counted.touches == 2


def test_reporting_scrap_with_its_reason_takes_three_touches(shift: Shift) -> None:
    shift.stand.start_order(120)
    shift.begin()
    shift.touch("action.scrap")
    shift.touch("scrap.reason.BURR")
    shift.touch("scrap.keypad.main")
    assert shift.stand.journal("production.scrapped")
    assert shift.counted.touches == 3


def test_a_sample_of_five_from_a_gauge_takes_a_touch_to_open_five_presses_and_one_to_save(
    shift: Shift,
) -> None:
    shift.stand.start_order(120)
    shift.stand.sign_in("B-7300")
    shift.begin()
    shift.touch("task.inspection:HOLE-D")
    for value in ("12.04", "12.05", "12.03", "12.06", "12.04"):
        shift.measure(value)
    shift.touch("inspection.keypad.main")
    assert shift.stand.journal("quality.sample")
    assert (shift.counted.presses, shift.counted.touches) == (5, 2)


def test_calling_for_help_takes_two_touches(shift: Shift) -> None:
    shift.begin()
    shift.touch("action.help")
    shift.touch("help.maintenance")
    assert shift.stand.journal("help")
    assert shift.counted.touches == 2


def test_opening_a_repair_from_a_stop_takes_two_touches(shift: Shift) -> None:
    shift.stopped()
    shift.stand.sign_in("B-7300")
    shift.begin()
    shift.touch("task.stop_reason:*")
    shift.touch("action.repair")
    assert shift.stand.journal("repair.opened")
    assert shift.counted.touches == 2


def test_sign_out_takes_one_touch(shift: Shift) -> None:
    shift.stand.sign_in("B-7341")
    shift.begin()
    shift.touch("header.person")
    assert shift.stand.terminal.session is None
    assert shift.counted.touches == 1
