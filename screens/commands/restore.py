"""`lineside restore`: put a copy of the journal back, save what still proves itself, name what is missing."""

import asyncio
from pathlib import Path

from hmi import config as configuration
from hmi.domain.standing import Known
from hmi.errors import LinkError
from hmi.times import SystemClock
from local_db.copies import Copies, proof_of
from local_db.restore import Restored, restore
from screens.commands.journal import ask_mes
from screens.settings import copies_folder, journal_file


def run_restore(config: Path, copy: Path | None, *, look: bool, offline: bool) -> int:
    """Put back, or only `look` at the copies; `offline` does not ask the MES what it holds."""
    terminal = configuration.load(config)
    file = journal_file(terminal, config)
    copies = Copies(copies_folder(terminal, config), file.stem)
    if look:
        return _look(copies)
    known: Known | None = None
    if not offline:
        try:
            known = asyncio.run(ask_mes(config))
        except LinkError as error:
            print(f"The MES does not answer ({error}): what it alone holds cannot be named.")
    told = restore(file, copies, terminal=terminal.terminal.id, clock=SystemClock(), known=known, chosen=copy)
    _tell(told)
    return 0 if not told.missing else 1


def _look(copies: Copies) -> int:
    kept = copies.kept()
    for copy in kept:
        proven = proof_of(copy.file)
        words = "cannot be read" if proven is None else proven.words
        sign = "ok  " if proven is not None and proven.ok else "FAIL"
        taken = f"{copy.taken_at:%Y-%m-%d %H:%M:%S} UTC"
        print(f"{sign} {taken}: up to entry {copy.seq} of epoch {copy.epoch}: {words}: {copy.file}")
    if not kept:
        print(f"There are no copies in {copies.folder}.")
    return 0 if kept else 1


def _tell(told: Restored) -> None:
    source = f"{told.copied} entries from {told.copy}" if told.copy is not None else "no copy was good"
    print(f"Put back: {source}; {told.saved} more were saved from the damaged file.")
    if told.aside is not None:
        print(f"The damaged file is {told.aside}. Keep it until nothing is missing any more.")
    print(f"The journal goes on in epoch {told.epoch}.")
    for one in told.missing:
        print(f"MISSING epoch {one.epoch}: entries {one.first} to {one.last}.")
    if told.missing:
        print("What the MES received of them is there. What it did not receive has to be entered again.")
