"""A small MES on a real socket: its own reading of docs/mes-contract, and every way to misbehave."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
BASE = "/lineside/v1"
TOKEN = "t-1-secret"


@dataclass
class Faults:
    """What goes wrong, as long as it is set."""

    status: int | None = None  # answer entries and plans with this status
    retry_after: str | None = None
    body: bytes | None = None  # answer with this instead of what the contract says
    lose_share: float = 0.0  # this share of pushes is applied, and the connection closes without an answer
    fail_share: float = 0.0  # this share of pushes is answered 503 or 500 before anything is done
    no_dedup: bool = False  # what was here before is applied again: a broken MES
    lose_answers: int = 0  # so many pushes are applied, and the connection closes without an answer
    silent: bool = False  # 200 without a single result
    slow_s: float = 0.0
    poison: Callable[[Json], bool] = field(default=lambda entry: False)  # a batch with it is answered 500
    too_large: int | None = None  # batches with more entries are answered 413
    malformed: Callable[[Json], bool] = field(default=lambda entry: False)  # a batch with it gets 422
    judge: Callable[[Json], Json | None] = field(default=lambda entry: None)  # another result than received


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 50

    def __init__(self, port: int, mes: FakeMes) -> None:
        self.mes = mes
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A terminal that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def mes(self) -> FakeMes:
        assert isinstance(self.server, _Server)
        return self.server.mes

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        self.mes.answer(self, b"")

    def do_POST(self) -> None:
        self.mes.answer(self, self.rfile.read(int(self.headers["Content-Length"])))

    def reply(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class FakeMes:
    """Listens on a port of its own; `stop` and `start` again keep the port and what was received."""

    def __init__(self, *, token: str = TOKEN, terminal: str = "T1") -> None:
        self.token, self.terminal = token, terminal
        self.faults = Faults()
        self.epoch = "1"
        self.admits_anybody = False
        self.old = False  # a MES that does not answer what it knows
        self.plans: dict[tuple[str, str], Json] = {}
        self.changes: list[tuple[str, str]] = []
        self.received: dict[str, Json] = {}
        self.settled: dict[str, str] = {}
        self.judged: list[str] = []
        self.places: dict[tuple[int, int], str] = {}
        self.chance = random.Random(1121)
        self.batches: list[int] = []
        self.seen: list[str] = []
        self.refused_ms: list[int] = []  # when, by the monotonic clock, `faults.status` was answered
        self.asked_ms: list[int] = []  # and when anything but health was asked
        self.gzipped = 0
        self.clock_ahead_s = 0.0
        self._lock = threading.Lock()
        self._port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def stopped(self) -> bool:
        return self._server is None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> FakeMes:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        self._server = _Server(self._port, self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._server = None
        server.shutdown()
        thread.join()
        server.server_close()
        for open_socket in list(server.open):
            try:
                open_socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def put(self, family: str, plan: str, version: int, record: Json | None) -> None:
        """Plan something, or delete a plan (None)."""
        with self._lock:
            self.plans[family, plan] = {
                "family": family,
                "id": plan,
                "version": version,
                "deleted": record is None,
                **({} if record is None else {"record": record}),
            }
            self.changes.append((family, plan))

    def forget_plans(self) -> None:
        """A new plan database: cursors of old are not known any more."""
        with self._lock:
            self.plans.clear()
            self.changes.clear()

    def answer(self, handler: _Handler, body: bytes) -> None:
        url = urlsplit(handler.path)
        self.seen.append(f"{handler.command} {handler.path}")
        if url.path == f"{BASE}/health":
            handler.reply(200, {"server_time": self._now(), "mes_epoch": self.epoch})
            return
        self.asked_ms.append(time.monotonic_ns() // 1_000_000)
        if handler.headers.get("Authorization") != f"Bearer {self.token}" and not self.admits_anybody:
            handler.reply(401, {"words": "no such token"})
            return
        faults = self.faults
        time.sleep(faults.slow_s)
        if faults.status is not None:
            extra = {} if faults.retry_after is None else {"Retry-After": faults.retry_after}
            handler.reply(faults.status, {"words": "told to"}, extra)
            self.refused_ms.append(time.monotonic_ns() // 1_000_000)
        elif faults.body is not None:
            handler.reply(200, faults.body)
        elif url.path == f"{BASE}/terminals/{self.terminal}/plans":
            self._answer_plans(handler, parse_qs(url.query).get("cursor", [None])[0])
        elif url.path == f"{BASE}/terminals/{self.terminal}/entries" and handler.command == "POST":
            self._answer_entries(handler, body)
        elif not self.old and url.path.startswith(f"{BASE}/terminals/{self.terminal}/entries/"):
            with self._lock:
                known = self._known() if url.path.endswith("/known") else self._digests(parse_qs(url.query))
            handler.reply(200, {"mes_epoch": self.epoch, "server_time": self._now(), **known})
        else:
            handler.reply(404, {"words": "no such place"})

    def _known(self) -> Json:
        """What is here of each epoch."""
        epochs: list[Json] = []
        for epoch in sorted({entry["epoch"] for entry in self.received.values()}):
            here = {e["seq"]: e["hash"] for e in self.received.values() if e["epoch"] == epoch}
            seq = self._high_water(epoch)
            epochs.append(
                {"epoch": epoch, "seq": seq, "hash": here.get(seq, "0" * 64), "last": max(here, default=0)}
            )
        return {"epochs": epochs}

    def _digests(self, asked: dict[str, list[str]]) -> Json:
        epoch, first, last = (int(asked[name][0]) for name in ("epoch", "first", "last"))
        here = {e["seq"]: e["hash"] for e in self.received.values() if e["epoch"] == epoch}
        ranges: list[Json] = []
        while first <= last:
            end = min(last, first + 999)
            links = [here[seq] for seq in range(first, end + 1) if seq in here]
            told = hashlib.sha256("".join(f"{link}\n" for link in links).encode()).hexdigest()
            ranges.append({"first": first, "last": end, "count": len(links), "hash": told})
            first = end + 1
        return {"epoch": epoch, "ranges": ranges}

    def put_back(self, keep: int) -> None:
        """The database is put back to what it was after its first `keep` entries, and says so or not."""
        with self._lock:
            for key in list(self.received)[keep:]:
                gone = self.received.pop(key)
                del self.settled[key]
                self.places = {place: held for place, held in self.places.items() if held != gone["id"]}
            self.judged = [key for key in self.judged if key in self.received]

    def _answer_plans(self, handler: _Handler, cursor: str | None) -> None:
        with self._lock:
            newest = len(self.changes)
            etag = f'"{self.epoch}-{newest}"'
            if handler.headers.get("If-None-Match") == etag:
                handler.reply(304, b"")
                return
            snapshot = cursor is None or not cursor.isdigit() or int(cursor) > newest
            wanted = self.changes if snapshot else self.changes[int(cursor or 0) :]
            records = [self.plans[key] for key in dict.fromkeys(wanted)]
            if snapshot:
                records = [record for record in records if not record["deleted"]]
            page = {
                "mes_epoch": self.epoch,
                "server_time": self._now(),
                "cursor": str(newest),
                "snapshot": snapshot,
                "records": records,
            }
        handler.reply(200, page, {"ETag": etag})

    def _answer_entries(self, handler: _Handler, body: bytes) -> None:
        if handler.headers.get("Content-Encoding") == "gzip":
            self.gzipped += 1
            body = gzip.decompress(body)
        batch: Json = json.loads(body)
        entries: list[Json] = batch["entries"]
        faults = self.faults
        self.batches.append(len(entries))
        if faults.too_large is not None and len(entries) > faults.too_large:
            handler.reply(413, {"words": "too many"})
            return
        if any(faults.malformed(entry) for entry in entries):
            handler.reply(422, {"words": "not as it should be"})
            return
        if any(faults.poison(entry) for entry in entries):
            handler.reply(500, {"words": "stumbled"})
            return
        if self.chance.random() < faults.fail_share:
            handler.reply(self.chance.choice((500, 503)), {"words": "stumbled"}, {"Retry-After": "0"})
            return
        with self._lock:
            results = [] if faults.silent else [self._take(entry) for entry in entries]
        if faults.lose_answers > 0 or self.chance.random() < faults.lose_share:
            faults.lose_answers = max(0, faults.lose_answers - 1)
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        answer = {
            "mes_epoch": self.epoch,
            "server_time": self._now(),
            "high_water": {"epoch": batch["epoch"], "seq": self._high_water(batch["epoch"])},
            "results": [result for result in results if result is not None],
        }
        handler.reply(200, answer)

    def _take(self, entry: Json) -> Json | None:
        key = entry["id"]
        before = self.received.get(key)
        if before is not None and not self.faults.no_dedup:
            if before["hash"] not in (entry["hash"], entry.get("carried_from", {}).get("hash")):
                return {"id": key, "result": "mismatch", "words": "another entry has this id"}
            self.received[key] = entry
            self.places[entry["epoch"], entry["seq"]] = key
            return {"id": key, "result": "duplicate", "mes_id": self.settled[key]}
        place = (entry["epoch"], entry["seq"])
        if place in self.places and not self.faults.no_dedup:
            return {"id": key, "result": "mismatch", "words": "another entry stands there"}
        self.judged.append(key)
        told = self.faults.judge(entry)
        if told is not None:
            return {"id": key, **told} if told else None
        if _chain_hash(entry) != entry["hash"]:
            return {"id": key, "result": "refused", "code": "bad_hash", "words": "the hash does not hold"}
        self.received[key] = entry
        self.places[place] = key
        self.settled[key] = f"R-{len(self.settled) + 1}"
        return {"id": key, "result": "received", "mes_id": self.settled[key]}

    def _high_water(self, epoch: int) -> int:
        have = {entry["seq"] for entry in self.received.values() if entry["epoch"] == epoch}
        seq = 0
        while seq + 1 in have:
            seq += 1
        return seq

    def _now(self) -> str:
        moment = datetime.fromtimestamp(time.time() + self.clock_ahead_s, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _chain_hash(entry: Json) -> str:
    """The contract's link, read once more: keys in order, no spaces, texts as they are."""
    sealed = {name: value for name, value in entry.items() if name != "hash"}
    canonical = json.dumps(sealed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"lineside-entry-1\n{entry['prev']}\n{canonical}".encode()).hexdigest()
