"""The reader at a pseudo-terminal: silence ends a code or cuts it, and a new connection begins anew."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.barcode_reader import UNREADABLE, BarcodeReader, BarcodeSettings
from hmi.errors import LinkError
from hmi.times import SystemClock
from tests.fakes.devices import PtyReader, RecordingSink, Running, until

pytestmark = [pytest.mark.wire, pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")]


@pytest.fixture
def far_end(tmp_path: Path) -> Iterator[PtyReader]:
    reader = PtyReader(tmp_path)
    reader.start()
    yield reader
    reader.close()


@asynccontextmanager
async def reading(far_end: PtyReader, **more: object) -> AsyncGenerator[tuple[RecordingSink, Running]]:
    """A reader that is up."""
    settings = BarcodeSettings.model_validate(far_end.settings() | more)
    sink = RecordingSink()
    running = Running(BarcodeReader("reader", settings, SystemClock()), sink)
    try:
        await until(lambda: sink.ups == 1, 2)
        yield sink, running
    finally:
        await running.stop()


def test_silence_ends_a_code_that_has_no_end_of_its_own(far_end: PtyReader) -> None:
    async def story() -> None:
        async with reading(far_end, framing="gap", gap_ms=80) as (sink, _):
            far_end.write(b"WO-")
            await asyncio.sleep(0.02)
            far_end.write(b"1")
            await until(lambda: len(sink.scans) == 1, 2)
            far_end.write(b"WO-2")
            await until(lambda: len(sink.scans) == 2, 2)
            assert [scan.text for scan in sink.scans] == ["WO-1", "WO-2"]

    asyncio.run(story())


def test_half_a_code_is_not_glued_to_the_next(far_end: PtyReader) -> None:
    async def story() -> None:
        async with reading(far_end) as (sink, _):
            far_end.write(b"WO-10")
            await until(lambda: len(sink.scans) == 1, 2)
            assert sink.scans[0].text.startswith(UNREADABLE)
            assert sink.scans[0].raw == b"WO-10"
            far_end.write(b"WO-1001-10\r")
            await until(lambda: len(sink.scans) == 2, 2)
            assert sink.scans[1].text == "WO-1001-10"

    asyncio.run(story())


def test_a_code_in_slow_pieces_is_one_code(far_end: PtyReader) -> None:
    async def story() -> None:
        async with reading(far_end) as (sink, _):
            for piece in (b"]C1", b"0112312312", b"312333", b"\r"):
                far_end.write(piece)
                await asyncio.sleep(0.2)
            await until(lambda: len(sink.scans) == 1, 2)
            assert (sink.scans[0].aim, sink.scans[0].text) == ("]C1", "0112312312312333")
            assert sink.scans[0].link == "reader"

    asyncio.run(story())


def test_half_a_code_before_unplugging_is_forgotten(far_end: PtyReader) -> None:
    async def story() -> None:
        async with reading(far_end) as (sink, running):
            far_end.write(b"WO-10")
            await asyncio.sleep(0.2)
            far_end.vanish()
            assert isinstance(await running.ended(1), LinkError)
            assert sink.scans == []
        far_end.start()
        async with reading(far_end) as (sink, _):
            far_end.write(b"01-10\r")
            await until(lambda: len(sink.scans) == 1, 2)
            assert sink.scans[0].text == "01-10"

    asyncio.run(story())


def test_a_scan_is_out_at_once(far_end: PtyReader) -> None:
    async def story() -> None:
        async with reading(far_end) as (sink, _):
            waits: list[float] = []
            for number in range(20):
                far_end.write(f"WO-{number}\r".encode())
                waits.append(await until(lambda: len(sink.scans) == number + 1, 1))  # noqa: B023 - used at once
            assert sorted(waits)[10] <= 0.03

    asyncio.run(story())
