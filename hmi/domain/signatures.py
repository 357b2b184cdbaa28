"""Electronic signatures: bound to one record as it was shown, to a person, a meaning and a time."""

from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hmi.domain.entries import Entry
from hmi.domain.payloads import Payload, RecordSigned

_DOMAIN = b"lineside-signature-1\n"
# what can be signed: facts that somebody answers for
SIGNABLE = frozenset(
    {
        "job_order.completed",
        "quality.sample_recorded",
        "quality.nonconformance_opened",
        "repair.returned_to_service",
        "entry.decided",
    }
)


def signed_message(payload: RecordSigned, person: str, terminal: str) -> bytes:
    """The bytes that a signature covers: everything of it but itself, with whose it is and where."""
    told: dict[str, Any] = {**payload.to_wire(), "person": person, "terminal": terminal}
    del told["signature"]
    return _DOMAIN + rfc8785.dumps(told)


def flaw(signing: Entry, record: Entry | None) -> str | None:
    """What is wrong with a signature, as a word; None when it belongs to this record and holds.

    `record`: the record is not there, or is another than the one that was signed; `person`: the entry is not
    by who signed; `signature`: something of it was changed, or another key made it.
    """
    payload: Payload = signing.payload
    if not isinstance(payload, RecordSigned):
        return "signature"
    if record is None or record.sealed().hash != payload.record_hash or record.id != payload.record:
        return "record"
    if signing.subject != record.subject:
        return "record"
    if signing.person is None or signing.person.name != payload.name:
        return "person"
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(payload.key))
        message = signed_message(payload, signing.person.id, signing.terminal)
        key.verify(bytes.fromhex(payload.signature), message)
    except (ValueError, InvalidSignature):
        return "signature"
    return None
