"""The press does only what PackML allows, counts each part once, and is the same for the same seed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.plant.packml import (
    ALLOWED,
    BEGINS,
    LEADS_TO,
    MODE_CHANGES_IN,
    Command,
    Mode,
    NotAllowedError,
    State,
)
from devices.plant.press import (
    FAULTS,
    NEW_COIL_M,
    PITCH_M,
    Change,
    Lag,
    Memory,
    Press,
    PressSettings,
    hole_diameter,
    measure,
)

T0 = 1_790_000_000.0
STATE, COUNT, DEFECTS = (
    "Status.StateCurrent",
    "Admin.ProdProcessedCount.AccCount",
    "Admin.ProdDefectiveCount.AccCount",
)


def press(seed: int = 1, cycle_s: float = 2.4, **memory: object) -> Press:
    """A press at T0 with this memory."""
    return Press(PressSettings(seed, cycle_s), replace(Memory(), **memory), T0)


def values(changes: list[Change], tag: str) -> list[float]:
    """What one tag became, in order."""
    return [change.value for change in changes if change.tag == tag]


def running(cycle_s: float = 2.4, seed: int = 1) -> tuple[Press, float]:
    """A press that has just come into Execute, and the moment."""
    made = press(seed, cycle_s)
    made.run(T0)
    changes = made.advance(T0 + 10 * cycle_s)
    at = next(change.at for change in changes if change.tag == STATE and change.value == State.EXECUTE)
    made = press(seed, cycle_s)
    made.run(T0)
    made.advance(at)
    assert made.memory().state is State.EXECUTE
    return made, at


def test_the_way_to_execute_is_that_of_packml() -> None:
    made = press()
    made.run(T0)
    states = values(made.advance(T0 + 8), STATE)
    assert states == [State.RESETTING, State.IDLE, State.STARTING, State.EXECUTE]


def test_parts_are_made_at_the_pace_of_the_cycle_and_each_has_its_moment() -> None:
    made, at = running()
    changes = made.advance(at + 240.0)
    counts = values(changes, COUNT)
    assert counts == list(range(1, len(counts) + 1))
    assert 95 <= len(counts) <= 105
    moments = [change.at for change in changes if change.tag == COUNT]
    gaps = [later - earlier for earlier, later in itertools.pairwise([at, *moments])]
    assert all(2.4 * 0.963 <= gap <= 2.4 * 1.037 for gap in gaps)
    assert made.memory().strokes == Memory().strokes + len(counts)
    assert made.memory().coil_m == pytest.approx(NEW_COIL_M - len(counts) * PITCH_M)


def test_time_in_one_step_or_in_many_makes_the_same_parts() -> None:
    """A plant that was busy for a while catches up without losing or inventing a part."""
    at_once, at = running()
    in_steps, _ = running()
    whole = at_once.advance(at + 100.0)
    pieces = [change for step in range(1, 1001) for change in in_steps.advance(at + step / 10)]
    assert whole == pieces
    assert at_once.memory() == in_steps.memory()


def test_the_seed_decides_everything() -> None:
    def shift(seed: int) -> list[Change]:
        made, at = running(seed=seed)
        return made.advance(at + 2_000)

    assert shift(3) == shift(3)
    assert shift(3) != shift(4)


def test_about_four_parts_in_a_thousand_are_bad_and_are_counted_as_made() -> None:
    made, at = running(cycle_s=0.1)
    changes = made.advance(at + 400)
    parts, bad = values(changes, COUNT)[-1], values(changes, DEFECTS)[-1]
    assert values(changes, DEFECTS) == list(range(1, int(bad) + 1))
    assert 0.001 < bad / parts < 0.008


def test_the_coil_runs_out_and_a_new_one_is_threaded() -> None:
    made, at = running()
    made.end_coil(at)
    changes = made.advance(at + 10)
    assert values(changes, STATE) == [State.SUSPENDING, State.SUSPENDED]
    assert values(changes, COUNT) == [1]
    assert made.memory().coil_m < PITCH_M
    made.run(at + 10)
    later = made.advance(at + 20)
    assert values(later, STATE)[:2] == [State.UNSUSPENDING, State.EXECUTE]
    assert NEW_COIL_M in values(later, "Press.CoilRemaining")


def test_a_jam_aborts_at_once_with_its_code() -> None:
    made, at = running()
    made.fault(205, at + 1)
    changes = made.advance(at + 60)
    assert values(changes, STATE) == [State.ABORTING, State.ABORTED]
    assert values(changes, "Admin.StopReason.Value") == [205]
    assert max(values(changes, "Press.RamForce")) > 500
    assert values(changes, COUNT) == []
    assert made.next_event_at() is None


def test_low_pressure_is_seen_before_it_trips() -> None:
    made, at = running()
    made.fault(312, at)
    bars = [made.sample(at + second / 10)[1].value for second in range(30)]
    assert bars[0] > 150
    assert bars[25] == pytest.approx(108, abs=6)
    changes = made.advance(at + 10)
    began = next(change for change in changes if change.value == State.ABORTING)
    assert began.at == pytest.approx(at + 2.5)
    assert made.memory().fault == 312


def test_a_fault_is_cleared_before_anything_runs() -> None:
    made, at = running()
    made.fault(118, at)
    made.advance(at + 5)
    with pytest.raises(NotAllowedError, match="not possible in Aborted"):
        made.command(Command.START, at + 5)
    with pytest.raises(NotAllowedError, match="faulted already"):
        made.fault(205, at + 5)
    made.clear(at + 5)
    changes = made.advance(at + 60)
    assert values(changes, STATE) == [State.CLEARING, State.STOPPED]
    assert values(changes, "Admin.StopReason.Value") == [0]


def test_unknown_faults_are_refused_with_the_known_ones() -> None:
    with pytest.raises(NotAllowedError, match="312 hydraulic pressure low"):
        press().fault(207, T0)


def test_the_mode_changes_only_while_it_stands() -> None:
    made, at = running()
    with pytest.raises(NotAllowedError, match="Execute"):
        made.change_mode(Mode.MAINTENANCE, at)
    made.stop(at)
    changes = made.advance(at + 5)
    made.change_mode(Mode.MAINTENANCE, at + 5)
    assert values(made.advance(at + 6), "Status.UnitModeCurrent") == [Mode.MAINTENANCE]
    assert values(changes, STATE) == [State.STOPPING, State.STOPPED]


DEEDS = st.one_of(
    st.sampled_from(list(Command)),
    st.sampled_from(sorted(FAULTS)),
    st.sampled_from(["run", "stop", "clear", "end_coil"]),
)


@given(st.lists(st.tuples(st.floats(0.01, 30.0), DEEDS), max_size=25), st.integers(0, 5))
def test_whatever_is_done_the_states_stay_those_of_packml(
    deeds: list[tuple[float, object]], seed: int
) -> None:
    """Each step is one of the table, counters only go up, and nothing is made while it stands."""
    made = press(seed)
    now, state, count = T0, State.STOPPED, 0
    for pause, deed in deeds:
        now += pause
        changes = made.advance(now)
        try:
            match deed:
                case Command():
                    made.command(deed, now)
                case int():
                    made.fault(deed, now)
                case "run":
                    made.run(now)
                case "stop":
                    made.stop(now)
                case "clear":
                    made.clear(now)
                case _:
                    made.end_coil(now)
        except NotAllowedError:
            pass
        changes += made.advance(now)
        assert [change.at for change in changes] == sorted(change.at for change in changes)
        for change in changes:
            if change.tag == STATE:
                after = State(int(change.value))
                allowed = {BEGINS[command] for command, states in ALLOWED.items() if state in states}
                assert after in allowed | {LEADS_TO.get(state)}, f"{state.name} to {after.name}"
                state = after
            elif change.tag == COUNT:
                assert state is State.EXECUTE
                assert change.value == count + 1
                count += 1
        assert made.memory().state is state
        assert made.memory().processed == count
        if made.memory().fault:
            assert state in (State.ABORTING, State.ABORTED, State.CLEARING)


def test_the_table_of_states_holds_together() -> None:
    """Acting states end by themselves in a state that waits; every command begins an acting state."""
    assert set(BEGINS.values()) == set(LEADS_TO)
    assert not set(LEADS_TO.values()) & set(LEADS_TO)
    assert set(ALLOWED) == set(BEGINS) == set(Command)
    assert not MODE_CHANGES_IN & set(LEADS_TO)


def test_a_killed_press_goes_on_where_it_was() -> None:
    """Memory given to a new press: the counter goes on, and a way that was begun is finished."""
    made, at = running()
    made.advance(at + 100)
    memory = Memory.from_json(made.memory().to_json())
    assert memory == made.memory()
    again = Press(PressSettings(), memory, at + 500)
    counts = values(again.advance(at + 510), COUNT)
    assert counts[0] == memory.processed + 1
    half = press()
    half.run(T0)
    half.advance(T0 + 2)
    rest = Press(PressSettings(), Memory.from_json(half.memory().to_json()), T0 + 100)
    assert values(rest.advance(T0 + 120), STATE)[-1] == State.EXECUTE


def test_the_die_warms_up_and_cools_down() -> None:
    made, at = running()
    made.advance(at + 1500)
    warm = made.sample(at + 1500)[0].value
    made.stop(at + 1500)
    made.advance(at + 4000)
    assert 70 < warm < 75
    assert 22 < made.sample(at + 4000)[0].value < 30


def test_a_lag_reaches_its_target() -> None:
    lag = Lag(20.0, T0, 70.0, 10.0)
    assert lag.at(T0 - 5) == 20.0
    assert lag.at(T0 + 10) == pytest.approx(70 - 50 / 2.718281828)
    turned = lag.towards(T0 + 10, 0.0, 1.0)
    assert turned.at(T0 + 10) == lag.at(T0 + 10)
    assert turned.at(T0 + 60) == pytest.approx(0.0, abs=1e-9)


def test_measured_parts_wear_with_the_punch_and_stay_the_same() -> None:
    memory = replace(Memory(), processed=500)
    assert measure(1, memory, 5) == measure(1, memory, 5)
    assert measure(1, memory, 5, outside=1)[:4] == measure(1, memory, 5)[:4]
    assert [value > 12.10 for value in measure(1, memory, 5, outside=2)] == [False] * 3 + [True] * 2
    young = sum(hole_diameter(1, part, 1_500) for part in range(200)) / 200
    old = sum(hole_diameter(1, part, 9_000) for part in range(200)) / 200
    assert old - young == pytest.approx(0.09, abs=1e-9)
    for count, outside in ((0, 0), (101, 0), (5, 6), (501, 0)):
        with pytest.raises(NotAllowedError):
            measure(1, memory, count, outside)


def test_every_tag_has_a_value_at_power_on() -> None:
    tags = [change.tag for change in press().snapshot(T0)]
    assert len(tags) == len(set(tags)) == 11
