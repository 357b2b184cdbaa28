from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from hmi.domain.payloads import NonconformanceOpened, SampleRecorded
from hmi.domain.plans import Characteristic
from hmi.domain.quality import CheckDue, Verdict
from hmi.operations.quality import RecordSample, record_sample
from hmi.ports import PlanRecord
from screens.inspection import InspectionScreen
from screens.inspection_form import SampleForm, verdict_of_typed
from screens.kit import theme
from screens.kit.readout import Readout
from screens.shell.registry_types import ScreenSpec
from tests.screens.stand import SetClock, Stand, on_stand, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("inspection", "shield", InspectionScreen)]
HOLE = {
    "id": "HOLE-D",
    "name": "Hole diameter",
    "nominal": "12.00",
    "lower": "11.90",
    "upper": "12.10",
    "unit": "mm",
    "decimals": 2,
    "sample_size": 3,
    "centre": "12.01",
    "lcl": "11.98",
    "ucl": "12.04",
    "gauge": "CAL-204",
}
BURR = {
    "id": "BURR-H",
    "name": "Burr height",
    "nominal": "0.00",
    "upper": "0.15",
    "unit": "mm",
    "decimals": 2,
    "sample_size": 1,
}
MAIN = "inspection.keypad.main"


def order(order_id: str, *inspection_plans: str) -> PlanRecord:
    return record(
        "job_order",
        order_id,
        operation="20 Stamp",
        material="M-1",
        material_name="Bracket",
        quantity="100",
        unit="pcs",
        equipment="PRESS12",
        inspection_plans=list(inspection_plans),
    )


