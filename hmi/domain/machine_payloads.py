"""What the entries say of what people wished of machines, and of the machines that they trust.

Values are texts, as they were keyed and as they were read: a number, true or false, or the text itself.
"""

from typing import ClassVar, Literal

from hmi.domain.changes import Family
from hmi.domain.job_payloads import JobResponseTold
from hmi.domain.payload import Payload

VerdictWord = Literal["done", "different", "refused", "unknown"]


class EquipmentWriteAsked(Payload):
    """A person wished for a value, kept before it is sent; without `equipment.written` its end is open."""

    kind: ClassVar[str] = "equipment.write_asked"
    families: ClassVar[frozenset[Family]] = frozenset({Family.JOURNAL})
    ordered: ClassVar[bool] = False
    link: str
    tag: str
    label: str
    value: str
    before: str | None = None
    unit: str


class EquipmentWritten(Payload):
    """What became of the write that the entry `asked` wished for; `words` are the machine's own."""

    kind: ClassVar[str] = "equipment.written"
    families: ClassVar[frozenset[Family]] = frozenset({Family.JOURNAL})
    ordered: ClassVar[bool] = False
    asked: str
    link: str
    tag: str
    label: str
    value: str
    read_back: str | None = None
    unit: str
    verdict: VerdictWord
    words: str


class TrustDecided(Payload):
    """A person accepted or refused the certificate of a server; `before` was trusted there until then."""

    kind: ClassVar[str] = "terminal.trust_decided"
    families: ClassVar[frozenset[Family]] = frozenset({Family.JOURNAL})
    ordered: ClassVar[bool] = False
    endpoint: str
    fingerprint: str
    certificate: str
    decision: Literal["accepted", "refused"]
    before: str | None = None


MACHINE_PAYLOADS = (EquipmentWriteAsked, EquipmentWritten, JobResponseTold, TrustDecided)
