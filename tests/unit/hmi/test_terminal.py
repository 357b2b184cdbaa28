"""The one object a screen holds: answers on the eye's thread, refusals in words, faults with a number."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from decimal import Decimal

import pytest

from hmi.config import StationSettings, TerminalConfig
from hmi.domain.changes import Changes
from hmi.domain.entries import NewEntry
from hmi.domain.personnel import Permission
from hmi.domain.signals import LinkState, LinkStatus, Quality, Reading, Scalar
from hmi.domain.tags import TagInfo, TagRole
from hmi.domain.trends import TrendAnswer, TrendQuery
from hmi.hub import Answer, Hub
from hmi.i18n import Texts
from hmi.operations.personnel import CallHelp, call_help
from hmi.operations.production import OrderWish, Scrap, scrap_parts, start_order
from hmi.ports import Context, Draft, Records, Saved
from hmi.terminal import FaultReport, Outcome, Refusal, Terminal
from hmi.watch import MachineWatch
from tests.unit.hmi.conftest import INSPECTOR, OPERATOR, Floor

HEAT = TagInfo("heat", "plc", "Heat", "°C", 1, TagRole.VALUE, None, None, None, None, True, None)


class Desk:
    """A terminal over the floor; `settle` plays the window's drain."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.hub = Hub()
        config = TerminalConfig(
            terminal=StationSettings(id="T-1", station="A/B/1", equipment="PRESS-1"),
            mes={"connector": "rest"},
        )
        watch = MachineWatch(floor.ledger, [HEAT], floor.clock, fastest_cycle_s=1, count_every_ms=1000)
        self.terminal = Terminal(config, self.hub, floor.ledger, watch, [HEAT], Texts("en"), floor.clock)
        self.outcomes = list[Outcome]()

    def settle(self) -> None:
        self.floor.count()
        for event in self.hub.drain().events:
            if isinstance(event, Answer):
                event.deliver()

    def outcome(self) -> Outcome:
        self.settle()
        return self.outcomes.pop()

    def link(self, state: LinkState) -> None:
        heard = self.floor.clock.ticks if state is LinkState.UP else None
        self.terminal.note_link(
            LinkStatus("plc", "opcua", "opc.tcp://x", state, self.floor.clock.now(), heard)
        )

    def value(self, value: Scalar | None, quality: Quality = Quality.GOOD) -> None:
        now, ticks = self.floor.clock.now(), self.floor.clock.ticks
        self.terminal.readings["heat"] = Reading("plc", "heat", value, quality, now, now, now, ticks)
        self.terminal.heard["plc"] = ticks


@pytest.fixture
def desk(floor: Floor) -> Desk:
    return Desk(floor)


def broken(_records: Records, _wish: object, _context: Context) -> Sequence[NewEntry]:
    """An operation with a bug in it."""
    raise ZeroDivisionError("secret words of a bug")


