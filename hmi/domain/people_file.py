"""The people of a terminal as the MES signed them: who, which roles, what roles may do, sealed codes."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from hmi.domain.plans import Person

_DOMAIN = b"lineside-people-1\n"


class PeopleFileError(ValueError):
    """A people file that must not be used, and why."""


class SealedCode(BaseModel):
    """A one-time code in a sealed envelope: its number, the argon2id hash of the code, and what it opens."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str
    hash: str
    roles: tuple[str, ...] = ("supervisor",)


class PeopleFile(BaseModel):
    """What the MES signed. `number` only ever grows; after `valid_until` the file admits nobody."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    format: Literal["lineside-people-1"]
    number: int
    terminal: str
    made_at: AwareDatetime
    valid_until: AwareDatetime
    people: tuple[Person, ...]
    roles: Mapping[str, tuple[str, ...]] | None = None
    sealed: tuple[SealedCode, ...] = ()


class PeopleBook:
    """Reads people files for one terminal, signed with one key; what was read last is remembered."""

    def __init__(self, key: Ed25519PublicKey, terminal: str) -> None:
        """`key` is the MES's, from this terminal's configuration; never from the file itself."""
        self._key = key
        self._terminal = terminal
        self._last: tuple[str, str, PeopleFile] | None = None

    def read(self, file: str, signature: str) -> PeopleFile:
        """Read a file (base64) with its signature (base64); PeopleFileError says why it must not be used.

        The signature covers a domain tag and the bytes of the file: UTF-8 JSON.
        """
        if self._last is not None and self._last[:2] == (file, signature):
            return self._last[2]
        try:
            content = base64.b64decode(file, validate=True)
            self._key.verify(base64.b64decode(signature, validate=True), _DOMAIN + content)
        except (binascii.Error, ValueError, InvalidSignature) as error:
            raise PeopleFileError("it is not signed with the key of this terminal's configuration") from error
        try:
            found = PeopleFile.model_validate_json(content)
        except ValidationError as error:
            raise PeopleFileError(f"it is signed, and not readable: {error.errors()[0]['msg']}") from error
        if found.terminal not in (self._terminal, "*"):
            raise PeopleFileError(f"it is for the terminal {found.terminal}")
        self._last = (file, signature, found)
        return found


def message(content: bytes) -> bytes:
    """The bytes that the MES signs for a file."""
    return _DOMAIN + content


def is_over(file: PeopleFile, now: datetime) -> bool:
    """Whether the file admits nobody any more."""
    return now > file.valid_until
