from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from hmi.domain.entries import PushResult, ResultKind
from hmi.domain.equipment import PackmlState
from hmi.domain.payloads import RepairFindingsRecorded, RepairOpened, RepairPartUsed, RepairReturnedToService
from hmi.domain.plans import FailureCode
from hmi.domain.signals import Scan
from hmi.operations.downtime import ClassifyStop, classify_stop
from hmi.operations.maintenance import ConfirmStep, OpenRepair, confirm_step, open_repair
from screens.kit import theme
from screens.repair import RepairScreen
from screens.repair_moved import Moved, Way, how_it_moved
from screens.repair_view import suggested
from screens.shell.registry_types import ScreenSpec
from tests.screens.terminal_stage import SetClock, Stage, on_stage, plan

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("repair", "wrench", RepairScreen)]
PLANS = [
    plan("person", "P-1", name="M. Okafor", badge="B-OP", roles=["operator"]),
    plan("person", "P-2", name="J. Haddad", badge="B-TE", roles=["technician"]),
    plan("person", "P-3", name="K. Lee", badge="B-T2", roles=["technician"]),
    plan(
        "asset",
        "PRESS12",
        name="Press 12",
        path="Plant A/Stamping/Line 3/Press 12",
        asset_class="press",
        lock_out=["Main isolator Q1 locked", "Accumulator bled"],
    ),
    plan("fault", "312", text="Hydraulic pressure low"),
    plan("reason", "HYD", name="Hydraulics", group="Technical", applies_to="stop"),
    plan("failure_code", "BRD", name="Breakdown", kind="problem", rank=1),
    plan("failure_code", "LOO", name="Low output pressure", kind="problem", suggested_by=[312], rank=9),
    plan("failure_code", "NOF", name="No feed", kind="problem", asset_class="feeder"),
    plan("failure_code", "C-SEAL", name="Seal worn", kind="cause", asset_class="press"),
    plan("failure_code", "R-SEAL", name="Seal replaced", kind="remedy"),
    plan(
        "material", "SEAL", name="Rod seal", unit="pcs", use="spare", gtin="09506000552101", tracked_by="lot"
    ),
    plan("material", "OIL", name="Oil HLP 46", unit="l", use="spare"),
    plan("material", "COIL", name="Coil DC01", unit="m", use="raw"),
]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def stage(qtbot: QtBot, file: Path, clock: SetClock) -> Iterator[Stage]:
    theme.apply(cast(QApplication, QApplication.instance()), theme.DAY)
    with on_stage(file, SCREENS, clock) as made:
        made.apply(PLANS)
        made.settle()
        yield made


def break_down(stage: Stage) -> str:
    """Let the press stop by fault 312, 41 ms before it is heard here; the id of the stop."""
    stage.state(PackmlState.EXECUTE)
    stage.clock.move(60)
    stage.state(PackmlState.ABORTED, 312, late_ms=41)
    stage.settle()
    stop = stage.read(lambda records: records.equipment.open_stop())
    assert stop is not None
    return stop.id


def opened(stage: Stage, badge: str = "B-TE") -> str:
    """Open a repair from a stop by touch; its id."""
    stop = break_down(stage)
    stage.sign_in(badge)
    stage.touch(f"repair.open.{stop}")
    return stage.journal("repair.opened")[0].subject.id


def screen(stage: Stage) -> RepairScreen:
    found = stage.window.screens["repair"]
    assert isinstance(found, RepairScreen)
    return found


def button(stage: Stage, name: str) -> QPushButton:
    found = stage.find(name)
    assert isinstance(found, QPushButton)
    return found


def spoken(stage: Stage, name: str) -> str:
    return stage.find(name).accessibleName()


def texts(stage: Stage) -> str:
    widgets = stage.window.findChildren(QWidget)
    return " | ".join(
        str(widget.property("text")) for widget in widgets if widget.isVisible() and widget.property("text")
    )


def scan(stage: Stage, text: str, aim: str | None = None) -> None:
    stage.hub.post(Scan("scanner", text.encode(), text, aim, stage.clock.now(), stage.clock.monotonic_ms()))
    stage.settle()


