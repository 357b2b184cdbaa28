"""Job orders sent to a machine that is not ours, and what it made of them."""

import asyncio
from datetime import UTC, datetime

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from devices.opcua.driver import OpcUaDriver
from devices.opcua.job_control import JobWish, judged, read_response
from devices.opcua.settings import OpcUaSettings
from hmi.domain.machine import CallOutcome, Verdict
from hmi.times import SystemClock
from tests.fakes.devices import RecordingSink, Running, until
from tests.foreign.node_server import URI, NodeServer

RECEIVER, PROVIDER = f"nsu={URI};s=Orders", f"nsu={URI};s=Responses"


@pytest.mark.wire
def test_an_order_is_sent_started_paused_stopped_and_its_response_taken(foreign: NodeServer) -> None:
    async def story() -> None:
        sink = RecordingSink()
        driver = OpcUaDriver("plc", OpcUaSettings.model_validate(foreign.settings()), SystemClock())
        running = Running(driver, sink)
        await until(lambda: sink.ups == 1, 5)
        jobs = await driver.jobs(RECEIVER, PROVIDER)
        wish = JobWish("WO-1", "Ring 40", datetime(2026, 11, 21, 8, tzinfo=UTC), 3)
        assert (await jobs.send(wish, start=False)).verdict is Verdict.DONE
        assert await jobs.orders() == ["WO-1"]
        again = await jobs.send(wish, start=False)
        assert (again.verdict, again.return_status) == (Verdict.REFUSED, 9)
        assert again.words
        for action in ("Start", "Pause", "Resume", "Stop"):
            assert (await jobs.act(action, "WO-1")).verdict is Verdict.DONE
        wrong = await jobs.act("Pause", "WO-1")
        assert (wrong.verdict, wrong.words) == (Verdict.REFUSED, "not possible in its state")
        missing = await jobs.act("Start", "WO-9")
        assert (missing.verdict, missing.words) == (Verdict.REFUSED, "no such job order")
        response = await jobs.response("WO-1")
        assert response is not None
        assert (response.response, response.order, response.state) == ("R-WO-1", "WO-1", "Ended")
        assert response.start == datetime(2026, 1, 1, tzinfo=UTC)
        assert await jobs.response("WO-9") is None
        assert (await jobs.send(JobWish("WO-2"), start=True)).verdict is Verdict.DONE
        assert foreign.tell({"do": "told"})["orders"] == ["WO-1", "WO-2"]
        await running.stop()

    foreign.start()
    asyncio.run(story())


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (CallOutcome(Verdict.DONE, 0, "", (1,)), Verdict.DONE),
        (CallOutcome(Verdict.UNKNOWN, 0x40000000, "Uncertain", (2,)), Verdict.REFUSED),
        (CallOutcome(Verdict.UNKNOWN, 0x40000000, "Uncertain", ()), Verdict.UNKNOWN),
        (CallOutcome(Verdict.UNKNOWN, 0x80020000, "BadInternalError", ()), Verdict.UNKNOWN),
        (CallOutcome(Verdict.REFUSED, 0x80750000, "BadMethodInvalid", ()), Verdict.REFUSED),
        (CallOutcome(Verdict.DONE, 0, "", ()), Verdict.UNKNOWN),
        (CallOutcome(Verdict.UNKNOWN, 0x40000000, "", (1 << 32,)), Verdict.REFUSED),
    ],
)
def test_the_return_status_decides(outcome: CallOutcome, verdict: Verdict) -> None:
    assert judged(outcome).verdict is verdict


@given(st.binary(max_size=200))
def test_no_response_makes_the_reader_stumble(body: bytes) -> None:
    found = read_response(body)
    assert found is None or isinstance(found.order, str)


def test_the_stack_is_told_no_type_of_the_machine() -> None:
    assert not hasattr(ua, "ISA95JobOrderDataType")
