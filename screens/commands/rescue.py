"""`lineside rescue OLD`: the terminal was replaced; what its old disk had not sent is sent now."""

import asyncio
from pathlib import Path

from hmi import config as configuration
from hmi.domain.personnel import Permission
from hmi.errors import ConfigError
from hmi.operations.personnel import CommandWish, use_command
from hmi.times import SystemClock
from local_db.mes.rest import RestConnector, RestSettings
from local_db.rescue import OldDisk, Rescued, look_at, rescue
from screens.commands.standing import Asks, Console, desk_of
from screens.settings import data_folder


def run_rescue(
    old: Path, config: Path, token_file: Path | None, *, look: bool, asks: Asks | None = None
) -> int:
    """Say what stands in an old journal and, unless told only to `look`, send it; 0 nothing is left.

    A supervisor has to say so, by badge and PIN or a sealed code; it is kept in this terminal's journal.
    """
    found = look_at(old)
    _tell_old(found)
    if look:
        return 0 if found.proven.ok else 1
    terminal = configuration.load(config)
    if terminal.mes.get("connector") != "rest":
        raise ConfigError(
            str(config), "mes.connector", "rescue speaks the MES contract", "Use a rest connector"
        )
    own = {key: value for key, value in terminal.mes.items() if key != "connector"}
    settings = configuration.read_settings(RestSettings, own, config, "mes").beside(config.resolve().parent)
    if token_file is not None:
        settings = settings.model_copy(update={"token_file": token_file.resolve()})
    elif found.terminal != terminal.terminal.id:
        raise ConfigError(
            str(old),
            "",
            f"is of terminal {found.terminal}",
            "Name its token: --token-file FILE",
        )
    with desk_of(terminal, config) as desk:
        desk.prove(asks or Console(), Permission.DECIDE_REFUSED)
        about = f"{found.terminal}: {found.waiting} of {found.proven.entries} entries from {old}"
        desk.do(use_command, CommandWish("rescue", about))
        desk.leave()
    road = RestConnector(settings, found.terminal)
    folder = data_folder(terminal, config) / "rescued"
    told = asyncio.run(rescue(found, folder, road, SystemClock()))
    _tell(told)
    return 0 if not told.undecided else 1


def _tell_old(found: OldDisk) -> None:
    print(f"{found.file}: the journal of terminal {found.terminal}, {found.proven.entries} entries.")
    print(f"{found.proven.words}; proven up to entry {found.proven.proven_to} of epoch {found.proven.epoch}.")
    print(f"{found.waiting} were not sent, {found.needs_decision} need a decision.")


def _tell(told: Rescued) -> None:
    sent = told.before.waiting - told.after.waiting
    print(f"{sent} entries reached the MES; {told.after.waiting} still wait.")
    print(f"What became of each stands in {told.file}; the old disk was only read.")
    for row in told.undecided:
        entry, receipt = row.entry, row.receipt
        words = receipt.words or receipt.state.value
        print(f"LEFT entry {entry.seq} of epoch {entry.epoch}: {entry.kind} {entry.subject.id}: {words}")
