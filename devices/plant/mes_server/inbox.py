"""The inbox of the reference MES: each entry is judged, stored and applied once, a
batch in one transaction.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue, ValidationError
from sqlalchemy import Connection, bindparam, func, insert, select, update

from devices.plant.mes_server import leases, plans, tables
from devices.plant.mes_server.applied import Applied
from devices.plant.mes_server.database import Database, now_text
from devices.plant.mes_server.envelope import Envelope
from devices.plant.mes_server.judging import Refusal, judge, read_payload
from devices.plant.mes_server.web import MAX_ENTRIES

GENESIS = "0" * 64
_CHAIN = "lineside-entry-1"
Answer = dict[str, JsonValue]


class BatchError(Exception):
    """The whole batch is not what the contract says: an HTTP status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class _Arrived:
    """An entry as it came: read, with its canonical text (without its hash)."""

    entry: Envelope
    text: str

    def hash_holds(self) -> bool:
        """Whether the entry's hash is that of its own contents."""
        chained = f"{_CHAIN}\n{self.entry.prev}\n{self.text}".encode()
        return hashlib.sha256(chained).hexdigest() == self.entry.hash


@dataclass
class _Stored:
    """What is known of an entry that was here before, or earlier in this batch."""

    number: int
    id: str
    seq: int
    hash: str
    result: str
    times_seen: int


