"""Does an MES hold docs/mes-contract? Asked from outside with a terminal's token; leaves entries there."""

import asyncio
import gzip
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx

from hmi.domain.entries import CarriedFrom, Entry, Subject
from hmi.domain.payloads import HelpCalled, ProductionCounted, ProductionScrapped
from hmi.domain.production import CounterLease
from hmi.errors import LinkError
from hmi.ids import new_id
from hmi.ports import Finding, PushAnswer
from hmi.times import Clock
from local_db.mes.answers import read_digests, read_health, read_known, read_lease, read_plans, read_results
from local_db.mes.check_journal import CheckJournal

_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class _Wrong(Exception):
    """What the MES did that the contract does not say."""


def _need(true: bool, words: str) -> None:
    if not true:
        raise _Wrong(words)


class Conformance:
    """Asks an MES everything that the contract promises; each rule is one Finding."""

    def __init__(self, url: str, terminal: str, token: str, clock: Clock) -> None:
        """`token` admits `terminal`, which should exist for this check alone: its entries stay at the MES."""
        self._base = f"{url.rstrip('/')}/lineside/v1"
        self._mine = f"/terminals/{terminal}"
        self._terminal, self._token, self._clock = terminal, token, clock
        self._journal = CheckJournal(terminal, 1 + secrets.randbelow(1_000_000), clock)
        self._client = httpx.AsyncClient(trust_env=False, timeout=_PATIENCE_S)

    async def findings(self) -> AsyncIterator[Finding]:
        """One after the other; when the MES is not there at all, only the first."""
        rules = (
            ("health", self._health),
            ("tokens", self._tokens),
            ("plans", self._plans),
            ("plans that did not change", self._unchanged_plans),
            ("a cursor of old", self._unknown_cursor),
            ("entries are received", self._received),
            ("the same entries again", self._duplicates),
            ("the same batch twice at once", self._at_once),
            ("another entry with a known id", self._other_contents),
            ("another entry in a taken place", self._other_place),
            ("a hash that does not hold", self._false_hash),
            ("a kind that is not known", self._unknown_kind),
            ("one bad entry among good ones", self._one_bad),
            ("a gap in the sequence", self._gap),
            ("packed batches", self._packed),
            ("batches that cannot be read", self._unreadable),
            ("more than 200 entries", self._too_many),
            ("what the MES holds", self._holds),
            ("entries of a new epoch", self._carried),
            ("one terminal counts", self._leases),
        )
        async with self._client:
            for name, rule in rules:
                try:
                    words = await rule()
                except (_Wrong, LinkError, httpx.HTTPError) as error:
                    yield Finding(False, name, str(error) or type(error).__name__, "See docs/mes-contract")
                    if name == "health":
                        return
                else:
                    yield Finding(True, name, words)

    # ------------------------------------------------------------ presence and plans

    async def _health(self) -> str:
        answer = await self._get("/health", token=None)
        _need(answer.status == 200, f"HTTP {answer.status} to GET /health, which needs no token")
        epoch, moment = read_health(answer.body)
        held = await self._get(f"{self._mine}/entries/known")
        if held.status == 200:
            newest = max((one.epoch for one in read_known(held.body).epochs), default=0)
            self._journal = CheckJournal(self._terminal, newest + 1, self._clock)
        return f"mes_epoch {epoch!r}, {moment:%Y-%m-%d %H:%M:%S} UTC"

    async def _tokens(self) -> str:
        for token in (None, "not-a-token-of-anybody"):
            status = (await self._get(f"{self._mine}/plans", token=token)).status
            shown = "no token" if token is None else "a false token"
            _need(status in (401, 403), f"HTTP {status} to plans with {shown}")
            status = (await self._post([], token=token)).status
            _need(status in (401, 403), f"HTTP {status} to entries with {shown}")
        status = (await self._get("/terminals/lineside-somebody-else/plans")).status
        _need(status in (401, 403), f"HTTP {status} to another terminal's plans")
        return "nobody is admitted without the terminal's own token"

    async def _plans(self) -> str:
        answer = await self._get(f"{self._mine}/plans")
        _need(answer.status == 200, f"HTTP {answer.status} to plans")
        page = read_plans(answer.body, answer.headers.get("etag"))
        _need(page.snapshot, "without a cursor the answer has to be a snapshot")
        again = await self._get(f"{self._mine}/plans?cursor={page.cursor}")
        _need(again.status == 200, f"HTTP {again.status} to plans with the cursor that was just given")
        later = read_plans(again.body, None)
        _need(not later.snapshot, "with a cursor that was just given the answer has to be what changed since")
        return f"{len(page.records)} records; {len(later.records)} since"

    async def _unchanged_plans(self) -> str:
        etag = (await self._get(f"{self._mine}/plans")).headers.get("etag")
        _need(etag is not None, "no ETag")
        answer = await self._get(f"{self._mine}/plans", headers={"If-None-Match": etag or ""})
        _need(answer.status == 304, f"HTTP {answer.status} with the ETag that was just given; 304 is due")
        return "304 with the ETag that was just given"

    async def _unknown_cursor(self) -> str:
        answer = await self._get(f"{self._mine}/plans?cursor=lineside-no-such-cursor")
        _need(answer.status == 200, f"HTTP {answer.status} to a cursor that is not known")
        _need(read_plans(answer.body, None).snapshot, "a cursor that is not known needs a snapshot")
        return "is answered with everything"

    # ------------------------------------------------------------ entries

    async def _received(self) -> str:
        sent = self._journal.entries(3)
        answer = await self._push(sent)
        self._all(answer, sent, "received")
        high = answer.high_water
        _need(high == (self._journal.epoch, 3), f"high_water {high} after entries 1 to 3")
        return "each has a result and a receipt"

    async def _duplicates(self) -> str:
        sent = self._journal.entries(2)
        first, again = await self._push(sent), await self._push(sent)
        self._all(again, sent, "duplicate")
        receipts = [
            {result.entry_id: result.mes_id for result in answer.results} for answer in (first, again)
        ]
        _need(receipts[0] == receipts[1], "the receipt of a duplicate is not that of the entry")
        return "duplicate, with the same receipt"

    async def _at_once(self) -> str:
        sent = self._journal.entries(20)
        answers = await asyncio.gather(*(self._push(sent) for _ in range(3)))
        for entry in sent:
            told = sorted(r.result.value for a in answers for r in a.results if r.entry_id == entry.id)
            _need(told.count("received") == 1, f"three at once: an entry was {', '.join(told)}")
        return "each is received once"

    async def _other_contents(self) -> str:
        (known,) = sent = self._journal.entries(1)
        await self._push(sent)
        other = replace(known, payload=HelpCalled(whom="logistics"), hash="").sealed()
        self._all(await self._push([other]), [other], "mismatch")
        self._all(await self._push(sent), sent, "duplicate")
        return "mismatch, and what was there stays"

    async def _other_place(self) -> str:
        (known,) = sent = self._journal.entries(1)
        await self._push(sent)
        other = replace(known, id=str(new_id()), hash="").sealed()
        answer = await self._push([other])
        told = [result.result.value for result in answer.results]
        _need(told in (["mismatch"], ["refused"]), f"a second entry in place {known.seq} was {told}")
        return f"{told[0]}"

    async def _false_hash(self) -> str:
        (true,) = self._journal.entries(1)
        false = replace(true, hash=hashlib.sha256(b"something else").hexdigest())
        answer = await self._push([false])
        told = [result.result.value for result in answer.results]
        _need(
            told in (["refused"], ["mismatch"]), f"an entry whose hash is not that of its contents was {told}"
        )
        self._journal = CheckJournal(self._terminal, self._journal.epoch + 1, self._clock)
        return f"{told[0]}"

    async def _unknown_kind(self) -> str:
        entry = self._journal.entry()
        wire = _resealed(entry, kind="lineside.of_the_future", payload={"anything": ["goes"]})
        self._journal.prev = wire["hash"]
        answer = await self._push_wire([wire])
        self._all(answer, [entry], "received")
        return "is received and kept"

    async def _one_bad(self) -> str:
        before = self._journal.entry()
        bad = self._journal.entry(
            ProductionScrapped(
                order="lineside-no-order", quantity=Decimal(1), unit="pcs", reason="lineside-none"
            ),
            subject=Subject("job_order", "lineside-no-order"),
        )
        after = self._journal.entry()
        answer = await self._push([before, bad, after])
        told = {result.entry_id: result.result.value for result in answer.results}
        _need(told.get(before.id) == told.get(after.id) == "received", f"the others were {told}")
        _need(bad.id in told, "the bad one has no result")
        return f"{told[bad.id]}, and the others are received"

    async def _gap(self) -> str:
        first, second, third = self._journal.entries(3)
        high = (await self._push([first])).high_water[1]
        after_gap = (await self._push([third])).high_water[1]
        _need(after_gap == high, f"high_water rose to {after_gap} over the gap before {third.seq}")
        closed = (await self._push([second])).high_water[1]
        _need(closed == third.seq, f"high_water is {closed} after the gap up to {third.seq} was closed")
        return "high_water waits for it"

    async def _packed(self) -> str:
        sent = self._journal.entries(5)
        body = gzip.compress(_body(self._journal.epoch, [entry.to_wire() for entry in sent]))
        answer = await self._post(body, headers={"Content-Encoding": "gzip"})
        _need(answer.status == 200, f"HTTP {answer.status} to a batch in gzip")
        self._all(read_results(answer.body, [entry.id for entry in sent]), sent, "received")
        broken = await self._post(body[: len(body) // 2], headers={"Content-Encoding": "gzip"})
        _need(broken.status in (400, 413, 422), f"HTTP {broken.status} to half a gzip")
        return "are taken; half of one is not"

    async def _unreadable(self) -> str:
        good = self._journal.entry()
        bodies: dict[str, bytes] = {
            "no JSON": b"{",
            "a list": b"[]",
            "no entries": json.dumps({"epoch": 1}).encode(),
            "an entry without an id": _body(self._journal.epoch, [good.to_wire() | {"id": None}]),
            "an entry of another epoch": _body(self._journal.epoch + 1, [good.to_wire()]),
        }
        for name, body in bodies.items():
            status = (await self._post(body)).status
            _need(status in (400, 413, 422), f"HTTP {status} to {name}")
        self._all(await self._push([good]), [good], "received")
        return "are refused whole, and nothing of them is kept"

    async def _too_many(self) -> str:
        sent = self._journal.entries(201)
        answer = await self._post(_body(self._journal.epoch, [entry.to_wire() for entry in sent]))
        _need(answer.status in (200, 400, 413, 422), f"HTTP {answer.status} to 201 entries")
        for first in range(0, len(sent), 100):
            some = sent[first : first + 100]
            results = (await self._push(some)).results
            _need(len(results) == len(some), f"{len(results)} results for {len(some)} entries")
        return f"HTTP {answer.status}; hundreds are taken"

    # ------------------------------------------------------------ when one of the two went back

    async def _holds(self) -> str:
        answer = await self._get(f"{self._mine}/entries/known")
        _need(answer.status == 200, f"HTTP {answer.status}: what a backup of this MES loses is lost")
        known = {one.epoch: one for one in read_known(answer.body).epochs}
        here, seq = self._journal, self._journal.seq
        one = known.get(here.epoch)
        _need(one is not None, f"epoch {here.epoch} is not named")
        assert one is not None
        _need(
            (one.last, one.seq, one.hash) == (seq, seq, here.prev), f"it says {one}, entry {seq} is the last"
        )
        told = await self._get(f"{self._mine}/entries/digest?epoch={here.epoch}&first=1&last={seq}")
        _need(told.status == 200, f"HTTP {told.status} to a question for digests")
        read_digests(told.body, 1, seq)
        beyond = f"first={seq + 1}&last={seq + 1}"
        empty = await self._get(f"{self._mine}/entries/digest?epoch={here.epoch}&{beyond}")
        (nothing,) = read_digests(empty.body, seq + 1, seq + 1)
        none = hashlib.sha256(b"").hexdigest()
        _need((nothing.count, nothing.hash) == (0, none), f"the digest of no entry is {nothing}")
        return f"is told: up to entry {seq}, with its hash and digests"

    async def _carried(self) -> str:
        known, fresh = self._journal.entries(2)
        await self._push([known])
        renewed = CheckJournal(self._terminal, self._journal.epoch + 1, self._clock)
        sent = [
            renewed.entry(id=old.id, carried_from=CarriedFrom(old.epoch, old.seq, old.hash))
            for old in (known, fresh)
        ]
        told = {r.entry_id: r.result.value for r in (await self._push(sent, renewed.epoch)).results}
        wanted = {known.id: "duplicate", fresh.id: "received"}
        _need(told == wanted, f"what was known is {told.get(known.id)}, what was not {told.get(fresh.id)}")
        return "what was known is a duplicate, the rest is received"

    # ------------------------------------------------------------ one of several counts

    async def _leases(self) -> str:
        counter = f"lineside-mes-check-{secrets.token_hex(4)}"
        told = await self._lease(counter)
        if told is None:
            return "HTTP 404: it grants no leases, so at each machine one terminal alone may count"
        _need(
            told.held and told.holder == self._terminal, f"a counter that nobody has is held by {told.holder}"
        )
        _need(told.counted_to is None, f"a counter that nobody counted stands at {told.counted_to}")
        now = self._clock.now()
        said = ProductionCounted(
            order=None, quantity=Decimal(2), counter=counter, counter_from=5, counter_to=7, from_time=now,
            to_time=now, evidence="live", fence=told.fence,
        )  # fmt: skip
        entry = self._journal.entry(said)
        self._all(await self._push([entry]), [entry], "received")
        again = await self._lease(counter)
        assert again is not None
        _need((again.held, again.fence) == (True, told.fence), f"a renewal changed it to {again}")
        _need(again.counted_to == 7, f"after a count up to 7 it says {again.counted_to}")
        return f"granted with fence {told.fence}, renewed, and says up to where was counted"

    async def _lease(self, counter: str) -> CounterLease | None:
        kind = {"Content-Type": "application/json"}
        wish = json.dumps({"counter": counter}).encode()
        answer = await self._ask("POST", f"{self._mine}/leases", wish, "", kind)
        if answer.status in (404, 405):
            return None
        _need(answer.status == 200, f"HTTP {answer.status} to the wish to count")
        return read_lease(answer.body, counter)

    # ------------------------------------------------------------ asking

    def _all(self, answer: PushAnswer, sent: Sequence[Entry], wanted: str) -> None:
        told = {result.entry_id: result.result.value for result in answer.results}
        wrong = [f"entry {entry.seq} is {told.get(entry.id, 'without a result')}" for entry in sent
                 if told.get(entry.id) != wanted]  # fmt: skip
        _need(not wrong, f"{wrong[0] if wrong else ''} instead of {wanted}")

    async def _push(self, entries: Sequence[Entry], epoch: int | None = None) -> PushAnswer:
        return await self._push_wire([entry.to_wire() for entry in entries], epoch)

    async def _push_wire(self, entries: Sequence[Mapping[str, Any]], epoch: int | None = None) -> PushAnswer:
        answer = await self._post(_body(epoch or self._journal.epoch, entries))
        _need(answer.status == 200, f"HTTP {answer.status} to {len(entries)} entries: {answer.body[:200]!r}")
        return read_results(answer.body, [str(entry["id"]) for entry in entries])

    async def _get(
        self, path: str, *, token: str | None = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        return await self._ask("GET", path, None, token, headers)

    async def _post(
        self, body: bytes | list[Any], *, token: str | None = "", headers: Mapping[str, str] | None = None
    ) -> Answer:
        data = body if isinstance(body, bytes) else _body(self._journal.epoch, body)
        kind = {"Content-Type": "application/json"}
        return await self._ask("POST", f"{self._mine}/entries", data, token, {**kind, **(headers or {})})

    async def _ask(
        self, method: str, path: str, body: bytes | None, token: str | None, headers: Mapping[str, str] | None
    ) -> Answer:
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self._token}"
        answer = await self._client.request(method, f"{self._base}{path}", content=body, headers=sent)
        return Answer(answer.status_code, answer.content, answer.headers)


def _body(epoch: int, entries: Sequence[Mapping[str, Any]]) -> bytes:
    return json.dumps({"epoch": epoch, "entries": list(entries)}, ensure_ascii=False).encode()


def _resealed(entry: Entry, **changed: Any) -> dict[str, Any]:
    """An entry on the wire with other fields and the hash that they need."""
    wire = {name: value for name, value in entry.to_wire().items() if name != "hash"} | changed
    canonical = json.dumps(wire, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    link = hashlib.sha256(b"lineside-entry-1\n" + entry.prev.encode() + b"\n" + canonical).hexdigest()
    return wire | {"hash": link}
