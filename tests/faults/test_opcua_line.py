"""What befalls a machine's OPC UA server: what the link says of it, and what is counted of its parts.

The real supervisor, driver, watch and ledger stand against a server on another stack. Counted is what the
ledger books: nothing that the server still holds is lost, nothing is counted twice.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from devices.opcua.driver import OpcUaDriver
from devices.opcua.settings import OpcUaSettings, tag_infos
from devices.opcua.trust_list import TrustList
from devices.supervisor import Supervisor
from hmi.domain.signals import LinkState, LinkStatus, Reading
from hmi.domain.trust import TrustState
from hmi.times import SystemClock
from hmi.watch import MachineWatch
from local_db.ledger import SqliteLedger
from tests.fakes.devices import RecordingListener, free_port, until
from tests.fakes.wire_proxy import WireProxy
from tests.foreign.commanded import NotToBeHad
from tests.foreign.node_server import URI, NodeServer, installed

pytestmark = pytest.mark.wire
CLOCK = SystemClock()
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
BACK_S = 20.0  # patience of a busy machine; how soon it really is, the soak benchmark tells


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NodeServer]:
    """A machine whose count makes parts."""
    try:
        installed()
    except NotToBeHad as reason:
        pytest.skip(str(reason))
    made = NodeServer(tmp_path)
    yield made
    made.vanish()


class Line(RecordingListener):
    """A terminal without its window: what the links say goes to the watch, which books."""

    def __init__(self, settings: OpcUaSettings, ledger: SqliteLedger) -> None:
        super().__init__()
        self.ledger = ledger
        self.watch = MachineWatch(
            ledger, tag_infos("plc", settings), CLOCK, fastest_cycle_s=0.001, count_every_ms=100
        )
        self.supervisor = Supervisor([OpcUaDriver("plc", settings, CLOCK)], self, CLOCK)

    def on_readings(self, batch: Sequence[Reading]) -> None:
        """See Listener."""
        super().on_readings(batch)
        self.watch.on_readings(batch)

    @property
    def now(self) -> LinkStatus:
        """How the link stands."""
        return self.supervisor.statuses()[0]

    async def stands(self, state: LinkState, within_s: float) -> LinkStatus:
        """Wait until the link stands so."""
        await until(lambda: self.now.state is state, within_s)
        return self.now

    async def begins(self) -> None:
        """Wait until the link is up and the count that it begins with was heard."""
        await self.stands(LinkState.UP, BACK_S)
        await self.hears(1)

    async def hears(self, value: int, within_s: float = BACK_S) -> Reading:
        """Wait until the count has a value; the reading that said so."""
        await until(
            lambda: any(each.tag == "count" and each.value == value for each in self.readings), within_s
        )
        return next(r for r in reversed(self.readings) if r.tag == "count" and r.value == value)

    def firsts(self, tag: str, value: int) -> int:
        """How many connections began with this value."""
        return sum(each.first and each.tag == tag and each.value == value for each in self.readings)

    async def counted(self) -> Decimal:
        """How many parts the ledger has booked, once everything was flushed."""
        self.watch.flush()
        await asyncio.sleep(0.05)
        self.watch.flush()
        return await asyncio.wrap_future(
            self.ledger.read(lambda records: records.production.unassigned(LONG_AGO))
        )


@asynccontextmanager
async def line(settings: OpcUaSettings, folder: Path) -> AsyncGenerator[Line]:
    """A terminal that runs, with a ledger of its own."""
    ledger = SqliteLedger(
        folder / "journal.db", terminal="T", equipment="P", clock=CLOCK, on_changes=lambda changes: None
    )
    ledger.start()
    try:
        it = Line(settings, ledger)
        tasks = [asyncio.create_task(it.supervisor.run()), asyncio.create_task(it.watch.run())]
        try:
            yield it
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        ledger.stop()


def settings_of(server: NodeServer, port: int = 0, **more: object) -> OpcUaSettings:
    """The server's tags, over another port if it is named."""
    endpoint = f"opc.tcp://127.0.0.1:{port or server.port}"
    return OpcUaSettings.model_validate({**server.settings(), "endpoint": endpoint, **more})


