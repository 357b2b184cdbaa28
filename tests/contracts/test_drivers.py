"""What every driver of the registry owes the supervisor, asked of each against a real far end."""

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.link import Driver
from devices.registry import DRIVERS
from hmi.errors import LinkError
from hmi.times import SystemClock
from tests.fakes.devices import (
    DemoPlcFarEnd,
    FarEnd,
    OpcUaFarEnd,
    PtyReader,
    RecordingSink,
    Running,
    SocketReader,
    until,
)
from tests.fakes.readers import LinesAtPty, LlrpAtSocket, ZplAtSocket

if sys.platform != "win32":
    from tests.fakes.readers import (
        FeigAtPty,
        Rdm6300AtPty,
        SsiAtPty,
        ThingMagicAtPty,
        UhfReader18AtPty,
        ZplAtPty,
    )
from tests.foreign import node_server, open62541_server
from tests.foreign.commanded import NotToBeHad


def node_opcua(folder: Path) -> FarEnd:
    """A server on another stack; skipped with its reason where that cannot be had."""
    try:
        node_server.installed()
    except NotToBeHad as reason:
        pytest.skip(str(reason))
    return node_server.NodeServer(folder)


def open62541(folder: Path) -> FarEnd:
    """A server on a third stack; skipped with its reason where that cannot be had."""
    try:
        open62541_server.installed()
    except NotToBeHad as reason:
        pytest.skip(str(reason))
    return open62541_server.Open62541Server()


FAR_ENDS: dict[str, tuple[str, Callable[[Path], FarEnd]]] = {
    "opcua": ("opcua", lambda folder: OpcUaFarEnd()),
    "opcua to the demo plant": ("opcua", DemoPlcFarEnd),
    "opcua to node-opcua": ("opcua", node_opcua),
    "opcua to open62541": ("opcua", open62541),
    "barcode_reader over TCP": ("barcode_reader", lambda folder: SocketReader()),
}
FAR_ENDS["llrp"] = ("llrp", lambda folder: LlrpAtSocket())
FAR_ENDS["zpl_printer"] = ("zpl_printer", lambda folder: ZplAtSocket())
# a pseudo-terminal has eight bits and no parity
PLAIN: dict[str, object] = {"data_bits": 8, "parity": "none", "stop_bits": 1}
if sys.platform != "win32":
    FAR_ENDS.update(
        {
            "barcode_reader": ("barcode_reader", PtyReader),
            "zebra_ssi": ("zebra_ssi", SsiAtPty),
            "rdm6300": ("rdm6300", Rdm6300AtPty),
            "uhfreader18": ("uhfreader18", UhfReader18AtPty),
            "feig": ("feig", FeigAtPty),
            "thingmagic": ("thingmagic", ThingMagicAtPty),
            "mt_sics": (
                "mt_sics",
                lambda folder: LinesAtPty(folder, mt_sics_line, b"SI\r\n", {"ask_ms": 50}),
            ),
            "sartorius_sbi": ("sartorius_sbi", lambda folder: LinesAtPty(folder, "+{:9.2f} g  \r\n".format)),
            "millimar": (
                "millimar",
                lambda folder: LinesAtPty(folder, "1 +{:06.2f} mm =\r".format, b"", PLAIN),
            ),
            "digimatic": ("digimatic", lambda folder: LinesAtPty(folder, "FFFF0{:06d}20\r".format)),
            "zpl_printer at a serial line": ("zpl_printer", ZplAtPty),
            "gauge": ("gauge", lambda folder: LinesAtPty(folder, " {:8.3f} mm\r\n".format)),
        }
    )


def mt_sics_line(number: int) -> str:
    """A weight that is at rest; each one is another."""
    return f"S S {number * 10:10.2f} g\r\n"


UP_S, NOTICED_S, STOPPED_S = 5.0, 4.0, 1.0

pytestmark = pytest.mark.wire


class Case:
    """One kind of driver with its far end."""

    def __init__(self, kind: str, far_end: FarEnd) -> None:
        self.kind = kind
        self.far_end = far_end

    def driver(self) -> Driver:
        """A driver as the front door makes it."""
        spec = DRIVERS[self.kind]
        return spec.make("link", spec.settings.model_validate(self.far_end.settings()), SystemClock())

    @asynccontextmanager
    async def run(self, driver: Driver, sink: RecordingSink) -> AsyncGenerator[Running]:
        """A run that is up, and is stopped at the end."""
        before = sink.ups
        running = Running(driver, sink)
        try:
            await until(lambda: sink.ups > before or not running.going_on, UP_S)
            assert running.going_on, await running.ended(1)
            yield running
        finally:
            await running.stop()

    async def deliver(self, sink: RecordingSink) -> None:
        """Something new comes through."""
        before = self.far_end.delivered(sink)
        await asyncio.to_thread(self.far_end.speak)
        await until(lambda: self.far_end.delivered(sink) > before, UP_S)


