"""People at a machine that is not ours: alarms answered and tags written, with everything in the journal."""

from pathlib import Path
from typing import TypeVar

import pytest

from devices.opcua.settings import OpcUaSettings
from hmi.domain.alarm_payloads import AlarmAcknowledged, AlarmDeviceAnswered
from hmi.domain.machine import Verdict, WriteOutcome, WriteWish
from hmi.domain.machine_payloads import EquipmentWriteAsked, EquipmentWritten
from hmi.domain.payload import Payload
from hmi.domain.signals import LinkState
from hmi.operations.alarms import Shelve, shelve_alarm
from hmi.terminal import FaultReport, Outcome, Refusal
from local_db.verify import verify
from tests.foreign.node_server import URI, NodeServer
from tests.foreign.terminal_line import TerminalLine, terminal_line

pytestmark = pytest.mark.wire
P = TypeVar("P", bound=Payload)


def settings_of(server: NodeServer) -> OpcUaSettings:
    """Alarms, and tags that may be written."""

    def tag(node: str, **more: object) -> dict[str, object]:
        return {"node": f"nsu={URI};s={node}", "label": node, **more}

    tags = {
        "setpoint": tag("Setpoint", unit="1/min", write="confirmed", write_low=0, write_high=150),
        "fixed": tag("Fixed", write="free"),
        "speed": tag("Speed"),
    }
    return OpcUaSettings.model_validate({**server.settings(), "alarms": True, "tags": tags})


def heat(server: NodeServer, degrees: float) -> None:
    """Let the machine's temperature be so."""
    server.write("Temperature", degrees, "Double")


def payloads(it: TerminalLine, kind: type[P]) -> list[P]:
    """What the journal says of one kind."""
    said = [entry.payload for entry in it.entries(kind.kind)]
    return [payload for payload in said if isinstance(payload, kind)]


def raised(it: TerminalLine, server: NodeServer) -> str:
    """Let an alarm come; its key, once the terminal holds it too."""
    it.stands(LinkState.UP)
    heat(server, 95)
    it.wait_for("alarm.raised")
    it.until(lambda: any(alarm.active for alarm in it.terminal.alarms.values()))
    return it.alarm().key


def test_an_alarm_is_acknowledged_here_first_and_then_at_the_machine(
    foreign: NodeServer, tmp_path: Path
) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        it.sign_in("OP")
        key = raised(it, foreign)
        it.acknowledge(key)
        (told,) = it.wait_for("alarm.device_answered")
        (act,) = it.entries("alarm.acknowledged")
        assert act.seq < told.seq
        assert act.person is not None
        assert told.person is None
        assert told.payload == AlarmDeviceAnswered(
            asked=act.id, answer="acknowledge", verdict="done", words=""
        )
        it.until(lambda: (at := it.terminal.device_alarm(key)) is not None and at.acked)
        at = it.terminal.device_alarm(key)
        assert at is not None
        assert at.comment == "O. Ade (T-1)"
        assert payloads(it, AlarmAcknowledged) == [AlarmAcknowledged()], "the machine's echo is no act"


