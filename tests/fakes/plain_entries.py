"""Entries as plain JSON, for tests of an MES that must not know how a terminal makes them."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import rfc8785

Json = dict[str, Any]
GENESIS = "0" * 64


def sealed(entry: Json) -> Json:
    """The entry with the hash of its contents, whatever hash it had."""
    bare = {key: value for key, value in entry.items() if key != "hash"}
    chained = b"lineside-entry-1\n" + str(bare["prev"]).encode() + b"\n" + rfc8785.dumps(bare)
    return bare | {"hash": hashlib.sha256(chained).hexdigest()}


def uuid7(number: int) -> str:
    """A UUIDv7 that names the number, so that a failing test shows which entry it is about."""
    return str(uuid.UUID(int=(0x019AA5C4_5A10 << 80) | (0x7 << 76) | (0x2 << 62) | number))


class PlainChain:
    """A journal's entries one after the other, each linked to the one before."""

    def __init__(self, terminal: str = "T-PRESS12", epoch: int = 1, ids_from: int = 1) -> None:
        """Begin an epoch; `ids_from` keeps the ids of two chains apart."""
        self.terminal, self.epoch = terminal, epoch
        self.seq, self.prev = 0, GENESIS
        self._ids_from = ids_from

    def entry(self, kind: str, subject: tuple[str, str], payload: Json, **other: Any) -> Json:
        """The next entry; `other` replaces fields of the envelope before it is sealed."""
        self.seq += 1
        made = sealed(
            {
                "id": uuid7(self._ids_from + self.seq - 1),
                "terminal": self.terminal,
                "epoch": self.epoch,
                "seq": self.seq,
                "kind": kind,
                "version": 1,
                "subject": {"kind": subject[0], "id": subject[1]},
                "person": {"id": "P-7341", "name": "M. Okafor", "how": "badge"},
                "source_time": None,
                "quality": "good",
                "terminal_time": f"2026-11-21T10:{self.seq // 60 % 60:02d}:{self.seq % 60:02d}.000Z",
                "boot": "boot-1",
                "monotonic_ms": 1000 * self.seq,
                "clock_offset_ms": None,
                "corrects": None,
                "payload": payload,
                "prev": self.prev,
            }
            | other
        )
        self.prev = made["hash"]
        return made

    def start(self, order: str = "WO-104233") -> Json:
        """An order is started."""
        return self.entry("job_order.started", ("job_order", order), {"plan_version": 1})

    def count(self, quantity: str, order: str = "WO-104233", **other: Any) -> Json:
        """Parts counted for an order."""
        payload = {
            "order": order,
            "quantity": quantity,
            "counter": "Admin.ProdProcessedCount.AccCount",
            "counter_from": 0,
            "counter_to": int(quantity),
            "from_time": "2026-11-21T10:00:00.000Z",
            "to_time": "2026-11-21T10:01:00.000Z",
            "evidence": "live",
        }
        return self.entry("production.counted", ("job_order", order), payload, **other)

    def scrap(self, quantity: str, reason: str = "BURR", order: str = "WO-104233", **other: Any) -> Json:
        """Parts scrapped for an order."""
        payload = {"order": order, "quantity": quantity, "unit": "pcs", "reason": reason}
        return self.entry("production.scrapped", ("job_order", order), payload, **other)

    def complete(self, produced: str, good: str, scrap: str, order: str = "WO-104233") -> Json:
        """An order is confirmed."""
        payload = {
            "produced": produced,
            "good": good,
            "scrap": scrap,
            "unit": "pcs",
            "started_at": "2026-11-21T10:00:00.000Z",
            "completed_at": "2026-11-21T11:00:00.000Z",
            "plan_version": 1,
        }
        return self.entry("job_order.completed", ("job_order", order), payload)


def batch(*entries: Json, epoch: int = 1) -> Json:
    """A batch of entries."""
    return {"epoch": epoch, "entries": list(entries)}