def choose(stage: Stage, kind: str, code: str) -> None:
    stage.touch(f"repair.{kind}")
    stage.touch(f"repair.{kind}.option.{code}")


def make_ready(stage: Stage) -> None:
    for step in ("1", "2"):
        stage.touch(f"repair.steps.{step}")
    for kind, code in (("problem", "LOO"), ("cause", "C-SEAL"), ("remedy", "R-SEAL")):
        choose(stage, kind, code)


# ---------------------------------------------------------------- the list


def test_an_empty_list_says_what_will_fill_it(stage: Stage) -> None:
    assert "No repair is open and no stop waits for one" in texts(stage)


def test_a_stop_becomes_a_repair_with_one_touch(stage: Stage) -> None:
    stop = break_down(stage)
    stage.sign_in("B-TE")
    assert "F-312 Hydraulic pressure low" in texts(stage)
    touchable = stage.find(f"repair.open.{stop}")
    QTest.mouseClick(touchable, Qt.MouseButton.LeftButton)
    QTest.mouseClick(touchable, Qt.MouseButton.LeftButton)
    stage.settle()

    entries = stage.journal("repair")
    assert len(entries) == 1
    payload = entries[0].payload
    assert isinstance(payload, RepairOpened)
    assert (payload.stop, payload.fault, payload.asset) == (stop, 312, "PRESS12")
    assert payload.began_at == stage.clock.now() - timedelta(milliseconds=41)
    assert "Repair · Press 12 · opened from stop 09:0" in texts(stage)
    assert spoken(stage, "repair.state").startswith("MACHINE DOWN 00:00:00")


@pytest.mark.parametrize(
    ("badge", "rule"),
    [("", "Nobody is signed in. Scan a technician's badge"), ("B-OP", "M. Okafor may not repair.")],
)
def test_who_may_not_repair_can_look_and_is_told_the_rule(stage: Stage, badge: str, rule: str) -> None:
    repair = opened(stage)
    stage.touch("action.back")
    if badge:
        stage.sign_in(badge)
    else:
        stage.sign_out()
    assert rule in texts(stage)
    stage.touch(f"repair.show.{repair}")
    assert rule in texts(stage)
    assert not button(stage, "repair.problem").isEnabled()
    assert not button(stage, "action.return_to_service").isEnabled()
    stage.touch("repair.steps.1")
    scan(stage, "OIL")
    assert [entry.kind for entry in stage.journal("repair")] == ["repair.opened"]


def test_a_stop_leads_to_the_repair_that_it_has(stage: Stage) -> None:
    stop = break_down(stage)
    stage.sign_in("B-TE")
    repair = stage.do(open_repair, OpenRepair(stop)).entries[0].subject.id
    stage.settle()
    assert stage.shows(f"repair.show.{repair}")
    assert not stage.shows(f"repair.open.{stop}")
    stage.window.show_screen("repair", stop)
    stage.settle()
    assert stage.shows("repair.steps.1")


# ---------------------------------------------------------------- steps and findings


def test_steps_are_confirmed_in_their_order_with_name_and_time(stage: Stage) -> None:
    opened(stage)
    stage.touch("repair.steps.2")
    assert stage.said[-1] == "Confirm step 1 first."
    assert stage.journal("repair.step") == []
    stage.touch("repair.steps.1")
    assert spoken(stage, "repair.steps.1") == "Main isolator Q1 locked J. Haddad 09:01:00"
    stage.touch("repair.steps.1")
    stage.touch("repair.steps.2")
    assert len(stage.journal("repair.step")) == 2
    assert spoken(stage, "repair.steps.all") == "All 2 steps confirmed J. Haddad 09:01:00"
    stage.touch("repair.steps.all")
    assert spoken(stage, "repair.steps.2") == "Accumulator bled J. Haddad 09:01:00"