PLANS = [
    order("WO-1", "IP-1"),
    order("WO-2"),
    order("WO-3", "IP-MISSING"),
    order("WO-4", "IP-1", "IP-2"),
    record("inspection_plan", "IP-1", name="Hole", every_parts=50, characteristics=[HOLE]),
    record("inspection_plan", "IP-2", name="Burr", every_parts=50, characteristics=[BURR]),
    record("person", "P-1", name="M. Okafor", badge="B-OP", roles=["operator"]),
    record("person", "P-2", name="R. Lindqvist", badge="B-IN", roles=["operator", "inspector"]),
    record("person", "P-3", name="A. Novak", badge="B-SU", roles=["supervisor"]),
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


def start(stand: Stand, order_id: str = "WO-1", badge: str = "B-IN") -> None:
    stand.sign_in("B-SU")
    stand.run_order(order_id)
    stand.count(0)
    stand.sign_in(badge)


def screen(stand: Stand) -> InspectionScreen:
    found = stand.window.screens["inspection"]
    assert isinstance(found, InspectionScreen)
    return found


def measure(stand: Stand, *numbers: str) -> None:
    for number in numbers:
        stand.key("inspection.keypad", number)
        stand.touch(MAIN)
        stand.clock.go(1)


def main_text(stand: Stand) -> str:
    return button(stand, MAIN).text()


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


# ---------------------------------------------------------------- why there is nothing


@pytest.mark.parametrize(
    ("order_id", "words"),
    [
        (None, "No order is running"),
        ("WO-2", "Order WO-2 has no checks"),
        ("WO-3", "Order WO-3 asks for plan IP-MISSING"),
    ],
)
def test_an_empty_page_says_why(stand: Stand, order_id: str | None, words: str) -> None:
    if order_id is not None:
        start(stand, order_id)
    assert words in texts(stand)
    assert not stand.sees("inspection.keypad")


# ---------------------------------------------------------------- measuring and saving


def test_a_sample_is_measured_part_by_part_and_saved_once(stand: Stand) -> None:
    start(stand)
    assert "sample 1 of WO-1 · part 1 of 3" in texts(stand)
    measure(stand, "12.01", "12.02", "12")
    assert spoken(stand, "inspection.parts.3") == "3 · 12.00"
    assert main_text(stand) == "Save sample"
    assert stand.journal("quality") == []

    stand.touch(MAIN)

    entries = stand.journal("quality")
    assert [entry.kind for entry in entries] == ["quality.sample_recorded"]
    payload = entries[0].payload
    assert isinstance(payload, SampleRecorded)
    assert payload.values == (Decimal("12.01"), Decimal("12.02"), Decimal("12.00"))
    assert (payload.judgement, payload.unit, payload.gauge) == ("accepted", "mm", "CAL-204")
    assert entries[0].person is not None
    assert entries[0].person.name == "R. Lindqvist"
    assert stand.said[-1] == "Sample 1 saved on this terminal"
    assert "sample 2 of WO-1 · part 1 of 3" in texts(stand)
    assert "Due in 50 parts" in spoken(stand, "inspection.due")


def test_two_quick_touches_on_save_save_one_sample(stand: Stand) -> None:
    start(stand)
    measure(stand, "12.01", "12.02", "12.03")
    save = stand.find(MAIN)
    QTest.mouseClick(save, Qt.MouseButton.LeftButton)
    QTest.mouseClick(save, Qt.MouseButton.LeftButton)
    stand.settle()
    assert len(stand.journal("quality")) == 1
    assert "sample 2 of WO-1 · part 1 of 3" in texts(stand)


def test_a_value_out_of_tolerance_is_marked_at_once_and_opens_a_nonconformance(stand: Stand) -> None:
    start(stand)
    measure(stand, "12.01", "12.02")
    stand.key("inspection.keypad", "12.2")
    assert spoken(stand, "inspection.limits") == "Out of tolerance"
    stand.key("inspection.keypad", "0")
    stand.touch(MAIN)
    stand.clock.go(1)
    stand.touch(MAIN)

    kinds = [entry.payload for entry in stand.journal("quality")]
    assert isinstance(kinds[0], SampleRecorded)
    assert (kinds[0].judgement, kinds[0].outside) == ("rejected", (3,))
    assert isinstance(kinds[1], NonconformanceOpened)
    assert kinds[1].outside == (Decimal("12.20"),)
    assert "a nonconformance was opened" in stand.said[-1]
    card = stand.find("inspection.nonconformances")
    assert any("12.20 mm" in widget.accessibleName() for widget in card.findChildren(QWidget))


def test_a_part_is_corrected_before_the_sample_is_saved(stand: Stand) -> None:
    start(stand)
    measure(stand, "12.01", "12.09", "12.03")
    assert main_text(stand) == "Save sample"
    stand.touch("inspection.parts.2")
    assert main_text(stand) == "Save sample"
    stand.key("inspection.keypad", "12.02")
    assert main_text(stand) == "Save part 2"
    stand.touch(MAIN)
    assert main_text(stand) == "Save sample"
    stand.clock.go(1)
    stand.touch(MAIN)
    payload = stand.journal("quality")[0].payload
    assert isinstance(payload, SampleRecorded)
    assert payload.values == (Decimal("12.01"), Decimal("12.02"), Decimal("12.03"))


def test_a_physical_keyboard_measures_too(stand: Stand) -> None:
    start(stand)
    for number in ("12.01", "12.02", "12.03", ""):
        QTest.keyClicks(screen(stand), number)
        QTest.keyClick(screen(stand), Qt.Key.Key_Return)
        stand.clock.go(1)
        stand.settle()
    assert len(stand.journal("quality")) == 1


def test_a_gauge_needs_one_touch_in_all(stand: Stand) -> None:
    start(stand)
    for number in ("12.014", "12.015", "12.026"):
        screen(stand).take_measured(Decimal(number))
    screen(stand).take_measured(Decimal("11.00"))
    assert stand.said[-1].startswith("All parts have a value.")
    stand.touch(MAIN)
    payload = stand.journal("quality")[0].payload
    assert isinstance(payload, SampleRecorded)
    assert payload.values == (Decimal("12.01"), Decimal("12.02"), Decimal("12.03"))


def test_several_checks_are_chosen_by_touch(stand: Stand) -> None:
    start(stand, "WO-4")
    stand.touch("inspection.check.BURR-H")
    assert "Burr height" in texts(stand)
    assert "max. 0.15 mm" in texts(stand)
    measure(stand, "0.1")
    stand.touch("action.next_check")
    measure(stand, "12.01")
    stand.touch("action.next_check")
    assert spoken(stand, "inspection.parts.1") == "1 · 0.10"
    stand.touch(MAIN)
    payload = stand.journal("quality")[0].payload
    assert isinstance(payload, SampleRecorded)
    assert (payload.plan, payload.characteristic) == ("IP-2", "BURR-H")
    stand.touch("inspection.check.HOLE-D")
    assert spoken(stand, "inspection.parts.1") == "1 · 12.01"


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize(
    ("badge", "rule"),
    [("", "Nobody is signed in. Scan an inspector's badge"), ("B-OP", "M. Okafor may not save samples.")],
)
def test_who_may_not_save_is_told_the_rule(stand: Stand, badge: str, rule: str) -> None:
    start(stand, badge="B-OP")
    if not badge:
        stand.sign_out()
    assert rule in texts(stand)
    stand.key("inspection.keypad", "12.01")
    assert not button(stand, MAIN).isEnabled()
    QTest.keyClick(screen(stand), Qt.Key.Key_Return)
    screen(stand).take_measured(Decimal("12.01"))
    stand.settle()
    assert rule in stand.said[-1]
    assert stand.journal("quality") == []
    assert stand.read(lambda records: records.journal.drafts_of("P-1")) == []


def test_what_was_typed_before_the_badge_stays(stand: Stand) -> None:
    start(stand)
    stand.sign_out()
    stand.key("inspection.keypad", "12.05")
    stand.sign_in("B-IN")
    value = stand.find("inspection.value")
    assert isinstance(value, Readout)
    assert "12.05" in value.accessibleName()
    stand.touch(MAIN)
    assert spoken(stand, "inspection.parts.1") == "1 · 12.05"


# ---------------------------------------------------------------- drafts


def test_a_half_measured_sample_is_there_after_the_program_was_gone(
    qtbot: QtBot, file: Path, clock: SetClock
) -> None:
    with on_stand(file, SCREENS, clock) as first:
        first.plan(PLANS, whole=True)
        start(first)
        measure(first, "12.01", "12.09")
        first.key("inspection.keypad", "12.0")
        kept = first.read(lambda records: records.journal.draft("sample", "WO-1|IP-1|HOLE-D", "P-2"))
    assert kept is not None
    assert kept.content == {"1": "12.01", "2": "12.09", "typed": "12.0", "part": "3"}

    with on_stand(file, SCREENS, clock) as second:
        assert spoken(second, "inspection.parts.2") == "2 · 12.09"
        assert "part 3 of 3" in texts(second)
        assert spoken(second, "inspection.value").startswith("12.0 ")
        second.key("inspection.keypad", "3")
        second.touch(MAIN)
        second.clock.go(1)
        second.touch(MAIN)
        entries = second.journal("quality")
        assert [entry.id for entry in entries] == [kept.entry_id]
        gone = second.read(lambda records: records.journal.draft("sample", "WO-1|IP-1|HOLE-D", "P-2"))
        assert gone is None


def test_every_key_comes_back_after_a_sign_out_and_another_person(stand: Stand) -> None:
    start(stand)
    measure(stand, "12.01")
    stand.key("inspection.keypad", "12.")
    stand.settle()
    stand.sign_out()
    stand.sign_in("B-SU")
    assert "part 1 of 3" in texts(stand)
    stand.key("inspection.keypad", "9")
    stand.settle()
    stand.sign_in("B-IN")
    assert "part 2 of 3" in texts(stand)
    stand.key("inspection.keypad", "05")
    stand.touch(MAIN)
    assert spoken(stand, "inspection.parts.2") == "2 · 12.05"
    kept = stand.read(lambda records: records.journal.draft("sample", "WO-1|IP-1|HOLE-D", "P-2"))
    assert kept is not None
    assert kept.content == {"1": "12.01", "2": "12.05"}


def test_a_sample_that_was_saved_before_the_end_is_not_saved_again(
    qtbot: QtBot, file: Path, clock: SetClock
) -> None:
    with on_stand(file, SCREENS, clock) as first:
        first.plan(PLANS, whole=True)
        start(first)
        measure(first, "12.01", "12.02", "12.03")
        kept = first.read(lambda records: records.journal.draft("sample", "WO-1|IP-1|HOLE-D", "P-2"))
        assert kept is not None
        wish = RecordSample("WO-1", "IP-1", "HOLE-D", tuple(Decimal(v) for v in kept.content.values()))
        first.ledger.do(record_sample, wish, entry_id=kept.entry_id).result(5)

    with on_stand(file, SCREENS, clock) as second:
        assert main_text(second) == "Save sample"
        second.touch(MAIN)
        assert len(second.journal("quality")) == 1


def test_each_author_has_a_form_of_their_own(stand: Stand) -> None:
    start(stand)
    measure(stand, "12.01")
    stand.sign_in("B-SU")
    assert spoken(stand, "inspection.parts.1") == "1"
    stand.sign_in("B-IN")
    assert spoken(stand, "inspection.parts.1") == "1 · 12.01"


def test_clearing_asks_once_and_forgets(stand: Stand, clock: SetClock) -> None:
    start(stand)
    measure(stand, "12.01")
    stand.touch("action.clear")
    assert button(stand, "action.clear").text() == "Touch again to clear"
    clock.go(6)
    screen(stand).tick()
    assert button(stand, "action.clear").text() == "Clear values"
    assert spoken(stand, "inspection.parts.1") == "1 · 12.01"
    stand.touch("action.clear")
    clock.go(1)
    stand.touch("action.clear")
    assert spoken(stand, "inspection.parts.1") == "1"
    assert stand.read(lambda records: records.journal.drafts_of("P-2")) == []


# ---------------------------------------------------------------- the chart


def fill(stand: Stand, means: list[str]) -> None:
    for centre in means:
        values = (Decimal(centre) - Decimal("0.01"), Decimal(centre), Decimal(centre) + Decimal("0.01"))
        stand.do(record_sample, RecordSample("WO-1", "IP-1", "HOLE-D", values))
    stand.settle()


def test_the_chart_tells_capability_only_from_eight_subgroups_on(stand: Stand) -> None:
    start(stand)
    fill(stand, ["12.00", "12.01"] * 3 + ["12.00"])
    assert "Cp and Cpk from 8 subgroups on." in texts(stand)
    fill(stand, ["12.01"])
    shown = texts(stand)
    # R-bar / d2(3) = 0.02 / 1.693; mean 12.005
    assert "Cp | 2.82" in shown
    assert "Cpk | 2.68" in shown
    assert "Mean | 12.005" in shown


@pytest.mark.parametrize(
    ("means", "words"),
    [
        (["12.00", "12.05"], "Beyond a control limit"),
        (["11.98", "11.99", "12.00", "12.01", "12.02", "12.03"], "6 points in one direction"),
    ],
)
def test_a_signal_of_the_chart_is_said_in_words(stand: Stand, means: list[str], words: str) -> None:
    start(stand)
    fill(stand, ["12.01"])
    assert not stand.sees("inspection.rule_signal")
    fill(stand, means)
    assert spoken(stand, "inspection.rule_signal") == words


# ---------------------------------------------------------------- while a number is typed


def characteristic(**changes: object) -> Characteristic:
    return Characteristic.model_validate({**HOLE, **changes})


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("", None),
        ("-", None),
        ("1", None),
        ("12", None),
        ("12.", None),
        ("12.0", None),
        ("12.04", Verdict.IN),
        ("12.09", Verdict.NEAR),
        ("12.10", Verdict.NEAR),
        ("12.11", Verdict.OUT),
        ("12.2", Verdict.OUT),
        ("13", Verdict.OUT),
        ("2", Verdict.OUT),
        ("-1", Verdict.OUT),
        ("11.8", Verdict.OUT),
        ("11.9", None),
    ],
)
def test_a_typed_number_is_out_as_soon_as_no_further_digit_helps(typed: str, verdict: Verdict | None) -> None:
    assert verdict_of_typed(typed, characteristic()) is verdict


