"""How people prove who they are at this terminal, and with what they sign."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from hmi.domain.people_file import PeopleBook

SEALED = "sealed:"  # before the number of a sealed one-time code, where a person's id stands otherwise


class Credentials(Protocol):
    """What this terminal knows of secrets; slow on purpose, so every answer comes as a future.

    Wrong secrets cost time: after 5 tries a person waits 30 s, doubled each time up to 15 min, and so does
    the whole terminal after 20; the answer is then OperatorError `pin_wait`. Nothing of it stops the station.
    """

    def has_pin(self, person: str) -> Future[bool]:
        """Whether this person has chosen a PIN at this terminal."""
        ...

    def with_pin(self) -> Future[frozenset[str]]:
        """Who has chosen a PIN at this terminal."""
        ...

    def prove(self, person: str, pin: str) -> Future[None]:
        """Prove by PIN; OperatorError `pin_none`, `pin_wrong` or `pin_wait`."""
        ...

    def open_code(self, holder: str, code: str, code_hash: str) -> Future[None]:
        """Use a one-time code up; OperatorError `code_wrong`, `code_used` or `pin_wait`."""
        ...

    def choose(self, person: str, pin: str) -> Future[None]:
        """Keep a new PIN of a person who has just proven who it is; the waits of this person are over."""
        ...


class Signer(Protocol):
    """The terminal's own key (Ed25519)."""

    @property
    def public(self) -> str:
        """The public key, in lower-case hex."""
        ...

    def seal(self, message: bytes) -> str:
        """The signature of a message, in lower-case hex."""
        ...


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may be admitted with what this terminal remembers.

    `keep` after the last contact with the MES nobody is, except by a sealed code. With a `book` only the
    people of the file that the MES signed are.
    """

    keep: timedelta = timedelta(hours=72)
    book: PeopleBook | None = field(default=None, compare=False)


USUAL = Admission()


@dataclass(frozen=True, slots=True)
class People:
    """Everything of people that screens need: how to prove, whom to admit, what to sign with."""

    credentials: Credentials
    signer: Signer
    admission: Admission = USUAL
    pin_with_badge: bool = False
    pin_digits: int = 6
    sign_offline: bool = True
