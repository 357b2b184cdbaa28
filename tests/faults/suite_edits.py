"""F12: somebody edits the journal's file who knows how it is made; every edit is named at the right entry."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from hmi.domain.entries import GENESIS, chain_hash
from local_db.heads import SignedHead, read_heads
from local_db.tables import place_of
from local_db.verify import verify
from tests.faults.acts import declare, make_ledger
from tests.faults.figure import Outcome, Trial

LENGTH = 240
_ADD = "INSERT INTO journal SELECT ?, ?, ?, ?, ?, unixepoch(substr(?, 1, 19)) * 1000 + substr(?, 21, 3), ?, ?"
Edit = Callable[[sqlite3.Connection, random.Random], int]


def _row(raw: sqlite3.Connection, seq: int) -> tuple[str, str]:
    row = raw.execute("SELECT text, hash FROM journal WHERE place = ?", (place_of(1, seq),)).fetchone()
    return str(row[0]), str(row[1])


def _change(raw: sqlite3.Connection, chance: random.Random) -> int:
    seq = chance.randint(2, LENGTH - 1)
    text = _row(raw, seq)[0].replace('"comment":"part ', '"comment":"port ')
    raw.execute("UPDATE journal SET text = ? WHERE place = ?", (text, place_of(1, seq)))
    return seq


def _change_and_seal(raw: sqlite3.Connection, chance: random.Random) -> int:
    """One who knows the formula: the entry holds, the one after it does not."""
    seq = chance.randint(2, LENGTH - 1)
    text, _ = _row(raw, seq)
    text = text.replace('"comment":"part ', '"comment":"port ')
    link = chain_hash(json.loads(text)["prev"], text.encode())
    raw.execute("UPDATE journal SET text = ?, hash = ? WHERE place = ?", (text, link, place_of(1, seq)))
    return seq + (seq % 100 != 0)


def _delete(raw: sqlite3.Connection, chance: random.Random) -> int:
    seq = chance.randint(2, LENGTH - 1)
    for table in ("receipt", "journal"):
        raw.execute(f"DELETE FROM {table} WHERE place = ?", (place_of(1, seq),))  # noqa: S608
    return seq


def _insert(raw: sqlite3.Connection, chance: random.Random) -> int:
    """Room is made for a new entry; all that follow are moved and sealed anew."""
    at = chance.randint(2, LENGTH - 1)
    _reseal(raw, at, [_row(raw, at - 1)[0].replace("part ", "more ")])
    return _first_signed(at)


def _swap(raw: sqlite3.Connection, chance: random.Random) -> int:
    seq = chance.randint(2, LENGTH - 2)
    one, other = _row(raw, seq), _row(raw, seq + 1)
    for place, (text, link) in ((seq, other), (seq + 1, one)):
        raw.execute("UPDATE journal SET text = ?, hash = ? WHERE place = ?", (text, link, place_of(1, place)))
    return seq


def _cut(raw: sqlite3.Connection, chance: random.Random) -> int:
    """The tail is cut off, with its receipts and its heads."""
    seq = chance.randint(2, LENGTH)
    for table in ("receipt", "head", "journal"):
        raw.execute(f"DELETE FROM {table} WHERE place >= ?", (place_of(1, seq),))  # noqa: S608
    return seq


def _rewrite(raw: sqlite3.Connection, chance: random.Random) -> int:
    """The whole file is another one from an entry on: all is sealed anew, heads are taken away."""
    at = chance.randint(2, LENGTH)
    _reseal(raw, at, [])
    return _first_signed(at)


def _reseal(raw: sqlite3.Connection, at: int, put_in: list[str]) -> None:
    texts = [_row(raw, seq)[0] for seq in range(at, LENGTH + 1)]
    link = _row(raw, at - 1)[1] if at > 1 else GENESIS
    raw.execute("DELETE FROM head WHERE place >= ?", (place_of(1, at),))
    raw.execute("DELETE FROM receipt WHERE place >= ?", (place_of(1, at),))
    raw.execute("DELETE FROM journal WHERE place >= ?", (place_of(1, at),))
    for seq, text in enumerate([*put_in, *texts][: LENGTH + 1 - at], at):
        told: dict[str, Any] = {**json.loads(text), "seq": seq, "prev": link}
        if seq == at:
            told["payload"]["comment"] = "another"
        told["id"] = f"{told['id'][:-6]}{seq:06d}"
        canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        link = chain_hash(link, canonical.encode())
        subject, moment = told["subject"], told["terminal_time"]
        place = place_of(1, seq)
        listed = (
            place,
            told["id"],
            told["kind"],
            subject["kind"],
            subject["id"],
            moment,
            moment,
            canonical,
            link,
        )
        raw.execute(_ADD, listed)
        raw.execute("INSERT INTO receipt (place, state, attempts) VALUES (?, 'waiting', 0)", (place,))


def _first_signed(at: int) -> int:
    """The first head that a chain which was sealed anew from an entry on does not meet."""
    return min(seq for seq in (1, 100, 200, LENGTH) if seq >= at)


EDITS: tuple[Edit, ...] = (_change, _change_and_seal, _delete, _insert, _swap, _cut, _rewrite)


def _try(file: Path, edit: Edit, chance: random.Random, kept: list[SignedHead]) -> tuple[bool, bool]:
    """Whether an edit is named at its entry with heads kept elsewhere, and whether it is found without."""
    with closing(sqlite3.connect(file)) as raw:
        raw.executescript("PRAGMA foreign_keys = 0; PRAGMA synchronous = OFF")
        bad = edit(raw, chance)
        raw.commit()
    told, alone = verify(file, heads=kept), verify(file)
    return told.first_bad == bad and told.proven_to <= bad - 1, not alone.ok


def edits(trial: Trial) -> Outcome:
    """So many edits of seven kinds; the control has no head elsewhere, and a cut tail passes."""
    chance, count = random.Random(trial.seed), trial.effort.of(1000, 70)
    model = trial.place("model") / "ledger.sqlite3"
    ledger = make_ledger(model)
    ledger.start()
    for number in range(1, LENGTH + 1):
        ledger.do(declare, number).result()
    ledger.stop()
    kept = read_heads(model.with_suffix(".heads"))
    with closing(sqlite3.connect(model)) as raw:
        for name in ("journal_no_update", "journal_no_delete", "head_no_update", "head_no_delete"):
            raw.execute(f"DROP TRIGGER {name}")
    if not verify(model, heads=kept).ok:
        return Outcome(0, {}, ("the file that is edited does not hold before",))
    file = trial.place("edited") / model.name
    missed: list[str] = []
    passed_alone = cuts = 0
    for number in range(count):
        edit = EDITS[number % len(EDITS)]
        shutil.copyfile(model, file)
        named, found_alone = _try(file, edit, chance, kept)
        if not named:
            missed.append(f"{edit.__name__.strip('_')} (edit {number}) was not named at its entry")
        cuts += edit is _cut
        passed_alone += edit is _cut and not found_alone
    return Outcome(
        count,
        {"named at the right entry": count - len(missed), "kinds": len(EDITS)},
        tuple(missed),
        f"no head kept elsewhere: {passed_alone} of {cuts} cut tails pass as whole",
        passed_alone == cuts > 0,
    )
