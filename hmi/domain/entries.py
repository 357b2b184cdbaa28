"""Entries, their chain, and what became of them at the MES."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import rfc8785

from hmi.domain.payloads import PAYLOADS, Payload
from hmi.domain.signals import Quality
from hmi.times import from_text, to_text

GENESIS = "0" * 64
_DOMAIN = b"lineside-entry-1\n"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about: a kind of record and its id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class PersonRef:
    """Who made an entry, by the name that was on the screen, and how that was proven."""

    id: str
    name: str
    how: str = "badge"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry that an operation asks for; the ledger gives it its place in the journal.

    `by_machine` entries carry no person, whoever is signed in; `person` is whose it is when that is
    not who is signed in (a badge that signs in).
    """

    subject: Subject
    payload: Payload
    by_machine: bool = False
    person: PersonRef | None = None
    source_time: datetime | None = None
    quality: Quality = Quality.GOOD
    corrects: str | None = None


@dataclass(frozen=True, slots=True)
class CarriedFrom:
    """Where an entry stood before its epoch was given up: the MES may know it from there, by its hash."""

    epoch: int
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact that happened here, immutable, at its place `(terminal, epoch, seq)` in the journal."""

    id: str
    terminal: str
    epoch: int
    seq: int
    version: int
    subject: Subject
    person: PersonRef | None
    source_time: datetime | None
    quality: Quality
    terminal_time: datetime
    boot: str
    monotonic_ms: int
    clock_offset_ms: int | None
    corrects: str | None
    payload: Payload
    prev: str
    hash: str = ""
    carried_from: CarriedFrom | None = None

    @property
    def kind(self) -> str:
        """The kind of its payload."""
        return self.payload.kind

    def to_wire(self) -> dict[str, Any]:
        """The entry as the MES contract writes it; without `hash` while it is not sealed."""
        person = self.person
        wire: dict[str, Any] = {
            "id": self.id,
            "terminal": self.terminal,
            "epoch": self.epoch,
            "seq": self.seq,
            "kind": self.payload.kind,
            "version": self.version,
            "subject": {"kind": self.subject.kind, "id": self.subject.id},
            "person": None if person is None else {"id": person.id, "name": person.name, "how": person.how},
            "source_time": None if self.source_time is None else to_text(self.source_time),
            "quality": self.quality.value,
            "terminal_time": to_text(self.terminal_time),
            "boot": self.boot,
            "monotonic_ms": self.monotonic_ms,
            "clock_offset_ms": self.clock_offset_ms,
            "corrects": self.corrects,
            "payload": self.payload.to_wire(),
            "prev": self.prev,
        }
        if self.carried_from is not None:
            before = self.carried_from
            wire["carried_from"] = {"epoch": before.epoch, "seq": before.seq, "hash": before.hash}
        if self.hash:
            wire["hash"] = self.hash
        return wire

    def canonical(self) -> bytes:
        """The bytes that the chain covers: RFC 8785 of the entry without its hash."""
        return rfc8785.dumps(replace(self, hash="").to_wire())

    def sealed(self) -> "Entry":
        """The same entry with its link of the chain."""
        return replace(self, hash=chain_hash(self.prev, self.canonical()))


def chain_hash(prev: str, canonical: bytes) -> str:
    """SHA-256 over domain tag, the hash before, and the canonical entry; lower-case hex."""
    return hashlib.sha256(_DOMAIN + prev.encode("ascii") + b"\n" + canonical).hexdigest()


def entry_from_wire(wire: dict[str, Any]) -> Entry:
    """Read an entry back; KeyError or ValueError where it does not follow the contract."""
    person, carried = wire["person"], wire.get("carried_from")
    return Entry(
        id=wire["id"],
        terminal=wire["terminal"],
        epoch=wire["epoch"],
        seq=wire["seq"],
        version=wire["version"],
        subject=Subject(wire["subject"]["kind"], wire["subject"]["id"]),
        person=None if person is None else PersonRef(person["id"], person["name"], person["how"]),
        source_time=None if wire["source_time"] is None else from_text(wire["source_time"]),
        quality=Quality(wire["quality"]),
        terminal_time=from_text(wire["terminal_time"]),
        boot=wire["boot"],
        monotonic_ms=wire["monotonic_ms"],
        clock_offset_ms=wire["clock_offset_ms"],
        corrects=wire["corrects"],
        payload=PAYLOADS[wire["kind"]].model_validate(wire["payload"]),
        prev=wire["prev"],
        hash=wire.get("hash", ""),
        carried_from=(
            None if carried is None else CarriedFrom(carried["epoch"], carried["seq"], carried["hash"])
        ),
    )


class ReceiptState(StrEnum):
    """What became of an entry at the MES."""

    WAITING = "waiting"
    RECEIVED = "received"
    REFUSED = "refused"
    PARKED = "parked"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The only thing about an entry that changes: how its way to the MES stands.

    `words` are the MES's own; `settled_at` is this terminal's time of the answer.
    """

    entry_id: str
    seq: int
    state: ReceiptState
    attempts: int
    mes_id: str | None
    code: str | None
    words: str | None
    who_decides: str | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with its receipt, as lists show it."""

    entry: Entry
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many entries wait, how many need a person, and since when the oldest waits."""

    waiting: int
    needs_decision: int
    received: int
    oldest_waiting: datetime | None


class ResultKind(StrEnum):
    """What the MES said of one entry."""

    RECEIVED = "received"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    LATER = "later"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class PushResult:
    """The MES's answer to one entry."""

    entry_id: str
    result: ResultKind
    mes_id: str | None = None
    code: str | None = None
    words: str | None = None
    who_decides: str | None = None
    after_s: float | None = None
