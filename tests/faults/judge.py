"""Compares what people were told with what is in the file and at the MES: lost, twice, never wished for."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from local_db.verify import verify


@dataclass
class Verdict:
    """What was found over many tries; each number has to be 0."""

    lost: int = 0
    twice: int = 0
    ghosts: int = 0
    damaged: int = 0
    words: list[str] = field(default_factory=list[str])

    @property
    def bad(self) -> tuple[str, ...]:
        """What is wrong, in words."""
        found = {"lost": self.lost, "twice": self.twice, "ghosts": self.ghosts, "damaged": self.damaged}
        told = [f"{count} {name}" for name, count in found.items() if count]
        return (*told, *self.words)

    def values(self) -> dict[str, float | int | str]:
        """The numbers."""
        return {"lost": self.lost, "twice": self.twice, "ghosts": self.ghosts, "damaged": self.damaged}

    def compare(self, confirmed: Iterable[str], there: Iterable[str], wished: Iterable[str]) -> None:
        """`confirmed` ids have to be there, once; nothing is there that was never wished for."""
        counted = Counter(there)
        known = set(wished)
        lost = [one for one in confirmed if one not in counted]
        ghosts = [one for one in counted if one not in known]
        self.lost += len(lost)
        self.twice += sum(count - 1 for count in counted.values())
        self.ghosts += len(ghosts)
        self.words += [f"lost {one}" for one in lost[:2]] + [f"ghost {one}" for one in ghosts[:2]]

    def prove(self, file: Path, *, tables: bool = True) -> None:
        """The file has to prove itself, and its tables to follow from the journal."""
        found = verify(file, tables=tables)
        if not found.ok:
            self.damaged += 1
            self.words.append(found.words)


def ids_in(file: Path) -> list[str]:
    """The ids of the wishes in a journal, in its order; none in a file that was not made yet.

    Entries of the terminal itself are left out, and those that were carried over count once.
    """
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as raw:
        if not raw.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'journal'").fetchone()[0]:
            return []
        query = (
            "SELECT id FROM journal j JOIN receipt r ON r.place = j.place "
            "WHERE kind NOT LIKE 'terminal.%' AND coalesce(r.code, '') <> 'carried' ORDER BY j.place"
        )
        return [row[0] for row in raw.execute(query)]
