"""Devices: what is connected, how old each word of it is, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hmi.domain.entries import ResultKind
from hmi.domain.signals import LinkState, Quality
from screens.devices import DevicesScreen
from screens.shell.registry_types import ScreenSpec
from tests.screens.stand import Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("devices", "link", DevicesScreen)]


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS, (1280, 1600))
    yield made
    made.close()


def headline(stand: Stand) -> str:
    """What stands at the top."""
    return stand.texts_in("devices.headline")[-1]


def test_before_anything_was_heard_every_link_says_so(stand: Stand) -> None:
    assert headline(stand) == "Not everything is connected yet."
    for link in ("plc", "badge_reader", "scanner", "mes"):
        assert stand.text(f"devices.link.{link}.state") == "Not heard yet"
    assert stand.text("devices.tag.force") == "Ram force – – – kN not heard yet"


def test_connected_links_say_since_when_and_when_they_were_last_heard(stand: Stand) -> None:
    stand.all_up()
    assert headline(stand) == "Everything is connected."
    assert stand.text("devices.link.scanner.state") == "Connected"
    assert stand.text("devices.link.scanner.since") == "since 10:30:00 · 0 s"
    stand.go(2.4)
    assert stand.text("devices.link.scanner.heard") == "last heard 2.4 s"
    stand.go(70)
    assert stand.text("devices.link.scanner.heard") == "last heard 1 min 12 s"
    assert stand.text("devices.link.scanner.since") == "since 10:30:00 · 1 min 12 s"


def test_a_sign_of_life_makes_the_age_young_again(stand: Stand) -> None:
    stand.all_up()
    stand.go(2)
    stand.hub.post_heard("plc", stand.clock.monotonic_ms())
    stand.reading("force", 412)
    stand.go(0.5)
    assert stand.text("devices.link.plc.heard") == "last heard 0.5 s"


def test_a_lost_link_says_why_since_when_and_how_often(stand: Stand) -> None:
    stand.all_up()
    stand.go(60)
    stand.link("scanner", "barcode_reader", LinkState.LOST, error="the port is gone", losses=3)
    stand.go(252)
    assert headline(stand).startswith("No contact with ")
    assert "Scanner" in headline(stand)
    assert stand.text("devices.link.scanner.state") == "Not reached"
    assert stand.text("devices.link.scanner.since") == "since 10:31:00 · 4 min 12 s"
    assert stand.text("devices.link.scanner.error") == "10:31:00: the port is gone"
    assert stand.text("devices.link.scanner.losses") == "times lost 3"
    assert "Values from here are old" in stand.text("devices.link.scanner.advice")


def test_the_trouble_stays_readable_after_the_link_is_back(stand: Stand) -> None:
    stand.link("plc", "opcua", LinkState.UP, error="the endpoint did not answer", losses=1)
    assert stand.text("devices.link.plc.error") == "Last trouble 10:30:00: the endpoint did not answer"


def test_a_plc_that_says_nothing_is_silent_not_connected(stand: Stand) -> None:
    stand.all_up()
    stand.reading("force", 412)
    stand.go(10)
    assert stand.text("devices.link.plc.state") == "Silent"
    assert stand.text("devices.tag.force") == "Ram force 412 kN stale · 10 s"


def test_while_the_mes_is_away_people_go_on_working(stand: Stand) -> None:
    stand.link("mes", "mes", LinkState.LOST, error="refused")
    assert "Go on working" in stand.text("devices.link.mes.advice")
    stand.link("mes", "mes", LinkState.NOT_ADMITTED, error="401")
    assert stand.text("devices.link.mes.state") == "Not admitted"
    assert "Call support" in stand.text("devices.link.mes.advice")


def test_value_quality_and_age_are_three_things(stand: Stand) -> None:
    stand.all_up()
    stand.reading("force", 412)
    stand.reading("cycle", 2.413)
    stand.reading("guard", True)
    stand.reading("state", 6)
    stand.reading("oil", 120, Quality.UNCERTAIN, "last usable value")
    stand.reading("die", 79.2, Quality.BAD, "sensor failure")
    assert stand.text("devices.tag.force") == "Ram force 412 kN good · 0.0 s"
    assert stand.text("devices.tag.cycle") == "Cycle time 2.41 s good · 0.0 s"
    assert stand.text("devices.tag.guard") == "Guard closed yes  good · 0.0 s"
    stand.reading("coil", 140)
    assert stand.text("devices.tag.coil") == "Coil remaining 140 m good · 0.0 s"
    assert stand.text("devices.tag.state") == "State EXECUTE  good · 0.0 s"
    assert stand.text("devices.tag.oil") == "Hydraulic pressure 120 bar uncertain · last usable value"
    assert stand.text("devices.tag.die") == "Die temperature – – – °C bad · sensor failure"
    stand.link("plc", "opcua", LinkState.LOST, error="gone")
    stand.go(12)
    assert stand.text("devices.tag.force") == "Ram force 412 kN stale · 12 s"
    assert stand.text("devices.tag.die") == "Die temperature – – – °C bad · sensor failure"


def test_the_mes_card_counts_entries_and_ages_plans(stand: Stand) -> None:
    stand.start_order(10)
    stand.answered(stand.newest().entry.id, ResultKind.REFUSED, code="x", words="y")
    assert stand.text("devices.mes.waiting") == "waiting 2"
    assert stand.text("devices.mes.decision") == "to decide 1"
    stand.go(125)
    assert stand.text("devices.mes.plans") == "Plans of 10:30:00 · 2 min 5 s old"
    assert stand.text("devices.mes.offset") == "Its clock was not compared yet"
    stand.ledger.note_clock_offset(-140)
    stand.sign_out()
    assert stand.text("devices.mes.offset") == "Its clock is 140 ms behind this terminal"
    assert stand.text("devices.terminal.entries") == "entries in the journal 4"
    assert "Journal epoch 1" in stand.texts_in("devices.terminal")


def test_a_link_that_shows_up_later_gets_its_card(stand: Stand) -> None:
    assert not stand.sees("devices.link.gauge")
    stand.link("gauge", "some_driver", LinkState.UP)
    stand.go(0.25)
    assert stand.text("devices.link.gauge.state") == "Connected"
    assert "some_driver" in stand.texts_in("devices.link.gauge")


def test_a_touch_leads_to_the_entries(stand: Stand) -> None:
    went: list[tuple[str, str]] = []
    screen = stand.window.screens["devices"]
    screen.goes_to.disconnect()
    screen.goes_to.connect(lambda where, what: went.append((where, what)))
    stand.touch("action.waiting")
    stand.touch("action.back")
    assert went == [("waiting", ""), ("run", "")]


@pytest.mark.parametrize("size", [(1024, 768), (1280, 800), (1920, 1080), (1080, 1920)])
def test_it_fits_every_screen(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    stand = Stand(tmp_path, SCREENS, size)
    stand.all_up()
    assert (stand.window.width(), stand.window.height()) == size
    for link in ("plc", "badge_reader"):
        card = stand.find(f"devices.link.{link}")
        assert card.mapTo(stand.window, card.rect().topRight()).x() < size[0]
    stand.close()
