"""F3: the power is cut. What a program wrote is written down block by block and put together again as a disk
may hold it: all that was synced, and of the rest any blocks of 512 bytes, or none."""

from __future__ import annotations

import random
import shutil
import struct
from dataclasses import dataclass, field
from pathlib import Path

from local_db.verify import verify
from tests.faults.acts import id_of, make_ledger
from tests.faults.figure import Outcome, Trial
from tests.faults.judge import Verdict, ids_in
from tests.faults.nursery import COUNT, Nursery, compiler
from tests.faults.suite_writes import template

_HEAD = struct.Struct("<c3xIqQ")
_BLOCK = 512
_WISHES = 40


@dataclass(frozen=True)
class Note:
    """One line of the log: written (W), synced (S), cut to a length (T), deleted (U), confirmed (M)."""

    kind: str
    path: str
    at: int
    data: bytes


def read_log(file: Path) -> list[Note]:
    """All that was written, in its order."""
    raw, notes, place = file.read_bytes(), list[Note](), 0
    while place + _HEAD.size <= len(raw):
        kind, length, at, size = _HEAD.unpack_from(raw, place)
        place += _HEAD.size
        path = raw[place : place + length].decode()
        place += length
        data = raw[place : place + size] if kind == b"W" else b""
        place += len(data)
        notes.append(Note(kind.decode(), path, at, data))
    return notes


@dataclass
class Disk:
    """Files as they lie on the disk for sure, and what is still on its way there."""

    sure: dict[str, bytearray]
    on_the_way: dict[str, list[Note]] = field(default_factory=dict[str, list[Note]])

    def take(self, note: Note) -> None:
        """One more thing was done."""
        if note.kind == "S":
            for path in [
                path for path in self.on_the_way if path == note.path or Path(path).parent == Path(note.path)
            ]:
                for one in self.on_the_way.pop(path):
                    self._do(self.sure, one, one.data, one.at)
        elif note.kind != "M":
            self.on_the_way.setdefault(note.path, []).append(note)

    def after_the_cut(self, chance: random.Random) -> dict[str, bytes]:
        """What may be found: of each file's unsynced blocks a random part arrived, in whatever order."""
        found = {path: bytearray(data) for path, data in self.sure.items()}
        for path, notes in self.on_the_way.items():
            share = chance.choice((0.0, 0.5, 0.9, 1.0))
            for note in notes:
                if note.kind != "W":
                    if chance.random() < share:
                        self._do(found, note, b"", note.at)
                    continue
                for start in range(0, len(note.data), _BLOCK):
                    if chance.random() < share:
                        self._do(found, note, note.data[start : start + _BLOCK], note.at + start)
            found.setdefault(path, bytearray())
        return {path: bytes(data) for path, data in found.items()}

    @staticmethod
    def _do(files: dict[str, bytearray], note: Note, data: bytes, at: int) -> None:
        if note.kind == "U":
            files.pop(note.path, None)
            return
        whole = files.setdefault(note.path, bytearray())
        if note.kind == "T":
            del whole[at:]
            whole.extend(bytes(at - len(whole)))
            return
        if len(whole) < at:
            whole.extend(bytes(at - len(whole)))
        whole[at : at + len(data)] = data


def _states(trial: Trial, notes: list[Note], before: dict[str, bytes], folder: Path, count: int) -> Verdict:
    """Cut the power at so many random moments; what is then found has to hold all that was confirmed."""
    chance, verdict = random.Random(trial.seed), Verdict()
    moments = sorted(chance.choices(range(len(notes) + 1), k=count))
    disk, done, confirmed = Disk({path: bytearray(data) for path, data in before.items()}), 0, 0
    all_ids = [id_of(number) for number in range(_WISHES)]
    for state, moment in enumerate(moments):
        while done < moment:
            note = notes[done]
            disk.take(note)
            confirmed += note.kind == "M"
            done += 1
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path, data in disk.after_the_cut(chance).items():
            (folder / Path(path).name).write_bytes(data)
        _find(verdict, folder / "ledger.sqlite3", all_ids, confirmed)
        if state % 200 == 199:
            trial.say(f"{state + 1} states")
    return verdict


def _find(verdict: Verdict, file: Path, all_ids: list[str], confirmed: int) -> None:
    """One state counts once, however much of it is wrong."""
    one = Verdict()
    try:
        ledger = make_ledger(file)
        ledger.start()
        ledger.stop()
        one.compare(all_ids[:confirmed], ids_in(file), all_ids)
        proven = verify(file, tables=True)
        one.damaged += not proven.ok
    except Exception as error:  # noqa: BLE001  whatever it is: this state did not come back
        one.damaged += 1
        one.words.append(str(error)[:200])
    if one.bad:
        verdict.lost += one.lost > 0
        verdict.damaged += one.damaged > 0
        verdict.twice += one.twice
        verdict.words += one.words[:1] if len(verdict.words) < 5 else []


def power_cuts(trial: Trial) -> Outcome:
    """Random moments of a day; and as control what most guides advise, which must lose in most of them."""
    if compiler() is None:
        return Outcome(0, {}, skipped="there is no C compiler here: writes cannot be written down")
    count = trial.effort.of(1000, 60)
    verdicts: dict[int, Verdict] = {}
    with Nursery(trial.place("nursery"), shim=True) as nursery:
        for synchronous in (2, 1):
            file = template(trial.place(f"model-{synchronous}"))
            before = {str(path): path.read_bytes() for path in file.parent.glob("ledger.sqlite3*")}
            log = trial.folder / f"log-{synchronous}"
            nursery.fork(
                "script", file=str(file), mode=COUNT, at=0, wishes=_WISHES, log=str(log),
                synchronous=synchronous, checkpoint_pages=1000,
            ).end()  # fmt: skip
            tries = count if synchronous == 2 else max(40, count // 5)
            states = trial.folder / f"states-{synchronous}"
            verdicts[synchronous] = _states(trial, read_log(log), before, states, tries)
    held, broken, tried = verdicts[2], verdicts[1], max(40, count // 5)
    share = 100 * max(broken.lost, broken.damaged) // tried
    return Outcome(
        count,
        {"states that lost": held.lost, "states that were damaged": held.damaged},
        held.bad,
        f"synchronous=NORMAL: {broken.lost} of {tried} states lost what was confirmed ({share} %)",
        broken.lost * 2 > tried,
    )
