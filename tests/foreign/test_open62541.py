"""A machine on the open62541 stack: protected, written to, asked for alarms; the contract of drivers is held
against it too.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.opcua.driver import OpcUaDriver
from devices.opcua.settings import OpcUaSettings
from devices.opcua.trust_list import TrustList
from hmi.domain.machine import Verdict, WriteWish
from hmi.domain.trust import UntrustedServer
from hmi.errors import LinkError
from hmi.times import SystemClock
from tests.fakes.authority import Authority
from tests.fakes.devices import RecordingSink, Running, until
from tests.foreign.commanded import NotToBeHad
from tests.foreign.open62541_server import URI, Open62541Server, installed
from tests.foreign.test_security import try_once
from tests.foreign.test_writing import Kept

pytestmark = pytest.mark.wire
CLOCK = SystemClock()
TAGS = {
    "count": {"node": f"nsu={URI};s=Count", "label": "Count", "role": "produced_count"},
    "setpoint": {"node": f"nsu={URI};s=Setpoint", "label": "Setpoint", "write": "free"},
    "fixed": {"node": f"nsu={URI};s=Fixed", "label": "Fixed", "write": "free"},
}


@pytest.fixture
def open62541() -> Iterator[Open62541Server]:
    """A machine that does not run yet; skipped with its reason where that cannot be had."""
    try:
        installed()
    except NotToBeHad as reason:
        pytest.skip(str(reason))
    server = Open62541Server()
    yield server
    server.close()


def settings(server: Open62541Server, **more: object) -> OpcUaSettings:
    return OpcUaSettings.model_validate({**server.settings(), "tags": TAGS, **more})


async def connected(driver: OpcUaDriver, sink: RecordingSink) -> Running:
    """A connection that is up."""
    running = Running(driver, sink)
    await until(lambda: sink.ups > 0 or not running.going_on, 5)
    assert running.going_on, await running.ended(1)
    return running


def test_every_policy_delivers_once_the_server_is_accepted(
    open62541: Open62541Server, tmp_path: Path
) -> None:
    certificate, key = Authority("Plant").issue(URI).files(tmp_path, "server")
    open62541.options = [f"--certificate={certificate}", f"--key={key}"]
    open62541.start()

    def of(policy: str) -> OpcUaSettings:
        return settings(open62541, security=policy, pki=tmp_path / "terminal")

    with pytest.raises(UntrustedServer) as told:
        asyncio.run(try_once(of("Basic256Sha256")))
    TrustList(tmp_path / "terminal", CLOCK).accept(told.value.certificate, "A. Nowak")

    async def story(policy: str, value: int) -> None:
        sink = RecordingSink()
        running = await connected(OpcUaDriver("plc", of(policy), CLOCK), sink)
        open62541.write("Count", value, "Int32")
        await until(lambda: any(each.value == value for each in sink.of("count")), 5)
        await running.stop()

    for value, policy in enumerate(("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"), 100):
        asyncio.run(story(policy, value))


def test_a_write_is_read_back_and_a_fixed_value_is_refused(open62541: Open62541Server) -> None:
    async def story() -> None:
        driver = OpcUaDriver("plc", settings(open62541), CLOCK)
        kept = Kept()
        with pytest.raises(LinkError, match="nothing was written"):
            await driver.write(WriteWish("setpoint", 42), kept)
        running = await connected(driver, RecordingSink())
        done = await driver.write(WriteWish("setpoint", 42), kept)
        assert (done.verdict, done.before, done.read_back) == (Verdict.DONE, 10.0, 42.0)
        refused = await driver.write(WriteWish("fixed", 8), kept)
        assert (refused.verdict, refused.read_back) == (Verdict.REFUSED, None)
        assert len(kept.outcomes) == 2
        await running.stop()

    open62541.start()
    asyncio.run(story())


def test_its_filter_for_alarms_is_taken_and_an_event_is_no_alarm(open62541: Open62541Server) -> None:
    """This stack refuses the filter that the client library makes, and may leave out the end of a refresh."""

    async def story() -> None:
        sink = RecordingSink()
        running = await connected(OpcUaDriver("plc", settings(open62541, alarms=True), CLOCK), sink)
        open62541.tell({"do": "event", "words": "the door was opened"})
        open62541.speak()
        await until(lambda: len(sink.of("count")) == 2, 5)
        await asyncio.sleep(0.5)
        assert sink.all_alarms == []
        assert running.going_on
        await running.stop()

    open62541.start()
    asyncio.run(story())


def test_many_tags_come_whole(open62541: Open62541Server) -> None:
    many = {
        f"many{number}": {"node": f"nsu={URI};s=Many.{number}", "label": f"{number}"}
        for number in range(2000)
    }

    async def story() -> None:
        sink = RecordingSink()
        running = await connected(OpcUaDriver("plc", settings(open62541, tags=many), CLOCK), sink)
        await until(lambda: len({each.tag for each in sink.all_readings}) == 2000, 10)
        for value in range(1, 11):
            open62541.write("Many.1999", value, "Double")
            await asyncio.sleep(0.12)
        await until(lambda: [each.value for each in sink.of("many1999")] == list(range(11)), 5)
        assert running.going_on
        await running.stop()

    open62541.start()
    open62541.tell({"do": "many", "count": 2000})
    asyncio.run(story())
