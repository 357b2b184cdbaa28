"""A terminal with its real ledger and its real window, on a clock that tests set; no wires."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from hmi.config import ScreenSettings, StationSettings, TerminalConfig
from hmi.domain.entries import Entry
from hmi.domain.equipment import PackmlState
from hmi.hub import Hub
from hmi.i18n import Texts
from hmi.operations.downtime import StateSeen, observe_state
from hmi.operations.personnel import SignIn, SignOut, sign_in, sign_out
from hmi.operations.production import CounterSeen, OrderWish, count_parts, start_order
from hmi.ports import Operation, PlanPage, PlanRecord, Records, Saved
from hmi.terminal import Terminal
from hmi.watch import MachineWatch
from local_db.ledger import SqliteLedger
from screens.shell.registry_types import ScreenSpec
from screens.shell.window import Window

W = TypeVar("W")
R = TypeVar("R")
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PATIENCE_MS = 5000


class SetClock:
    """A clock that stands until it is moved."""

    boot = "test"

    def __init__(self, start: datetime = MORNING) -> None:
        self._now = start
        self._ms = 1_000_000

    def now(self) -> datetime:
        return self._now

    def monotonic_ms(self) -> int:
        return self._ms

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._ms += round(seconds * 1000)


class Stage:
    """What a test sees: the ledger, the terminal, the window with its screens, and a finger."""

    def __init__(self, file: Path, screens: Sequence[ScreenSpec], clock: SetClock) -> None:
        self.clock = clock
        self.hub = Hub()
        self.ledger = SqliteLedger(
            file, terminal="T-1", equipment="PRESS12", clock=clock, on_changes=self.hub.post
        )
        config = TerminalConfig(
            terminal=StationSettings(
                id="T-1", station="Plant A/Stamping/Line 3/Press 12", equipment="PRESS12", time_zone="UTC"
            ),
            screens=ScreenSettings(idle_sign_out_s=10**9),
            mes={"connector": "rest"},
        )
        watch = MachineWatch(self.ledger, [], clock, fastest_cycle_s=0.2, count_every_ms=2000)
        self.terminal = Terminal(config, self.hub, self.ledger, watch, [], Texts("en"), clock)
        self.ledger.start()
        self.window = Window(self.terminal, screens)
        self.said: list[str] = []
        for screen in self.window.screens.values():
            screen.says.connect(lambda said, words: self.said.append(words))

    def apply(self, plans: Sequence[PlanRecord]) -> None:
        """Take plans over as one page of the MES."""
        page = PlanPage(tuple(plans), "1", True, None, "mes-1", self.clock.now())
        self.ledger.apply_plans(page).result(5)

    def do(self, operation: Operation[W], wish: W) -> Saved:
        """Wish for something without the screens."""
        return self.ledger.do(operation, wish).result(5)

    def read(self, load: Callable[[Records], R]) -> R:
        """Read the records."""
        return self.ledger.read(load).result(5)

    def journal(self, kind: str = "") -> list[Entry]:
        """Entries of one kind, oldest first."""
        rows = self.read(lambda records: records.journal.newest(1000))
        return [row.entry for row in reversed(rows) if row.entry.kind.startswith(kind)]

    def sign_in(self, badge: str) -> None:
        """Scan a badge."""
        self.do(sign_in, SignIn(badge))
        self.settle()

    def sign_out(self) -> None:
        """Leave."""
        self.do(sign_out, SignOut("touch"))
        self.settle()

    def run_order(self, order: str) -> None:
        """Start an order; the machine produces."""
        self.do(start_order, OrderWish(order))

    def count(self, value: int) -> None:
        """Let the PLC's counter stand at a value."""
        seen = CounterSeen("count", value, self.clock.now(), live=True, maximum=None, fastest_cycle_s=0.001)
        self.do(count_parts, seen)

    def state(self, state: PackmlState, fault: int = 0, *, late_ms: int = 0) -> None:
        """Let the PLC change its state, `late_ms` before it is heard here."""
        at = self.clock.now() - timedelta(milliseconds=late_ms)
        self.do(observe_state, StateSeen(state, fault, at, live=True))

    def settle(self) -> None:
        """Let everything that is under way arrive."""
        for _ in range(4):
            self.ledger.read(lambda records: None).result(5)
            for _ in range(3):
                QTest.qWait(20)
                QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)

    def find(self, name: str) -> QWidget:
        """The touchable of this name that is shown."""
        found = [widget for widget in self.window.findChildren(QWidget, name) if widget.isVisible()]
        assert found, f"{name} is not shown"
        return found[-1]

    def shows(self, name: str) -> bool:
        """Whether something of this name is shown."""
        return any(widget.isVisible() for widget in self.window.findChildren(QWidget, name))

    def touch(self, name: str) -> None:
        """Touch it and let it happen."""
        widget = self.find(name)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        self.settle()

    def key(self, number: str) -> None:
        """Key a number on the keypad of the page."""
        for sign in number:
            part = "point" if sign == "." else sign
            QTest.mouseClick(self.find(f"inspection.keypad.{part}"), Qt.MouseButton.LeftButton)

    def end(self) -> None:
        """End in order."""
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.ledger.stop()


@contextmanager
def on_stage(
    file: Path, screens: Sequence[ScreenSpec], clock: SetClock, size: tuple[int, int] = (1280, 800)
) -> Generator[Stage]:
    """Show a terminal on this file until the end of the block."""
    made = Stage(file, screens, clock)
    try:
        made.window.resize(*size)
        made.window.show()
        made.window.start()
        made.settle()
        yield made
    finally:
        made.end()


def plan(family: str, plan_id: str, **record: Any) -> PlanRecord:
    """A record of the MES, version 1."""
    return PlanRecord(family, plan_id, 1, {"id": plan_id, "version": 1, **record})
