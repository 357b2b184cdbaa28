"""F18: guessing secrets and forging signatures; each figure with a broken build that it must catch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hmi.domain import payloads as p
from hmi.domain.entries import Entry, PersonRef, Subject
from hmi.domain.lockout import Lock
from hmi.domain.signatures import flaw
from hmi.errors import OperatorError
from hmi.operations.production import OrderWish, complete_order
from hmi.operations.signing import SignRecord, sign_record
from hmi.ports import PlanPage
from local_db.credentials import CredentialFile
from tests.fakes.clock import START
from tests.fakes.people import PEPPER, RebootingClock
from tests.faults.guessing import PIN, CountingHasher, forgets_with_the_boot, guess
from tests.unit.hmi.conftest import PLANS, Floor

GUESSES = 10_000


@pytest.mark.timeout(300)
def test_guessing_wins_five_tries_and_one_after_each_wait(
    tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    found = guess(tmp_path, 18, GUESSES)
    tell_figures(
        f"F18 A1: {GUESSES} guesses with restarts and clock jumps, seed 18: {found.looked} looked at, "
        f"{found.allowed} allowed, {found.found} found"
    )
    assert found.looked <= found.allowed
    assert found.found == 0


def test_control_a_lock_that_ends_with_the_boot_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lock, "carried", forgets_with_the_boot)
    found = guess(tmp_path, 18, 1_000)
    assert found.looked > found.allowed


def test_a_try_is_written_down_before_its_answer_is_known(tmp_path: Path) -> None:
    """A kill while a guess is looked at wins nothing: the file has counted it already."""
    file, clock = tmp_path / "credentials.json", RebootingClock()
    seen = list[bool]()

    class Looking(CountingHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            seen.append('"tries": 1' in file.read_text())
            return super().verify(hash, password)

    kept = CredentialFile(file, PEPPER, clock, Looking())
    kept.start()
    kept.choose("P1", PIN).result(10)
    with pytest.raises(OperatorError):
        kept.prove("P1", "111111").result(10)
    kept.stop()
    assert seen == [True]


# ---------------------------------------------------------------- signatures


class Key:
    """A terminal's key."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()

    @property
    def public(self) -> str:
        return self.private.public_key().public_bytes_raw().hex()

    def seal(self, message: bytes) -> str:
        return self.private.sign(message).hex()


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    """A press with plans, as the unit tests have it."""
    made = Floor(tmp_path / "journal.db")
    made.open()
    made.ledger.apply_plans(PlanPage(PLANS, "1", True, None, "1", START)).result(10)
    yield made
    made.ledger.stop()


def completed(floor: Floor, order: str) -> Entry:
    """The confirmation of an order by the operator."""
    floor.run(order)
    return floor.saved(complete_order, OrderWish(order)).entries[0]


def signed(floor: Floor, record: Entry, key: Key) -> Entry:
    """The supervisor's approval of a record; the operator stays signed in."""
    wish = SignRecord(
        record=record.id,
        shown_hash=record.hash,
        meaning="approved",
        person="P-SU",
        how="pin",
        online=True,
        offline_allowed=True,
        clock_offset_ms=12,
        signer=key,
    )
    return floor.saved(sign_record, wish).entries[0]


def changed(value: object) -> object:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, datetime):
        return value + timedelta(milliseconds=1)
    if value is None:
        return 7
    text = str(value)
    other = {"approved": "reviewed", "pin": "badge_pin"}.get(text)
    return other or (text[:-1] + ("0" if text[-1] != "0" else "1"))


def test_every_field_of_a_signature_counts(floor: Floor, tell_figures: Callable[[str], None]) -> None:
    key = Key()
    record = completed(floor, "WO-1")
    entry = signed(floor, record, key)
    assert flaw(entry, record) is None
    payload = entry.payload
    assert isinstance(payload, p.RecordSigned)
    forged = [
        replace(entry, payload=payload.model_copy(update={name: changed(getattr(payload, name))}))
        for name in p.RecordSigned.model_fields
    ]
    forged += [
        replace(entry, person=PersonRef("P-OP", payload.name)),
        replace(entry, person=PersonRef("P-SU", "Somebody Else")),
        replace(entry, person=None),
        replace(entry, terminal="T-2"),
        replace(entry, subject=Subject("job_order", "WO-2")),
    ]
    caught = [flaw(one, record) for one in forged]
    tell_figures(f"F18 A5: {len(forged)} mutations of a signature: {sum(map(bool, caught))} caught")
    assert all(caught), caught


def test_a_signature_does_not_move_to_another_record(floor: Floor) -> None:
    key = Key()
    first = completed(floor, "WO-1")
    entry = signed(floor, first, key)
    second = completed(floor, "WO-2")
    assert flaw(entry, second) == "record"
    assert flaw(entry, None) == "record"
    payload = entry.payload
    assert isinstance(payload, p.RecordSigned)
    moved = payload.model_copy(update={"record": second.id, "record_hash": second.hash})
    assert flaw(replace(entry, payload=moved, subject=second.subject), second) == "signature"


def test_a_record_that_was_changed_afterwards_carries_no_signature(floor: Floor) -> None:
    record = completed(floor, "WO-1")
    entry = signed(floor, record, Key())
    payload = record.payload
    assert isinstance(payload, p.JobOrderCompleted)
    doctored = replace(record, payload=payload.model_copy(update={"good": payload.good + 1}))
    assert flaw(entry, doctored) == "record"


def test_another_key_makes_another_signature(floor: Floor) -> None:
    record = completed(floor, "WO-1")
    entry = signed(floor, record, Key())
    payload = entry.payload
    assert isinstance(payload, p.RecordSigned)
    assert (
        flaw(replace(entry, payload=payload.model_copy(update={"key": Key().public})), record) == "signature"
    )


def test_control_a_check_that_looks_at_the_hash_alone_is_caught(floor: Floor) -> None:
    """What a build without the terminal's key would let pass."""

    def hash_alone(entry: Entry, record: Entry) -> bool:
        return isinstance(entry.payload, p.RecordSigned) and entry.payload.record_hash == record.hash

    record = completed(floor, "WO-1")
    entry = signed(floor, record, Key())
    payload = entry.payload
    assert isinstance(payload, p.RecordSigned)
    forged = replace(entry, payload=payload.model_copy(update={"meaning": "reviewed"}))
    assert hash_alone(forged, record)
    assert flaw(forged, record) == "signature"


def test_a_record_that_changed_under_the_eyes_is_not_signed(floor: Floor) -> None:
    record = completed(floor, "WO-1")
    stale = replace(record, hash="0" * 64)
    with pytest.raises(OperatorError, match="record_changed"):
        signed(floor, stale, Key())


def test_a_second_person_signs_and_the_session_stays(floor: Floor) -> None:
    record = completed(floor, "WO-1")
    entry = signed(floor, record, Key())
    assert entry.person == PersonRef("P-SU", "Sue Ung", "pin")
    session = floor.read(lambda records: records.journal.session())
    assert session is not None
    assert session.person == "P-OP"