def play(story: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(story())


def found(what: str, took_s: float, server: NodeServer) -> str:
    """How soon a lost link was noticed, beside what its settings ask for."""
    return f"{what} after {took_s:.1f} s (stale_after_s = {settings_of(server).stale_after_s})"


async def make(server: NodeServer, first: int, last: int) -> None:
    """Let the machine make parts, one after the other."""
    for value in range(first, last + 1):
        server.write("Count", value, "Int32")
        await asyncio.sleep(0.01)


def test_a_killed_server_is_found_at_once_and_heard_again(server: NodeServer, tmp_path: Path) -> None:
    async def story() -> None:
        server.start()
        async with line(settings_of(server), tmp_path) as it:
            await it.begins()
            await make(server, 2, 20)
            await it.hears(20)
            server.vanish()
            lost = await it.stands(LinkState.LOST, BACK_S)
            assert lost.last_error
            await asyncio.to_thread(server.start)
            assert (await it.stands(LinkState.UP, BACK_S)).losses == 1
            await until(lambda: it.firsts("count", 1) == 2, BACK_S)
            await make(server, 2, 31)
            await it.hears(31)  # a value that was not heard before the loss
            # 19 before; the restarted counter begins anew at 1, which counts nothing; then 30
            assert await it.counted() == Decimal(49)

    play(story)


def test_a_cut_link_loses_no_part_that_the_server_still_counts(server: NodeServer, tmp_path: Path) -> None:
    async def story() -> None:
        server.start()
        async with (
            WireProxy(server.port).running() as wire,
            line(settings_of(server, wire.port), tmp_path) as it,
        ):
            await it.begins()
            value = 1
            for _ in range(4):
                await make(server, value + 1, value + 10)
                wire.cut()
                await make(server, value + 11, value + 20)
                value += 20
                await it.hears(value)
            assert it.now.losses >= 4
            assert await it.counted() == Decimal(80)

    play(story)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP")
def test_a_frozen_server_is_found_within_two_keep_alives(
    server: NodeServer, tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    async def story() -> None:
        server.start()
        async with line(settings_of(server), tmp_path) as it:
            await it.begins()
            await make(server, 2, 10)
            await it.hears(10)
            server.freeze()
            took = await until(lambda: it.now.state is LinkState.LOST, BACK_S)
            tell_figures(found("a frozen server was found", took, server))
            assert "nothing heard" in it.now.last_error
            server.thaw()
            await it.stands(LinkState.UP, BACK_S)
            await make(server, 11, 15)
            await it.hears(15)
            assert await it.counted() == Decimal(14)

    play(story)


def test_a_wire_that_swallows_everything_is_found(
    server: NodeServer, tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    async def story() -> None:
        server.start()
        async with (
            WireProxy(server.port).running() as wire,
            line(settings_of(server, wire.port), tmp_path) as it,
        ):
            await it.begins()
            wire.silence(True)
            took = await until(lambda: it.now.state is LinkState.LOST, BACK_S)
            tell_figures(found("a wire that swallows everything was found", took, server))
            await make(server, 2, 6)
            wire.silence(False)
            await it.hears(6)
            assert await it.counted() == Decimal(5)

    play(story)


@pytest.mark.slow
def test_answers_that_take_thirty_seconds_are_no_link(server: NodeServer, tmp_path: Path) -> None:
    async def story() -> None:
        server.start()
        async with (
            WireProxy(server.port).running() as wire,
            line(settings_of(server, wire.port), tmp_path) as it,
        ):
            await it.begins()
            wire.delay_s = 30.0
            await until(lambda: it.now.state is LinkState.LOST, BACK_S)
            await until(lambda: "no answer" in it.now.last_error, BACK_S)
            wire.delay_s = 0.0
            wire.cut()
            await make(server, 2, 4)
            await it.hears(4)
            assert await it.counted() == Decimal(3)

    play(story)


def test_five_thousand_tags_come_whole(server: NodeServer, tmp_path: Path) -> None:
    tags = {
        f"many{number}": {"node": f"nsu={URI};s=Many.{number}", "label": f"{number}"}
        for number in range(5000)
    }

    async def story() -> None:
        server.start()
        server.tell({"do": "many", "count": 5000, "every_ms": 1000})
        async with line(settings_of(server, tags=tags), tmp_path) as it:
            await it.stands(LinkState.UP, BACK_S)
            await until(lambda: len({each.tag for each in it.readings}) == 5000, BACK_S)
            seen = len(it.readings)
            await until(lambda: len(it.readings) >= seen + 10_000, 20)
            assert it.now.state is LinkState.UP
            assert not any(each.overflow for each in it.readings)
            firsts = [each for each in it.readings if each.first]
            assert len(firsts) == 5000
            by_tag = [each.value for each in it.readings if each.tag == "many4999"]
            told = [int(value) for value in by_tag[1:] if isinstance(value, float)]
            assert told == list(range(told[0], told[0] + len(told)))

    play(story)


@pytest.mark.slow
def test_a_server_that_changes_its_certificate_is_refused_in_words(
    server: NodeServer, tmp_path: Path
) -> None:
    async def story() -> None:
        server.start()
        pki = tmp_path / "terminal"
        settings = settings_of(server, security="Aes256Sha256RsaPss", pki=pki)
        trust = TrustList(pki, CLOCK)
        async with line(settings, tmp_path) as it:
            unknown = await it.stands(LinkState.NOT_ADMITTED, BACK_S)
            assert unknown.certificate is not None
            trust.accept(unknown.certificate, "A. Nowak")
            await it.stands(LinkState.UP, BACK_S)
            server.vanish()
            server.pki = "another"
            await asyncio.to_thread(server.start)
            changed = await it.stands(LinkState.NOT_ADMITTED, BACK_S)
            assert changed.certificate is not None
            assert changed.certificate.state is TrustState.CHANGED
            assert changed.certificate.before == unknown.certificate.fingerprint
            assert "another certificate" in changed.last_error

    play(story)


def test_a_server_that_moved_is_told_and_heard_at_its_new_address(server: NodeServer, tmp_path: Path) -> None:
    async def story() -> None:
        server.start()
        old = settings_of(server)
        async with line(old, tmp_path) as it:
            await it.begins()
            await make(server, 2, 4)
            await it.hears(4)
            assert await it.counted() == Decimal(3)
            server.vanish()
            server.port = free_port()
            await asyncio.to_thread(server.start)
            lost = await it.stands(LinkState.LOST, BACK_S)
            await until(lambda: "nobody listens at" in it.now.last_error, BACK_S)
            assert lost.address == old.endpoint
        async with line(settings_of(server), tmp_path) as it:
            await it.begins()
            await make(server, 2, 4)
            await it.hears(4)
            # the counter began at 1 again, which counts nothing
            assert await it.counted() == Decimal(6)

    play(story)
