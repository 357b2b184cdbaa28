"""Values written to, methods called on, and history read from a server that is not ours."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import pytest
from asyncua import ua

from devices.opcua.driver import OpcUaDriver
from devices.opcua.settings import OpcUaSettings
from hmi.domain.machine import Verdict, WriteOutcome, WriteWish
from hmi.domain.signals import Scalar
from hmi.errors import LinkError, OperatorError
from hmi.times import SystemClock
from tests.fakes.devices import RecordingSink, Running, until
from tests.foreign.node_server import URI, NodeServer

pytestmark = pytest.mark.wire


@dataclass
class Kept:
    """A witness that keeps what it is told, and forbids what it is to forbid."""

    forbidden: bool = False
    asks: list[tuple[WriteWish, Scalar | None]] = field(default_factory=list[tuple[WriteWish, Scalar | None]])
    outcomes: list[WriteOutcome] = field(default_factory=list[WriteOutcome])

    async def asked(self, wish: WriteWish, before: Scalar | None) -> None:
        """See Witness."""
        if self.forbidden:
            raise OperatorError("not_permitted", person="A. Nowak", roles="")
        self.asks.append((wish, before))

    async def told(self, wish: WriteWish, outcome: WriteOutcome) -> None:
        """See Witness."""
        self.outcomes.append(outcome)


def tag(node: str, **more: object) -> dict[str, object]:
    return {"node": f"nsu={URI};s={node}", "label": node, **more}


class Story:
    """A driver of a machine with things to write."""

    def __init__(self, server: NodeServer) -> None:
        tags = {
            "setpoint": tag("Setpoint", write="confirmed", write_low=0, write_high=150),
            "coarse": tag("Coarse", write="free"),
            "fixed": tag("Fixed", write="free"),
            "count": tag("Count", role="produced_count", fill_gaps=True),
        }
        self.server, self.sink, self.kept = server, RecordingSink(), Kept()
        self.driver = OpcUaDriver(
            "plc", OpcUaSettings.model_validate({**server.settings(), "tags": tags}), SystemClock()
        )

    async def connect(self) -> Running:
        """A new connection that is up."""
        before = self.sink.ups
        running = Running(self.driver, self.sink)
        await until(lambda: self.sink.ups > before or not running.going_on, 5)
        return running

    async def write(self, name: str, value: Scalar, *, confirmed: bool = True) -> WriteOutcome:
        """Write as a person does."""
        return await self.driver.write(WriteWish(name, value, confirmed=confirmed), self.kept)


def play(server: NodeServer, story: Callable[[Story], Coroutine[None, None, None]]) -> None:
    server.start()
    asyncio.run(story(Story(server)))


def test_writes_are_judged_kept_read_back_and_never_repeated(foreign: NodeServer) -> None:
    async def story(it: Story) -> None:
        running = await it.connect()
        done = await it.write("setpoint", 42)
        assert (done.verdict, done.before, done.read_back) == (Verdict.DONE, 20.0, 42.0)
        assert it.server.tell({"do": "told"})["written"] == {"value": 42, "has_status": False}
        clamped = await it.write("setpoint", 120.5)
        assert (clamped.verdict, clamped.read_back) == (Verdict.DIFFERENT, 100.0)
        assert clamped.words.startswith("GoodClamped")
        refused = await it.write("fixed", 8)
        assert (refused.verdict, refused.read_back) == (Verdict.REFUSED, None)
        assert "Writ" in refused.words
        rounded = await it.write("coarse", 0.1)
        assert rounded.verdict is Verdict.DONE
        assert [outcome.tag for outcome in it.kept.outcomes] == ["setpoint", "setpoint", "fixed", "coarse"]
        asked = len(it.kept.asks)
        for name, value, confirmed, key in (
            ("setpoint", 30, False, "write_not_confirmed"),
            ("setpoint", 151, True, "write_too_high"),
            ("setpoint", -1, True, "write_too_low"),
            ("coarse", "x", True, "write_wrong_type"),
            ("fixed", 1.5, True, "write_wrong_type"),
            ("count", 1, True, "write_never"),
        ):
            with pytest.raises(OperatorError) as told:
                await it.write(name, value, confirmed=confirmed)
            assert told.value.key == key
        it.kept.forbidden = True
        with pytest.raises(OperatorError):
            await it.write("setpoint", 30)
        assert len(it.kept.asks) == asked
        assert it.server.tell({"do": "told"})["written"]["value"] == 120.5
        await running.stop()
        with pytest.raises(LinkError, match="nothing was written"):
            await it.write("setpoint", 30)

    play(foreign, story)


def test_a_write_into_a_frozen_machine_is_unknown(foreign: NodeServer) -> None:
    async def story(it: Story) -> None:
        running = await it.connect()
        freeze = it.kept.asked

        async def then_freeze(wish: WriteWish, before: Scalar | None) -> None:
            await freeze(wish, before)
            it.server.freeze()

        it.kept.asked = then_freeze
        outcome = await it.write("setpoint", 33)
        assert (outcome.verdict, outcome.read_back) == (Verdict.UNKNOWN, None)
        it.server.thaw()
        await running.stop()

    play(foreign, story)


def test_methods_keep_the_outputs_of_uncertain_and_bad_is_not_taken_for_not_done(foreign: NodeServer) -> None:
    async def story(it: Story) -> None:
        running = await it.connect()
        machine = f"nsu={URI};s=Machine"
        two = [ua.Variant(2.0, ua.VariantType.Double), ua.Variant(3.5, ua.VariantType.Double)]
        done = await it.driver.call(machine, f"nsu={URI};s=Add", two)
        assert (done.verdict, done.outputs) == (Verdict.DONE, (5.5,))
        doubtful = await it.driver.call(machine, f"nsu={URI};s=Doubtful")
        assert (doubtful.verdict, doubtful.outputs) == (Verdict.UNKNOWN, (9,))
        acted = await it.driver.call(machine, f"nsu={URI};s=StartCycle")
        assert acted.verdict is Verdict.UNKNOWN
        assert it.server.tell({"do": "told"})["start_cycle"] == 1
        missing = await it.driver.call(machine, f"nsu={URI};s=Add", two[:1])
        assert missing.verdict is Verdict.REFUSED
        with pytest.raises(LinkError, match="namespace"):
            await it.driver.call(machine, "nsu=urn:other;s=Add")
        await running.stop()

    play(foreign, story)


def test_what_was_missed_is_filled_in_from_the_history_and_marked(foreign: NodeServer) -> None:
    async def story(it: Story) -> None:
        running = await it.connect()
        foreign.write("Count", 5, "Int32")
        await until(lambda: any(each.value == 5 for each in it.sink.of("count")), 5)
        await running.stop()
        for value in range(6, 16):
            foreign.write("Count", value, "Int32")
            await asyncio.sleep(0.005)
        running = await it.connect()
        await until(lambda: bool(it.sink.past), 5)
        assert [each.value for each in it.sink.past] == list(range(6, 15))
        assert all(each.filled and not each.first and each.tag == "count" for each in it.sink.past)
        newest = it.sink.of("count")[-1]
        assert (newest.value, newest.first, newest.filled) == (15, True, False)
        await running.stop()

    play(foreign, story)