def test_negative_and_whole_numbers_are_judged_while_typed() -> None:
    offset = characteristic(nominal="0.00", lower="-0.05", upper="0.05")
    assert verdict_of_typed("-0", offset) is None
    assert verdict_of_typed("-0.1", offset) is Verdict.OUT
    assert verdict_of_typed("-0.03", offset) is Verdict.IN
    force = characteristic(nominal="120", lower="100", upper="140", decimals=0)
    assert verdict_of_typed("1", force) is None
    assert verdict_of_typed("120", force) is Verdict.IN
    assert verdict_of_typed("150", force) is Verdict.OUT


def test_a_draft_longer_than_the_plan_now_asks_for_is_cut() -> None:
    check = CheckDue("IP-1", "Hole", characteristic(sample_size=2), "WO-1", 0)
    form = SampleForm(check, "id", {"1": "12.01", "2": "12.02", "5": "12.05"})
    assert form.in_order() == (Decimal("12.01"), Decimal("12.02"))
    assert form.complete


# ---------------------------------------------------------------- room


LONG = "Distance of the weld nut seat to the reference edge, left-hand side"
MANY = [{**HOLE, "id": f"C{number}", "name": f"{LONG} {number}", "sample_size": 10} for number in range(5)]


def touchables(stand: Stand) -> dict[str, QRect]:
    return {
        widget.objectName(): QRect(widget.mapTo(stand.window, QPoint(0, 0)), widget.size())
        for widget in stand.window.findChildren(QPushButton)
        if widget.isVisible()
    }


