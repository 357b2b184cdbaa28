"""Readers over OPC UA at a server that is not ours: each scan is told once, whatever becomes of the link."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from devices.opcua.driver import OpcUaDriver
from devices.opcua.settings import OpcUaSettings
from devices.supervisor import Supervisor
from hmi.domain.signals import Carrier
from hmi.times import SystemClock
from tests.fakes.devices import RecordingListener, RecordingSink, Running, until
from tests.fakes.wire_proxy import WireProxy
from tests.foreign.node_server import NodeServer

pytestmark = pytest.mark.wire


def play(server: NodeServer, story: Callable[[RecordingSink], Coroutine[None, None, None]]) -> None:
    """Start the server and let a driver that hears scans run through the story."""

    async def run() -> None:
        settings = OpcUaSettings.model_validate({**server.settings(), "scans": True})
        sink = RecordingSink()
        running = Running(OpcUaDriver("reader", settings, SystemClock()), sink)
        await until(lambda: sink.ups > 0 or not running.going_on, 5)
        assert running.going_on, await running.ended(1)
        await story(sink)
        await running.stop()

    server.start()
    asyncio.run(run())


def test_labels_come_as_text_and_as_bytes(foreign: NodeServer) -> None:
    async def story(sink: RecordingSink) -> None:
        foreign.tell({"do": "scan", "codes": [{"text": "WO-104233"}]})
        foreign.tell({"do": "scan", "codes": [{"hex": b"B-7341".hex()}], "code_type": "RAW:BYTES"})
        foreign.tell({"do": "scan", "codes": [{"text": "first"}, {"text": "second"}]})
        await until(lambda: len(sink.scans) >= 4, 5)
        assert [scan.text for scan in sink.scans] == ["WO-104233", "B-7341", "first", "second"]
        assert sink.scans[0].raw == b"WO-104233"
        assert {scan.carrier for scan in sink.scans} == {Carrier.LABEL}
        assert {scan.link for scan in sink.scans} == {"reader"}

    play(foreign, story)


def test_radio_tags_come_in_hexadecimal_and_several_are_a_question(foreign: NodeServer) -> None:
    one, other = "3034257BF7194E4000001A85", "3034257BF7194E4000001A86"

    async def story(sink: RecordingSink) -> None:
        foreign.tell({"do": "scan", "radio": True, "codes": [{"epc": one}], "code_type": "EPC"})
        foreign.tell({"do": "scan", "radio": True, "codes": [{"hex": other}], "code_type": "RAW:BYTES"})
        foreign.tell({"do": "scan", "radio": True, "codes": [{"epc": one}, {"epc": other}, {"epc": one}]})
        await until(lambda: bool(sink.questions), 5)
        assert [scan.text for scan in sink.scans] == [one, other]
        assert {scan.carrier for scan in sink.scans} == {Carrier.RADIO_TAG}
        assert [scan.text for scan in sink.questions[0].scans] == [one, other]

    play(foreign, story)


def test_a_code_of_a_form_of_its_own_is_told_to_be_unreadable(foreign: NodeServer) -> None:
    async def story(sink: RecordingSink) -> None:
        foreign.tell({"do": "scan", "codes": [{}]})
        foreign.tell({"do": "scan", "codes": [{"text": "next"}]})
        await until(lambda: len(sink.scans) >= 2, 5)
        assert sink.scans[0].text.startswith("\ufffd")
        assert sink.scans[1].text == "next"

    play(foreign, story)


def test_a_lost_link_repeats_no_scan(foreign: NodeServer) -> None:
    """What was read while nobody listened is not done later either: the person has gone on."""

    async def story() -> None:
        clock, listener = SystemClock(), RecordingListener()
        async with WireProxy(foreign.port).running() as wire:
            told = {**foreign.settings(), "endpoint": f"opc.tcp://127.0.0.1:{wire.port}", "scans": True}
            driver = OpcUaDriver("reader", OpcUaSettings.model_validate(told), clock)
            supervising = asyncio.create_task(Supervisor([driver], listener, clock).run())
            for number in range(1, 4):
                await until(lambda number=number: listener.states("reader").count("up") >= number, 10)
                foreign.tell({"do": "scan", "codes": [{"text": f"WO-{number}"}]})
                await until(lambda number=number: len(listener.scans) >= number, 5)
                wire.cut()
                foreign.tell({"do": "scan", "codes": [{"text": "unheard"}]})
            await until(lambda: listener.states("reader").count("up") >= 4, 10)
            foreign.tell({"do": "scan", "codes": [{"text": "last"}]})
            await until(lambda: bool(listener.scans) and listener.scans[-1].text == "last", 5)
            supervising.cancel()
            await asyncio.gather(supervising, return_exceptions=True)
        assert [scan.text for scan in listener.scans] == ["WO-1", "WO-2", "WO-3", "last"]

    foreign.start()
    asyncio.run(story())
