"""The journal together with the files that its oldest entries left for: one chain over all of them."""

import re
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from hmi.ports import Records
from hmi.times import Clock
from local_db.engine import reading
from local_db.heads import SignedHead
from local_db.read_only import connected, connected_archive
from local_db.stores.archived import ArchivedJournal
from local_db.stores.journal import JournalStore
from local_db.stores.records import SqliteRecords
from local_db.verify import Verification, cut_of, link_at, verify

_DAY = re.compile(r"-archive-(\d{8})-e\d+-s\d+\.")
_CUTS = "SELECT archive FROM cut ORDER BY place DESC"


@dataclass(frozen=True, slots=True)
class Behind:
    """What left a journal since a moment: the archives that hold it, newest first, and those not found.

    From the first one that is `missing` on, none is `here`: what is behind it would not be proven.
    """

    here: tuple[Path, ...]
    missing: tuple[str, ...]


def behind(file: Path, folders: Sequence[Path], since: datetime) -> Behind:
    """Where to look for entries that were saved at `since` or later, and are not in the journal any more."""
    with closing(reading(file)) as connection:
        names = [row[0].decode("utf-8") for row in connection.execute(_CUTS)]
    here, missing = list[Path](), list[str]()
    for name in names:
        if _last_day(name) < since.astimezone(UTC).date():
            break
        found = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if found is None or missing:
            missing.append(name)
        else:
            here.append(found)
    return Behind(tuple(here), tuple(missing))


def _last_day(name: str) -> date:
    told = _DAY.search(name)
    return date.max if told is None else datetime.strptime(told[1], "%Y%m%d").replace(tzinfo=UTC).date()


@contextmanager
def records_with(file: Path, archives: Sequence[Path], clock: Clock) -> Generator[Records]:
    """The records of a journal, its entries together with those of archives, newest archive first.

    The tables are the journal's own: they never left it. StoreError when a file cannot be read.
    """
    with ExitStack() as stack:
        live = stack.enter_context(connected(file))
        older = [JournalStore(stack.enter_context(connected_archive(one))) for one in archives]
        yield SqliteRecords(live, clock, ArchivedJournal(JournalStore(live), older))


def prove_together(
    file: Path, archives: Sequence[Path], *, tables: bool = False, heads: Sequence[SignedHead] = ()
) -> Verification:
    """Prove the journal, then each archive that ends where the part after it begins, back as far as they go.

    An archive that fits nowhere is a gap, and named. `heads` are those that were kept elsewhere.
    """
    found = verify(file, tables=tables, heads=heads)
    left = {archive.resolve(): archive for archive in archives}
    after, entries, first, behind = file, found.entries, found.proven_from, found.archive
    while found.ok and left and (cut := cut_of(after)) is not None:
        place = (cut.head.epoch, cut.head.seq)
        fitting = [one for one in left.values() if link_at(one, *place) == (cut.head.hash, cut.head.seq)]
        if not fitting:
            words = (
                f"what is before entry {cut.head.seq + 1} of epoch {cut.head.epoch} is in {cut.archive}, "
                "which was not named or is another file"
            )
            return replace(found, first_bad=cut.head.seq, words=words)
        archive = fitting[0]
        del left[archive.resolve()]
        older = verify(archive, tables=tables, heads=[one for one in heads if (one.epoch, one.seq) <= place])
        if not older.ok or (older.epoch, older.proven_to) != place:
            return replace(older, first_bad=older.first_bad or 0, words=f"{archive.name}: {older.words}")
        after, entries = archive, entries + older.entries
        first, behind = older.proven_from, older.archive
    if not found.ok:
        return found
    if left:
        names = ", ".join(one.name for one in left.values())
        return replace(found, first_bad=first[1], words=f"{names}: nothing begins where this ends")
    words = (
        "all links hold"
        if not behind
        else (
            f"all links hold; proven from entry {first[1]} of epoch {first[0]}, what is before is in {behind}"
        )
    )
    return replace(found, entries=entries, words=words, proven_from=first, archive=behind)