def test_codes_of_this_class_come_with_the_suggested_ones_first() -> None:
    def code(name: str, rank: int, *faults: int, asset_class: str | None = None) -> FailureCode:
        return FailureCode(
            id=name,
            version=1,
            name=name,
            kind="cause",
            asset_class=asset_class,
            suggested_by=faults,
            rank=rank,
        )

    codes = [
        code("plain", 1),
        code("other class", 1, 312, asset_class="feeder"),
        code("late", 9, 312),
        code("early", 2, 312, asset_class="press"),
        code("other fault", 2, 205),
    ]
    names = [found.name for found in suggested(codes, 312, "press")]
    assert names == ["early", "late", "plain", "other fault"]


def test_findings_are_saved_as_soon_as_all_three_are_chosen(stage: Stage) -> None:
    opened(stage)
    stage.touch("repair.problem")
    assert not stage.shows("repair.problem.option.NOF")
    stage.touch("repair.problem.option.LOO")
    choose(stage, "cause", "C-SEAL")
    assert stage.journal("repair.findings") == []
    choose(stage, "remedy", "R-SEAL")
    payloads = [entry.payload for entry in stage.journal("repair.findings")]
    assert payloads == [RepairFindingsRecorded(problem="LOO", cause="C-SEAL", remedy="R-SEAL")]
    assert stage.read(lambda records: records.journal.drafts_of("P-2")) == []

    choose(stage, "problem", "BRD")
    payloads = [entry.payload for entry in stage.journal("repair.findings")]
    assert payloads[1:] == [RepairFindingsRecorded(problem="BRD", cause="C-SEAL", remedy="R-SEAL")]


def test_half_chosen_findings_are_there_after_the_program_was_gone(
    qtbot: QtBot, file: Path, clock: SetClock
) -> None:
    with on_stage(file, SCREENS, clock) as first:
        first.apply(PLANS)
        repair = opened(first)
        choose(first, "problem", "LOO")
        choose(first, "cause", "C-SEAL")
        kept = first.read(lambda records: records.journal.draft("findings", repair, "P-2"))
    assert kept is not None
    assert kept.content == {"problem": "LOO", "cause": "C-SEAL"}

    with on_stage(file, SCREENS, clock) as second:
        second.touch(f"repair.show.{repair}")
        assert button(second, "repair.problem").text() == "Low output pressure"
        choose(second, "remedy", "R-SEAL")
        assert [entry.id for entry in second.journal("repair.findings")] == [kept.entry_id]


def test_the_findings_of_two_technicians_do_not_mix(stage: Stage) -> None:
    opened(stage)
    choose(stage, "problem", "LOO")
    stage.sign_in("B-T2")
    assert button(stage, "repair.problem").text() == ""
    stage.sign_in("B-TE")
    assert button(stage, "repair.problem").text() == "Low output pressure"


# ---------------------------------------------------------------- parts


def test_parts_are_scanned_in_with_their_lot(stage: Stage) -> None:
    opened(stage)
    scan(stage, "010950600055210110L-5521", "]d2")
    stage.touch("repair.more")
    stage.touch("repair.more")
    stage.touch("repair.fewer")
    stage.touch("repair.more")
    scan(stage, "OIL")
    payloads = [entry.payload for entry in stage.journal("repair.part")]
    assert all(isinstance(payload, RepairPartUsed) for payload in payloads)
    used = [(p.material, p.lot, p.quantity, p.unit) for p in payloads if isinstance(p, RepairPartUsed)]
    assert used == [("SEAL", "L-5521", Decimal(1), "pcs"), ("OIL", None, Decimal(3), "l")]
    assert stage.said[-1] == "3 l Oil HLP 46 saved on this terminal"
    assert "Next scan: 1" in texts(stage)
    assert "L-5521" in texts(stage)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SEAL", "Rod seal is tracked by lot: scan a label that carries the lot."),
        ("COIL", "Coil DC01 is no spare part."),
    ],
)
def test_a_part_that_does_not_belong_is_refused_in_words(stage: Stage, text: str, words: str) -> None:
    opened(stage)
    scan(stage, text)
    assert stage.said[-1] == words
    assert stage.journal("repair.part") == []


def test_the_list_takes_no_part(stage: Stage) -> None:
    opened(stage)
    stage.touch("action.back")
    scan(stage, "OIL")
    assert stage.journal("repair.part") == []


# ---------------------------------------------------------------- return to service


