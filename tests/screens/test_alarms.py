"""The page of alarms and the strip: what calls, who answers, what is set aside, and a flood."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hmi.alarm_watch import AlarmWatch
from hmi.domain.alarm_limits import AlarmSettings
from hmi.domain.alarms import AlarmState, Priority
from hmi.domain.signals import LinkState, Quality, Reading
from screens.alarms import AlarmsScreen
from screens.kit.touch import Touchable
from screens.registry import SCREENS
from screens.shell.registry_types import ScreenSpec
from tests.screens.stand import TAGS, Stand, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
DIE = AlarmSettings(hi=78, hihi=90, guidance="Check the cooling of the die.")
OIL = AlarmSettings(lo=120, priority=Priority.MEDIUM)
LIMITED = {"die": DIE, "oil": OIL}
WATCHED = [replace(tag, alarm=LIMITED.get(tag.name)) for tag in TAGS]
HI, LO = "plc/die/hi", "plc/oil/lo"


class Alarmed(Stand):
    """A stand whose PLC is watched."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 800)) -> None:
        super().__init__(folder, SCREENS, size, tags=WATCHED)
        self.watch = AlarmWatch(self.ledger, WATCHED, self.clock)
        self.watch.start()

    def says(self, tag: str, value: float, quality: Quality = Quality.GOOD) -> None:
        """The PLC says a value."""
        now = self.clock.now()
        reading = Reading("plc", tag, value, quality, now, now, now, self.clock.ticks)
        self.watch.on_readings([reading])
        self.hub.post_readings([reading])
        self.settle()

    def standing(self, key: str) -> AlarmState:
        """How an alarm stands in the records."""
        found = self.read(lambda records: records.alarms.alarm(key))
        assert found is not None
        return found.state

    def open_alarms(self) -> None:
        """Touch the bell."""
        self.touch("rail.alarms")


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Alarmed]:
    made = Alarmed(tmp_path)
    made.all_up()
    yield made
    made.close()


def row(stand: Stand, key: str) -> str:
    """What a row says."""
    return stand.find(f"alarms.list.row.{key}").accessibleName()


def test_nothing_calls(stand: Alarmed) -> None:
    assert not stand.sees("strip")
    stand.open_alarms()
    assert "No alarm calls for anybody." in stand.texts_in("alarms.headline")
    assert any("the moment its limit is passed" in text for text in stand.texts_in("alarms.list"))


def test_the_strip_shows_the_worst_and_one_touch_acknowledges_it(stand: Alarmed) -> None:
    stand.sign_in("B-7341")
    stand.says("oil", 100)
    stand.clock.go(60)
    stand.says("die", 79.2)
    assert stand.text("strip") == "HIGH · Die temperature 79.2 °C, limit 78 · since 10:31:00 +1 more"
    assert stand.find("rail.alarms").accessibleName() == "Alarms 2"
    stand.clock.go(1)
    stand.touch("strip.acknowledge")
    assert stand.standing(HI) is AlarmState.ACKNOWLEDGED
    assert "Acknowledged: Die temperature" in stand.answer()
    assert stand.text("strip").startswith("MEDIUM · Hydraulic pressure 100 bar, limit 120")
    stand.clock.go(1)
    stand.says("oil", 130)
    assert "returned" in stand.text("strip")
    stand.touch("strip.acknowledge")
    assert not stand.sees("strip")


@pytest.mark.parametrize("between_ms", [0, 120, 690])
def test_a_double_touch_acknowledges_only_the_alarm_that_was_read(stand: Alarmed, between_ms: int) -> None:
    stand.sign_in("B-7341")
    stand.says("oil", 100)
    stand.says("die", 79.2)
    stand.clock.go(5)
    stand.touch("strip.acknowledge")
    assert stand.text("strip").startswith("MEDIUM · Hydraulic pressure")
    stand.clock.go(between_ms / 1000)
    stand.touch("strip.acknowledge")
    assert (stand.standing(HI), stand.standing(LO)) == (AlarmState.ACKNOWLEDGED, AlarmState.UNACKNOWLEDGED)
    stand.clock.go(0.71)
    stand.touch("strip.acknowledge")
    assert stand.standing(LO) is AlarmState.ACKNOWLEDGED


def test_who_is_not_signed_in_is_told_so(stand: Alarmed) -> None:
    stand.says("die", 79.2)
    stand.touch("strip.acknowledge")
    assert "Nobody is signed in" in stand.answer()
    assert stand.standing(HI) is AlarmState.UNACKNOWLEDGED


