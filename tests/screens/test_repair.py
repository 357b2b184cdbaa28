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
from tests.screens.stand import SetClock, Stand, on_stand, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("repair", "wrench", RepairScreen)]
PLANS = [
    record("person", "P-1", name="M. Okafor", badge="B-OP", roles=["operator"]),
    record("person", "P-2", name="J. Haddad", badge="B-TE", roles=["technician"]),
    record("person", "P-3", name="K. Lee", badge="B-T2", roles=["technician"]),
    record(
        "asset",
        "PRESS12",
        name="Press 12",
        path="Plant A/Stamping/Line 3/Press 12",
        asset_class="press",
        lock_out=["Main isolator Q1 locked", "Accumulator bled"],
    ),
    record("fault", "312", text="Hydraulic pressure low"),
    record("reason", "HYD", name="Hydraulics", group="Technical", applies_to="stop"),
    record("failure_code", "BRD", name="Breakdown", kind="problem", rank=1),
    record("failure_code", "LOO", name="Low output pressure", kind="problem", suggested_by=[312], rank=9),
    record("failure_code", "NOF", name="No feed", kind="problem", asset_class="feeder"),
    record("failure_code", "C-SEAL", name="Seal worn", kind="cause", asset_class="press"),
    record("failure_code", "R-SEAL", name="Seal replaced", kind="remedy"),
    record(
        "material", "SEAL", name="Rod seal", unit="pcs", use="spare", gtin="09506000552101", tracked_by="lot"
    ),
    record("material", "OIL", name="Oil HLP 46", unit="l", use="spare"),
    record("material", "COIL", name="Coil DC01", unit="m", use="raw"),
]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def stand(qtbot: QtBot, file: Path, clock: SetClock) -> Iterator[Stand]:
    theme.apply(cast(QApplication, QApplication.instance()), theme.DAY)
    with on_stand(file, SCREENS, clock) as made:
        made.plan(PLANS, whole=True)
        made.settle()
        yield made


def break_down(stand: Stand) -> str:
    """Let the press stop by fault 312, 41 ms before it is heard here; the id of the stop."""
    stand.state(PackmlState.EXECUTE)
    stand.clock.go(60)
    stand.state(PackmlState.ABORTED, 312, late_ms=41)
    stand.settle()
    stop = stand.read(lambda records: records.equipment.open_stop())
    assert stop is not None
    return stop.id


def opened(stand: Stand, badge: str = "B-TE") -> str:
    """Open a repair from a stop by touch; its id."""
    stop = break_down(stand)
    stand.sign_in(badge)
    stand.touch(f"repair.open.{stop}")
    return stand.journal("repair.opened")[0].subject.id


def screen(stand: Stand) -> RepairScreen:
    found = stand.window.screens["repair"]
    assert isinstance(found, RepairScreen)
    return found


def button(stand: Stand, name: str) -> QPushButton:
    found = stand.find(name)
    assert isinstance(found, QPushButton)
    return found


def spoken(stand: Stand, name: str) -> str:
    return stand.find(name).accessibleName()


def texts(stand: Stand) -> str:
    widgets = stand.window.findChildren(QWidget)
    return " | ".join(
        str(widget.property("text")) for widget in widgets if widget.isVisible() and widget.property("text")
    )


def scan(stand: Stand, text: str, aim: str | None = None) -> None:
    stand.hub.post(Scan("scanner", text.encode(), text, aim, stand.clock.now(), stand.clock.monotonic_ms()))
    stand.settle()


def choose(stand: Stand, kind: str, code: str) -> None:
    stand.touch(f"repair.{kind}")
    stand.touch(f"repair.{kind}.option.{code}")


def make_ready(stand: Stand) -> None:
    for step in ("1", "2"):
        stand.touch(f"repair.steps.{step}")
    for kind, code in (("problem", "LOO"), ("cause", "C-SEAL"), ("remedy", "R-SEAL")):
        choose(stand, kind, code)


# ---------------------------------------------------------------- the list


def test_an_empty_list_says_what_will_fill_it(stand: Stand) -> None:
    assert "No repair is open and no stop waits for one" in texts(stand)


def test_a_stop_becomes_a_repair_with_one_touch(stand: Stand) -> None:
    stop = break_down(stand)
    stand.sign_in("B-TE")
    assert "F-312 Hydraulic pressure low" in texts(stand)
    touchable = stand.find(f"repair.open.{stop}")
    QTest.mouseClick(touchable, Qt.MouseButton.LeftButton)
    QTest.mouseClick(touchable, Qt.MouseButton.LeftButton)
    stand.settle()

    entries = stand.journal("repair")
    assert len(entries) == 1
    payload = entries[0].payload
    assert isinstance(payload, RepairOpened)
    assert (payload.stop, payload.fault, payload.asset) == (stop, 312, "PRESS12")
    assert payload.began_at == stand.clock.now() - timedelta(milliseconds=41)
    assert "Repair · Press 12 · opened from stop 10:3" in texts(stand)
    assert spoken(stand, "repair.state").startswith("MACHINE DOWN 00:00:00")


