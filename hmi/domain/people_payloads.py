"""What entries say of people: who came and went, secrets that were chosen or guessed, what was signed."""

from typing import ClassVar, Literal

from hmi.domain.changes import Family
from hmi.domain.payload import Moment, Payload


class PersonSignedIn(Payload):
    """Somebody's name is on what is entered from now on; `cause` is how it was proven who it is."""

    kind: ClassVar[str] = "person.signed_in"
    families: ClassVar[frozenset[Family]] = frozenset({Family.PEOPLE})
    cause: Literal["badge", "pin", "badge_pin", "sealed"]


class PersonSignedOut(Payload):
    """The session ended."""

    kind: ClassVar[str] = "person.signed_out"
    families: ClassVar[frozenset[Family]] = frozenset({Family.PEOPLE})
    cause: Literal["badge", "idle", "touch", "replaced"]


class PinChosen(Payload):
    """A person chose a PIN at this terminal; the PIN itself is written nowhere."""

    kind: ClassVar[str] = "person.pin_chosen"
    families: ClassVar[frozenset[Family]] = frozenset({Family.PEOPLE})
    ordered: ClassVar[bool] = False


class PinLocked(Payload):
    """Somebody gave wrong secrets for a person so often that this person has to wait here."""

    kind: ClassVar[str] = "person.pin_locked"
    families: ClassVar[frozenset[Family]] = frozenset({Family.PEOPLE})
    ordered: ClassVar[bool] = False
    tries: int


class BreakGlassUsed(Payload):
    """A sealed one-time code was used: somebody has to ask why."""

    kind: ClassVar[str] = "person.break_glass"
    families: ClassVar[frozenset[Family]] = frozenset({Family.PEOPLE})
    ordered: ClassVar[bool] = False
    code: str


class RecordSigned(Payload):
    """A person signed what the screen showed: the entry `record` with this hash, in this meaning.

    `online` tells whether the MES had been heard lately. `signature` is Ed25519 with the terminal's key
    `key` (both lower-case hex) over a domain tag and RFC 8785 of everything else, see hmi.domain.signatures.
    """

    kind: ClassVar[str] = "record.signed"
    families: ClassVar[frozenset[Family]] = frozenset({Family.PEOPLE, Family.JOURNAL})
    ordered: ClassVar[bool] = False
    record: str
    record_hash: str
    meaning: Literal["performed", "reviewed", "approved"]
    name: str
    how: Literal["pin", "badge_pin"]
    signed_at: Moment
    clock_offset_ms: int | None
    online: bool
    key: str
    signature: str
