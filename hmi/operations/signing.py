"""Signing a record: by whoever proved just now who it is, who need not be the one who is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hmi.domain.entries import Entry, NewEntry, PersonRef
from hmi.domain.payloads import RecordSigned
from hmi.domain.personnel import STANDARD_RIGHTS, Permission, RoleNames, rights_of
from hmi.domain.signatures import SIGNABLE, signed_message
from hmi.errors import OperatorError
from hmi.operations.personnel import admit, known_person
from hmi.people import USUAL, Admission, Signer
from hmi.ports import Context, Records

Meaning = Literal["performed", "reviewed", "approved"]
MEANINGS: tuple[Meaning, ...] = ("performed", "reviewed", "approved")


@dataclass(frozen=True, slots=True)
class SignRecord:
    """A signature under the entry `record` whose hash the screen showed as `shown_hash`."""

    record: str
    shown_hash: str
    meaning: Meaning
    person: str
    how: Literal["pin", "badge_pin"]
    online: bool
    offline_allowed: bool
    clock_offset_ms: int | None
    signer: Signer
    admission: Admission = USUAL


def sign_record(records: Records, wish: SignRecord, context: Context) -> Sequence[NewEntry]:
    """Sign what was shown. The session, if there is one, stays whose it is.

    Reviewing and approving need their permission and another person than the one who made the record.
    """
    row = records.journal.entry(wish.record)
    if row is None or row.entry.kind not in SIGNABLE:
        raise OperatorError("record_not_signable")
    record = row.entry
    if record.hash != wish.shown_hash:
        raise OperatorError("record_changed")
    person = known_person(records, wish.person)
    admit(records, person, wish.admission, context)
    if not wish.online and not wish.offline_allowed:
        raise OperatorError("sign_needs_mes")
    table = records.plans.role_table()
    rights = STANDARD_RIGHTS if table is None else rights_of(table.roles)
    needed = Permission.SIGN if wish.meaning == "performed" else Permission.APPROVE
    if needed not in rights.of(person.roles):
        roles = RoleNames(rights.roles_with(needed))
        raise OperatorError("not_permitted", person=person.name, roles=roles)
    by_author = record.person is not None and record.person.id == person.id
    if wish.meaning == "performed" and not by_author:
        raise OperatorError("sign_not_author", person=person.name)
    if wish.meaning != "performed" and by_author:
        raise OperatorError("sign_four_eyes", person=person.name)
    for signed in signatures_of(records, record):
        same = signed.person is not None and signed.person.id == person.id
        if same and isinstance(signed.payload, RecordSigned) and signed.payload.meaning == wish.meaning:
            raise OperatorError("sign_twice", person=person.name)
    unsigned = RecordSigned(
        record=record.id,
        record_hash=record.hash,
        meaning=wish.meaning,
        name=person.name,
        how=wish.how,
        signed_at=context.now,
        clock_offset_ms=wish.clock_offset_ms,
        online=wish.online,
        key=wish.signer.public,
        signature="",
    )
    signature = wish.signer.seal(signed_message(unsigned, person.id, context.terminal))
    payload = unsigned.model_copy(update={"signature": signature})
    return [NewEntry(record.subject, payload, person=PersonRef(person.id, person.name, wish.how))]


def signatures_of(records: Records, record: Entry) -> list[Entry]:
    """The signatures under one entry, oldest first."""
    return [row.entry for row in records.journal.signatures(record)]
