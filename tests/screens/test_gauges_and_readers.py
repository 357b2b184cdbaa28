"""Gauges and readers of radio tags before a person: what is taken, what is asked, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hmi.domain.payloads import SampleRecorded
from hmi.domain.signals import Carrier, Measured, MeasuringFault, Scan, TagsInField
from screens.inspection import InspectionScreen
from screens.orders import OrdersScreen
from screens.shell.registry_types import ScreenSpec
from tests.screens.stand import Stand, config, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("inspection", "shield", InspectionScreen), ScreenSpec("orders", "list", OrdersScreen)]
HOLE = {
    "id": "HOLE-D",
    "name": "Hole diameter",
    "nominal": "12.00",
    "lower": "11.90",
    "upper": "12.10",
    "unit": "mm",
    "decimals": 2,
    "sample_size": 3,
    "gauge": "CAL-204",
}
PLANS = [
    record(
        "job_order",
        "WO-1",
        operation="20 Stamp",
        material="M-1",
        material_name="Bracket",
        quantity="100",
        unit="pcs",
        equipment="PRESS12",
        inspection_plans=["IP-1"],
    ),
    record("inspection_plan", "IP-1", name="Hole", every_parts=50, characteristics=[HOLE]),
    record("material", "M-9", name="Crate", unit="pcs", use="raw", gtin="80614141123458"),
    record("person", "P-1", name="R. Lindqvist", badge="B-IN", roles=["operator", "inspector"]),
    record("person", "P-3", name="A. Novak", badge="B-SU", roles=["supervisor"]),
]


@pytest.fixture
def stand(qtbot: QtBot, tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS, first_plans=PLANS)
    yield made
    made.close()


def gauge(stand: Stand, value: str | None, unit: str = "mm", **more: object) -> None:
    """A gauge sends a value."""
    number = None if value is None else Decimal(value)
    stable, fault, name = more.get("stable"), more.get("fault"), more.get("gauge", "")
    assert stable is None or isinstance(stable, bool)
    assert fault is None or isinstance(fault, MeasuringFault)
    now = stand.clock.now()
    stand.hub.post(
        Measured("caliper", b"", number, unit, stable, fault, "", now, stand.clock.ticks, str(name))
    )
    stand.settle()


def tag(stand: Stand, code: str) -> Scan:
    return Scan("radio", b"", code, None, stand.clock.now(), stand.clock.ticks, Carrier.RADIO_TAG)


def begin(stand: Stand) -> None:
    stand.sign_in("B-SU")
    stand.run_order("WO-1")
    stand.count(0)
    stand.sign_in("B-IN")
    stand.window.show_screen("inspection")
    stand.settle()


def test_values_of_a_gauge_become_a_sample_in_the_unit_of_the_plan(stand: Stand) -> None:
    begin(stand)
    gauge(stand, "12.01")
    gauge(stand, "0.47244", "in", gauge="CAL-204")
    gauge(stand, "1.203", "cm", stable=True)
    stand.touch("inspection.keypad.main")
    payload = stand.journal("quality")[0].payload
    assert isinstance(payload, SampleRecorded)
    assert payload.values == (Decimal("12.01"), Decimal("12.00"), Decimal("12.03"))


@pytest.mark.parametrize(
    ("value", "unit", "more", "words"),
    [
        ("12.01", "", {}, "without a unit"),
        ("12.01", "g", {}, "12.01 g, and that cannot be mm"),
        ("12.01", "mm", {"stable": False}, "not at rest"),
        (None, "", {"fault": MeasuringFault.OVER_RANGE}, "over its range"),
        (None, "", {"fault": MeasuringFault.DEVICE}, "reports a fault"),
        ("12.01", "mm", {"gauge": "CAL-9"}, "asks for CAL-204, this was CAL-9"),
    ],
)
def test_what_cannot_be_known_is_refused_with_words(
    stand: Stand, value: str | None, unit: str, more: dict[str, object], words: str
) -> None:
    begin(stand)
    gauge(stand, value, unit, **more)
    assert words in stand.said[-1]
    assert "not taken" in stand.said[-1]
    assert stand.read(lambda records: records.journal.drafts_of("P-1")) == []


def test_every_fault_has_words(stand: Stand) -> None:
    begin(stand)
    for fault in MeasuringFault:
        gauge(stand, None, fault=fault)
        assert "caliper" in stand.said[-1]


def test_a_value_where_nothing_is_measured_is_told(stand: Stand) -> None:
    stand.window.show_screen("orders")
    stand.settle()
    gauge(stand, "12.01")
    assert "12.01 mm" in stand.answer()
    assert "nothing is measured on this screen" in stand.answer()


def test_several_tags_are_a_question_and_one_is_a_material(stand: Stand) -> None:
    one, other = tag(stand, "3074257BF7194E4000001A85"), tag(stand, "300000000000000000000001")
    stand.hub.post(TagsInField("radio", (one, other)))
    stand.settle()
    assert "2 tags are before the reader" in stand.answer()
    assert "Take away all but the one" in stand.answer()
    stand.hub.post(one)
    stand.settle()
    assert "Crate" in stand.answer()


def test_a_reader_that_acts_as_a_keyboard_signs_in_and_types_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    settings = config()
    settings = settings.model_copy(update={"codes": settings.codes.model_copy(update={"keyboard": "timing"})})
    stand = Stand(tmp_path, SCREENS, first_plans=PLANS, settings=settings)
    try:
        stand.window.show_screen("orders")
        QTest.keyClicks(stand.window, "B-IN")
        QTest.keyClick(stand.window, Qt.Key.Key_Return)
        stand.settle()
        assert stand.terminal.session is not None
        assert stand.terminal.session.name == "R. Lindqvist"
    finally:
        stand.close()
