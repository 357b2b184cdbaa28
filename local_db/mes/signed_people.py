"""People only from the file that the MES signed: whatever else comes over the wire about them is left out."""

import json
import logging
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import ValidationError

from hmi.domain.entries import Entry
from hmi.domain.people_file import PeopleBook, PeopleFile, PeopleFileError
from hmi.domain.plans import Person, RoleTable, SignedPeople
from hmi.domain.production import CounterLease
from hmi.domain.standing import DigestRange, Known
from hmi.errors import ConfigError
from hmi.people import SEALED
from hmi.ports import Connector, Finding, PlanPage, PlanRecord, PushAnswer

_log = logging.getLogger(__name__)
_PEOPLE = frozenset({Person.family, RoleTable.family, SignedPeople.family})


_REMEDY = "Put the public key of the MES there"


def read_key(file: Path, configuration: Path) -> Ed25519PublicKey:
    """The public key (PEM, Ed25519) that people files are signed with; ConfigError when it is none."""
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(
            str(configuration),
            "people.key_file",
            f"{file} cannot be read ({error})",
            _REMEDY,
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(str(configuration), "people.key_file", f"{file} is no Ed25519 key", _REMEDY)
    return key


class SignedPeopleConnector:
    """Implements hmi.ports.Connector around another one; only `pull` is more than passing on.

    The last good file is kept in `cache`, so that a snapshot with a bad one takes nobody away, and so that an
    older file is known as such.
    """

    def __init__(self, inner: Connector, book: PeopleBook, cache: Path) -> None:
        """Take the file of the cache when it still holds."""
        self._inner = inner
        self._book = book
        self._cache = cache
        self._good: tuple[SignedPeople, PeopleFile] | None = None
        self._refused = ""
        if cache.exists():
            self._take(self._cached())

    async def pull(self, cursor: str | None, etag: str | None) -> PlanPage | None:
        """See Connector: people come from the signed file alone."""
        page = await self._inner.pull(cursor, etag)
        if page is None:
            return None
        before = self._good
        for record in page.records:
            if record.family == SignedPeople.family and record.record is not None:
                self._take(_signed(record))
        rest = tuple(record for record in page.records if record.family not in _PEOPLE)
        if self._good is None or (self._good is before and not page.snapshot):
            return replace(page, records=rest)
        people = _records(*self._good)
        gone = _gone(before[1], self._good[1]) if before is not None and not page.snapshot else ()
        return replace(page, records=(*rest, *gone, *people))

    def _take(self, signed: SignedPeople | None) -> None:
        if signed is None:
            return
        try:
            file = self._book.read(signed.file, signed.signature)
            if self._good is not None and file.number < self._good[1].number:
                raise PeopleFileError(f"it is number {file.number}, older than {self._good[1].number}")
        except PeopleFileError as error:
            if str(error) != self._refused:
                _log.warning("the people file of the MES is not used: %s", error)
            self._refused = str(error)
            return
        if self._good is None or self._good[0].signature != signed.signature:
            self._good, self._refused = (signed, file), ""
            self._keep(signed)

    def _cached(self) -> SignedPeople | None:
        try:
            return SignedPeople.model_validate_json(self._cache.read_text("utf-8"))
        except (OSError, ValidationError) as error:
            _log.warning("the kept people file %s cannot be read: %s", self._cache, error)
            return None

    def _keep(self, signed: SignedPeople) -> None:
        fresh = self._cache.with_name(f"{self._cache.name}.new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(signed.model_dump_json().encode("utf-8"))
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self._cache)
        except OSError as error:
            _log.warning("the people file cannot be kept in %s: %s", self._cache, error)

    async def health(self) -> datetime:
        """See Connector."""
        return await self._inner.health()

    async def push(self, epoch: int, entries: Sequence[Entry]) -> PushAnswer:
        """See Connector."""
        return await self._inner.push(epoch, entries)

    async def known(self) -> Known | None:
        """See Connector."""
        return await self._inner.known()

    async def digest(self, epoch: int, first: int, last: int) -> Sequence[DigestRange]:
        """See Connector."""
        return await self._inner.digest(epoch, first, last)

    async def lease(self, counter: str) -> CounterLease | None:
        """See Connector."""
        return await self._inner.lease(counter)

    async def probe(self) -> AsyncIterator[Finding]:
        """See Connector; and whether a signed file of people comes."""
        async for finding in self._inner.probe():
            yield finding
            if not finding.ok:
                return
        await self.pull(None, None)
        if self._good is None:
            words = self._refused or "none was sent"
            yield Finding(False, "people file", words, "The MES has to sign it; see docs/mes-contract")
        else:
            file = self._good[1]
            yield Finding(True, "people file", f"number {file.number}, {len(file.people)} people")

    async def close(self) -> None:
        """See Connector."""
        await self._inner.close()


def _signed(record: PlanRecord) -> SignedPeople | None:
    try:
        return SignedPeople.model_validate(
            {**(record.record or {}), "id": "people", "version": record.version}
        )
    except ValidationError as error:
        _log.warning("the people file of the MES is not used: %s", error.errors()[0]["msg"])
        return None


def _records(signed: SignedPeople, file: PeopleFile) -> list[PlanRecord]:
    told = {"file": signed.file, "signature": signed.signature}
    records = [PlanRecord(SignedPeople.family, "people", signed.version, told)]
    for person in file.people:
        fields = json.loads(person.model_dump_json(exclude={"id", "version"}))
        records.append(PlanRecord(Person.family, person.id, file.number, fields))
    for code in file.sealed:
        fields = {
            "name": f"Sealed code {code.id}",
            "badge": "",
            "roles": list(code.roles),
            "enrol": code.hash,
        }
        records.append(PlanRecord(Person.family, f"{SEALED}{code.id}", file.number, fields))
    roles = None if file.roles is None else {"roles": {k: list(v) for k, v in file.roles.items()}}
    records.append(PlanRecord(RoleTable.family, "roles", file.number, roles))
    return records


def _ids(file: PeopleFile) -> set[str]:
    return {person.id for person in file.people} | {f"{SEALED}{code.id}" for code in file.sealed}


def _gone(before: PeopleFile, now: PeopleFile) -> list[PlanRecord]:
    return [PlanRecord(Person.family, one, now.number, None) for one in sorted(_ids(before) - _ids(now))]
