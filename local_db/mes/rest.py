"""The connector of docs/mes-contract: JSON over HTTP."""

import asyncio
import gzip
import json
import os
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from hmi.domain.entries import Entry
from hmi.domain.production import CounterLease
from hmi.domain.standing import DigestRange, Known
from hmi.errors import BatchRefused, Busy, LinkError, NotAdmitted
from hmi.ports import Finding, PlanPage, PushAnswer
from local_db.mes.answers import (
    nonsense,
    read_digests,
    read_health,
    read_known,
    read_lease,
    read_plans,
    read_results,
)
from local_db.mes.rest_settings import RestSettings

_GZIP_ABOVE = 1024  # bytes
_LONGEST_ANSWER = 64 << 20  # bytes, unpacked
_ANSWER_S = 10.0
_DIGEST_S = 60.0
_ANSWER_S_PER_ENTRY = 0.02
_BUSY_S = 5.0
_LONGEST_BUSY_S = 600.0


class _Connections:
    """An HTTP client and how many questions use it: it is closed once, by the last one that lets go."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._users = 0
        self._retired = False

    async def __aenter__(self) -> httpx.AsyncClient:
        self._users += 1
        return self.client

    async def __aexit__(self, *error: object) -> None:
        self._users -= 1
        await self._close_if_unused()

    async def retire(self) -> None:
        """Be used no more; what is under way may end (closing it half-way would leave a socket open)."""
        self._retired = True
        await self._close_if_unused()

    async def _close_if_unused(self) -> None:
        if self._retired and self._users == 0:
            await self.client.aclose()


class RestConnector:
    """Implements hmi.ports.Connector. After `close` the next call makes new connections."""

    def __init__(self, settings: RestSettings, terminal: str) -> None:
        """`terminal` is the id that the token was given for."""
        self._settings = settings
        self._terminal = f"/terminals/{quote(terminal, safe='')}"
        self._connections: _Connections | None = None

    @property
    def settings(self) -> RestSettings:
        """What it was made with."""
        return self._settings

    @property
    def address(self) -> str:
        """Where the MES is."""
        return self._settings.url

    async def health(self) -> datetime:
        """See hmi.ports.Connector."""
        status, body, _ = await self._ask("GET", "/health", patience_s=self._settings.connect_timeout_s)
        if status != 200:
            raise nonsense(f"HTTP {status} to a question about its health")
        return read_health(body)[1]

    async def pull(self, cursor: str | None, etag: str | None) -> PlanPage | None:
        """See hmi.ports.Connector."""
        headers = self._token() | ({"If-None-Match": etag} if etag else {})
        path = f"{self._terminal}/plans" + (f"?cursor={quote(cursor, safe='')}" if cursor is not None else "")
        status, body, told = await self._ask("GET", path, headers=headers, patience_s=_ANSWER_S)
        if status == 304:
            return None
        if status != 200:
            raise nonsense(f"HTTP {status} to a pull")
        return read_plans(body, told.get("ETag"))

    async def push(self, epoch: int, entries: Sequence[Entry]) -> PushAnswer:
        """See hmi.ports.Connector."""
        batch = {"epoch": epoch, "entries": [entry.to_wire() for entry in entries]}
        body = json.dumps(batch, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        headers = self._token() | {"Content-Type": "application/json"}
        if len(body) > _GZIP_ABOVE:
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        status, answer, _ = await self._ask(
            "POST",
            f"{self._terminal}/entries",
            headers=headers,
            body=body,
            patience_s=_ANSWER_S + _ANSWER_S_PER_ENTRY * len(entries),
        )
        if status in (400, 413, 422):
            raise BatchRefused(f"MES refuses the batch: HTTP {status}{_words(answer)}")
        if status != 200:
            raise nonsense(f"HTTP {status} to a push")
        return read_results(answer, [entry.id for entry in entries])

    async def known(self) -> Known | None:
        """See hmi.ports.Connector."""
        path = f"{self._terminal}/entries/known"
        status, body, _ = await self._ask("GET", path, headers=self._token(), patience_s=_ANSWER_S)
        if status in (404, 405):
            return None
        if status != 200:
            raise nonsense(f"HTTP {status} to the question what it knows")
        return read_known(body)

    async def digest(self, epoch: int, first: int, last: int) -> Sequence[DigestRange]:
        """See hmi.ports.Connector."""
        path = f"{self._terminal}/entries/digest?epoch={epoch}&first={first}&last={last}"
        status, body, _ = await self._ask("GET", path, headers=self._token(), patience_s=_DIGEST_S)
        if status != 200:
            raise nonsense(f"HTTP {status} to a question for digests")
        return read_digests(body, first, last)

    async def lease(self, counter: str) -> CounterLease | None:
        """See hmi.ports.Connector."""
        headers = self._token() | {"Content-Type": "application/json"}
        status, body, _ = await self._ask(
            "POST",
            f"{self._terminal}/leases",
            headers=headers,
            body=json.dumps({"counter": counter}, ensure_ascii=False).encode("utf-8"),
            patience_s=_ANSWER_S,
        )
        if status in (404, 405):
            return None
        if status != 200:
            raise nonsense(f"HTTP {status} to the wish to count")
        return read_lease(body, counter)

    async def probe(self) -> AsyncIterator[Finding]:
        """See hmi.ports.Connector."""
        try:
            await self.health()
        except LinkError as error:
            yield Finding(
                False, self.address, str(error), "Is the address right, and does the MES run there?"
            )
            return
        yield Finding(True, self.address, "answers")
        try:
            page = await self.pull(None, None)
        except NotAdmitted as error:
            yield Finding(False, "token", str(error), self._token_remedy)
            return
        except LinkError as error:
            yield Finding(False, "plans", str(error), "The MES has to follow docs/mes-contract")
            return
        yield Finding(True, "token", "is admitted")
        counts: dict[str, int] = {}
        for record in page.records if page else ():
            counts[record.family] = counts.get(record.family, 0) + 1
        told = ", ".join(f"{n} {family}" for family, n in sorted(counts.items()))
        yield Finding(
            bool(counts), "plans", told or "none", "" if counts else "Does the MES plan this terminal?"
        )

    async def close(self) -> None:
        """See hmi.ports.Connector."""
        connections, self._connections = self._connections, None
        if connections is not None:
            await connections.retire()

    @property
    def _token_remedy(self) -> str:
        if self._settings.token_file is not None:
            return f"Put a valid token into {self._settings.token_file}"
        return "Give this terminal a valid token or certificate"

    def _token(self) -> dict[str, str]:
        """Read the token anew each time, so that a changed one counts; none with a certificate alone."""
        file, variable = self._settings.token_file, self._settings.token_env
        if file is None and variable is None:
            return {}
        where = f"the token file {file}" if file is not None else f"the environment variable {variable}"
        try:
            told = (
                file.read_text(encoding="ascii") if file is not None else os.environ.get(variable or "", "")
            )
        except (OSError, UnicodeDecodeError) as error:
            raise NotAdmitted(f"{where} cannot be read") from error
        token = told.strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise NotAdmitted(f"{where} holds no token")
        return {"Authorization": f"Bearer {token}"}

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        patience_s: float,
    ) -> tuple[int, bytes, httpx.Headers]:
        """Ask once. NotAdmitted, Busy and LinkError as every request of the contract may be answered."""
        connect_s = self._settings.connect_timeout_s
        try:
            async with (
                self._open() as client,
                asyncio.timeout(connect_s + patience_s),
                client.stream(
                    method,
                    f"{self._settings.url}/lineside/v1{path}",
                    headers=dict(headers or {}),
                    content=body,
                    timeout=httpx.Timeout(patience_s, connect=connect_s),
                ) as answer,
            ):
                _look_at_status(answer)
                return answer.status_code, await _whole(answer), answer.headers
        except (TimeoutError, httpx.TimeoutException) as error:
            raise LinkError(f"MES did not answer in time at {self.address}") from error
        except httpx.DecodingError as error:
            raise nonsense("it cannot be unpacked") from error
        except httpx.RemoteProtocolError as error:
            raise LinkError(f"MES at {self.address} broke off: {error}") from error
        except ssl.SSLError as error:
            # with TLS 1.3 the other side says no only after our first words; httpx passes that on as it is
            raise NotAdmitted(f"MES does not take this terminal's certificate: {error.reason}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LinkError(f"MES is not reached at {self.address}: {error}") from error

    def _open(self) -> _Connections:
        if self._connections is None:
            secure = self._settings.url.startswith("https")
            ca_file = self._settings.ca_file
            try:
                trusted = ssl.create_default_context(cafile=ca_file) if secure else False
            except OSError as error:
                raise LinkError(f"the certificates in {ca_file} cannot be read: {error}") from error
            if isinstance(trusted, ssl.SSLContext):
                self._show_certificate(trusted)
            limits = httpx.Limits(max_connections=4, keepalive_expiry=30)
            client = httpx.AsyncClient(verify=trusted, trust_env=False, limits=limits)
            self._connections = _Connections(client)
        return self._connections

    def _show_certificate(self, trusted: ssl.SSLContext) -> None:
        own, key = self._settings.client_cert_file, self._settings.client_key_file
        if own is None:
            return
        try:
            trusted.load_cert_chain(own, key, password=_no_password)
        except (OSError, ValueError) as error:
            raise NotAdmitted(f"this terminal's certificate {own} cannot be used: {error}") from error


def _no_password() -> str:
    raise ValueError("its key asks for a password; keep a key without one, readable by this program only")


def _look_at_status(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in (401, 403):
        raise NotAdmitted(f"MES does not admit this terminal: HTTP {status}")
    if status in (429, 503):
        raise Busy(f"MES asks to come back later: HTTP {status}", _retry_after(answer))
    if status >= 500:
        raise LinkError(f"MES failed: HTTP {status}")


def _retry_after(answer: httpx.Response) -> float:
    told = answer.headers.get("Retry-After", "")
    return min(float(told), _LONGEST_BUSY_S) if told.isascii() and told.isdigit() else _BUSY_S


async def _whole(answer: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > _LONGEST_ANSWER:
            raise nonsense("its answer has no end")
        parts.append(part)
    return b"".join(parts)


def _words(answer: bytes) -> str:
    """What the MES says about a refusal, if that is readable."""
    try:
        said: Any = json.loads(answer)
    except ValueError:
        return ""
    told = said.get("words") or said.get("detail") if isinstance(said, dict) else None
    return f" ({told:.200})" if isinstance(told, str) else ""
