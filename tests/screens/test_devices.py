"""Devices: what is connected, how old each word of it is, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hmi.domain.entries import ResultKind
from hmi.domain.signals import LinkState, Quality
from screens.devices import DevicesScreen
from screens.shell.registry_types import ScreenSpec
from tests.screens.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("devices", "link", DevicesScreen)]


@pytest.fixture
def desk(tmp_path: Path, qapp: object) -> Iterator[Desk]:
    made = Desk(tmp_path, SCREENS, (1280, 1600))
    yield made
    made.close()


def headline(desk: Desk) -> str:
    """What stands at the top."""
    return desk.texts_in("devices.headline")[-1]


def test_before_anything_was_heard_every_link_says_so(desk: Desk) -> None:
    assert headline(desk) == "Not everything is connected yet."
    for link in ("plc", "badge_reader", "scanner", "mes"):
        assert desk.text(f"devices.link.{link}.state") == "Not heard yet"
    assert desk.text("devices.tag.force") == "Ram force – – – kN not heard yet"


def test_connected_links_say_since_when_and_when_they_were_last_heard(desk: Desk) -> None:
    desk.all_up()
    assert headline(desk) == "Everything is connected."
    assert desk.text("devices.link.scanner.state") == "Connected"
    assert desk.text("devices.link.scanner.since") == "since 10:30:00 · 0 s"
    desk.go(2.4)
    assert desk.text("devices.link.scanner.heard") == "last heard 2.4 s"
    desk.go(70)
    assert desk.text("devices.link.scanner.heard") == "last heard 1 min 12 s"
    assert desk.text("devices.link.scanner.since") == "since 10:30:00 · 1 min 12 s"


def test_a_sign_of_life_makes_the_age_young_again(desk: Desk) -> None:
    desk.all_up()
    desk.go(2)
    desk.hub.post_heard("plc", desk.clock.monotonic_ms())
    desk.reading("force", 412)
    desk.go(0.5)
    assert desk.text("devices.link.plc.heard") == "last heard 0.5 s"


def test_a_lost_link_says_why_since_when_and_how_often(desk: Desk) -> None:
    desk.all_up()
    desk.go(60)
    desk.link("scanner", "barcode_reader", LinkState.LOST, error="the port is gone", losses=3)
    desk.go(252)
    assert headline(desk).startswith("No contact with ")
    assert "Scanner" in headline(desk)
    assert desk.text("devices.link.scanner.state") == "Not reached"
    assert desk.text("devices.link.scanner.since") == "since 10:31:00 · 4 min 12 s"
    assert desk.text("devices.link.scanner.error") == "10:31:00: the port is gone"
    assert desk.text("devices.link.scanner.losses") == "times lost 3"
    assert "Values from here are old" in desk.text("devices.link.scanner.advice")


def test_the_trouble_stays_readable_after_the_link_is_back(desk: Desk) -> None:
    desk.link("plc", "opcua", LinkState.UP, error="the endpoint did not answer", losses=1)
    assert desk.text("devices.link.plc.error") == "Last trouble 10:30:00: the endpoint did not answer"


def test_a_plc_that_says_nothing_is_silent_not_connected(desk: Desk) -> None:
    desk.all_up()
    desk.reading("force", 412)
    desk.go(10)
    assert desk.text("devices.link.plc.state") == "Silent"
    assert desk.text("devices.tag.force") == "Ram force 412 kN stale · 10 s"


def test_while_the_mes_is_away_people_go_on_working(desk: Desk) -> None:
    desk.link("mes", "mes", LinkState.LOST, error="refused")
    assert "Go on working" in desk.text("devices.link.mes.advice")
    desk.link("mes", "mes", LinkState.NOT_ADMITTED, error="401")
    assert desk.text("devices.link.mes.state") == "Not admitted"
    assert "Call support" in desk.text("devices.link.mes.advice")


def test_value_quality_and_age_are_three_things(desk: Desk) -> None:
    desk.all_up()
    desk.reading("force", 412)
    desk.reading("cycle", 2.413)
    desk.reading("guard", True)
    desk.reading("state", 6)
    desk.reading("oil", 120, Quality.UNCERTAIN, "last usable value")
    desk.reading("die", 79.2, Quality.BAD, "sensor failure")
    assert desk.text("devices.tag.force") == "Ram force 412 kN good · 0.0 s"
    assert desk.text("devices.tag.cycle") == "Cycle time 2.41 s good · 0.0 s"
    assert desk.text("devices.tag.guard") == "Guard closed yes  good · 0.0 s"
    desk.reading("coil", 140)
    assert desk.text("devices.tag.coil") == "Coil remaining 140 m good · 0.0 s"
    assert desk.text("devices.tag.state") == "State EXECUTE  good · 0.0 s"
    assert desk.text("devices.tag.oil") == "Hydraulic pressure 120 bar uncertain · last usable value"
    assert desk.text("devices.tag.die") == "Die temperature – – – °C bad · sensor failure"
    desk.link("plc", "opcua", LinkState.LOST, error="gone")
    desk.go(12)
    assert desk.text("devices.tag.force") == "Ram force 412 kN stale · 12 s"
    assert desk.text("devices.tag.die") == "Die temperature – – – °C bad · sensor failure"


def test_the_mes_card_counts_entries_and_ages_plans(desk: Desk) -> None:
    desk.start_order(10)
    desk.answered(desk.newest().entry.id, ResultKind.REFUSED, code="x", words="y")
    assert desk.text("devices.mes.waiting") == "waiting 2"
    assert desk.text("devices.mes.decision") == "to decide 1"
    desk.go(125)
    assert desk.text("devices.mes.plans") == "Plans of 10:30:00 · 2 min 5 s old"
    assert desk.text("devices.mes.offset") == "Its clock was not compared yet"
    desk.ledger.note_clock_offset(-140)
    desk.sign_out()
    assert desk.text("devices.mes.offset") == "Its clock is 140 ms behind this terminal"
    assert desk.text("devices.terminal.entries") == "entries in the journal 4"
    assert "Journal epoch 1" in desk.texts_in("devices.terminal")


def test_a_link_that_shows_up_later_gets_its_card(desk: Desk) -> None:
    assert not desk.sees("devices.link.gauge")
    desk.link("gauge", "some_driver", LinkState.UP)
    desk.go(0.25)
    assert desk.text("devices.link.gauge.state") == "Connected"
    assert "some_driver" in desk.texts_in("devices.link.gauge")


def test_a_touch_leads_to_the_entries(desk: Desk) -> None:
    went: list[tuple[str, str]] = []
    screen = desk.window.screens["devices"]
    screen.goes_to.disconnect()
    screen.goes_to.connect(lambda where, what: went.append((where, what)))
    desk.touch("action.waiting")
    desk.touch("action.back")
    assert went == [("waiting", ""), ("run", "")]


@pytest.mark.parametrize("size", [(1024, 768), (1280, 800), (1920, 1080), (1080, 1920)])
def test_it_fits_every_screen(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    desk = Desk(tmp_path, SCREENS, size)
    desk.all_up()
    assert (desk.window.width(), desk.window.height()) == size
    for link in ("plc", "badge_reader"):
        card = desk.find(f"devices.link.{link}")
        assert card.mapTo(desk.window, card.rect().topRight()).x() < size[0]
    desk.close()
