"""The driver against a real OPC UA server in its own process: what goes wrong at a PLC, and what is kept."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.opcua.connection import connect, leave
from devices.opcua.driver import OpcUaDriver
from devices.opcua.settings import OpcUaSettings
from devices.supervisor import Supervisor
from hmi.domain.signals import Quality
from hmi.errors import LinkError, NotAdmitted
from hmi.times import SystemClock
from tests.fakes.devices import OpcUaFarEnd, RecordingListener, RecordingSink, Running, until
from tests.fakes.opcua_far_end import NAMESPACE, USER

pytestmark = pytest.mark.wire
can_freeze = pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP")


@pytest.fixture
def plc() -> Iterator[OpcUaFarEnd]:
    far_end = OpcUaFarEnd()
    yield far_end
    far_end.close()


def driver(plc: OpcUaFarEnd, **more: object) -> OpcUaDriver:
    settings = OpcUaSettings.model_validate(plc.settings() | more)
    return OpcUaDriver("plc", settings, SystemClock())


@asynccontextmanager
async def hearing(of: OpcUaDriver, tags: int = 3) -> AsyncGenerator[tuple[RecordingSink, Running]]:
    """A run that has heard the first value of each tag."""
    sink = RecordingSink()
    running = Running(of, sink)
    try:
        await until(lambda: not running.going_on or len({each.tag for each in sink.all_readings}) >= tags, 5)
        assert running.going_on, await running.ended(1)
        yield sink, running
    finally:
        await running.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}


def test_value_status_times_and_overflow_are_kept(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.start()
        async with hearing(driver(plc)) as (sink, _):
            plc.write("Speed", 42.5, "Double", 0x40910480, "2026-01-02T03:04:05.678+00:00")
            await until(lambda: len(sink.of("speed")) == 2, 2)
            speed = sink.of("speed")[1]
            assert speed.value == 42.5
            assert speed.quality is Quality.UNCERTAIN
            assert speed.status == 0x40910480
            assert speed.overflow
            assert speed.status_words.startswith("UncertainSubstituteValue: ")
            assert speed.source_time == datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
            assert speed.server_time is not None
            assert abs((speed.server_time - speed.terminal_time).total_seconds()) < 5
            plc.write("Speed", 1.0, "Double", 0x808C0000)
            await until(lambda: len(sink.of("speed")) == 3, 2)
            assert (sink.of("speed")[2].quality, sink.of("speed")[2].value) == (Quality.BAD, None)

    asyncio.run(story())


def test_every_change_of_a_burst_comes_in_order(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.start()
        async with hearing(driver(plc, queue_size=5000)) as (sink, _):
            plc.tell({"do": "burst", "node": "Count", "kind": "Int32", "count": 3000})
            await until(lambda: len(sink.of("count")) >= 3001, 5)
            counts = sink.of("count")
            assert [each.value for each in counts[1:]] == list(range(3000))
            assert [each.first for each in counts] == [True] + [False] * 3000
            assert len(sink.batches) < 300

    asyncio.run(story())


def test_a_missing_node_is_bad_and_the_others_are_heard(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.options = ["--without", "Speed", "--without", "Count"]
        plc.start()
        async with hearing(driver(plc)) as (sink, running):
            for tag, node in (("speed", f"nsu={NAMESPACE};s=Speed"), ("count", "Cell/Count")):
                (bad,) = sink.of(tag)
                assert (bad.quality, bad.value, bad.first) == (Quality.BAD, None, True)
                assert bad.status != 0
                assert f"tag {tag}" in bad.status_words
                assert node in bad.status_words
            plc.write("Name", "B", "String")
            await until(lambda: len(sink.of("name")) == 2, 2)
            assert running.going_on

    asyncio.run(story())


def test_an_unknown_namespace_is_bad_with_its_name(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.start()
        tags = {"a": {"node": "nsu=urn:nowhere;s=A", "label": "A"}}
        async with hearing(driver(plc, tags=tags), tags=1) as (sink, running):
            assert "the server has no namespace urn:nowhere" in sink.of("a")[0].status_words
            assert running.going_on

    asyncio.run(story())


def test_a_new_program_with_shifted_namespaces_is_read_rightly(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.start()
        of = driver(plc)
        async with hearing(of) as (sink, running):
            plc.vanish()
            assert isinstance(await running.ended(4), LinkError)
        plc.options = ["--namespaces-before", "3"]
        plc.start()
        async with hearing(of) as (sink, _):
            plc.write("Speed", 7.25, "Double")
            await until(lambda: len(sink.of("speed")) == 2, 2)
            assert sink.of("speed")[1].value == 7.25
            assert all(each.quality is Quality.GOOD for each in sink.all_readings)

    asyncio.run(story())


def test_a_namespace_that_appears_means_reading_anew(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.start()
        async with hearing(driver(plc)) as (_, running):
            plc.tell({"do": "namespace", "uri": "urn:lineside:test:later"})
            error = await running.ended(3)
            assert isinstance(error, LinkError)
            assert "namespaces changed" in str(error)

    asyncio.run(story())


def test_a_type_that_changed_is_said_in_words(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.start()
        of = driver(plc)
        async with hearing(of) as (_, running):
            plc.vanish()
            await running.ended(4)
        plc.options = ["--without", "Name"]
        plc.start()
        plc.tell({"do": "add", "node": "Name", "value": 5, "kind": "Int32"})
        async with hearing(of) as (sink, _):
            (name,) = sink.of("name")
            assert (name.quality, name.value) == (Quality.BAD, None)
            assert "now a Int32 (was String)" in name.status_words

    asyncio.run(story())


@can_freeze
def test_a_frozen_plc_is_noticed_in_time_and_heard_again_after_the_thaw(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.start()
        listener = RecordingListener()
        supervisor = Supervisor([driver(plc)], listener, SystemClock())
        task = asyncio.create_task(supervisor.run())
        try:
            await until(lambda: len({each.tag for each in listener.readings}) == 3, 5)
            plc.freeze()
            await until(lambda: "lost" in listener.states("plc"), 5)
            assert "nothing heard" in listener.links[-1].last_error
            await asyncio.sleep(1)
            plc.thaw()
            await until(lambda: listener.states("plc")[-1] == "up", 8)
            assert listener.states("plc") == ["connecting", "up", "lost", "up"]
            before = len(listener.readings)
            plc.write("Count", 77, "Int32")
            await until(lambda: any(each.value == 77 for each in listener.readings[before:]), 3)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())


@can_freeze
def test_a_frozen_plc_does_not_delay_the_end(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.start()
        async with hearing(driver(plc)) as (_, running):
            plc.freeze()
            await running.stop()

    asyncio.run(story())


@can_freeze
def test_a_farewell_that_is_cut_short_leaves_no_socket(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.start()
        settings = OpcUaSettings.model_validate(plc.settings())
        client, protocol = await connect(settings, SystemClock())
        plc.freeze()
        farewell = asyncio.create_task(leave(client, protocol))
        await asyncio.sleep(0.05)
        assert not farewell.done()
        farewell.cancel()
        await asyncio.wait({farewell})
        await until(lambda: protocol.transport is None, 1)

    asyncio.run(story())


def test_user_and_password(plc: OpcUaFarEnd, tmp_path: Path) -> None:
    async def story() -> None:
        plc.options = ["--password", "Grünes Haus"]
        plc.start()
        file = tmp_path / "password"
        file.write_text("Grünes Haus\n", encoding="utf-8")
        file.chmod(0o644)
        error = await Running(driver(plc, user=USER, password_file=file), RecordingSink()).ended(4)
        assert isinstance(error, NotAdmitted)
        assert "can be read by others" in str(error)
        file.chmod(0o600)
        async with hearing(driver(plc, user=USER, password_file=file)) as (sink, _):
            assert sink.ups == 1
        file.write_text("wrong", encoding="utf-8")
        for wrong in (
            {"user": USER, "password_file": file},
            {"user": USER, "password_file": tmp_path / "none"},
            {},
        ):
            error = await Running(driver(plc, **wrong), RecordingSink()).ended(4)
            assert isinstance(error, NotAdmitted), error
            assert "password" in str(error)
            findings = [finding async for finding in driver(plc, **wrong).probe()]
            assert not findings[-1].ok
            assert findings[-1].remedy

    asyncio.run(story())


def test_probe_tells_each_tag_and_what_is_wrong_with_it(plc: OpcUaFarEnd) -> None:
    async def story() -> None:
        plc.options = ["--without", "Name"]
        plc.start()
        plc.tell({"do": "add", "node": "Name", "value": [1, 2], "kind": "Int32"})
        plc.write("Speed", 1.0, "Double", 0x808C0000)
        tags = {
            "count": {"node": f"nsu={NAMESPACE};s=Count", "label": "Count", "unit": "pcs"},
            "speed": {"node": f"nsu={NAMESPACE};s=Speed", "label": "Speed"},
            "name": {"node": f"nsu={NAMESPACE};s=Name", "label": "Name"},
            "gone": {"node": f"/Objects/nsu={NAMESPACE};Cell/Gone", "label": "Gone"},
            "far": {"node": "nsu=urn:far;i=1", "label": "Far"},
        }
        found = {finding.what: finding async for finding in driver(plc, tags=tags).probe()}
        assert found["plc: tag count"].ok
        assert found["plc: tag count"].words == "Int32 1 pcs (good)"
        assert "BadSensorFailure" in found["plc: tag speed"].words
        assert "array" in found["plc: tag name"].words
        assert "no node on this path" in found["plc: tag gone"].words
        assert "urn:far" in found["plc: tag far"].words
        assert not found["plc: namespace urn:far"].ok
        wrong = [each for each in found.values() if not each.ok]
        assert len(wrong) == 5
        assert all(each.remedy for each in wrong)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [("opc.tcp://127.0.0.1:1", "nobody listens"), ("opc.tcp://no-such-host.invalid", "is not known")],
)
def test_why_nothing_answers(plc: OpcUaFarEnd, endpoint: str, words: str) -> None:
    async def story() -> None:
        error = await Running(driver(plc, endpoint=endpoint), RecordingSink()).ended(4)
        assert isinstance(error, LinkError)
        assert words in str(error)
        assert endpoint in str(error)

    asyncio.run(story())


def test_what_is_no_opcua_server_is_told(plc: OpcUaFarEnd) -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async def story() -> None:
        server = await asyncio.start_server(chatter, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            running = Running(driver(plc, endpoint=f"opc.tcp://127.0.0.1:{port}"), RecordingSink())
            assert isinstance(await running.ended(4), LinkError)

    asyncio.run(story())
