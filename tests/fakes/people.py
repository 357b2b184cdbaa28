"""People files as an MES would sign them, and a hasher that is quick because nothing here is secret."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hmi.domain.people_file import message
from hmi.ports import PlanRecord
from hmi.times import to_text
from tests.fakes.clock import START

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEPPER = b"p" * 32


class PeopleOffice:
    """Signs people files with one key."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()
        self.key = self.private.public_key()

    def file(self, number: int, *people: dict[str, Any], **other: Any) -> bytes:
        """The bytes of a file; `other` replaces or adds fields."""
        fields: dict[str, Any] = {
            "format": "lineside-people-1",
            "number": number,
            "terminal": "*",
            "made_at": to_text(START),
            "valid_until": to_text(START + timedelta(days=30)),
            "people": [{"version": 1, **person} for person in people],
        }
        return json.dumps(fields | other).encode("utf-8")

    def record(self, content: bytes, *, by: Ed25519PrivateKey | None = None) -> PlanRecord:
        """A signed file as a plan of the MES."""
        signature = (by or self.private).sign(message(content))
        told = {
            "file": base64.b64encode(content).decode("ascii"),
            "signature": base64.b64encode(signature).decode("ascii"),
        }
        return PlanRecord("people", "people", 1, told)


def person(key: str, badge: str, *roles: str, **other: object) -> dict[str, Any]:
    """A person of a people file."""
    return {"id": key, "name": f"Name of {key}", "badge": badge, "roles": list(roles), **other}


class RebootingClock:
    """A clock whose machine can be restarted; `true_s` is the time that really went by."""

    def __init__(self) -> None:
        self.true_s = 0.0
        self.wall: datetime = START
        self.ticks = 500_000
        self.boots = 1

    @property
    def boot(self) -> str:
        return f"boot-{self.boots}"

    def now(self) -> datetime:
        return self.wall

    def monotonic_ms(self) -> int:
        return self.ticks

    def go(self, seconds: float) -> None:
        self.true_s += seconds
        self.wall += timedelta(seconds=seconds)
        self.ticks += round(seconds * 1000)

    def reboot(self) -> None:
        self.boots += 1
        self.ticks = 1000
