"""What one connection makes of notifications and of silence, with a session that is played."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import ua

from devices.opcua.hearing import OpcUaHearing
from devices.opcua.node_address import Address, NodeAddress, parse
from devices.opcua.node_lookup import node_id
from devices.opcua.session import Item, Look, Refusal, Subscription
from devices.opcua.settings import OpcUaSettings
from devices.opcua.tag_values import TagValue
from devices.opcua.wire import Change, Published
from hmi.domain.signals import Quality
from hmi.errors import LinkError
from hmi.times import SystemClock
from tests.fakes.devices import RecordingSink, until

UNKNOWN = Refusal(0x80340000, "BadNodeIdUnknown")


class PlayedSession:
    """A session of which a test says what it answers."""

    def __init__(self) -> None:
        self.publish_silence_s = 60.0
        self.server_now: datetime | None = None
        self.renew_after_s = 3600.0
        self.renewed = 0
        self.answers = True
        self.table = ["http://opcfoundation.org/UA/", "urn:x"]
        self.unknown: set[str] = set()
        self.monitored: list[str] = []
        self.rates: list[int] = []
        self.items: dict[int, list[Item]] = {}
        self.messages: asyncio.Queue[Published | Exception] = asyncio.Queue()

    async def look(self) -> Look:
        if not self.answers:
            await asyncio.Event().wait()
        return Look(list(self.table), self.server_now)

    async def subscribe(self, every_ms: int) -> Subscription:
        self.monitored.clear()
        self.rates.append(every_ms)
        return Subscription(len(self.rates), self.publish_silence_s)

    async def resolve(
        self, addresses: Mapping[str, Address], namespaces: Sequence[str]
    ) -> tuple[dict[str, ua.NodeId], dict[str, Refusal]]:
        nodes = {
            tag: node_id(address, namespaces)
            for tag, address in addresses.items()
            if isinstance(address, NodeAddress)
        }
        return nodes, {}

    async def monitor(self, subscription: int, items: Sequence[Item]) -> dict[int, Refusal]:
        self.items.setdefault(subscription, []).extend(items)
        names = {item.handle: item.node.to_string().rpartition("=")[2] for item in items}
        self.monitored += [name for name in names.values() if name not in self.unknown]
        return {handle: UNKNOWN for handle, name in names.items() if name in self.unknown}

    async def published(self) -> AsyncGenerator[Published]:
        while True:
            message = await self.messages.get()
            if isinstance(message, Exception):
                raise message
            yield message

    async def renew(self) -> None:
        self.renewed += 1

    def say(self, *changes: Change) -> None:
        self.messages.put_nowait(Published(1, 1, list(changes), None))


def change(handle: int, value: object, status: int = 0, kind: str = "Int32") -> Change:
    return Change(handle, value, kind, False, status, None, None)


class Story:
    """A hearing of the tags A (handle 0) and B (handle 1) that runs."""

    def __init__(
        self,
        session: PlayedSession,
        look_again_s: float = 10.0,
        stale_after_s: float = 3.0,
        more: dict[str, dict[str, object]] | None = None,
    ) -> None:
        settings = OpcUaSettings.model_validate(
            {
                "endpoint": "opc.tcp://plc",
                "stale_after_s": stale_after_s,
                "tags": {
                    name: {"node": f"nsu=urn:x;s={name}", "label": name, **(more or {}).get(name, {})}
                    for name in ("A", "B")
                },
            }
        )
        self.session, self.sink = session, RecordingSink()
        self.hearing = OpcUaHearing(
            "plc",
            settings,
            SystemClock(),
            {name: parse(tag.node) for name, tag in settings.tags.items()},
            {name: TagValue(tag) for name, tag in settings.tags.items()},
            session,
            self.sink,
            look_again_s=look_again_s,
        )

    async def __aenter__(self) -> "Story":
        self.task = asyncio.create_task(self.hearing.run())
        await until(lambda: self.sink.ups == 1, 1)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def lost(self, within_s: float) -> str:
        """What the LinkError says that ends the hearing."""
        await asyncio.wait({self.task}, timeout=within_s)
        assert self.task.done(), "not noticed"
        error = self.task.exception()
        assert isinstance(error, LinkError), error
        return str(error)


def test_one_batch_for_each_notification_in_order() -> None:
    async def story() -> None:
        async with Story(PlayedSession()) as it:
            it.session.say(change(0, 1), change(1, 10), change(0, 2))
            it.session.say(change(0, 3))
            await until(lambda: len(it.sink.batches) == 2, 1)
            told = [[(each.tag, each.value, each.first) for each in batch] for batch in it.sink.batches]
            assert told == [[("A", 1, True), ("B", 10, True), ("A", 2, False)], [("A", 3, False)]]
            assert all(each.link == "plc" and each.heard_ms > 0 for each in it.sink.all_readings)

    asyncio.run(story())


def test_status_overflow_and_words_are_kept_and_a_bad_value_is_none() -> None:
    async def story() -> None:
        async with Story(PlayedSession()) as it:
            it.session.say(change(0, 1, 0x480), change(0, 2, 0x40910000), change(0, 3, 0x808C0000))
            await until(lambda: bool(it.sink.batches), 1)
            dropped, substituted, failed = it.sink.batches[0]
            assert (dropped.quality, dropped.overflow, dropped.value) == (Quality.GOOD, True, 1)
            assert (substituted.quality, substituted.overflow, substituted.value) == (
                Quality.UNCERTAIN,
                False,
                2,
            )
            assert substituted.status_words.startswith("UncertainSubstituteValue")
            assert (failed.quality, failed.status, failed.value) == (Quality.BAD, 0x808C0000, None)

    asyncio.run(story())


def test_a_bad_reading_leaves_the_mark_of_the_first_to_what_follows_it() -> None:
    async def story() -> None:
        async with Story(PlayedSession()) as it:
            it.session.say(change(0, 0, 0x80320000), change(0, 3), change(0, 4))
            await until(lambda: bool(it.sink.batches), 1)
            told = [(each.quality, each.value, each.first) for each in it.sink.batches[0]]
            assert told == [(Quality.BAD, None, True), (Quality.GOOD, 3, True), (Quality.GOOD, 4, False)]

    asyncio.run(story())


def test_a_changed_type_is_a_bad_reading_that_names_tag_and_node() -> None:
    async def story() -> None:
        async with Story(PlayedSession()) as it:
            it.session.say(change(0, 1), change(0, "x", kind="String"), change(0, 2))
            await until(lambda: bool(it.sink.batches), 1)
            _, wrong, right = it.sink.batches[0]
            assert (wrong.quality, wrong.value) == (Quality.BAD, None)
            assert "tag A, node nsu=urn:x;s=A" in wrong.status_words
            assert "String (was Int32)" in wrong.status_words
            assert (right.quality, right.value) == (Quality.GOOD, 2)

    asyncio.run(story())


def test_a_state_whose_sub_state_is_missing_is_asked_for_once_and_the_missing_node_is_named() -> None:
    async def story() -> None:
        session = PlayedSession()
        session.unknown = {"SUB"}
        more: dict[str, dict[str, object]] = {"A": {"role": "state", "sub_states": ["nsu=urn:x;s=SUB"]}}
        async with Story(session, look_again_s=0.1, stale_after_s=0.5, more=more) as it:
            await until(lambda: names(session).count("SUB") >= 3, 5)
            assert names(session).count("A") == names(session).count("B") == 1
            ((missing,),) = it.sink.batches
            assert (
                "tag A, node nsu=urn:x;s=SUB: BadNodeIdUnknown; look at sub_states =" in missing.status_words
            )
            session.unknown = set()
            asked = names(session).count("SUB")
            await until(lambda: names(session).count("SUB") == asked + 1, 5)
            await asyncio.sleep(0.3)
            assert names(session).count("SUB") == asked + 1

    def names(session: PlayedSession) -> list[str]:
        items = (item for asked in session.items.values() for item in asked)
        return [item.node.to_string().rpartition("=")[2] for item in items]

    asyncio.run(story())


def test_a_missing_tag_is_told_once_and_heard_when_it_appears() -> None:
    async def story() -> None:
        session = PlayedSession()
        session.unknown = {"B"}
        async with Story(session, look_again_s=0.01, stale_after_s=0.5) as it:
            await until(lambda: bool(it.sink.batches), 1)
            ((missing,),) = it.sink.batches
            assert (missing.tag, missing.quality, missing.status, missing.first) == (
                "B",
                Quality.BAD,
                0x80340000,
                True,
            )
            assert "tag B, node nsu=urn:x;s=B" in missing.status_words
            session.say(change(0, 1))
            await asyncio.sleep(0.5)
            assert len(it.sink.of("B")) == 1
            session.unknown = set()
            await until(lambda: "B" in session.monitored, 1)
            session.say(change(1, 7), change(1, 8))
            await until(lambda: len(it.sink.of("B")) == 3, 1)
            assert [(each.value, each.first) for each in it.sink.of("B")[1:]] == [(7, True), (8, False)]
            assert session.monitored == ["A", "B"]

    asyncio.run(story())


def test_silence_is_a_lost_link() -> None:
    async def story() -> None:
        async with Story(PlayedSession(), stale_after_s=0.6) as it:
            it.session.answers = False
            words = await it.lost(1.0)
            assert words.startswith("nothing heard from opc.tcp://plc:4840 for 0.6 s")

    asyncio.run(story())


def test_notifications_alone_keep_the_link() -> None:
    async def story() -> None:
        async with Story(PlayedSession(), stale_after_s=0.6) as it:
            it.session.answers = False
            for value in range(12):
                it.session.say(change(0, value))
                await asyncio.sleep(0.1)
            assert not it.task.done()

    asyncio.run(story())


def test_a_silent_subscription_is_a_lost_link_though_the_plc_answers() -> None:
    async def story() -> None:
        session = PlayedSession()
        session.publish_silence_s = 0.8
        async with Story(session, stale_after_s=0.6) as it:
            assert "its subscription has been silent" in await it.lost(2.0)
            assert it.sink.signs_of_life >= 2

    asyncio.run(story())


def test_a_changed_namespace_table_is_a_lost_link() -> None:
    async def story() -> None:
        async with Story(PlayedSession(), stale_after_s=0.6) as it:
            it.session.table = [it.session.table[0], "urn:new", "urn:x"]
            assert "namespaces changed" in await it.lost(1.0)

    asyncio.run(story())


def test_an_item_that_nobody_asked_for_is_a_lost_link() -> None:
    async def story() -> None:
        async with Story(PlayedSession()) as it:
            it.session.say(change(2, 1))
            assert "item 2" in await it.lost(1.0)

    asyncio.run(story())


def test_the_channel_is_renewed() -> None:
    async def story() -> None:
        session = PlayedSession()
        session.renew_after_s = 0.05
        async with Story(session):
            await until(lambda: session.renewed >= 2, 1)

    asyncio.run(story())


def test_a_fault_in_the_listener_is_not_taken_for_a_lost_link() -> None:
    async def story() -> None:
        async with Story(PlayedSession()) as it:

            def broken(batch: object) -> None:
                raise ZeroDivisionError

            it.sink.readings = broken
            it.session.say(change(0, 1))
            with pytest.raises(ZeroDivisionError):
                await it.task

    asyncio.run(story())


def test_tags_of_one_rate_share_a_subscription() -> None:
    async def story() -> None:
        session = PlayedSession()
        async with Story(session, more={"B": {"every_ms": 1000, "deadband": 0.5}}):
            await until(lambda: len(session.items) == 2, 1)
            assert session.rates == [100, 1000]
            ((fast,), (slow,)) = session.items[1], session.items[2]
            assert (fast.handle, fast.sampling_ms, fast.deadband) == (0, 50, 0.0)
            assert (slow.handle, slow.sampling_ms, slow.deadband) == (1, 500, 0.5)
            assert fast.queue_size > 1

    asyncio.run(story())


def test_a_clock_that_is_off_is_measured_said_once_and_corrected_for() -> None:
    async def story() -> None:
        session = PlayedSession()
        session.server_now = datetime.now(UTC) + timedelta(hours=1)
        async with Story(session, stale_after_s=0.5) as it:
            told = datetime.now(UTC) + timedelta(hours=1)
            session.messages.put_nowait(Published(1, 1, [Change(0, 1, "Int32", False, 0, told, told)], None))
            await until(lambda: bool(it.sink.all_readings), 1)
            (reading,) = it.sink.all_readings
            assert reading.source_time == told
            assert abs(reading.happened_at - datetime.now(UTC)) < timedelta(seconds=2)
            assert reading.clock_offset_ms is not None
            assert abs(reading.clock_offset_ms - 3_600_000) < 1000
            assert len(it.sink.offsets_ms) == 1

    asyncio.run(story())


def test_a_clock_that_is_right_changes_no_time() -> None:
    async def story() -> None:
        session = PlayedSession()
        session.server_now = datetime.now(UTC)
        async with Story(session) as it:
            told = datetime.now(UTC) - timedelta(seconds=40)
            session.messages.put_nowait(Published(1, 1, [Change(0, 1, "Int32", False, 0, told, told)], None))
            await until(lambda: bool(it.sink.all_readings), 1)
            assert it.sink.all_readings[0].happened_at == told

    asyncio.run(story())