def canonical(entry: Mapping[str, JsonValue]) -> str:
    """The RFC 8785 text of an entry without its hash; entries hold no floats, which makes it this short."""
    bare = {key: value for key, value in entry.items() if key != "hash"}
    return json.dumps(bare, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class Inbox:
    """Receives batches of entries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def receive(self, terminal: str, batch: JsonValue) -> Answer:
        """Judge, store and apply a batch; the answer is that of the contract, given after the commit.

        Raises BatchError (413, 422) when the batch as a whole cannot be read.
        """
        epoch, arrived = _read_batch(terminal, batch)
        with self._database.write() as connection:
            session = _Session(connection, terminal, epoch, arrived)
            results: list[JsonValue] = [session.settle(one) for one in arrived]
            high = session.finish()
        return {
            "mes_epoch": self._database.mes_epoch,
            "server_time": now_text(),
            "high_water": {"epoch": epoch, "seq": high},
            "results": results,
        }


class _Session:
    """One batch within its transaction."""

    def __init__(self, connection: Connection, terminal: str, epoch: int, arrived: list[_Arrived]) -> None:
        self._connection = connection
        self._terminal, self._epoch = terminal, epoch
        self._now = now_text()
        entries = [one.entry for one in arrived]
        self._applied = Applied(connection, entries)
        self._counts = leases.CountJudge(connection, terminal)
        self._known = plans.all_of(connection, ("job_order", "reason", "inspection_plan"))
        self._by_id: dict[str, _Stored] = {}
        self._by_seq: dict[int, _Stored] = {}
        self._new: list[dict[str, JsonValue]] = []
        self._judged_again: list[dict[str, JsonValue]] = []
        self._seen_again: list[dict[str, JsonValue]] = []
        self._moved: list[dict[str, JsonValue]] = []
        self._next = (connection.scalar(select(func.max(tables.inbox.c.number))) or 0) + 1
        self._load(entries)

    def settle(self, arrived: _Arrived) -> JsonValue:
        """The result of one entry."""
        entry = arrived.entry
        before = self._by_id.get(entry.id)
        if before is not None:
            if self._is_carried(before, entry):
                self._move(before, arrived)
            return self._settle_again(before, arrived)
        place = self._by_seq.get(entry.seq)
        if place is not None:
            words = f"Place {entry.seq} of epoch {entry.epoch} holds another entry, {place.id}."
            return {"id": entry.id, "result": "mismatch", "words": words}
        refusal = self._judge(arrived)
        stored = _Stored(self._next, entry.id, entry.seq, entry.hash, _result(refusal), 1)
        self._next += 1
        self._remember(stored)
        self._new.append(self._row(arrived, stored, refusal))
        return _told(entry.id, stored.number, refusal)

    def finish(self) -> int:
        """Write everything and return the high water of the batch's epoch."""
        if self._new:
            self._connection.execute(insert(tables.inbox), self._new)
        inbox = tables.inbox
        if self._judged_again:
            columns = ("result", "code", "words", "who_decides", "judged_at", "order_id", "times_seen")
            statement = update(inbox).where(inbox.c.number == bindparam("its_number"))
            values = {name: bindparam(f"to_{name}") for name in columns}
            self._connection.execute(statement.values(values), self._judged_again)
        if self._moved:
            statement = update(inbox).where(inbox.c.number == bindparam("its_number"))
            places = {name: bindparam(f"to_{name}") for name in ("epoch", "seq", "hash", "entry")}
            self._connection.execute(statement.values(places), self._moved)
        if self._seen_again:
            statement = update(inbox).where(inbox.c.number == bindparam("its_number"))
            self._connection.execute(
                statement.values(times_seen=bindparam("to_times_seen")), self._seen_again
            )
        self._applied.flush()
        self._counts.flush()
        return self._raise_high_water()

    def _is_carried(self, before: _Stored, entry: Envelope) -> bool:
        """Whether it is the entry that is known, appended again in a new epoch, at a place that is free."""
        carried = entry.carried_from
        return carried is not None and carried.hash == before.hash and entry.seq not in self._by_seq

    def _move(self, before: _Stored, arrived: _Arrived) -> None:
        """Let an entry stand where it was carried to; what it says is not applied again."""
        entry = arrived.entry
        before.seq, before.hash = entry.seq, entry.hash
        self._by_seq[entry.seq] = before
        place = {
            "to_epoch": entry.epoch,
            "to_seq": entry.seq,
            "to_hash": entry.hash,
            "to_entry": arrived.text,
        }
        self._moved.append({"its_number": before.number, **place})

    def _settle_again(self, before: _Stored, arrived: _Arrived) -> JsonValue:
        entry = arrived.entry
        before.times_seen += 1
        if before.hash != entry.hash or before.seq != entry.seq:
            self._seen_again.append({"its_number": before.number, "to_times_seen": before.times_seen})
            words = f"{entry.id} was here before with other contents (R-{before.number})."
            return {"id": entry.id, "result": "mismatch", "words": words}
        if before.result == "received":
            self._seen_again.append({"its_number": before.number, "to_times_seen": before.times_seen})
            return {"id": entry.id, "result": "duplicate", "mes_id": f"R-{before.number}"}
        refusal = self._judge(arrived)
        before.result = _result(refusal)
        row = self._row(arrived, before, refusal)
        columns = ("result", "code", "words", "who_decides", "judged_at", "order_id", "times_seen")
        self._judged_again.append(
            {"its_number": before.number} | {f"to_{name}": row[name] for name in columns}
        )
        return _told(entry.id, before.number, refusal)

    def _judge(self, arrived: _Arrived) -> Refusal | None:
        entry = arrived.entry
        refusal = self._judge_chain(arrived)
        if refusal is not None:
            return refusal
        payload = read_payload(entry)
        if payload is None or isinstance(payload, Refusal):
            return payload
        refusal = judge(entry, payload, self._applied, self._known) or self._counts.judge(payload)
        if refusal is None:
            self._apply(entry, payload)
        return refusal

    def _apply(self, entry: Envelope, payload: BaseModel) -> None:
        self._applied.apply(entry, payload)
        self._counts.note(payload)
        if entry.kind == "job_order.completed":
            closed = plans.find(self._connection, "job_order", entry.subject.id)
            if closed is not None:
                self._known["job_order", entry.subject.id] = closed

    def _judge_chain(self, arrived: _Arrived) -> Refusal | None:
        entry = arrived.entry
        if not arrived.hash_holds():
            return Refusal(
                "chain_broken", f"The hash of entry {entry.seq} is not that of its contents.", "engineer"
            )
        before = self._by_seq.get(entry.seq - 1)
        link = GENESIS if entry.seq == 1 else before.hash if before is not None else entry.prev
        if entry.prev != link:
            words = f"Entry {entry.seq} does not follow on entry {entry.seq - 1} as it is known here."
            return Refusal("chain_broken", words, "engineer")
        return None

    def _load(self, entries: list[Envelope]) -> None:
        inbox = tables.inbox
        columns = (inbox.c.number, inbox.c.id, inbox.c.terminal, inbox.c.epoch, inbox.c.seq, inbox.c.hash)
        query = select(*columns, inbox.c.result, inbox.c.times_seen)
        ids = [entry.id for entry in entries]
        places = {seq for entry in entries for seq in (entry.seq - 1, entry.seq)}
        here = (inbox.c.terminal == self._terminal) & (inbox.c.epoch == self._epoch)
        for where in (inbox.c.id.in_(ids), here & inbox.c.seq.in_(places)):
            for row in self._connection.execute(query.where(where)):
                told = row.terminal == self._terminal and row.epoch == self._epoch
                seq = row.seq if told else -1
                self._remember(_Stored(row.number, row.id, seq, row.hash, row.result, row.times_seen))

    def _remember(self, stored: _Stored) -> None:
        kept = self._by_id.setdefault(stored.id, stored)
        self._by_seq[stored.seq] = kept

    def _row(self, arrived: _Arrived, stored: _Stored, refusal: Refusal | None) -> dict[str, JsonValue]:
        entry = arrived.entry
        return {
            "number": stored.number,
            "id": entry.id,
            "terminal": entry.terminal,
            "epoch": entry.epoch,
            "seq": entry.seq,
            "kind": entry.kind,
            "subject_kind": entry.subject.kind,
            "subject_id": entry.subject.id,
            "order_id": self._applied.order_of(entry),
            "person": None if entry.person is None else entry.person.name,
            "hash": entry.hash,
            "entry": arrived.text,
            "result": stored.result,
            "code": None if refusal is None else refusal.code,
            "words": None if refusal is None else refusal.words,
            "who_decides": None if refusal is None else refusal.who_decides,
            "received_at": self._now,
            "judged_at": self._now,
            "times_seen": stored.times_seen,
        }

    def _raise_high_water(self) -> int:
        inbox, high = tables.inbox, tables.high_water
        where = (high.c.terminal == self._terminal) & (high.c.epoch == self._epoch)
        before = self._connection.scalar(select(high.c.seq).where(where))
        now = before or 0
        here = (inbox.c.terminal == self._terminal) & (inbox.c.epoch == self._epoch)
        while True:
            query = select(inbox.c.seq).where(here & (inbox.c.seq > now)).order_by(inbox.c.seq).limit(500)
            following = list(self._connection.scalars(query))
            reached = now
            for seq in following:
                if seq != reached + 1:
                    break
                reached = seq
            if reached == now:
                break
            now = reached
        if before is None:
            row = {"terminal": self._terminal, "epoch": self._epoch, "seq": now}
            self._connection.execute(insert(high).values(row))
        elif now != before:
            self._connection.execute(update(high).where(where).values(seq=now))
        return now


def _result(refusal: Refusal | None) -> str:
    return "received" if refusal is None else "refused"


def _told(entry_id: str, number: int, refusal: Refusal | None) -> JsonValue:
    if refusal is None:
        return {"id": entry_id, "result": "received", "mes_id": f"R-{number}"}
    reason: Answer = {"code": refusal.code, "words": refusal.words, "who_decides": refusal.who_decides}
    return {"id": entry_id, "result": "refused", **reason}


def _read_batch(terminal: str, batch: JsonValue) -> tuple[int, list[_Arrived]]:
    """The epoch and the entries of a batch in the order of the journal."""
    if not isinstance(batch, dict):
        raise BatchError(422, "the body is a JSON object")
    epoch, entries = batch.get("epoch"), batch.get("entries")
    if not isinstance(epoch, int) or isinstance(epoch, bool) or epoch < 1:
        raise BatchError(422, "epoch is a whole number from 1")
    if not isinstance(entries, list):
        raise BatchError(422, "entries is a list")
    if len(entries) > MAX_ENTRIES:
        raise BatchError(413, f"a batch has at most {MAX_ENTRIES} entries")
    arrived = [_read_entry(index, entry, terminal, epoch) for index, entry in enumerate(entries)]
    return epoch, sorted(arrived, key=lambda one: one.entry.seq)


def _read_entry(index: int, told: JsonValue, terminal: str, epoch: int) -> _Arrived:
    if not isinstance(told, dict):
        raise BatchError(422, f"entries.{index} is an object")
    try:
        entry = Envelope.model_validate(told)
        text = canonical(told)
        text.encode()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BatchError(422, f"entries.{index}.{where}: {first['msg']}") from None
    except UnicodeEncodeError:
        raise BatchError(422, f"entries.{index} holds a text that is not Unicode") from None
    if (entry.terminal, entry.epoch) != (terminal, epoch):
        raise BatchError(422, f"entries.{index} is of another terminal or epoch than its batch")
    return _Arrived(entry, text)
