"""`lineside check FILE`: is this configuration right, and does every wire in it answer?"""

import asyncio
import sys
from pathlib import Path

from hmi import config as configuration
from hmi import log
from hmi.device_ports import AsyncDriver, BlockingDriver
from hmi.errors import ConfigError
from hmi.ports import Connector, Finding
from hmi.times import SystemClock
from screens.registry import screens_for
from screens.settings import data_folder
from screens.wiring import make_connector, make_drivers, people_book, with_signed_people


def _print(finding: Finding) -> None:
    sign = "ok  " if finding.ok else "FAIL"
    remedy = f" -> {finding.remedy}" if finding.remedy and not finding.ok else ""
    print(f"{sign} {finding.what}: {finding.words}{remedy}")


async def _probe(drivers: list[AsyncDriver | BlockingDriver], connector: Connector) -> int:
    bad = 0
    for part in (*drivers, connector):
        async for finding in part.probe():
            _print(finding)
            bad += not finding.ok
    await connector.close()
    return bad


def run_check(file: Path, *, wires: bool) -> int:
    """Print one line for each thing that was checked; 0 all is well, 1 something is not."""
    log.hush()
    config = configuration.load(file)
    drivers, tags = make_drivers(config, file, SystemClock())
    book = people_book(config, file)
    connector = with_signed_people(make_connector(config, file), book, data_folder(config, file))
    try:
        screens = screens_for(config.screens.show)
    except KeyError as error:
        raise ConfigError(str(file), "screens.show", f"no screen {error}", "Take it out") from error
    words = f"{len(drivers)} links, {len(tags)} tags, {len(screens)} screens, {len(config.shifts)} shifts"
    _print(Finding(True, str(file), f"valid: {words}"))
    if not wires:
        return 0
    bad = asyncio.run(_probe(drivers, connector))
    verdict = "Everything answers." if bad == 0 else f"{bad} of the lines above need a hand."
    print(verdict, file=sys.stdout)
    return 0 if bad == 0 else 1
