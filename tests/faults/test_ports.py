"""What befalls a serial port: pulled, plugged in elsewhere, held by others; said once, mended by itself."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from serial.tools import list_ports

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

from devices.barcode_reader import BarcodeReader, BarcodeSettings
from devices.byte_line import open_line
from devices.supervisor import Supervisor
from hmi.domain.signals import LinkState
from hmi.times import SystemClock
from tests.fakes.devices import PtyReader, RecordingListener, until

pytestmark = pytest.mark.wire
PULLS = int(os.environ.get("LINESIDE_PULLS", "12"))
GONE_S = [1.0, *([60.0] if "LINESIDE_LONG" in os.environ else [])]


@dataclass
class Usb:
    """A USB port as pyserial lists it."""

    device: str
    vid: int = 0x0C2E
    pid: int = 0x0B61
    serial_number: str = "A1"
    description: str = ""


@asynccontextmanager
async def supervised(port: str) -> AsyncGenerator[RecordingListener]:
    """A supervised reader, stopped at the end."""
    settings = BarcodeSettings(port=port, repeat_ms=0)
    listener = RecordingListener()
    driver = BarcodeReader("reader", settings, SystemClock())
    task = asyncio.create_task(Supervisor([driver], listener, SystemClock()).run())
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def up(listener: RecordingListener, times: int) -> None:
    await until(lambda: listener.states("reader").count(LinkState.UP) >= times, 5)


def texts(listener: RecordingListener) -> list[str]:
    return [scan.text for scan in listener.scans]


def test_pulled_and_plugged_in_again_many_times(tmp_path: Path) -> None:
    """Half a code before the pull is never a scan, and each whole one is heard once."""
    reader = PtyReader(tmp_path)
    reader.start()
    rng = random.Random(12)

    async def story() -> None:
        async with supervised(str(reader.port)) as listener:
            for number in range(PULLS):
                await up(listener, number + 1)
                reader.write(f"WO-{number}\r".encode())
                await until(lambda: len(listener.scans) == number + 1, 3)  # noqa: B023  used at once
                if rng.random() < 0.5:
                    reader.write(b"WO-HALF")
                    await asyncio.sleep(rng.random() * 0.1)
                reader.vanish()
                await until(lambda: listener.states("reader")[-1] == LinkState.LOST, 3)
                assert "plug the reader in" in listener.links[-1].last_error
                reader.start()
            await up(listener, PULLS + 1)
            assert texts(listener) == [f"WO-{number}" for number in range(PULLS)]
            # one line for each loss and each return, whatever was tried in between
            states = listener.states("reader")
            assert states == ["connecting", *["up", "lost"] * PULLS, "up"]

    asyncio.run(story())
    reader.close()


@pytest.mark.timeout(100)
@pytest.mark.parametrize("gone_s", GONE_S)
def test_a_port_that_is_gone_for_a_while_is_back_by_itself(tmp_path: Path, gone_s: float) -> None:
    reader = PtyReader(tmp_path)
    reader.start()

    async def story() -> None:
        async with supervised(str(reader.port)) as listener:
            await up(listener, 1)
            reader.vanish()
            await asyncio.sleep(gone_s)
            reader.start()
            await until(lambda: listener.states("reader").count("up") == 2, 3)
            reader.write(b"WO-1\r")
            await until(lambda: texts(listener) == ["WO-1"], 2)

    asyncio.run(story())
    reader.close()


def test_plugged_in_at_another_port_it_is_found_by_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    first, second = PtyReader(one), PtyReader(other)
    first.start()
    there = [Usb(str(first.port))]
    monkeypatch.setattr(list_ports, "comports", lambda: list(there))

    async def story() -> None:
        async with supervised("usb:0c2e:0b61:A1") as listener:
            await up(listener, 1)
            first.write(b"WO-1\r")
            await until(lambda: texts(listener) == ["WO-1"], 3)
            there.clear()
            first.vanish()
            await until(
                lambda: "not plugged in" in listener.links[-1].last_error or len(listener.links) > 2, 3
            )
            second.start()
            there.append(Usb(str(second.port)))
            await up(listener, 2)
            second.write(b"WO-2\r")
            await until(lambda: texts(listener) == ["WO-1", "WO-2"], 3)

    asyncio.run(story())
    first.close()
    second.close()


def test_a_port_that_another_program_holds_is_told_and_taken_when_it_is_free(tmp_path: Path) -> None:
    reader = PtyReader(tmp_path)
    reader.start()
    held = open_line(str(reader.port), BarcodeSettings(port=str(reader.port)).line)

    async def story() -> None:
        async with supervised(str(reader.port)) as listener:
            await until(lambda: LinkState.LOST in listener.states("reader"), 3)
            assert "is held by another program: end that program" in listener.links[-1].last_error
            held.close()
            await up(listener, 1)
            reader.write(b"WO-1\r")
            await until(lambda: texts(listener) == ["WO-1"], 3)

    asyncio.run(story())
    reader.close()