@pytest.mark.parametrize(
    ("badge", "rule"),
    [("", "Nobody is signed in. Scan a technician's badge"), ("B-OP", "M. Okafor may not repair.")],
)
def test_who_may_not_repair_can_look_and_is_told_the_rule(stand: Stand, badge: str, rule: str) -> None:
    repair = opened(stand)
    stand.touch("action.back")
    if badge:
        stand.sign_in(badge)
    else:
        stand.sign_out()
    assert rule in texts(stand)
    stand.touch(f"repair.show.{repair}")
    assert rule in texts(stand)
    assert not button(stand, "repair.problem").isEnabled()
    assert not button(stand, "action.return_to_service").isEnabled()
    stand.touch("repair.steps.1")
    scan(stand, "OIL")
    assert [entry.kind for entry in stand.journal("repair")] == ["repair.opened"]


def test_a_stop_leads_to_the_repair_that_it_has(stand: Stand) -> None:
    stop = break_down(stand)
    stand.sign_in("B-TE")
    repair = stand.do(open_repair, OpenRepair(stop)).entries[0].subject.id
    stand.settle()
    assert stand.sees(f"repair.show.{repair}")
    assert not stand.sees(f"repair.open.{stop}")
    stand.window.show_screen("repair", stop)
    stand.settle()
    assert stand.sees("repair.steps.1")


# ---------------------------------------------------------------- steps and findings


def test_steps_are_confirmed_in_their_order_with_name_and_time(stand: Stand) -> None:
    opened(stand)
    stand.touch("repair.steps.2")
    assert stand.said[-1] == "Confirm step 1 first."
    assert stand.journal("repair.step") == []
    stand.touch("repair.steps.1")
    assert spoken(stand, "repair.steps.1") == "Main isolator Q1 locked J. Haddad 10:31:00"
    stand.touch("repair.steps.1")
    stand.touch("repair.steps.2")
    assert len(stand.journal("repair.step")) == 2
    assert spoken(stand, "repair.steps.all") == "All 2 steps confirmed J. Haddad 10:31:00"
    stand.touch("repair.steps.all")
    assert spoken(stand, "repair.steps.2") == "Accumulator bled J. Haddad 10:31:00"


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


def test_findings_are_saved_as_soon_as_all_three_are_chosen(stand: Stand) -> None:
    opened(stand)
    stand.touch("repair.problem")
    assert not stand.sees("repair.problem.option.NOF")
    stand.touch("repair.problem.option.LOO")
    choose(stand, "cause", "C-SEAL")
    assert stand.journal("repair.findings") == []
    choose(stand, "remedy", "R-SEAL")
    payloads = [entry.payload for entry in stand.journal("repair.findings")]
    assert payloads == [RepairFindingsRecorded(problem="LOO", cause="C-SEAL", remedy="R-SEAL")]
    assert stand.read(lambda records: records.journal.drafts_of("P-2")) == []

    choose(stand, "problem", "BRD")
    payloads = [entry.payload for entry in stand.journal("repair.findings")]
    assert payloads[1:] == [RepairFindingsRecorded(problem="BRD", cause="C-SEAL", remedy="R-SEAL")]


def test_half_chosen_findings_are_there_after_the_program_was_gone(
    qtbot: QtBot, file: Path, clock: SetClock
) -> None:
    with on_stand(file, SCREENS, clock) as first:
        first.plan(PLANS, whole=True)
        repair = opened(first)
        choose(first, "problem", "LOO")
        choose(first, "cause", "C-SEAL")
        kept = first.read(lambda records: records.journal.draft("findings", repair, "P-2"))
    assert kept is not None
    assert kept.content == {"problem": "LOO", "cause": "C-SEAL"}

    with on_stand(file, SCREENS, clock) as second:
        second.touch(f"repair.show.{repair}")
        assert button(second, "repair.problem").text() == "Low output pressure"
        choose(second, "remedy", "R-SEAL")
        assert [entry.id for entry in second.journal("repair.findings")] == [kept.entry_id]


def test_the_quantity_of_the_next_part_is_there_after_the_program_was_gone(
    qtbot: QtBot, file: Path, clock: SetClock
) -> None:
    with on_stand(file, SCREENS, clock) as first:
        first.plan(PLANS, whole=True)
        repair = opened(first)
        first.touch("repair.more")
        first.touch("repair.more")
        kept = first.read(lambda records: records.journal.draft("part", repair, "P-2"))
    assert kept is not None
    assert kept.content == {"quantity": "3"}

    with on_stand(file, SCREENS, clock) as second:
        second.touch(f"repair.show.{repair}")
        assert second.text("repair.quantity") == "Next scan: 3"
        second.sign_in("B-T2")
        assert second.text("repair.quantity") == "Next scan: 1"


def test_the_findings_of_two_technicians_do_not_mix(stand: Stand) -> None:
    opened(stand)
    choose(stand, "problem", "LOO")
    stand.sign_in("B-T2")
    assert button(stand, "repair.problem").text() == ""
    stand.sign_in("B-TE")
    assert button(stand, "repair.problem").text() == "Low output pressure"


