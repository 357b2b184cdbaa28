"""A terminal's ledger in a process of its own, to be killed or starved: run as `python -m`, told by words."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from hmi.domain.entries import NewEntry, Subject
from hmi.domain.payloads import JobOrderStarted, ProductionDeclared
from hmi.errors import OperatorError
from hmi.ports import Context, Records
from hmi.times import SystemClock
from local_db.ledger import SqliteLedger

ORDER = Subject("job_order", "WO-1")


def id_of(number: int) -> str:
    """The id that the form of this wish has, in whichever process it is saved."""
    return str(UUID(int=(7 << 76) | number))


def declare(records: Records, wish: int, context: Context) -> Sequence[NewEntry]:
    """One more part; the first one starts the order."""
    part = NewEntry(ORDER, ProductionDeclared(order="WO-1", quantity=Decimal(1), comment=f"part {wish}"))
    return [NewEntry(ORDER, JobOrderStarted(plan_version=1))] if wish == 0 else [part]


def open_ledger(file: Path) -> SqliteLedger:
    """The ledger as the front door opens it."""
    ledger = SqliteLedger(
        file, terminal="T1", equipment="E", clock=SystemClock(), on_changes=lambda changes: None
    )
    ledger.start()
    return ledger


def append_for_ever(file: Path, first: int) -> None:
    """Save one wish after the other, and say each number once its commit is confirmed."""
    ledger = open_ledger(file)
    number = first
    while True:
        ledger.do(declare, number, entry_id=id_of(number)).result()
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


def starve(file: Path) -> None:
    """Save until the disk takes nothing more, look around, and go on when there is room again."""
    ledger = open_ledger(file)
    ledger.do(declare, 0, entry_id=id_of(0)).result()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(each.stat().st_size for each in file.parent.glob(f"{file.name}*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + (128 << 10), hard))
    number = 1
    while number < 5000:
        try:
            ledger.do(declare, number, entry_id=id_of(number)).result()
        except OperatorError as error:
            sys.stdout.write(f"{error.key}\n")
            break
        number += 1
    with_full_disk = ledger.read(lambda records: records.production.progress("WO-1")).result()
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    again = ledger.do(declare, number, entry_id=id_of(number)).result()
    ledger.stop()
    declared = with_full_disk.declared if with_full_disk else None
    sys.stdout.write(f"{number} {declared} {again.already}\n")


if __name__ == "__main__":
    if sys.argv[1] == "append":
        append_for_ever(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        starve(Path(sys.argv[2]))
