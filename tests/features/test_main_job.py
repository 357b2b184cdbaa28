"""Plays `main_job.feature` through the real window, real serial bytes, OPC UA and HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, scenarios, then, when

from screens.demo.story import STEPS
from tests.features.world import World

scenarios("main_job.feature")
pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A plant and a terminal of this scenario alone."""
    made = World(tmp_path)
    yield made
    made.close()


@given("the demo plant with its PLC, readers and MES")
def plant_is_up(world: World) -> None:
    assert world.received.is_there()


@given("a terminal at its wires")
def terminal_is_up(world: World) -> None:
    world.player.wait("plans", lambda s: s.says("WO-104233"))


@when("the shift plays its story")
@when("the shift plays the rest of its story")
def plays(world: World) -> None:
    world.play()


@when("the shift plays its story until it produces")
def plays_until_it_produces(world: World) -> None:
    world.play(STEPS[:3])


@when("the shift plays its story, and the terminal is killed after each step")
def plays_with_kills(world: World) -> None:
    for step in STEPS:
        world.play_step(step)
        world.kill_terminal()


@when(parsers.parse("the MES is switched {way}"))
def mes_is_switched(world: World, way: str) -> None:
    world.plant.mes("on" if way == "on" else "off")
    if way == "off":
        world.player.wait("MES is away", lambda s: s.says("offline"))


@then("the terminal says that the MES is away and how many entries wait")
def says_mes_is_away(world: World) -> None:
    waiting = sum(line["receipt"]["state"] == "waiting" for line in world.exported())
    assert waiting > 10
    world.player.wait("count of waiting entries", lambda s: s.says("offline ·") and s.says("waiting"))


@when("the PLC is restarted")
def plc_is_restarted(world: World) -> None:
    world.plant.plc("off")


@then("the terminal says that the PLC is lost, and later that it is back")
def says_plc_is_lost(world: World) -> None:
    world.player.wait("PLC lost", lambda s: s.says("PLC lost"))
    world.player.wait("old values", lambda s: s.says("s old"))
    world.plant.plc("on")
    world.player.wait("PLC back", lambda s: not s.says("PLC lost") and s.says("EXECUTE"))


@when("the badge reader and the scanner are unplugged")
def readers_are_unplugged(world: World) -> None:
    world.plant.reader("badge_reader", "unplug")
    world.plant.reader("scanner", "unplug")


@then("the terminal says that both readers are lost")
def says_readers_are_lost(world: World) -> None:
    world.player.wait("readers lost", lambda s: s.says("Scanner lost") and s.says("Badges lost"))


@when("they are plugged in again")
def readers_are_plugged_in(world: World) -> None:
    world.plant.reader("badge_reader", "plug")
    world.plant.reader("scanner", "plug")


@then("the MES holds the job response with counts, stop, sample, nonconformance and repair")
def mes_holds_the_response(world: World) -> None:
    world.end_of_story()
    world.assert_response()


@then("every entry is at the MES exactly once, with its receipt on the terminal")
def every_entry_once(world: World) -> None:
    world.assert_once(*world.end_of_story())


@then("what was counted is what the PLC's counter counted")
def counted_is_counted(world: World) -> None:
    lines, _ = world.end_of_story()
    world.assert_counted(lines)
