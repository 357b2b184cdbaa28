"""The journal together with the files that its oldest entries left for: one chain over all of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from local_db.heads import SignedHead
from local_db.verify import Verification, cut_of, link_at, verify


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