def test_what_is_missing_before_the_return_is_named(stage: Stage) -> None:
    opened(stage)
    assert not button(stage, "action.return_to_service").isEnabled()
    assert "confirm 2 lock-out steps, choose problem, cause, remedy" in texts(stage)
    stage.touch("repair.steps.1")
    choose(stage, "problem", "LOO")
    assert "confirm 1 lock-out step, choose cause, remedy" in texts(stage)


def test_the_machine_goes_back_by_two_touches_within_five_seconds(stage: Stage, clock: SetClock) -> None:
    repair = opened(stage)
    clock.move(600)
    make_ready(stage)
    give_back = "action.return_to_service"
    stage.touch(give_back)
    assert button(stage, give_back).text() == "Touch again: machine is safe to run"
    clock.move(5.1)
    stage.settle()
    screen(stage).tick()
    assert button(stage, give_back).text() == "Return to service"
    assert stage.journal("repair.returned") == []
    stage.touch(give_back)
    clock.move(4)
    stage.touch(give_back)

    payload = stage.journal("repair.returned")[0].payload
    assert isinstance(payload, RepairReturnedToService)
    assert payload.active_ms == 609_100
    assert payload.downtime_ms == 609_141
    assert spoken(stage, "repair.down_time") == "down time 00:10:09"
    assert spoken(stage, "repair.active_time") == "active repair time 00:10:09"
    assert not stage.shows(give_back)
    assert "Seal replaced" in texts(stage)
    stage.touch("action.back")
    assert stage.shows(f"repair.show.{repair}")


# ---------------------------------------------------------------- the side


def test_the_way_of_the_data_has_real_times_and_what_waits(stage: Stage, clock: SetClock) -> None:
    stop = break_down(stage)
    stage.sign_in("B-TE")
    sent = stage.ledger.waiting(100, 1_000_000).result(5)
    clock.move(2.5)
    results = [PushResult(entry.id, ResultKind.RECEIVED, "M-1") for entry in sent]
    stage.ledger.settle(results, [entry.id for entry in sent]).result(5)
    clock.move(95)
    stage.do(classify_stop, ClassifyStop(stop, "HYD"))
    repair = stage.do(open_repair, OpenRepair(stop)).entries[0].subject.id
    for step in (1, 2):
        stage.do(confirm_step, ConfirmStep(repair, step))
    rows = stage.read(
        lambda records: [
            *records.journal.of_subject("stop", stop, 50),
            *records.journal.of_subject("repair", repair, 50),
        ]
    )
    way = how_it_moved(rows, {}, {"HYD": "Hydraulics"})
    assert [(step.key, step.since) for step in way] == [
        ("plc_fault", None),
        ("stored", timedelta(milliseconds=41)),
        ("mes_stop", timedelta(seconds=2.5)),
        ("classified", timedelta(seconds=95)),
        ("opened", timedelta(0)),
        ("step", timedelta(0)),
        ("waiting", None),
    ]
    assert way[3].values == {"person": "J. Haddad", "reason": "Hydraulics"}
    assert way[-1] == Moved("waiting", None, {"n": 4}, way=Way.WAITING)

    waiting = stage.ledger.waiting(100, 1_000_000).result(5)
    for entry in waiting:
        answer = ResultKind.REFUSED if entry.kind == "repair.opened" else ResultKind.RECEIVED
        stage.ledger.settle([PushResult(entry.id, answer, code="no")], [entry.id]).result(5)
    rows = stage.read(lambda records: records.journal.of_subject("repair", repair, 50))
    assert Way.REFUSED in {step.way for step in how_it_moved(rows, {}, {})}


def test_the_asset_tells_how_often_it_failed_like_this(stage: Stage, clock: SetClock) -> None:
    opened(stage)
    clock.move(1200)
    make_ready(stage)
    stage.touch("action.return_to_service")
    stage.touch("action.return_to_service")
    stage.touch("action.back")
    stop = break_down(stage)
    stage.touch(f"repair.open.{stop}")
    assert spoken(stage, "repair.same_fault") == "same failure 2 in 90 d"
    assert spoken(stage, "repair.mttr") == "MTTR 20 min"
