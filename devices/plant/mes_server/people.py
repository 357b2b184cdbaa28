"""The people file of the reference MES: signed with its key, with letters and sealed codes as on paper."""

import base64
import json
import os
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import BaseModel, JsonValue
from sqlalchemy import Connection

from devices.plant.mes_server import plans
from devices.plant.story import Plan

PRIVATE, PUBLIC, LETTERS = "mes-people-key.pem", "mes-people.pem", "letters.json"
_DOMAIN = b"lineside-people-1\n"
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
_LENGTH = 12
_SEALED = ("1", "2")
_VALID = timedelta(days=30)
_PEOPLE = ("person",)


class Letter(BaseModel):
    """A one-time code as it stands on paper, and the hash that a terminal knows of it."""

    code: str
    hash: str


class _Letters(BaseModel):
    people: dict[str, Letter]
    sealed: dict[str, Letter]


def own_key(folder: Path) -> Ed25519PrivateKey:
    """The key that people files are signed with, made where there is none; its public half lies beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / PRIVATE
    if not file.exists():
        made = Ed25519PrivateKey.generate()
        _write(file, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{file} is no Ed25519 key")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write(folder / PUBLIC, public)
    return key


class PeopleOffice:
    """Signs who there is, anew whenever that changes; a letter for each person, and two sealed codes."""

    def __init__(self, folder: Path) -> None:
        """Everything it keeps lies in `folder`, readable for its owner alone."""
        self._key = own_key(folder)
        self._file = folder / LETTERS
        self._hasher = PasswordHasher(time_cost=3, memory_cost=64 << 10, parallelism=1)
        self._letters = (
            _Letters.model_validate_json(self._file.read_text("utf-8"))
            if self._file.exists()
            else _Letters(people={}, sealed={})
        )

    def sign(self, connection: Connection) -> None:
        """Put the signed file among the plans; its number only grows."""
        known = plans.all_of(connection, _PEOPLE)
        people: list[JsonValue] = [
            self._person(key, one.version, one.record)
            for (_, key), one in sorted(known.items())
            if not one.deleted
        ]
        sealed: list[JsonValue] = [
            {"id": number, "hash": self._letter(self._letters.sealed, number), "roles": ["supervisor"]}
            for number in _SEALED
        ]
        now = datetime.now(UTC)
        content: dict[str, JsonValue] = {
            "format": "lineside-people-1",
            "number": max(self._number(connection) + 1, int(time.time())),
            "terminal": "*",
            "made_at": _text(now),
            "valid_until": _text(now + _VALID),
            "people": people,
            "sealed": sealed,
        }
        _write(self._file, self._letters.model_dump_json(indent=1).encode("utf-8"))
        told = json.dumps(content, ensure_ascii=False).encode("utf-8")
        record: dict[str, JsonValue] = {
            "file": base64.b64encode(told).decode("ascii"),
            "signature": base64.b64encode(self._key.sign(_DOMAIN + told)).decode("ascii"),
        }
        plans.put(connection, Plan(family="people", id="people", record=record))

    def _person(self, key: str, version: int, record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        enrol = self._letter(self._letters.people, key)
        return {**record, "id": key, "version": version, "enrol": enrol}

    def _letter(self, letters: dict[str, Letter], name: str) -> str:
        if name not in letters:
            code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
            written = "-".join(code[part : part + 4] for part in range(0, _LENGTH, 4))
            letters[name] = Letter(code=written, hash=self._hasher.hash(code))
        return letters[name].hash

    def _number(self, connection: Connection) -> int:
        known = plans.find(connection, "people", "people")
        if known is None:
            return 0
        return int(json.loads(base64.b64decode(str(known.record["file"])))["number"])


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(file: Path, content: bytes) -> None:
    fresh = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
    fresh.replace(file)
