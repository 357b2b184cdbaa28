"""`lineside journal`: prove it, alone, with archives or against the MES; write it out; copy; retire."""

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hmi import config as configuration
from hmi.domain.standing import Known
from hmi.errors import ConfigError, LinkError, StoreError
from hmi.times import SystemClock
from local_db.archives import behind, prove_together
from local_db.copies import Copies
from local_db.heads import HEADS_SUFFIX, SignedHead, read_heads
from local_db.retire import KEPT_DAYS, retire
from local_db.tables import place_of
from local_db.verify import Verification, cut_of, export, link_at
from screens.commands.journal_csv import BYTE_ORDER_MARK, CsvLines
from screens.settings import archive_folder, copies_folder, journal_file
from screens.wiring import make_connector

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def journal_of(config: Path | None, journal: Path | None) -> Path:
    """The journal's file, by its own name or by the terminal's configuration; it has to be there."""
    if journal is not None:
        file = journal
    elif config is not None:
        file = journal_file(configuration.load(config), config)
    else:
        raise ConfigError("journal", "", "which journal is not said", "Give --config FILE or --journal FILE")
    if not file.exists():
        raise StoreError(f"{file}: there is no journal here. Start the terminal once, or name another file.")
    return file


def run_export(file: Path, out: Path | None, archives: Sequence[Path] = (), form: str = "json") -> int:
    """Write every entry with its receipt, one JSON line or CSV row each; archives first, oldest first."""
    with ExitStack() as stack:
        made = sys.stdout if out is None else stack.enter_context(out.open("w", encoding="utf-8", newline=""))
        if form == "csv" and out is not None:
            made.write(BYTE_ORDER_MARK)
        lines = CsvLines(made) if form == "csv" else made
        for part in (*sorted(archives, key=_begins), file):
            export(part, lines)
    return 0


def archives_of(config: Path | None, file: Path) -> Sequence[Path]:
    """Every archive of a journal that is found where it is configured; the missing ones are named."""
    folders = [file.parent / "archive", file.parent]
    if config is not None:
        folders.insert(0, archive_folder(configuration.load(config), config))
    found = behind(file, folders, _EVER)
    for name in found.missing:
        print(f"Not found, and not written out: {name}", file=sys.stderr)
    return found.here


def _begins(archive: Path) -> int:
    cut = cut_of(archive)
    return 0 if cut is None else cut.place


def run_retire(config: Path, *, keep_days: int | None, into: Path | None) -> int:
    """Let old entries leave for an archive, prove what stays together with it, and copy the journal."""
    terminal = configuration.load(config)
    keep_days = (terminal.journal.keep_days or KEPT_DAYS) if keep_days is None else keep_days
    if keep_days < 1:
        raise ConfigError("--keep-days", str(keep_days), "is no number of days", "Write 1 or more")
    file = journal_of(config, None)
    folder = archive_folder(terminal, config) if into is None else into
    gone = retire(
        file, folder, terminal=terminal.terminal.id, clock=SystemClock(), keep=timedelta(days=keep_days)
    )
    if gone.words:
        print(f"What follows stays: {gone.words}.")
    if gone.archive is None:
        print(f"Nothing more is older than {keep_days} days and received. Nothing was changed.")
        return 0
    print(f"{gone.archive}: {gone.entries} entries up to entry {gone.seq} of epoch {gone.epoch}")
    found = prove_together(
        file, [gone.archive], tables=True, heads=read_heads(file.with_suffix(HEADS_SUFFIX))
    )
    print(found.words)
    return run_copy(config) if found.ok else 1


def run_copy(config: Path) -> int:
    """Take a copy now, beside the terminal that runs, and prove it."""
    terminal = configuration.load(config)
    file = journal_of(config, None)
    copy = Copies(copies_folder(terminal, config), file.stem).take(file, datetime.now(UTC))
    print(f"{copy.file}: proven up to entry {copy.seq} of epoch {copy.epoch}")
    return 0


def run_verify(file: Path, *, tables: bool, mes: Path | None, archives: Sequence[Path] = ()) -> int:
    """Say the first bad entry and what is proven from where up to where; 0 all holds, 1 something does not.

    `mes` is the configuration whose MES is asked what it holds; `archives` hold what left the journal.
    """
    heads: Sequence[SignedHead] = read_heads(file.with_suffix(HEADS_SUFFIX))
    found = prove_together(file, archives, tables=tables, heads=heads)
    told: dict[str, object] = {
        "file": str(file),
        "entries": found.entries,
        "epoch": found.epoch,
        "proven_from": {"epoch": found.proven_from[0], "entry": found.proven_from[1]},
        "proven_to": found.proven_to,
    }
    if found.signed is not None:
        told["signed"] = asdict(found.signed)
    print(json.dumps(told))
    print(found.words)
    if not found.ok:
        print(f"Everything up to entry {found.proven_to} of epoch {found.epoch} is proven.")
        return 1
    if found.signed is None:
        print("No head was ever signed here: that nothing was cut off at the end is not proven.")
    if mes is None:
        return 0
    return _compare(file, found, mes)


def _compare(file: Path, found: Verification, config: Path) -> int:
    try:
        known = asyncio.run(ask_mes(config))
    except LinkError as error:
        print(f"The MES could not be asked: {error}. The journal alone holds.")
        return 1
    if known is None:
        print("This MES cannot say what it holds. The journal alone holds.")
        return 1
    bad, cut = 0, cut_of(file)
    for one in sorted(known.epochs, key=lambda epoch: epoch.epoch):
        if cut is not None and place_of(one.epoch, one.seq) <= cut.place:
            same = place_of(one.epoch, one.seq) < cut.place or one.hash == cut.head.hash
            word = "ok  " if same else "FAIL"
            print(f"{word} epoch {one.epoch}: the MES ends at entry {one.seq}, which left for {cut.archive}.")
            bad += not same
            continue
        link, last = link_at(file, one.epoch, one.seq)
        if one.last > last:
            print(f"FAIL epoch {one.epoch}: the MES holds entry {one.last}, the journal ends at {last}.")
            bad += 1
        elif one.seq > 0 and link != one.hash:
            print(f"FAIL epoch {one.epoch}: entry {one.seq} is another one at the MES.")
            bad += 1
        else:
            after = f"; {last - one.seq} after it are not settled there" if last > one.seq else ""
            print(f"ok   epoch {one.epoch}: the MES holds the same up to entry {one.seq}{after}.")
    if not known.epochs and found.entries:
        print("The MES holds nothing of this terminal.")
    return 0 if bad == 0 else 1


async def ask_mes(config: Path) -> Known | None:
    """What the MES of a configuration holds of this terminal; LinkError when it does not answer."""
    connector = make_connector(configuration.load(config), config)
    try:
        return await connector.known()
    finally:
        await connector.close()
