"""Readers of radio tags and of acknowledged codes as they really are: refusals, silence, several tags."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.barcode_reader import BarcodeReader, BarcodeSettings
from devices.link import Driver
from devices.radio.feig import FeigSettings
from devices.registry import DRIVERS
from devices.ssi_reader import SsiDriver, SsiSettings
from hmi.domain.signals import Carrier
from hmi.errors import LinkError
from hmi.times import SystemClock
from tests.fakes.devices import FarEnd, RecordingSink, Running, until
from tests.fakes.readers import LlrpAtSocket

if sys.platform != "win32":
    from tests.fakes.readers import LinesAtPty, PtyDevice, SsiAtPty, ThingMagicAtPty, UhfReader18AtPty

pytestmark = [pytest.mark.wire, pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")]


def made(kind: str, far_end: FarEnd, **more: object) -> Driver:
    spec = DRIVERS[kind]
    return spec.make("radio", spec.settings.model_validate(far_end.settings() | more), SystemClock())


@asynccontextmanager
async def running(driver: Driver, sink: RecordingSink) -> AsyncGenerator[Running]:
    run = Running(driver, sink)
    try:
        await until(lambda: sink.ups == 1 or not run.going_on, 5)
        yield run
    finally:
        await run.stop()


def why(driver: Driver) -> str:
    """What a run that has to fail says."""

    async def ended() -> BaseException | None:
        return await Running(driver, RecordingSink()).ended(8)

    error = asyncio.run(ended())
    assert isinstance(error, LinkError)
    return str(error)


def test_one_tag_is_one_scan_and_two_are_a_question(tmp_path: Path) -> None:
    far_end = UhfReader18AtPty(tmp_path)
    far_end.start()

    async def story() -> None:
        sink = RecordingSink()
        async with running(made("uhfreader18", far_end, ask_ms=20), sink):
            far_end.present = ["3074257BF7194E4000001A85"]
            await until(lambda: len(sink.scans) == 1, 3)
            await asyncio.sleep(0.6)
            assert len(sink.scans) == 1, "a tag that stays is one scan"
            assert sink.scans[0].carrier is Carrier.RADIO_TAG
            far_end.present.append("300000000000000000000001")
            await until(lambda: len(sink.questions) == 1, 3)
            assert len(sink.questions[0].scans) == 2
            assert len(sink.scans) == 1
            far_end.present = ["300000000000000000000001"]
            await until(lambda: len(sink.scans) == 2, 3)
            assert sink.scans[1].text == "300000000000000000000001"

    try:
        asyncio.run(story())
    finally:
        far_end.close()


def test_a_silent_reader_is_lost_with_a_remedy(tmp_path: Path) -> None:
    far_end = PtyDevice(tmp_path)
    far_end.start()
    try:
        assert "does not answer: look at its power" in why(made("uhfreader18", far_end))
    finally:
        far_end.close()


def test_a_module_that_refuses_its_region_says_so(tmp_path: Path) -> None:
    far_end = ThingMagicAtPty(tmp_path)
    far_end.refuses = 0x97
    far_end.start()
    try:
        assert "refused to set region EU3 (status 0101): look at region" in why(made("thingmagic", far_end))
    finally:
        far_end.close()


def test_a_module_stops_sending_when_nobody_listens(tmp_path: Path) -> None:
    far_end = ThingMagicAtPty(tmp_path)
    far_end.start()

    async def story() -> None:
        sink = RecordingSink()
        async with running(made("thingmagic", far_end), sink):
            assert far_end.reading
        await until(lambda: not far_end.reading, 2)

    try:
        asyncio.run(story())
    finally:
        far_end.close()


def test_a_network_reader_that_refuses_says_so() -> None:
    far_end = LlrpAtSocket()
    far_end.refuses = 20
    far_end.start()
    try:
        assert "LLRP status 100" in why(made("llrp", far_end))
    finally:
        far_end.close()


def test_a_network_reader_is_asked_in_order_and_kept_alive() -> None:
    far_end = LlrpAtSocket()
    far_end.start()

    async def story() -> None:
        sink = RecordingSink()
        async with running(made("llrp", far_end), sink):
            assert far_end.kinds[:4] == [3, 21, 20, 24]
            await until(lambda: 72 in far_end.kinds, 3)
            far_end.present = ["3074257BF7194E4000001A85"]
            far_end.speak()
            await until(lambda: len(sink.questions) == 1, 3)
        await until(lambda: far_end.kinds[-1] == 14, 2)

    try:
        asyncio.run(story())
    finally:
        far_end.close()


def test_even_parity_is_what_feig_ships() -> None:
    assert str(FeigSettings(port="COM1").line) == "38400 8E1"


def test_a_code_is_acknowledged_where_the_reader_waits_for_it(tmp_path: Path) -> None:
    far_end = LinesAtPty(tmp_path, lambda number: f"WO-{number}\r")
    far_end.start()

    async def story() -> None:
        sink = RecordingSink()
        settings = BarcodeSettings(port=str(far_end.port), acknowledge=True)
        async with running(BarcodeReader("reader", settings, SystemClock()), sink):
            far_end.write(b"WO-1\r")
            await until(lambda: far_end.heard == b"\x06", 2)
            far_end.write(b"WO-HALF")
            await until(lambda: far_end.heard == b"\x06\x15", 3)

    try:
        asyncio.run(story())
    finally:
        far_end.close()


def test_ssi_acknowledges_asks_again_and_hears_each_code_once(tmp_path: Path) -> None:
    far_end = SsiAtPty(tmp_path)
    far_end.start()
    ack, again = bytes.fromhex("04d00400ff28"), bytes.fromhex("05d1040001ff25")

    async def story() -> None:
        sink = RecordingSink()
        async with running(SsiDriver("reader", SsiSettings(port=str(far_end.port)), SystemClock()), sink):
            packet = far_end.packet(0xF3, b"\x0f0109506000134352")
            far_end.write(packet)
            await until(lambda: far_end.heard == ack, 2)
            far_end.write(far_end.packet(0xF3, b"\x0f0109506000134352", 1))
            await until(lambda: far_end.heard == ack * 2, 2)
            far_end.write(packet[:-1] + b"\x00")
            await until(lambda: far_end.heard == ack * 2 + again, 2)
            assert [(scan.text, scan.aim) for scan in sink.scans] == [("0109506000134352", "]C1")]

    try:
        asyncio.run(story())
    finally:
        far_end.close()