class TestDoing:
    def test_what_was_saved_is_answered_after_the_commit(self, desk: Desk) -> None:
        desk.terminal.do(call_help, CallHelp("quality"), desk.outcomes.append)
        assert desk.outcomes == []
        saved = desk.outcome()
        assert isinstance(saved, Saved)
        assert [entry.kind for entry in saved.entries] == ["help.called"]

    def test_the_same_form_saves_once(self, desk: Desk) -> None:
        for _ in range(2):
            desk.terminal.do(
                call_help,
                CallHelp("quality"),
                desk.outcomes.append,
                entry_id="01940000-0000-7000-8000-000000000001",
            )
        desk.settle()
        first, second = desk.outcomes
        assert isinstance(first, Saved)
        assert isinstance(second, Saved)
        assert (first.already, second.already, first.entries) == (False, True, second.entries)

    def test_a_refusal_is_said_in_words_with_roles_and_numbers(self, desk: Desk) -> None:
        desk.floor.sign_in(INSPECTOR)
        desk.terminal.do(start_order, OrderWish("WO-1"), desk.outcomes.append)
        words = "Quinn Cho may not do this. It can be done by: operator, supervisor."
        assert desk.outcome() == Refusal("not_permitted", words)
        desk.floor.run(parts=5)
        desk.terminal.do(scrap_parts, Scrap("WO-1", Decimal("1200.5"), "S-BURR"), desk.outcomes.append)
        refusal = desk.outcome()
        assert isinstance(refusal, Refusal)
        assert refusal.words == "Only 5 good parts are booked. 1\u202f200.5 cannot be scrap."

    @pytest.mark.log_errors
    def test_a_bug_is_rolled_back_numbered_and_logged(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        before = desk.floor.count()
        with caplog.at_level(logging.ERROR):
            desk.terminal.do(broken, None, desk.outcomes.append)
            fault = desk.outcome()
        assert isinstance(fault, FaultReport)
        assert fault.number in fault.words
        assert "secret words" not in fault.words
        assert any(fault.number in line.getMessage() and line.exc_info for line in caplog.records)
        assert desk.floor.count() == before
        desk.terminal.do(call_help, CallHelp("quality"), desk.outcomes.append)
        assert isinstance(desk.outcome(), Saved)


class TestReading:
    def test_what_was_read_comes_to_the_eye(self, desk: Desk) -> None:
        seen = list[int]()
        desk.terminal.read(lambda records: len(records.plans.job_orders()), seen.append)
        assert seen == []
        desk.settle()
        assert seen == [5]

    @pytest.mark.log_errors
    def test_a_loader_with_a_bug_says_so(self, desk: Desk) -> None:
        seen, failed = list[float](), list[Refusal | FaultReport]()
        desk.terminal.read(lambda records: 1 / 0, seen.append, failed.append)
        desk.terminal.read(lambda records: 1 / 0, seen.append)
        desk.settle()
        assert seen == []
        (told,) = failed
        assert isinstance(told, FaultReport)


class TestTrend:
    QUERY = TrendQuery(("heat",), 0, 1000, 10)

    def test_it_is_prepared_at_once_and_shown_when_the_eye_drains(self, desk: Desk) -> None:
        desk.terminal.history = Recorded()
        prepared, shown = list[TrendAnswer](), list[int]()
        desk.terminal.trend(self.QUERY, lambda answer: prepared.append(answer) or 7, shown.append)
        assert (len(prepared), shown) == (1, [])
        desk.settle()
        assert shown == [7]

    def test_nothing_is_kept(self, desk: Desk) -> None:
        shown = list[TrendAnswer]()
        desk.terminal.trend(self.QUERY, lambda answer: answer, shown.append)
        desk.settle()
        assert [answer.lines for answer in shown] == [{}]

    def test_a_bug_in_what_prepares_comes_to_the_eye(self, desk: Desk) -> None:
        def prepare(_answer: TrendAnswer) -> int:
            raise ZeroDivisionError("a bug")

        desk.terminal.history = Recorded()
        desk.terminal.trend(self.QUERY, prepare, lambda _: None)
        with pytest.raises(ZeroDivisionError):
            desk.settle()


class Recorded:
    """A history that answers at once."""

    def query(self, query: TrendQuery) -> Future[TrendAnswer]:
        answered: Future[TrendAnswer] = Future()
        answered.set_result(TrendAnswer(query, {}))
        return answered


class TestDrafts:
    def draft(self, desk: Desk, text: str) -> Draft:
        return Draft("form", "WO-1", "P-OP", "id-1", {"field": text}, desk.floor.clock.now())

    def kept(self, desk: Desk) -> Draft | None:
        return desk.floor.read(lambda records: records.journal.draft("form", "WO-1", "P-OP"))

    def test_the_newest_words_are_kept_for_their_author(self, desk: Desk) -> None:
        desk.terminal.save_draft(self.draft(desk, "a"))
        desk.terminal.save_draft(self.draft(desk, "ab"))
        assert self.kept(desk) == self.draft(desk, "ab")
        assert desk.floor.read(lambda records: records.journal.draft("form", "WO-1", "P-QC")) is None

    def test_what_is_saved_or_given_up_is_forgotten(self, desk: Desk) -> None:
        desk.terminal.save_draft(self.draft(desk, "a"))
        desk.terminal.do(call_help, CallHelp("quality"), desk.outcomes.append, draft=("form", "WO-1", "P-OP"))
        desk.settle()
        assert self.kept(desk) is None
        desk.terminal.save_draft(self.draft(desk, "a"))
        desk.terminal.drop_draft("form", "WO-1", "P-OP")
        assert self.kept(desk) is None

    def test_a_refused_form_keeps_its_draft(self, desk: Desk) -> None:
        desk.terminal.save_draft(self.draft(desk, "a"))
        desk.terminal.do(start_order, OrderWish("WO-1"), desk.outcomes.append, draft=("form", "WO-1", "P-OP"))
        assert isinstance(desk.outcome(), Refusal)
        assert self.kept(desk) is not None


class TestShown:
    def test_what_streams_is_old_by_its_own_silence_though_its_link_is_open(self, desk: Desk) -> None:
        desk.terminal.tags["heat"] = replace(HEAT, streams=True)
        desk.link(LinkState.UP)
        desk.value(7.0)
        desk.floor.later(seconds=3)
        assert not self.stale(desk)
        desk.floor.later(seconds=1)
        desk.terminal.heard["plc"] = desk.floor.clock.ticks
        shown = desk.terminal.shown("heat")
        assert shown is not None
        assert (shown.stale, shown.age_ms, desk.terminal.number("heat")) == (True, 4000, None)
        desk.value(7.0)
        assert not self.stale(desk)

    def stale(self, desk: Desk) -> bool:
        shown = desk.terminal.shown("heat")
        assert shown is not None
        return shown.stale

    def test_a_value_lives_while_its_link_does(self, desk: Desk) -> None:
        assert desk.terminal.shown("heat") is None
        assert desk.terminal.number("heat") is None
        desk.link(LinkState.UP)
        desk.value(7)
        assert (self.stale(desk), desk.terminal.number("heat")) == (False, 7.0)
        desk.link(LinkState.LOST)
        assert (self.stale(desk), desk.terminal.number("heat")) == (True, None)

    def test_a_silent_link_makes_old_values_and_a_sign_of_life_young_ones(self, desk: Desk) -> None:
        desk.link(LinkState.UP)
        desk.value(7)
        desk.floor.later(seconds=3)
        assert not self.stale(desk)
        desk.floor.later(seconds=1)
        assert self.stale(desk)
        desk.terminal.heard["plc"] = desk.floor.clock.ticks
        assert not self.stale(desk)

    def test_a_value_from_before_the_link_came_back_stays_old_until_it_is_said_again(
        self, desk: Desk
    ) -> None:
        desk.link(LinkState.UP)
        desk.value(7)
        desk.floor.later(seconds=1)
        desk.link(LinkState.LOST)
        desk.floor.later(seconds=1)
        desk.link(LinkState.UP)
        desk.terminal.heard["plc"] = desk.floor.clock.ticks
        assert self.stale(desk)
        desk.value(7)
        assert not self.stale(desk)

    @pytest.mark.parametrize(
        ("value", "quality", "number"),
        [
            (7, Quality.BAD, None),
            (7, Quality.UNCERTAIN, 7.0),
            ("7", Quality.GOOD, None),
            (None, Quality.GOOD, None),
        ],
    )
    def test_only_a_number_that_is_not_bad_is_one(
        self, desk: Desk, value: Scalar | None, quality: Quality, number: float | None
    ) -> None:
        desk.link(LinkState.UP)
        desk.value(value, quality)
        assert desk.terminal.number("heat") == number


def test_what_one_may_is_asked_of_the_session(desk: Desk) -> None:
    assert not desk.terminal.may(Permission.RUN_ORDERS)
    desk.floor.sign_in(OPERATOR)
    desk.terminal.session = desk.floor.read(lambda records: records.journal.session())
    assert desk.terminal.may(Permission.RUN_ORDERS)
    assert not desk.terminal.may(Permission.REPAIR)
    assert desk.terminal.session is not None
    desk.terminal.session = replace(desk.terminal.session, roles=())
    assert not desk.terminal.may(Permission.RUN_ORDERS)


def test_changes_reach_whoever_listens(floor: Floor) -> None:
    floor.told.clear()
    floor.saved(call_help, CallHelp("quality"))
    assert len(floor.told) == 1
    assert isinstance(floor.told[0], Changes)
