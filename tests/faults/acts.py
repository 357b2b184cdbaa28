"""What a terminal without a window does in a process of its own, until it is killed: ledger, sync, forms."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import local_db.engine
from hmi.domain.changes import Changes
from hmi.domain.entries import Entry, NewEntry, PushResult, ResultKind, Subject
from hmi.domain.payloads import JobOrderStarted, ProductionDeclared
from hmi.errors import OperatorError, StoreError
from hmi.ids import new_id
from hmi.operations.production import CounterSeen, count_parts
from hmi.ports import Context, Draft, Records
from hmi.times import SystemClock
from local_db.ledger import SqliteLedger
from local_db.mes.rest import RestConnector, RestSettings
from local_db.retention import Retention, Rule
from local_db.retire import retire
from local_db.sync import Pace, Sync
from tests.faults.nursery import Shim

Tell = Callable[[str], object]
ORDER = Subject("job_order", "WO-1")
BRISK = Pace(
    pull_every=1.0, first_wait=0.02, least_wait=0.005, longest_wait=0.5, idle_look=0.3, lost_look=0.05,
    hold_failing=0.5,
)  # fmt: skip


def id_of(number: int, terminal: int = 0) -> str:
    """The id that the form of a wish has, in whichever process it is saved."""
    return str(UUID(int=(7 << 76) | (2 << 62) | terminal << 40 | number))


def declare(records: Records, wish: int, context: Context) -> Sequence[NewEntry]:
    """One more part; the first wish starts the order."""
    if wish == 0:
        return [NewEntry(ORDER, JobOrderStarted(plan_version=1))]
    return [NewEntry(ORDER, ProductionDeclared(order="WO-1", quantity=Decimal(1), comment=f"part {wish}"))]


def make_ledger(
    file: str | Path, terminal: str = "T1", on_changes: Callable[[Changes], None] = lambda changes: None
) -> SqliteLedger:
    """The ledger as the front door makes it."""
    return SqliteLedger(
        Path(file), terminal=terminal, equipment="E", clock=SystemClock(), on_changes=on_changes
    )


def connector(url: str, token: str, terminal: str = "T1") -> RestConnector:
    """The road to a MES."""
    return RestConnector(RestSettings(url=url, token_file=Path(token), connect_timeout_s=1.0), terminal)


def work(
    tell: Tell,
    *,
    file: str,
    first: int,
    url: str = "",
    token: str = "",
    terminal: str = "T1",
    ids: int = 0,
    ahead_of_commit: bool = False,
    until: int = 1 << 30,
    rest_s: float = 0.0,
    sync_is_blind: bool = False,
) -> None:
    """Save one wish after the other, and say each number once its commit is confirmed; sync runs beside.

    `ahead_of_commit` says it before: a broken build, as control. So is `sync_is_blind`: no handshake.
    """
    wake: list[Callable[[], None]] = []

    def changed(changes: Changes) -> None:
        for waker in wake:
            waker()

    ledger = make_ledger(file, terminal, changed)
    ledger.start()

    def save() -> None:
        number = first
        while number < until:
            if ahead_of_commit:
                tell(str(number))
            ledger.do(declare, number, entry_id=id_of(number, ids)).result()
            if not ahead_of_commit:
                tell(str(number))
            number += 1
            time.sleep(rest_s)

    if not url:
        save()
        ledger.stop()
        return
    asyncio.run(_both(ledger, connector(url, token, terminal), save, wake, tell))
    ledger.stop()


async def _both(
    ledger: SqliteLedger,
    road: RestConnector,
    save: Callable[[], None],
    wake: list[Callable[[], None]],
    tell: Tell,
) -> None:
    sync = Sync(
        ledger, road, name="mes", kind="rest", address="", clock=SystemClock(), on_status=lambda status: None,
        pace=BRISK,
    )  # fmt: skip
    wake.append(sync.wake)
    running = asyncio.create_task(sync.run())
    await asyncio.to_thread(save)
    await asyncio.to_thread(_until_drained, ledger)
    tell("drained")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def _until_drained(ledger: SqliteLedger) -> None:
    while ledger.queue().result().waiting:
        time.sleep(0.01)


def script(
    tell: Tell,
    *,
    file: str,
    mode: int,
    at: int,
    error: int = 0,
    wishes: int = 12,
    log: str = "",
    synchronous: int = 2,
    checkpoint_pages: int = 20,
) -> None:
    """A short day with everything that writes: wishes, drafts, receipts, checkpoints; counted by the shim.

    `log` writes all down for a replay. `synchronous` 1 is the control: what most guides advise.
    """
    gc.collect()
    shim = Shim()
    local_db.engine.PRAGMAS["wal_autocheckpoint"] = checkpoint_pages
    local_db.engine.PRAGMAS["synchronous"] = synchronous
    if log:
        shim.log_to(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644))
    shim.arm(Path(file).name, mode, at, error)
    ledger = make_ledger(file)
    ledger.start()
    refused = 0
    for number in range(wishes):
        try:
            _form(ledger, number)
            ledger.do(declare, number, entry_id=id_of(number), draft=("f", "s", "P")).result()
        except OperatorError:
            refused += 1
            continue
        shim.mark(number)
        tell(str(number))
        if number % 4 == 3:
            refused += _settle(ledger)
    ledger.stop()
    tell(f"count {shim.count()} {refused}")


def _form(ledger: SqliteLedger, number: int) -> None:
    draft = Draft("f", "s", "P", id_of(number), {"n": str(number)}, SystemClock().now())
    ledger.save_draft(draft).result()


def _settle(ledger: SqliteLedger) -> int:
    try:
        sent: Sequence[Entry] = ledger.waiting(3, 1 << 20).result()
        results = [PushResult(entry.id, ResultKind.RECEIVED, "R") for entry in sent]
        ledger.settle(results, [entry.id for entry in sent]).result()
    except OperatorError:
        return 1
    return 0


def form(tell: Tell, *, file: str, subject: str, fields: int, mode: int, at: int, fresh_id: bool) -> None:
    """Fill a form field by field, keep each, then save it with the id that belongs to the form.

    A form that was kept before goes on where it was. `fresh_id` is the control: the id is made at saving.
    """
    shim = Shim()
    ledger = make_ledger(file)
    ledger.start()
    kept = ledger.read(lambda records: records.journal.draft("form", subject, "P1")).result()
    content = dict(kept.content) if kept is not None else {}
    entry_id = kept.entry_id if kept is not None else str(new_id())
    shim.arm(Path(file).name, mode, at)
    for number in range(len(content), fields):
        content[f"field {number}"] = str(number)
        ledger.save_draft(Draft("form", subject, "P1", entry_id, content, SystemClock().now())).result()
        tell(f"field {number}")
    given = str(new_id()) if fresh_id else entry_id
    saved = ledger.do(_comment, "; ".join(content), entry_id=given, draft=("form", subject, "P1")).result()
    tell(f"saved {saved.entries[0].id} {len(content)} {shim.count()}")
    ledger.stop()


def _comment(records: Records, wish: str, context: Context) -> Sequence[NewEntry]:
    return [NewEntry(ORDER, ProductionDeclared(order="WO-1", quantity=Decimal(1), comment=wish))]


def clock_jumps(tell: Tell, *, file: str, seed: int, jumps: int, naive_ids: bool) -> None:
    """Save entries while the wall clock jumps: 3 h back, half a year ahead, to 1970, an hour back.

    Tells each id with the offset that was noted. `naive_ids` is the control: ids by the clock alone.
    """
    shim, chance = Shim(), random.Random(seed)
    ledger = make_ledger(file)
    ledger.start()
    number, moved = 0, 0.0
    for _ in range(jumps):
        moved = chance.choice([-10_800.0, 15_552_000.0, -1.7e9, -3600.0, 3600.0, 0.0, chance.uniform(-9, 9)])
        shim.move_clock(moved)
        ledger.note_clock_offset(round(-moved * 1000))
        for _ in range(chance.randint(1, 4)):
            given = str(UUID(int=time.time_ns() << 16)) if naive_ids else str(new_id())
            ledger.do(declare, number, entry_id=given).result()
            tell(f"{given} {round(-moved * 1000)}")
            number += 1
    ledger.stop()


def migrate(tell: Tell, *, file: str, mode: int, at: int) -> None:
    """Open a file of an older program, which brings it up to date."""
    shim = Shim()
    shim.arm(Path(file).stem, mode, at)
    ledger = make_ledger(file)
    ledger.start()
    waiting = ledger.queue().result().waiting
    ledger.stop()
    tell(f"waiting {waiting} {shim.count()}")


def retires(tell: Tell, *, file: str, mode: int, at: int, error: int = 0, live: bool = False) -> None:
    """Let old entries leave for an archive; refusals of the disk have to come in words.

    `live`: by itself beside a ledger that runs and saves an entry before and after, else by the command.
    """
    gc.collect()
    shim = Shim()
    journal = Path(file)
    if live:
        _retires_live(tell, shim, journal, (mode, at, error))
        return
    shim.arm(journal.stem, mode, at, error)
    try:
        gone = retire(journal, journal.parent / "archive", terminal="T1", clock=SystemClock())
    except StoreError as refusal:
        tell(f"refused {refusal}")
    else:
        tell(f"retired {shim.count()} {gone.entries}")


def _retires_live(tell: Tell, shim: Shim, journal: Path, fault: tuple[int, int, int]) -> None:
    ledger = make_ledger(journal)
    ledger.start()
    ledger.note_clock_offset(0)
    rule = Rule(journal.parent / "archive", timedelta(days=400), timedelta(days=31))
    retention = Retention(journal, ledger, rule, clock=SystemClock())
    mode, at, error = fault
    shim.arm(journal.stem, mode, at, error)
    retention.look()
    count = shim.count()
    shim.arm(journal.stem, 0, 0)
    ledger.stop()
    tell(f"refused {retention.words}" if retention.words else f"retired {count} 0")


def starve(tell: Tell, *, file: str, wishes: int) -> None:
    """Save until the disk takes nothing more, look around, wait for room, and go on without a restart."""
    ledger = make_ledger(file)
    ledger.start()
    number, refused = 0, 0
    while number < wishes:
        try:
            ledger.do(declare, number, entry_id=id_of(number)).result()
        except OperatorError as error:
            if refused == 0:
                progress = ledger.read(lambda records: records.production.progress("WO-1")).result()
                tell(f"full {error.key} {progress.declared if progress else None}")
            refused += 1
            time.sleep(0.02)
            continue
        tell(str(number))
        number += 1
    ledger.stop()
    tell(f"done {refused}")


def counts(
    tell: Tell, *, file: str, terminal: str, url: str, token: str, counter: str, seen: str, shared: bool
) -> None:
    """Count by what the file `seen` says, under a lease when it is `shared`, until a file beside it is there.

    Then everything has to be received, and the last value counted by whoever holds the lease.
    """
    ledger = make_ledger(file, terminal)
    ledger.start()
    asyncio.run(_count(ledger, connector(url, token, terminal), counter, Path(seen), shared))
    ledger.stop()
    tell("drained")


async def _count(ledger: SqliteLedger, road: RestConnector, counter: str, seen: Path, shared: bool) -> None:
    clock, end = SystemClock(), seen.with_suffix(".end")
    sync = Sync(
        ledger, road, name="mes", kind="rest", address="", clock=clock, on_status=lambda status: None,
        pace=replace(BRISK, pull_every=0.2), counters=[counter] if shared else [],
    )  # fmt: skip

    def count() -> None:
        over = False
        while not over or ledger.queue().result().waiting:
            over = end.exists()
            value = int(seen.read_text() or 0)
            wish = CounterSeen(counter, value, clock.now(), True, None, 0.0001, shared=shared)
            ledger.do(count_parts, wish).result()
            sync.wake()
            time.sleep(0.03)

    running = asyncio.create_task(sync.run())
    await asyncio.to_thread(count)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


ACTS: dict[str, Callable[..., None]] = {
    act.__name__: act for act in (work, script, form, clock_jumps, migrate, retires, starve, counts)
}