@pytest.fixture(params=list(FAR_ENDS))
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    kind, make = FAR_ENDS[request.param]
    far_end = make(tmp_path)
    yield Case(kind, far_end)
    far_end.close()


def play(story: Coroutine[None, None, None]) -> None:
    """Run a story on a loop of its own and look that it leaves no task behind."""

    async def alone() -> None:
        await story
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks left over: {left}"

    asyncio.run(alone())


def test_every_driver_has_a_far_end() -> None:
    assert {kind for kind, _ in FAR_ENDS.values()} == set(DRIVERS)


def test_says_what_it_is(case: Case) -> None:
    driver = case.driver()
    assert driver.name == "link"
    assert driver.kind == case.kind
    assert driver.address in {str(value) for value in case.far_end.settings().values()}


def test_says_up_once_and_delivers(case: Case) -> None:
    async def story() -> None:
        case.far_end.start()
        sink = RecordingSink()
        async with case.run(case.driver(), sink):
            for _ in range(3):
                await case.deliver(sink)
            assert sink.ups == 1

    play(story())


def test_gives_signs_of_life_without_news(case: Case) -> None:
    async def story() -> None:
        case.far_end.start()
        sink = RecordingSink()
        async with case.run(case.driver(), sink):
            before = sink.signs_of_life
            await until(lambda: sink.signs_of_life >= before + 2, 3.5)

    play(story())


def test_the_first_value_of_a_connection_is_marked(case: Case) -> None:
    async def story() -> None:
        case.far_end.start()
        sink = RecordingSink()
        driver = case.driver()
        for _ in range(2):
            async with case.run(driver, sink):
                await case.deliver(sink)
                await case.deliver(sink)
        for tag in {reading.tag for reading in sink.all_readings}:
            marks = [reading.first for reading in sink.of(tag)]
            assert marks[0]
            assert marks.count(True) == 2

    play(story())


def test_a_dead_far_end_is_a_link_error_with_a_remedy(case: Case) -> None:
    async def story() -> None:
        running = Running(case.driver(), RecordingSink())
        error = await running.ended(NOTICED_S)
        assert isinstance(error, LinkError)
        assert ": " in str(error)

    play(story())


def test_a_vanished_far_end_is_noticed_and_a_new_run_delivers(case: Case) -> None:
    async def story() -> None:
        case.far_end.start()
        sink = RecordingSink()
        driver = case.driver()
        async with case.run(driver, sink) as running:
            await case.deliver(sink)
            case.far_end.vanish()
            error = await running.ended(NOTICED_S)
            assert isinstance(error, LinkError), error
        await asyncio.to_thread(case.far_end.start)
        async with case.run(driver, sink):
            await case.deliver(sink)

    play(story())


def test_stops_within_a_second_and_leaves_nothing(case: Case) -> None:
    async def story() -> None:
        case.far_end.start()
        threads = set(threading.enumerate())
        sink = RecordingSink()
        running = Running(case.driver(), sink)
        await until(lambda: sink.ups == 1, UP_S)
        assert await running.stop() < STOPPED_S
        assert set(threading.enumerate()) <= threads

    play(story())


def test_stops_within_a_second_when_the_far_end_is_gone(case: Case) -> None:
    async def story() -> None:
        case.far_end.start()
        sink = RecordingSink()
        running = Running(case.driver(), sink)
        await until(lambda: sink.ups == 1, UP_S)
        case.far_end.vanish()
        assert await running.stop() < STOPPED_S

    play(story())


def test_probe_finds_a_living_far_end(case: Case) -> None:
    async def story() -> None:
        case.far_end.start()
        findings = [finding async for finding in case.driver().probe()]
        assert findings
        assert all(finding.ok for finding in findings), findings
        assert all(finding.what.startswith("link: ") and finding.words for finding in findings)

    play(story())


def test_probe_reports_a_dead_far_end_with_a_remedy(case: Case) -> None:
    async def story() -> None:
        findings = [finding async for finding in case.driver().probe()]
        assert not findings[-1].ok
        assert findings[-1].words
        assert findings[-1].remedy

    play(story())
