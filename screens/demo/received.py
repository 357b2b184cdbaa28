"""What the reference MES holds, asked over HTTP by whoever checks the story."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One entry as the MES keeps it; `times_seen` counts how often it was sent."""

    id: str
    seq: int
    kind: str
    result: str
    times_seen: int


class Received:
    """Asks the reference MES; these pages are its own and no part of the contract."""

    def __init__(self, url: str, terminal: str) -> None:
        """Ask the MES at `url` about one terminal."""
        self._client = httpx.Client(base_url=url, timeout=10, trust_env=False)
        self._terminal = terminal

    def close(self) -> None:
        """Let go."""
        self._client.close()

    def is_there(self) -> bool:
        """Whether the MES answers now."""
        try:
            return self._client.get("/lineside/v1/health").status_code == 200
        except httpx.TransportError:
            return False

    def entries(self) -> list[InboxRow]:
        """Its inbox, in the order of the journal."""
        answer = self._client.get("/entries", params={"terminal": self._terminal, "limit": 100000})
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json()["entries"]
        return [
            InboxRow(row["id"], row["seq"], row["kind"], row["result"], row["times_seen"])
            for row in sorted(rows, key=lambda row: row["seq"])
        ]

    def job_response(self, order: str) -> dict[str, Any]:
        """The job response of an order with its stops, samples, nonconformances and repairs."""
        answer = self._client.get(f"/job-responses/{order}")
        answer.raise_for_status()
        return answer.json()


def kinds(rows: list[InboxRow]) -> str:
    """Kinds with how many, for one printed line."""
    counted = Counter(row.kind for row in rows)
    return ", ".join(f"{kind} x{n}" if n > 1 else kind for kind, n in sorted(counted.items()))