def test_a_touch_on_the_strip_opens_the_alarm_with_what_to_do(stand: Alarmed) -> None:
    stand.says("die", 79.2)
    QTest.mouseClick(stand.find("strip"), Qt.MouseButton.LeftButton)
    stand.settle()
    assert stand.window.shown_screen == "alarms"
    assert stand.text("alarms.detail.guidance") == "Check the cooling of the die."
    assert "active · since 10:30:00" in stand.text("alarms.detail.words")
    assert "Alarm: Die temperature · 79.2 °C · Machine" in stand.text("alarms.detail.history")


def test_an_alarm_is_shelved_with_time_and_reason_and_comes_back(stand: Alarmed) -> None:
    stand.sign_in("B-7341")
    stand.says("die", 79.2)
    stand.open_alarms()
    stand.touch(f"alarms.list.row.{HI}")
    stand.touch("action.shelve")
    assert not stand.find("action.shelve_now").isEnabled()
    stand.touch("alarms.minutes.60")
    stand.touch("alarms.reason.sensor")
    stand.touch("action.shelve_now")
    assert stand.standing(HI) is AlarmState.SHELVED
    assert not stand.sees("strip")
    stand.touch("alarms.tab.aside")
    assert "shelved until 11:30 by M. Okafor" in row(stand, HI)
    stand.clock.go(3601)
    stand.watch.on_changes(stand.ledger.do(lambda r, w, c: [], None).result(10).changes)
    stand.watch.start()
    stand.watch.look()
    stand.settle()
    assert stand.standing(HI) is AlarmState.UNACKNOWLEDGED
    assert stand.sees("strip")


def test_half_a_wish_to_shelve_is_there_again_for_its_author_alone(tmp_path: Path, qapp: object) -> None:
    first = Alarmed(tmp_path)
    first.sign_in("B-7341")
    first.says("die", 79.2)
    first.open_alarms()
    first.touch(f"alarms.list.row.{HI}")
    first.touch("action.shelve")
    first.touch("alarms.reason.sensor")
    kept = first.read(lambda records: records.journal.draft("set_aside", HI, "P1"))
    first.close()
    assert kept is not None
    assert kept.content == {"what": "shelve", "reason": "sensor"}
    second = Alarmed(tmp_path)
    second.open_alarms()
    second.touch(f"alarms.list.row.{HI}")
    second.sign_in("B-7300")
    assert not second.sees("alarms.minutes.60"), "it belongs to somebody else"
    second.sign_in("B-7341")
    assert not second.find("action.shelve_now").isEnabled()
    second.touch("alarms.minutes.60")
    second.touch("action.shelve_now")
    [entry] = second.journal("alarm.shelved")
    assert entry.id == kept.entry_id
    assert second.read(lambda records: records.journal.drafts_of("P1")) == []
    second.close()


def test_back_gives_a_half_filled_wish_up(stand: Alarmed) -> None:
    stand.sign_in("B-7341")
    stand.says("die", 79.2)
    stand.open_alarms()
    stand.touch(f"alarms.list.row.{HI}")
    stand.touch("action.shelve")
    stand.touch("alarms.reason.sensor")
    stand.touch("action.back")
    assert stand.read(lambda records: records.journal.drafts_of("P1")) == []
    assert stand.sees("alarms.detail.guidance")


def test_only_a_role_that_may_takes_it_out_of_service(stand: Alarmed) -> None:
    stand.sign_in("B-7341")
    stand.says("die", 79.2)
    stand.open_alarms()
    stand.touch(f"alarms.list.row.{HI}")
    assert not stand.find("action.out_of_service").isEnabled()
    stand.sign_in("B-7300")
    stand.touch("action.out_of_service")
    assert not stand.sees("alarms.minutes.60"), "it has no end"
    stand.touch("alarms.reason.maintenance")
    stand.touch("action.take_out_now")
    assert stand.standing(HI) is AlarmState.OUT_OF_SERVICE
    stand.touch("action.in_service")
    assert stand.standing(HI) is AlarmState.UNACKNOWLEDGED


def test_alarms_of_a_lost_link_stay_and_are_marked(stand: Alarmed) -> None:
    stand.says("die", 79.2)
    stand.open_alarms()
    stand.touch(f"alarms.list.row.{HI}")
    assert not stand.sees("alarms.detail.doubt")
    stand.link("plc", "opcua", LinkState.LOST, error="gone")
    stand.go(1)
    assert "PLC is not heard" in stand.text("alarms.detail.doubt")
    assert "Die temperature" in row(stand, HI)
    assert stand.sees("strip")


