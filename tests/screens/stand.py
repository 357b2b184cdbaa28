"""A terminal on a stand: the real window, the real ledger in a file, a clock and links that a test sets."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from hmi.config import TerminalConfig
from hmi.domain.entries import Entry, EntryRow, NewEntry, PushResult, ResultKind
from hmi.domain.equipment import PackmlState
from hmi.domain.signals import LinkState, LinkStatus, Quality, Reading, Scalar
from hmi.domain.tags import TagInfo, TagRole
from hmi.domain.trends import TrendQuery
from hmi.hub import Hub
from hmi.i18n import Texts
from hmi.operations.downtime import StateSeen, observe_state
from hmi.operations.personnel import SignIn, SignOut, sign_in, sign_out
from hmi.operations.production import (
    CounterSeen,
    Declare,
    OrderWish,
    count_parts,
    declare_parts,
    start_order,
)
from hmi.people import People
from hmi.ports import Context, Operation, PlanPage, PlanRecord, Records, Saved
from hmi.terminal import Terminal
from hmi.watch import MachineWatch
from local_db.credentials import CredentialFile
from local_db.heads import TerminalKey
from local_db.history import HistoryThread
from local_db.ledger import SqliteLedger
from screens.kit import theme
from screens.shell.registry_types import ScreenSpec
from screens.shell.window import Window
from tests.fakes.people import PEPPER, QUICK

R = TypeVar("R")
W = TypeVar("W")
START = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
ORDER = "WO-104233"
PIN = "481516"


class SetClock:
    """A clock that goes only when it is told to."""

    def __init__(self, start: datetime = START) -> None:
        self.moment, self.ticks = start, 1_000_000

    @property
    def boot(self) -> str:
        """See hmi.times.Clock."""
        return "0b7c2f34-5bd1-4b8e-9a40-1f2c3d4e5f60"

    def now(self) -> datetime:
        """See hmi.times.Clock."""
        return self.moment

    def monotonic_ms(self) -> int:
        """See hmi.times.Clock."""
        return self.ticks

    def go(self, seconds: float) -> None:
        """Let time go by."""
        self.moment += timedelta(seconds=seconds)
        self.ticks += round(seconds * 1000)


def record(family: str, key: str, **fields: object) -> PlanRecord:
    """One plan as the MES sends it."""
    return PlanRecord(family, key, 1, {"id": key, "version": 1, **fields})


def plans() -> list[PlanRecord]:
    """A small plant: an order, people, reasons, a fault, an asset, codes, a spare part."""
    order = {"operation": "20 Stamp", "material": "40-117-C", "material_name": "Bracket 40-117 rev C"}
    hole = {"id": "HOLE-D", "name": "Hole diameter", "nominal": "12.00", "lower": "11.90", "upper": "12.10"}
    return [
        record(
            "job_order",
            ORDER,
            **order,
            quantity="2000",
            unit="pcs",
            equipment="PRESS12",
            inspection_plans=["IP-117"],
        ),
        record(
            "inspection_plan",
            "IP-117",
            name="Bracket, hole",
            every_parts=96,
            characteristics=[{**hole, "unit": "mm", "decimals": 2, "sample_size": 5}],
        ),
        record("person", "P1", name="M. Okafor", badge="B-7341", roles=["operator"]),
        record("person", "P2", name="R. Lindqvist", badge="B-7355", roles=["inspector"]),
        record("person", "P4", name="A. Novak", badge="B-7300", roles=["supervisor"]),
        record("reason", "BURR", name="Burr", group="Edge", applies_to="scrap", rank=1),
        record("reason", "CRACK", name="Crack", group="Material", applies_to="scrap", rank=2),
        record("reason", "SCRATCH", name="Scratch", group="Surface", applies_to="scrap", rank=3),
        record("reason", "DIM", name="Out of dimension", group="Measure", applies_to="scrap", rank=4),
        record("reason", "SETUP", name="Set-up part", group="Start", applies_to="scrap", rank=5),
        record(
            "reason", "WRONG-COIL", name="Wrong coil material", group="Material", applies_to="scrap", rank=6
        ),
        record("reason", "HYD", name="Hydraulics", group="technical", applies_to="stop", suggested_by=[312]),
        record("fault", "312", text="hydraulic pressure low"),
        record(
            "asset", "PRESS12", name="Press 12", path="Plant A/Stamping/Line 3/Press 12", asset_class="press"
        ),
        record("failure_code", "PR1", name="Low output pressure", kind="problem"),
        record("failure_code", "CA1", name="Seal worn", kind="cause"),
        record("failure_code", "RE1", name="Seal replaced", kind="remedy"),
        record("material", "SEAL", name="Rod seal 80x95", unit="pcs", use="spare", tracked_by="lot"),
    ]


TAGS = (
    TagInfo("state", "plc", "State", "", 0, TagRole.STATE, None, None, None, None, False, None),
    TagInfo("force", "plc", "Ram force", "kN", 0, TagRole.VALUE, 0, 600, 380, 450, True, None),
    TagInfo("cycle", "plc", "Cycle time", "s", 2, TagRole.VALUE, None, None, None, None, True, None),
    TagInfo("die", "plc", "Die temperature", "°C", 1, TagRole.VALUE, None, 78, None, None, True, None),
    TagInfo("oil", "plc", "Hydraulic pressure", "bar", 0, TagRole.VALUE, None, None, None, None, True, None),
    TagInfo("coil", "plc", "Coil remaining", "m", 1, TagRole.VALUE, None, None, None, None, False, None),
    TagInfo("guard", "plc", "Guard closed", "", 0, TagRole.VALUE, None, None, None, None, False, None),
)


def config(idle_sign_out_s: int = 600, language: str = "en") -> TerminalConfig:
    """The configuration of a press with a PLC and two readers."""
    return TerminalConfig.model_validate(
        {
            "terminal": {
                "id": "T-PRESS12",
                "station": "Plant A/Stamping/Line 3/Press 12",
                "equipment": "PRESS12",
                "time_zone": "UTC",
                "language": language,
            },
            "screens": {"idle_sign_out_s": idle_sign_out_s},
            "shifts": [{"name": "B", "start": "06:00", "end": "14:00"}],
            "links": {
                "plc": {"driver": "opcua", "label": "PLC"},
                "badge_reader": {"driver": "barcode_reader", "label": "Badge reader"},
                "scanner": {"driver": "barcode_reader", "label": "Scanner"},
            },
            "mes": {"connector": "rest"},
        }
    )


class Stand:
    """Puts a terminal together around a ledger; `close` lets everything go."""

    def __init__(
        self,
        folder: Path,
        screens: Sequence[ScreenSpec],
        size: tuple[int, int] = (1280, 800),
        *,
        clock: SetClock | None = None,
        first_plans: Sequence[PlanRecord] | None = None,
        tags: Sequence[TagInfo] = TAGS,
        settings: TerminalConfig | None = None,
    ) -> None:
        self.clock = clock or SetClock()
        self.hub = Hub()
        self.ledger = SqliteLedger(
            folder / "journal.sqlite3",
            terminal="T-PRESS12",
            equipment="PRESS12",
            clock=self.clock,
            on_changes=self.hub.post,
        )
        self.ledger.start()
        self.said: list[str] = []
        self._remembered: HistoryThread | None = None
        self._kept: CredentialFile | None = None
        self.plan(plans() if first_plans is None else first_plans)
        watch = MachineWatch(self.ledger, list(tags), self.clock, fastest_cycle_s=0.2, count_every_ms=2000)
        settings = settings or config()
        texts = Texts(settings.terminal.language)
        self.terminal = Terminal(settings, self.hub, self.ledger, watch, tags, texts, self.clock)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, theme.DAY)
        self.window = Window(self.terminal, screens)
        self._wrote: list[tuple[str, list[str]]] = []
        for name, screen in self.window.screens.items():
            screen.says.connect(lambda _, words: self.said.append(words))
            screen.saved_entries.connect(partial(self._note_saved, name))
        self.window.resize(*size)
        self.window.show()
        self.window.start()
        self.settle()

    def close(self) -> None:
        """Close window and ledger; what a screen entered must be among what its actions declare."""
        undeclared = self._undeclared()
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.ledger.stop()
        if self._remembered is not None:
            self._remembered.stop()
        if self._kept is not None:
            self._kept.stop()
        assert undeclared == []

    def _note_saved(self, screen: str, entries: list[str]) -> None:
        self._wrote.append((screen, entries))

    def _undeclared(self) -> list[str]:
        """Entries of screens that no action of theirs says it writes."""
        kinds = {entry.id: entry.kind for entry in self.journal()} if self._wrote else {}
        found: list[str] = []
        for name, entries in self._wrote:
            declared = {
                payload.kind for action in self.window.screens[name].declared for payload in action.writes
            }
            found += [f"{name}: {kinds[one]}" for one in entries if kinds.get(one, "") not in {*declared, ""}]
        return found

    def remember(self, history: HistoryThread) -> None:
        """Look into this history from now on; it ends with the stand."""
        self._remembered = self.terminal.history = history

    def keep_pins(self, folder: Path, *people: str) -> None:
        """This terminal keeps PINs from now on, and these people have chosen theirs."""
        kept = CredentialFile(folder / "credentials.json", PEPPER, self.clock, QUICK)
        kept.start()
        for person in people:
            kept.choose(person, PIN).result(10)
        self._kept = kept
        self.terminal.people = People(kept, TerminalKey.of(folder / "terminal-key.pem"))

    # ------------------------------------------------------------- what goes by

    def settle(self) -> None:
        """Wait until ledger and history have answered everything and the window has shown it."""
        for _ in range(4):
            self.ledger.read(lambda records: None).result(10)
            if self._remembered is not None:
                self._remembered.query(TrendQuery((), 0, 1, 1)).result(10)
            for _ in range(3):
                time.sleep(0.006)
                QTest.qWait(1)

    def breathe(self) -> None:
        """Let the window take in what was said so far."""
        QTest.qWait(20)

    def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait for something to be so; AssertionError when it is not in time."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it did not become so in time"
            QTest.qWait(5)

    def go(self, seconds: float) -> None:
        """Let time go by, and the window notice."""
        self.clock.go(seconds)
        for screen in self.window.screens.values():
            if screen.isVisible():
                screen.tick()
        self.settle()

    # ------------------------------------------------------------- what people do

    def find(self, name: str) -> QWidget:
        """The visible widget of this name."""
        found = [widget for widget in self.window.findChildren(QWidget, name) if widget.isVisible()]
        assert found, f"no {name} is to be seen"
        return found[0]

    def sees(self, name: str) -> bool:
        """Whether a widget of this name is to be seen."""
        return any(widget.isVisible() for widget in self.window.findChildren(QWidget, name))

    def touch(self, name: str) -> None:
        """Touch a widget in its middle, and wait for what follows."""
        QTest.mouseClick(self.find(name), Qt.MouseButton.LeftButton)
        self.settle()

    def text(self, name: str) -> str:
        """The text that a widget shows, or says to people who cannot see it."""
        widget = self.find(name)
        words = widget.property("text")
        return words if isinstance(words, str) and words else widget.accessibleName()

    def texts_in(self, name: str) -> list[str]:
        """Every text that is to be seen inside a widget."""
        inside = self.find(name).findChildren(QLabel)
        return [label.text() for label in inside if label.isVisible() and label.text()]

    def inside(self, name: str) -> bool:
        """Whether a widget stands wholly inside the window and is at least a finger high and wide."""
        widget = self.find(name)
        corner = widget.mapTo(self.window, widget.rect().topLeft())
        place = widget.rect().translated(corner)
        return self.window.rect().contains(place) and min(widget.width(), widget.height()) >= theme.TOUCH

    def answer(self) -> str:
        """What the answer line says; empty while there is nothing to say."""
        return self.text("action_bar.answer") if self.sees("action_bar.answer") else ""

    def sign_in(self, badge: str) -> None:
        """Read a badge."""
        self.do(sign_in, SignIn(badge))

    def sign_out(self) -> None:
        """Touch the name away."""
        self.do(sign_out, SignOut("touch"))

    # ------------------------------------------------------------- what the ledger gets and has

    def do(self, operation: Operation[W], wish: W) -> Saved:
        """Do something past the window."""
        saved = self.ledger.do(operation, wish).result(10)
        self.settle()
        return saved

    def note(self, *entries: NewEntry) -> list[str]:
        """Write entries that no operation judges; their ids."""

        def write(records: Records, wish: None, context: Context) -> Sequence[NewEntry]:
            return entries

        return [entry.id for entry in self.ledger.do(write, None).result(10).entries]

    def plan(self, records: Sequence[PlanRecord], *, whole: bool = False) -> None:
        """Apply plans; `whole` means that there are no others."""
        page = PlanPage(tuple(records), "1", whole, None, "mes-1", self.clock.now())
        self.ledger.apply_plans(page).result(10)

    def answered(
        self,
        entry: str,
        result: ResultKind,
        *,
        mes_id: str | None = None,
        code: str | None = None,
        words: str | None = None,
        who_decides: str | None = None,
    ) -> None:
        """Let the MES say something of an entry, and wait until it is shown."""
        self.tell(entry, result, mes_id=mes_id, code=code, words=words, who_decides=who_decides)
        self.settle()

    def tell(
        self,
        entry: str,
        result: ResultKind,
        *,
        mes_id: str | None = None,
        code: str | None = None,
        words: str | None = None,
        who_decides: str | None = None,
    ) -> None:
        """Let the MES say something of an entry."""
        told = PushResult(entry, result, mes_id, code, words, who_decides)
        self.ledger.settle([told], [entry]).result(10)

    def read(self, load: Callable[[Records], R]) -> R:
        """Look into the records."""
        return self.ledger.read(load).result(10)

    def journal(self, kind: str = "") -> list[Entry]:
        """Entries of one kind, oldest first."""
        rows = self.read(lambda records: records.journal.newest(1000))
        return [row.entry for row in reversed(rows) if row.entry.kind.startswith(kind)]

    def newest(self) -> EntryRow:
        """The newest entry of the journal."""
        return self.read(lambda records: records.journal.newest(1))[0]

    def run_order(self, order: str) -> None:
        """Start an order as whoever is signed in."""
        self.do(start_order, OrderWish(order))

    def key(self, keypad: str, number: str) -> None:
        """Key a number on a keypad of the page."""
        for sign in number:
            part = {".": "point", "-": "sign"}.get(sign, sign)
            QTest.mouseClick(self.find(f"{keypad}.{part}"), Qt.MouseButton.LeftButton)

    def start_order(self, parts: int) -> None:
        """Let M. Okafor run the order with so many good parts."""
        self.sign_in("B-7341")
        self.do(start_order, OrderWish(ORDER))
        if parts:
            self.do(declare_parts, Declare(ORDER, Decimal(parts)))

    def count(self, value: int) -> None:
        """Let the PLC's counter stand at a value."""
        seen = CounterSeen("count", value, self.clock.now(), live=True, maximum=None, fastest_cycle_s=0.001)
        self.do(count_parts, seen)

    def state(self, state: PackmlState, fault: int = 0, *, late_ms: int = 0) -> None:
        """Let the PLC change its state, `late_ms` before it is heard here."""
        at = self.clock.now() - timedelta(milliseconds=late_ms)
        self.do(observe_state, StateSeen(state, fault, at, live=True))

    # ------------------------------------------------------------- what the links say

    def link(self, name: str, kind: str, state: LinkState, *, error: str = "", losses: int = 0) -> None:
        """Say how a link stands from now on."""
        now, address = self.clock.now(), {"plc": "opc.tcp://192.168.10.12:4840", "mes": "https://mes.plant-a"}
        heard = self.clock.ticks if state is LinkState.UP else None
        at = now if error else None
        where = address.get(name, f"serial port of the {name}")
        self.hub.post(LinkStatus(name, kind, where, state, now, heard, error, at, losses))
        self.settle()

    def all_up(self) -> None:
        """Every link is made."""
        for name, kind in (
            ("plc", "opcua"),
            ("badge_reader", "barcode_reader"),
            ("scanner", "barcode_reader"),
        ):
            self.link(name, kind, LinkState.UP)
        self.link("mes", "mes", LinkState.UP)

    def reading(
        self, tag: str, value: Scalar | None, quality: Quality = Quality.GOOD, words: str = ""
    ) -> None:
        """Let the PLC say a value, and wait until it is shown."""
        self.hear(tag, value, quality, words)
        self.settle()

    def hear(self, tag: str, value: Scalar | None, quality: Quality = Quality.GOOD, words: str = "") -> None:
        """Let the PLC say a value."""
        now = self.clock.now()
        self.hub.post_readings(
            [Reading("plc", tag, value, quality, now, now, now, self.clock.ticks, status_words=words)]
        )


@contextmanager
def on_stand(
    folder: Path, screens: Sequence[ScreenSpec], clock: SetClock, size: tuple[int, int] = (1280, 800)
) -> Generator[Stand]:
    """A terminal in this folder until the end of the block: no plans yet, no tags, nobody grows idle."""
    made = Stand(
        folder,
        screens,
        size,
        clock=clock,
        first_plans=(),
        tags=(),
        settings=config(idle_sign_out_s=10**9),
    )
    try:
        yield made
    finally:
        made.close()
