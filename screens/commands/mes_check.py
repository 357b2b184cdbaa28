"""`lineside mes-check URL`: tells whoever writes the other side whether their MES holds the contract."""

import asyncio
from pathlib import Path

from hmi.errors import ConfigError
from hmi.times import SystemClock
from local_db.mes.conformance import Conformance


def run_mes_check(url: str, terminal: str, token_file: Path) -> int:
    """One line for each rule; 0 the MES holds all of them, 1 it does not."""
    try:
        token = token_file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            str(token_file), "", f"cannot be read ({error})", "Name the file that holds the terminal's token"
        ) from error
    return asyncio.run(_check(Conformance(url, terminal, token, SystemClock())))


async def _check(conformance: Conformance) -> int:
    bad = tried = 0
    async for finding in conformance.findings():
        tried += 1
        bad += not finding.ok
        print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.words}")
    verdict = "This MES holds the contract." if bad == 0 else f"{bad} of {tried} rules are not held."
    print(verdict)
    return 0 if bad == 0 else 1