# ---------------------------------------------------------------- parts


def test_parts_are_scanned_in_with_their_lot(stand: Stand) -> None:
    opened(stand)
    scan(stand, "010950600055210110L-5521", "]d2")
    stand.touch("repair.more")
    stand.touch("repair.more")
    stand.touch("repair.fewer")
    stand.touch("repair.more")
    scan(stand, "OIL")
    payloads = [entry.payload for entry in stand.journal("repair.part")]
    assert all(isinstance(payload, RepairPartUsed) for payload in payloads)
    used = [(p.material, p.lot, p.quantity, p.unit) for p in payloads if isinstance(p, RepairPartUsed)]
    assert used == [("SEAL", "L-5521", Decimal(1), "pcs"), ("OIL", None, Decimal(3), "l")]
    assert stand.said[-1] == "3 l Oil HLP 46 saved on this terminal"
    assert "Next scan: 1" in texts(stand)
    assert "L-5521" in texts(stand)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SEAL", "Rod seal is tracked by lot: scan a label that carries the lot."),
        ("COIL", "Coil DC01 is no spare part."),
    ],
)
def test_a_part_that_does_not_belong_is_refused_in_words(stand: Stand, text: str, words: str) -> None:
    opened(stand)
    scan(stand, text)
    assert stand.said[-1] == words
    assert stand.journal("repair.part") == []


def test_the_list_takes_no_part(stand: Stand) -> None:
    opened(stand)
    stand.touch("action.back")
    scan(stand, "OIL")
    assert stand.journal("repair.part") == []


# ---------------------------------------------------------------- return to service


def test_what_is_missing_before_the_return_is_named(stand: Stand) -> None:
    opened(stand)
    assert not button(stand, "action.return_to_service").isEnabled()
    assert "confirm 2 lock-out steps, choose problem, cause, remedy" in texts(stand)
    stand.touch("repair.steps.1")
    choose(stand, "problem", "LOO")
    assert "confirm 1 lock-out step, choose cause, remedy" in texts(stand)


def test_the_machine_goes_back_by_two_touches_within_five_seconds(stand: Stand, clock: SetClock) -> None:
    repair = opened(stand)
    clock.go(600)
    make_ready(stand)
    give_back = "action.return_to_service"
    stand.touch(give_back)
    assert button(stand, give_back).text() == "Touch again: machine is safe to run"
    stand.go(5.1)
    assert button(stand, give_back).text() == "Return to service"
    assert stand.journal("repair.returned") == []
    stand.touch(give_back)
    clock.go(4)
    stand.touch(give_back)

    payload = stand.journal("repair.returned")[0].payload
    assert isinstance(payload, RepairReturnedToService)
    assert payload.active_ms == 609_100
    assert payload.downtime_ms == 609_141
    assert spoken(stand, "repair.down_time") == "down time 00:10:09"
    assert spoken(stand, "repair.active_time") == "active repair time 00:10:09"
    assert not stand.sees(give_back)
    assert "Seal replaced" in texts(stand)
    stand.touch("action.back")
    assert stand.sees(f"repair.show.{repair}")


# ---------------------------------------------------------------- the side


def test_the_way_of_the_data_has_real_times_and_what_waits(stand: Stand, clock: SetClock) -> None:
    stop = break_down(stand)
    stand.sign_in("B-TE")
    sent = stand.ledger.waiting(100, 1_000_000).result(5)
    clock.go(2.5)
    results = [PushResult(entry.id, ResultKind.RECEIVED, "M-1") for entry in sent]
    stand.ledger.settle(results, [entry.id for entry in sent]).result(5)
    clock.go(95)
    stand.do(classify_stop, ClassifyStop(stop, "HYD"))
    repair = stand.do(open_repair, OpenRepair(stop)).entries[0].subject.id
    for step in (1, 2):
        stand.do(confirm_step, ConfirmStep(repair, step))
    rows = stand.read(
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

    waiting = stand.ledger.waiting(100, 1_000_000).result(5)
    for entry in waiting:
        answer = ResultKind.REFUSED if entry.kind == "repair.opened" else ResultKind.RECEIVED
        stand.ledger.settle([PushResult(entry.id, answer, code="no")], [entry.id]).result(5)
    rows = stand.read(lambda records: records.journal.of_subject("repair", repair, 50))
    assert Way.REFUSED in {step.way for step in how_it_moved(rows, {}, {})}


def test_the_asset_tells_how_often_it_failed_like_this(stand: Stand, clock: SetClock) -> None:
    opened(stand)
    clock.go(1200)
    make_ready(stand)
    stand.touch("action.return_to_service")
    clock.go(1)
    stand.touch("action.return_to_service")
    stand.touch("action.back")
    stop = break_down(stand)
    stand.touch(f"repair.open.{stop}")
    assert spoken(stand, "repair.same_fault") == "same failure 2 in 90 d"
    assert spoken(stand, "repair.mttr") == "MTTR 20 min"