def test_a_fault_has_the_words_and_the_guidance_of_the_mes(stand: Alarmed) -> None:
    stand.plan([record("fault", "312", text="hydraulic pressure low", guidance="Look at the oil.")])
    tags = [replace(WATCHED[0], name="fault", role=WATCHED[0].role.FAULT)]
    watch = AlarmWatch(stand.ledger, tags, stand.clock)
    now = stand.clock.now()
    watch.on_readings([Reading("plc", "fault", 312, Quality.GOOD, now, now, now, stand.clock.ticks)])
    stand.settle()
    assert stand.text("strip") == "CRITICAL · F-312 hydraulic pressure low · since 10:30:00"
    stand.open_alarms()
    stand.touch("alarms.list.row.plc/fault/312")
    assert stand.text("alarms.detail.guidance") == "Look at the oil."


def test_keys_do_what_touches_do(stand: Alarmed) -> None:
    stand.sign_in("B-7341")
    stand.says("die", 79.2)
    stand.open_alarms()
    stand.window.activateWindow()
    QTest.keyClick(stand.find(f"alarms.list.row.{HI}"), Qt.Key.Key_Return)
    stand.settle()
    assert stand.sees("alarms.detail")
    QTest.keyClick(stand.window, Qt.Key.Key_F2)
    stand.until(lambda: stand.standing(HI) is AlarmState.ACKNOWLEDGED)
    stand.settle()
    QTest.keyClick(stand.window, Qt.Key.Key_Escape)
    stand.until(lambda: not stand.sees("alarms.detail"))


def test_a_flood_stays_usable(tmp_path: Path, qapp: object) -> None:
    tags = [replace(TAGS[1], name=f"t{n}", label=f"Tag {n}", alarm=AlarmSettings(hi=1)) for n in range(200)]
    stand = Stand(tmp_path, [ScreenSpec("alarms", "bell", AlarmsScreen)], tags=tags)
    try:
        stand.all_up()
        stand.sign_in("B-7341")
        watch = AlarmWatch(stand.ledger, tags, stand.clock)
        now, good = stand.clock.now(), Quality.GOOD
        for ten in range(0, 200, 10):
            batch = [Reading("plc", t.name, 2.0, good, now, now, now, 1) for t in tags[ten : ten + 10]]
            watch.on_readings(batch)
        stand.until(lambda: stand.text("strip").endswith("+199 more") if stand.sees("strip") else False)
        stand.until(lambda: stand.sees("action.acknowledge_shown"))
        stand.settle()
        rows = len(shown_rows(stand))
        assert stand.text("action.acknowledge_shown") == f"Acknowledge {rows} shown"
        began = time.perf_counter()
        stand.touch("action.acknowledge_shown")
        taken = time.perf_counter() - began
        seen = stand.read(lambda records: sum(r.acknowledged for r in records.alarms.alarms()))
        assert seen == rows >= 4, "only what was looked at"
        print(f"acknowledging a page of a flood of 200 alarms took {taken * 1000:.0f} ms")  # noqa: T201
    finally:
        stand.close()


def test_the_alarm_and_what_was_chosen_for_it_go_on_in_another_language(stand: Alarmed) -> None:
    stand.sign_in("B-7341")
    stand.says("die", 79.2)
    stand.open_alarms()
    stand.touch(f"alarms.list.row.{HI}")
    stand.touch("action.shelve")
    stand.touch("alarms.reason.sensor")
    stand.window.speak("de")
    stand.settle()
    assert not stand.find("action.shelve_now").isEnabled()
    stand.touch("alarms.minutes.60")
    stand.touch("action.shelve_now")
    [entry] = stand.journal("alarm.shelved")
    assert entry.payload.to_wire()["reason"] == "sensor"


def test_the_heads_of_the_list_sort_it(stand: Alarmed) -> None:
    stand.sign_in("B-7341")
    stand.says("die", 79.2)
    stand.go(60)
    stand.says("oil", 110)
    stand.open_alarms()
    came = shown_rows(stand)
    stand.touch("alarms.list.head.2")
    oldest_first = shown_rows(stand)
    stand.touch("alarms.list.head.2")
    assert shown_rows(stand) == list(reversed(oldest_first))
    stand.touch("alarms.list.head.2")
    assert shown_rows(stand) == came
    stand.touch("alarms.list.head.0")
    assert shown_rows(stand)[0] == came[0], "the most urgent first"


def shown_rows(stand: Stand) -> list[str]:
    """The rows from top to bottom."""
    rows = [
        row
        for row in stand.find("alarms.list").findChildren(Touchable)
        if row.isVisible() and row.objectName().startswith("alarms.list.row.")
    ]
    return [row.objectName() for row in sorted(rows, key=lambda row: row.y())]