@pytest.mark.parametrize("size", [(1024, 768), (1280, 800), (1366, 768), (1920, 1080), (1080, 1920)])
@pytest.mark.parametrize("count", [1, 4, 5])
def test_everything_has_room_for_a_finger(
    qtbot: QtBot, file: Path, clock: SetClock, size: tuple[int, int], count: int
) -> None:
    with on_stand(file, SCREENS, clock, size) as stand:
        many = record("inspection_plan", "IP-1", name="Hole", every_parts=50, characteristics=MANY[:count])
        stand.plan([*(one for one in PLANS if one.id != "IP-1"), many], whole=True)
        start(stand)
        measure(stand, "12.34", "11.55")
        stand.sign_out()
        places = touchables(stand)
        assert (stand.window.width(), stand.window.height()) == size
        assert {"inspection.keypad.7", MAIN, "inspection.parts.10"} <= set(places)
        small = {
            name: (p.width(), p.height()) for name, p in places.items() if min(p.width(), p.height()) < 56
        }
        assert {name for name in small if name.startswith("inspection")} == set()
        names = sorted(places)
        over = [(a, b) for a in names for b in names if a < b and places[a].intersects(places[b])]
        assert over == []
        assert [name for name in names if not stand.window.rect().contains(places[name])] == []


def test_more_checks_than_fit_side_by_side_are_chosen_from_a_sheet(stand: Stand) -> None:
    many = record("inspection_plan", "IP-1", name="Hole", every_parts=50, characteristics=MANY)
    stand.plan([*(one for one in PLANS if one.id != "IP-1"), many], whole=True)
    start(stand)
    stand.touch("inspection.check")
    stand.touch("inspection.check.option.3")
    assert f"{LONG} 3 12.00" in texts(stand)
    stand.touch("action.next_check")
    assert f"{LONG} 4 12.00" in texts(stand)