def test_shelving_reaches_the_machine_for_as_long_as_here(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        it.sign_in("OP")
        key = raised(it, foreign)
        outcomes: list[Outcome] = []
        it.terminal.do(shelve_alarm, Shelve(key, 1, "sensor"), outcomes.append)
        it.wait_for("alarm.device_answered")
        (told,) = payloads(it, AlarmDeviceAnswered)
        assert (told.answer, told.verdict) == ("shelve", "done")


def test_a_lost_machine_keeps_the_act_is_not_told_and_only_a_person_tells_it_later(
    foreign: NodeServer, tmp_path: Path
) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        it.sign_in("OP")
        key = raised(it, foreign)
        foreign.vanish()
        it.stands(LinkState.LOST)
        it.acknowledge(key)
        it.wait_for("alarm.device_answered")
        (told,) = payloads(it, AlarmDeviceAnswered)
        assert told.verdict == "not_sent"
        assert "not connected" in told.words
        assert it.alarm().acknowledged
        foreign.start()
        it.stands(LinkState.UP)
        heat(foreign, 95)
        it.until(lambda: (at := it.terminal.device_alarm(key)) is not None and at.active and at.vouched)
        assert len(it.entries("alarm.device_answered")) == 1, "nothing is repeated by itself"
        it.acknowledge(key, again=True)
        it.wait_for("alarm.device_answered", 2)
        again = payloads(it, AlarmDeviceAnswered)[-1]
        assert (again.verdict, again.words) == ("done", "")


def test_a_frozen_machine_leaves_it_open_whether_it_took_the_acknowledgement(
    foreign: NodeServer, tmp_path: Path
) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        it.sign_in("OP")
        key = raised(it, foreign)
        foreign.freeze()
        it.acknowledge(key)
        it.wait_for("alarm.device_answered")
        (told,) = payloads(it, AlarmDeviceAnswered)
        assert told.verdict == "unknown"
        foreign.thaw()


def test_a_write_is_kept_before_it_is_sent_and_its_end_beside_it(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        it.sign_in("TE")
        it.stands(LinkState.UP)
        done = it.write(WriteWish("setpoint", 42, confirmed=True))
        assert isinstance(done, WriteOutcome)
        assert (done.verdict, done.read_back) == (Verdict.DONE, 42.0)
        clamped = it.write(WriteWish("setpoint", 120.5, confirmed=True))
        assert isinstance(clamped, WriteOutcome)
        assert clamped.verdict is Verdict.DIFFERENT
        refused = it.write(WriteWish("fixed", 8))
        assert isinstance(refused, WriteOutcome)
        assert refused.verdict is Verdict.REFUSED
        ends = it.wait_for("equipment.written", 3)
        acts = it.entries("equipment.write_asked")
        assert [(act.payload, act.person.name if act.person else "") for act in acts[:2]] == [
            (
                EquipmentWriteAsked(
                    link="plc", tag="setpoint", label="Setpoint", value=value, before=before, unit="1/min"
                ),
                "T. Nowak",
            )
            for value, before in (("42", "20.0"), ("120.5", "42.0"))
        ]
        said = payloads(it, EquipmentWritten)
        assert [(each.asked, each.verdict, each.read_back) for each in said] == [
            (acts[0].id, "done", "42.0"),
            (acts[1].id, "different", "100.0"),
            (acts[2].id, "refused", None),
        ]
        assert all(act.seq < end.seq for act, end in zip(acts, ends, strict=True))
        assert verify(tmp_path / "journal.db").ok


def test_without_right_confirmation_or_link_nothing_is_sent_and_nothing_kept(
    foreign: NodeServer, tmp_path: Path
) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        it.stands(LinkState.UP)

        def refused(wish: WriteWish) -> str:
            told = it.write(wish)
            assert isinstance(told, Refusal), told
            return told.key

        forty = WriteWish("setpoint", 40, confirmed=True)
        assert refused(forty) == "nobody_signed_in"
        it.sign_in("OP")
        assert refused(forty) == "not_permitted"
        before = it.terminal.session
        it.sign_in("TE")
        it.terminal.session = before  # the page has not heard yet of the next badge
        assert refused(forty) == "write_other_person"
        it.sign_in("TE")
        assert refused(WriteWish("setpoint", 40)) == "write_not_confirmed"
        assert refused(WriteWish("setpoint", 151, confirmed=True)) == "write_too_high"
        assert refused(WriteWish("speed", 1, confirmed=True)) == "write_never"
        foreign.vanish()
        it.stands(LinkState.LOST)
        assert refused(forty) == "machine_not_reached"
        assert not it.entries("equipment.write_asked")
        assert not it.entries("equipment.written")


def test_a_double_tap_sends_one_command(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        it.sign_in("TE")
        it.stands(LinkState.UP)
        told: list[WriteOutcome | Refusal | FaultReport] = []
        for number in range(20):
            for _ in range(2):
                wish = WriteWish("setpoint", 30 + number, confirmed=True)
                it.terminal.write_tag(wish, told.append, told.append)
            it.until(lambda expected=2 * number + 2: len(told) == expected)
        done = [each for each in told if isinstance(each, WriteOutcome)]
        refused = [each for each in told if isinstance(each, Refusal)]
        assert [each.read_back for each in done] == [30.0 + number for number in range(20)]
        assert [each.key for each in refused] == ["write_under_way"] * 20
        assert len(it.entries("equipment.write_asked")) == 20
