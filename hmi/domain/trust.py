"""Which servers a terminal trusts: what a certificate says, and what a person decided about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hmi.errors import NotAdmitted


class TrustState(StrEnum):
    """What is known of a server's certificate; CHANGED is one that is not the one trusted before."""

    UNKNOWN = "unknown"
    CHANGED = "changed"
    TRUSTED = "trusted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A certificate that a server showed at `endpoint`; `fingerprint` is SHA-256 in hexadecimal.

    `before` is the fingerprint that was trusted at this endpoint, empty when none was.
    """

    endpoint: str
    fingerprint: str
    subject: str
    application_uri: str
    not_before: datetime
    not_after: datetime
    state: TrustState
    seen_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    before: str = ""

    @property
    def grouped(self) -> str:
        """The fingerprint in groups of four, as people compare it."""
        return grouped(self.fingerprint)


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """The terminal's own certificate, which a server has to be told to trust."""

    fingerprint: str
    subject: str
    application_uri: str
    not_before: datetime
    not_after: datetime

    def days_left(self, now: datetime) -> int:
        """Whole days until it ends; negative when it has ended."""
        return (self.not_after - now).days


class UntrustedServer(NotAdmitted):
    """A server whose certificate nobody has accepted, or somebody refused; a person has to decide."""

    def __init__(self, words: str, certificate: ServerCertificate) -> None:
        """`certificate` is what the server showed."""
        super().__init__(words)
        self.certificate = certificate


def grouped(fingerprint: str) -> str:
    """Hexadecimal digits in groups of four."""
    return " ".join(fingerprint[place : place + 4] for place in range(0, len(fingerprint), 4)).upper()
