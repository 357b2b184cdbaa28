"""From what a PLC says to entries about alarms, once each, over losses and restarts."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from hmi.domain import alarm_payloads as a
from hmi.domain.alarm_limits import AlarmSettings
from hmi.domain.alarms import AlarmState, Priority
from hmi.domain.signals import Alarm, Quality, Reading
from hmi.errors import OperatorError
from hmi.operations.alarms import (
    Acknowledge,
    AlarmWish,
    Shelve,
    TakeOutOfService,
    acknowledge_alarms,
    put_in_service,
    shelve_alarm,
    take_out_of_service,
    unshelve_alarm,
)
from hmi.ports import Operation
from local_db.verify import verify
from tests.fakes.clock import START
from tests.unit.alarms.conftest import Alarms, tag

HI, HIHI = "PLC/die/hi", "PLC/die/hihi"
S = AlarmState
W = TypeVar("W")


def test_a_limit_raises_after_its_delay_and_returns_beyond_its_deadband(alarms: Alarms) -> None:
    alarms.says("die", 79.25)
    alarms.later(0.5)
    assert alarms.said() == []
    alarms.later(0.6)
    (raised,) = alarms.said()
    assert raised == a.AlarmRaised(
        name="Die", priority="high", condition="hi", link="PLC", tag="die", fault=None,
        value=Decimal("79.25"), limit=Decimal("78.0"), unit="°C", evidence="live",
    )  # fmt: skip
    alarms.says("die", 77.0)
    alarms.later(10)
    assert alarms.states() == {HI: S.UNACKNOWLEDGED}, "it came back by less than its deadband"
    alarms.says("die", 75.0)
    alarms.later(3)
    assert alarms.states() == {HI: S.RETURNED}
    returned = alarms.said()[-1]
    assert isinstance(returned, a.AlarmReturned)
    assert (returned.value, returned.lasted_ms) == (Decimal("75.0"), 13_000)


def test_a_spike_is_no_alarm(alarms: Alarms) -> None:
    alarms.says("die", 99.0)
    alarms.clock.step(0.9)
    alarms.says("die", 70.0)
    alarms.later(60)
    assert alarms.said() == []


def test_both_limits_are_alarms_of_their_own(alarms: Alarms) -> None:
    alarms.says("die", 90.0)
    alarms.later(1)
    assert alarms.states() == {HI: S.UNACKNOWLEDGED, HIHI: S.UNACKNOWLEDGED}
    assert alarms.alarm(HIHI).priority is Priority.CRITICAL
    assert len({entry.terminal_time for entry in alarms.entries()}) == 1


def test_a_bad_value_says_nothing(alarms: Alarms) -> None:
    alarms.says("die", 90.0, Quality.BAD)
    alarms.says("die", None)
    alarms.says("die", "hot")
    alarms.later(60)
    assert alarms.said() == []
    alarms.says("die", 80.0, Quality.UNCERTAIN)
    alarms.later(1)
    assert [entry.quality for entry in alarms.entries()] == [Quality.UNCERTAIN]
    alarms.says("die", 20.0, Quality.BAD)
    alarms.later(60)
    assert alarms.states() == {HI: S.UNACKNOWLEDGED}


def test_a_tag_may_be_an_alarm_by_itself(alarms: Alarms) -> None:
    alarms.says("guard", True)
    alarms.says("guard", False)
    alarms.says("guard", False)
    record = alarms.alarm("PLC/guard/tag")
    assert (record.name, record.priority, record.state) == ("Guard open", Priority.MEDIUM, S.UNACKNOWLEDGED)
    alarms.says("guard", True)
    assert alarms.states() == {"PLC/guard/tag": S.RETURNED}


def test_a_fault_code_is_called_by_the_mes_words_and_ends_with_the_next(alarms: Alarms) -> None:
    alarms.says("fault", 312)
    alarms.says("fault", 312)
    record = alarms.alarm("PLC/fault/312")
    assert (record.name, record.fault, record.priority) == ("hydraulic pressure low", 312, Priority.CRITICAL)
    alarms.says("fault", 99)
    assert alarms.states() == {"PLC/fault/312": S.RETURNED, "PLC/fault/99": S.UNACKNOWLEDGED}
    assert alarms.alarm("PLC/fault/99").name == "Fault"
    alarms.says("fault", 0)
    assert alarms.states()["PLC/fault/99"] is S.RETURNED
    assert [payload.kind for payload in alarms.said()] == [
        "alarm.raised", "alarm.returned", "alarm.raised", "alarm.returned",
    ]  # fmt: skip


def test_states_outlive_a_restart(alarms: Alarms) -> None:
    alarms.sign_in("OP")
    alarms.says("die", 80.0)
    alarms.says("fault", 312)
    alarms.says("guard", False)
    alarms.later(1)
    alarms.do(acknowledge_alarms, Acknowledge((HI,)))
    alarms.do(shelve_alarm, Shelve("PLC/guard/tag", 60, "nuisance"))
    before = alarms.states()
    alarms.clock.step(120)
    alarms.again()
    assert alarms.states() == before
    alarms.says("die", 77.5, first=True)
    alarms.says("fault", 312, first=True)
    alarms.later(60)
    assert alarms.states() == before, "what still holds is no news, the deadband counts on"
    assert len(alarms.said()) == 5
    alarms.says("fault", 0)
    assert alarms.states()["PLC/fault/312"] is S.RETURNED


def test_what_ended_while_nobody_heard_is_marked(alarms: Alarms) -> None:
    alarms.says("guard", False)
    alarms.again()
    alarms.says("guard", True, first=True)
    returned = alarms.said()[-1]
    assert isinstance(returned, a.AlarmReturned)
    assert returned.evidence == "gap"


def test_a_shelf_is_left_in_time_also_after_a_restart(alarms: Alarms) -> None:
    alarms.sign_in("OP")
    alarms.says("guard", False)
    alarms.do(shelve_alarm, Shelve("PLC/guard/tag", 15, "sensor"))
    alarms.read(lambda records: None)
    assert alarms.alarm("PLC/guard/tag").shelved_until == START + timedelta(minutes=15)
    alarms.later(14 * 60)
    assert alarms.states() == {"PLC/guard/tag": S.SHELVED}
    alarms.again()
    alarms.later(61)
    assert alarms.states() == {"PLC/guard/tag": S.UNACKNOWLEDGED}
    assert alarms.said()[-1] == a.AlarmUnshelved(cause="time")
    assert alarms.entries()[-1].person is None
    alarms.later(600)
    assert len(alarms.said()) == 3


def test_what_could_not_be_saved_is_told_again(alarms: Alarms, caplog: pytest.LogCaptureFixture) -> None:
    other = sqlite3.connect(alarms.file, isolation_level=None)
    alarms.ledger.read(lambda records: None).result(10)
    other.execute("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'full'); END")
    with caplog.at_level("CRITICAL", "local_db.ledger"):
        alarms.says("guard", False)
        alarms.read(lambda records: None)
    other.execute("DROP TRIGGER full")
    other.close()
    assert alarms.states() == {}
    alarms.later(2.5)
    assert alarms.states() == {"PLC/guard/tag": S.UNACKNOWLEDGED}


def test_only_who_may_do_it(alarms: Alarms) -> None:
    alarms.says("guard", False)
    key = "PLC/guard/tag"

    def refused(operation: Operation[W], wish: W) -> str:
        with pytest.raises(OperatorError) as caught:
            alarms.do(operation, wish)
        return caught.value.key

    assert refused(acknowledge_alarms, Acknowledge((key,))) == "nobody_signed_in"
    alarms.sign_in("NO")
    assert refused(acknowledge_alarms, Acknowledge((key,))) == "not_permitted"
    assert refused(shelve_alarm, Shelve(key, 15, "sensor")) == "not_permitted"
    alarms.sign_in("OP")
    assert refused(take_out_of_service, TakeOutOfService(key, "sensor")) == "not_permitted"
    assert refused(acknowledge_alarms, Acknowledge(("PLC/x/tag",))) == "alarm_unknown"
    assert refused(shelve_alarm, Shelve(key, 481, "sensor")) == "alarm_shelved_too_long"
    assert refused(shelve_alarm, Shelve(key, 0, "sensor")) == "alarm_shelved_too_long"
    assert alarms.states() == {key: S.UNACKNOWLEDGED}


def test_people_acknowledge_with_their_name_and_once(alarms: Alarms) -> None:
    alarms.says("guard", False)
    alarms.says("fault", 312)
    alarms.sign_in("OP")
    both = Acknowledge(("PLC/guard/tag", "PLC/fault/312"))
    assert len(alarms.do(acknowledge_alarms, both)) == 2
    assert alarms.do(acknowledge_alarms, both) == []
    assert alarms.alarm("PLC/fault/312").acknowledged_by == "Olu Ade"


def test_a_technician_takes_an_alarm_out_of_service_and_back(alarms: Alarms) -> None:
    key = "PLC/guard/tag"
    alarms.says("guard", False)
    alarms.sign_in("TE")
    alarms.do(shelve_alarm, Shelve(key, 15, "sensor"))
    alarms.do(take_out_of_service, TakeOutOfService(key, "maintenance"))
    assert alarms.do(take_out_of_service, TakeOutOfService(key, "maintenance")) == []
    assert alarms.do(unshelve_alarm, AlarmWish(key)) == []
    alarms.later(3600)
    assert alarms.states() == {key: S.OUT_OF_SERVICE}
    with pytest.raises(OperatorError, match="alarm_out_of_service"):
        alarms.do(shelve_alarm, Shelve(key, 15, "sensor"))
    alarms.do(put_in_service, AlarmWish(key))
    assert alarms.do(put_in_service, AlarmWish(key)) == []
    assert alarms.states() == {key: S.UNACKNOWLEDGED}


def test_a_device_may_have_alarms_of_its_own(alarms: Alarms) -> None:
    now = alarms.clock.now()
    told = Alarm(
        "PLC", "i=7", "", "Press", "Level", "Oil level low", 800, active=True, acked=False, confirmed=False,
        shelved=False, enabled=True, comment="", event=b"", time=now, active_since=now, terminal_time=now,
    )  # fmt: skip
    alarms.watch.on_alarms([told])
    record = alarms.alarm("PLC/i=7")
    assert (record.name, record.priority, record.state) == (
        "Oil level low", Priority.CRITICAL, S.UNACKNOWLEDGED,
    )  # fmt: skip
    alarms.watch.on_alarms([replace(told, active=False, vouched=False)])
    assert alarms.alarm("PLC/i=7").active, "a device that is silent about it took nothing back"
    alarms.watch.on_alarms([replace(told, acked=True)])
    assert alarms.said()[-1] == a.AlarmAcknowledged(by_device=True)
    alarms.watch.on_alarms([replace(told, active=False, acked=True)])
    assert alarms.states() == {"PLC/i=7": S.NORMAL}


def test_a_flood_is_one_commit_and_all_of_it_is_there(tmp_path: Path) -> None:
    tags = [tag(f"t{number}", AlarmSettings(hi=1)) for number in range(200)]
    flood = Alarms(tmp_path / "ledger.sqlite3", tags)
    flood.open()
    try:
        now, ms = flood.clock.now(), flood.clock.monotonic_ms()
        good = Quality.GOOD
        flood.watch.on_readings([Reading("PLC", t.name, 2.0, good, now, now, now, ms) for t in tags])
        assert len(flood.states()) == 200
        assert len({entry.monotonic_ms for entry in flood.entries()}) == 1
        assert verify(flood.file, tables=True).ok
    finally:
        flood.ledger.stop()


def test_the_table_follows_from_the_journal(alarms: Alarms) -> None:
    alarms.sign_in("TE")
    alarms.says("die", 90.0)
    alarms.later(1)
    alarms.says("guard", False)
    alarms.do(acknowledge_alarms, Acknowledge((HI,)))
    alarms.do(shelve_alarm, Shelve(HIHI, 30, "start_up"))
    alarms.do(take_out_of_service, TakeOutOfService("PLC/guard/tag", "maintenance"))
    alarms.says("die", 60.0)
    alarms.later(5)
    found = verify(alarms.file, tables=True)
    assert found.ok, found.words
