"""The only one who knows whether the MES is there: pulls plans, pushes entries, tries again."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from hmi.domain.entries import Entry, PushResult, ResultKind
from hmi.domain.signals import LinkState, LinkStatus
from hmi.errors import BatchRefused, Busy, LinkError, NotAdmitted, OperatorError
from hmi.ports import Connector, PushAnswer, SyncStore
from hmi.times import Clock
from local_db.handshake import Handshake
from local_db.leases import Leases
from local_db.link_voice import PROGRESS, LinkVoice

_log = logging.getLogger(__name__)

_TRUSTED_ROUND_TRIP_MS = 1000  # a slower answer says too little about the clock
_FAILED_ALONE_UNSAID = 3  # so many entries may fail alone, one after the other, before the link is to blame


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, how much and how patient; seconds unless said else."""

    pull_every: float = 15.0
    batch: int = 200
    batch_bytes: int = 256 << 10
    first_wait: float = 0.5
    least_wait: float = 0.2
    longest_wait: float = 60.0
    idle_look: float = 5.0
    lost_look: float = 1.0
    not_admitted_look: float = 10.0
    good_to_double: int = 5
    hold_failing: float = 30.0
    park_failing_after: float = 3600.0
    park_failing_tries: int = 20
    new_client_after: float = 30.0
    stuck_after: float = 120.0


class Sync:
    """Keeps a store and an MES together, for as long as it runs.

    Pull and push do not wait for each other. A third task looks whether the MES is there while the others
    wait, so that the first entry goes out within about a second of its coming back.
    """

    def __init__(
        self,
        store: SyncStore,
        connector: Connector,
        *,
        name: str,
        kind: str,
        address: str,
        clock: Clock,
        on_status: Callable[[LinkStatus], None],
        on_heard: Callable[[str, int], None] | None = None,
        pace: Pace | None = None,
        counters: Sequence[str] = (),
    ) -> None:
        """`name`, `kind` and `address` are what the status of the link says of itself.

        `counters` are those that other terminals hear too: only one of them may count.
        """
        self._store = store
        self._connector = connector
        self._clock = clock
        self._pace = pace or Pace()
        self._voice = LinkVoice(
            name=name, kind=kind, address=address, clock=clock, on_status=on_status, on_heard=on_heard
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls = {who: asyncio.Event() for who in ("pull", "push", "look")}
        self._tries = {"pull": 0, "push": 0}
        self._admitted = asyncio.Event()
        self._admitted.set()
        self._there = True
        self._alone_until_ms = 0
        self._size = self._pace.batch
        self._good_batches = 0
        self._failing: dict[str, tuple[int, int]] = {}
        self._failed_alone = 0
        self._moved_ms = clock.monotonic_ms()
        self._renewed_ms = clock.monotonic_ms()
        self._logged: set[str] = set()
        self._handshake = Handshake(store, connector, self._voice)
        self._leases = Leases(store, connector, counters, self._voice)

    async def run(self) -> None:
        """Sync until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._moved_ms = self._clock.monotonic_ms()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep("pull", self._pull))
                tasks.create_task(self._keep("push", self._push))
                tasks.create_task(self._keep_looking())
        finally:
            self._loop = None
            await self._connector.close()

    def wake(self) -> None:
        """There is something to send: do not wait. From any thread, through call_soon_threadsafe.

        Nothing happens while sync does not run, or when its loop is just being closed.
        """
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._call_now)

    def _call_now(self) -> None:
        self._calls["push"].set()
        if self._voice.state is LinkState.LOST:
            self._calls["look"].set()

    # ------------------------------------------------------------ trying, and trying again

    async def _keep(self, who: str, work: Callable[[], Awaitable[float]]) -> None:
        """Work for ever; `work` returns how many seconds to rest before the next time.

        A MES that asks to come back later is asked that on every road: none works before.
        """
        while True:
            while (left_ms := self._alone_until_ms - self._clock.monotonic_ms()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(left_ms / 1000)
            error = await self._attempt(who, work)
            if isinstance(error, float):
                self._tries[who] = 0
                await self._rest(who, error)
                continue
            self._tries[who] += 1
            self._calls["look"].set()
            if isinstance(error, NotAdmitted):
                self._admitted.clear()
                await self._rest(who, self._pace.not_admitted_look)
            elif not isinstance(error, Busy):
                await self._back_off(who)

    async def _back_off(self, who: str) -> None:
        """Rest after a failure, longer each time; a call that comes while resting ends it and starts anew.

        Calls that came during the attempt do not count: writing down its outcome makes some itself.
        """
        ceiling = min(self._pace.longest_wait, self._pace.first_wait * 2 ** min(self._tries[who], 20))
        await asyncio.sleep(self._pace.least_wait)
        self._calls[who].clear()
        if await self._rest(who, random.uniform(0, ceiling)):
            self._tries[who] = 0

    async def _attempt(self, who: str, work: Callable[[], Awaitable[float]]) -> float | Exception:
        """Try once; the seconds to rest, or the error, which is told and never lost."""
        try:
            return await work()
        except (LinkError, OperatorError) as error:
            self._voice.bad(who, error)
            if isinstance(error, Busy):
                until_ms = self._clock.monotonic_ms() + round(error.after_s * 1000)
                self._alone_until_ms = max(self._alone_until_ms, until_ms)
            return error
        except Exception as error:  # noqa: BLE001  a fault of a connector must not end the road to the MES
            words = f"{who}: {type(error).__name__}: {error}"
            if words not in self._logged:
                self._logged.add(words)
                _log.exception("a fault on the road to the MES")
            self._voice.bad(who, f"fault: {words}")
            return error

    async def _rest(self, who: str, seconds: float) -> bool:
        """Rest until called or for so many seconds; whether it was called."""
        call = self._calls[who]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await call.wait()
        called = call.is_set()
        call.clear()
        return called

    async def _keep_looking(self) -> None:
        """Ask the MES for its health while nothing else is heard of it, and watch that entries move."""
        while True:
            up = self._voice.state is LinkState.UP
            await self._rest("look", self._pace.idle_look if up else 0.0)
            if not up:
                await asyncio.sleep(self._pace.lost_look * random.uniform(0.5, 1.2))
            if not up or self._silent_ms() >= self._pace.idle_look * 1000:
                await self._attempt("health", self._look)
            await self._watch_progress()

    def _silent_ms(self) -> int:
        heard = self._voice.heard_ms
        return self._clock.monotonic_ms() - heard if heard is not None else 1 << 40

    async def _look(self) -> float:
        try:
            before, began = self._clock.now(), self._clock.monotonic_ms()
            self._note_offset(before, began, await self._connector.health())
        except Exception:
            self._there = False
            self._moved_ms = self._clock.monotonic_ms()
            raise
        self._voice.good("health")
        if not self._there:
            self._there = True
            self._handshake.ask_for()
            for who, call in self._calls.items():
                if who != "look":
                    self._tries[who] = 0
                    call.set()
        return 0.0

    async def _watch_progress(self) -> None:
        """A healthy link with a queue that does not move gets a new client, and then a sign."""
        now = self._clock.monotonic_ms()
        if self._silent_ms() > self._pace.new_client_after * 1000:
            return
        still = now - max(self._moved_ms, self._renewed_ms)
        if still > self._pace.new_client_after * 1000:
            self._renewed_ms = now
            _log.warning("the MES answers, but took nothing for %d s: a new client", still // 1000)
            await self._connector.close()
        if now - self._moved_ms > self._pace.stuck_after * 1000:
            since = self._clock.now() - timedelta(milliseconds=now - self._moved_ms)
            self._voice.bad(PROGRESS, f"sync is stuck since {since:%H:%M:%S} UTC: the MES takes nothing")

    # ------------------------------------------------------------ plans

    async def _pull(self) -> float:
        known = await asyncio.wrap_future(self._store.plans_state())
        before, began = self._clock.now(), self._clock.monotonic_ms()
        page = await self._connector.pull(known.cursor, known.etag)
        if page is not None:
            self._note_offset(before, began, page.server_time)
            if known.mes_epoch not in (None, page.mes_epoch):
                self._handshake.ask_for()
            if known.mes_epoch not in (None, page.mes_epoch) and not page.snapshot:
                page = await self._connector.pull(None, None)  # the MES was put back: start again from all
        await asyncio.wrap_future(self._store.apply_plans(page))
        await self._leases.ask()
        self._voice.good("pull")
        self._admitted.set()
        return self._pace.pull_every

    # ------------------------------------------------------------ entries

    async def _push(self) -> float:
        await self._admitted.wait()
        if self._handshake.due:
            await self._handshake.shake()
        batch = await asyncio.wrap_future(self._store.waiting(self._size, self._pace.batch_bytes))
        if not batch:
            self._moved()
            self._voice.clear("push")
            return self._pace.idle_look
        batch = self._without_company(batch)
        try:
            before, began = self._clock.now(), self._clock.monotonic_ms()
            answer = await self._connector.push(batch[0].epoch, batch)
        except (NotAdmitted, Busy):
            self._moved_ms = self._clock.monotonic_ms()
            raise
        except BatchRefused as error:
            await self._make_smaller(batch, error)
            return 0.0
        except LinkError as error:
            if await self._work_around(batch, error):
                return 0.0
            raise
        self._note_offset(before, began, answer.server_time)
        await self._write_down(batch, answer)
        return 0.0

    def _without_company(self, batch: Sequence[Entry]) -> Sequence[Entry]:
        """One that failed alone before is tried alone again, so that no other is dragged into its failure."""
        for place, entry in enumerate(batch):
            if entry.id in self._failing:
                return batch[: max(1, place)]
        return batch

    async def _write_down(self, batch: Sequence[Entry], answer: PushAnswer) -> None:
        await asyncio.wrap_future(self._store.settle(answer.results, [entry.id for entry in batch]))
        if not answer.results:
            raise LinkError("MES answers nonsense: it says nothing of the entries that it got")
        if any(result.result is not ResultKind.LATER for result in answer.results):
            self._moved()
        for result in answer.results:
            self._failing.pop(result.entry_id, None)
        self._failed_alone = 0
        self._voice.good("push")
        self._handshake.look_at(answer)
        self._good_batches += 1
        if self._good_batches >= self._pace.good_to_double:
            self._good_batches = 0
            self._size = min(self._pace.batch, self._size * 2)

    async def _make_smaller(self, batch: Sequence[Entry], error: BatchRefused) -> None:
        """Halve a batch that was refused for its form or size; one entry alone is parked for a person."""
        self._voice.good("push")
        if len(batch) == 1:
            await self._set_aside(batch[0], ResultKind.MISMATCH, "batch_refused", str(error))
            self._moved()
        else:
            self._halve(batch)

    async def _work_around(self, batch: Sequence[Entry], error: LinkError) -> bool:
        """Whether a failure was the batch's, not the link's, and the next one may pass.

        While the MES answers otherwise, a batch that fails is halved; one entry alone that fails is held
        back for a while so that others pass, and in the end parked.
        """
        try:
            await self._connector.health()
        except LinkError:
            return False
        self._voice.heard()
        if len(batch) > 1:
            await asyncio.wrap_future(self._store.settle((), [entry.id for entry in batch]))
            self._halve(batch)
            return True
        entry, now = batch[0], self._clock.monotonic_ms()
        tries, since = self._failing.get(entry.id, (0, now))
        self._failing[entry.id] = (tries + 1, since)
        long_enough = now - since >= self._pace.park_failing_after * 1000
        if tries + 1 >= self._pace.park_failing_tries and long_enough:
            await self._set_aside(
                entry, ResultKind.MISMATCH, "mes_cannot_take", f"MES cannot take it: {error}"
            )
            self._failing.pop(entry.id)
        else:
            await self._set_aside(entry, ResultKind.LATER, None, str(error))
        self._failed_alone += 1
        return self._failed_alone < _FAILED_ALONE_UNSAID

    async def _set_aside(self, entry: Entry, result: ResultKind, code: str | None, words: str) -> None:
        said = PushResult(entry.id, result, code=code, words=words, after_s=self._pace.hold_failing)
        await asyncio.wrap_future(self._store.settle((said,), [entry.id]))

    def _halve(self, batch: Sequence[Entry]) -> None:
        self._size = max(1, len(batch) // 2)
        self._good_batches = 0

    def _moved(self) -> None:
        self._moved_ms = self._clock.monotonic_ms()
        self._voice.clear(PROGRESS)

    def _note_offset(self, before: datetime, began_ms: int, server_time: datetime) -> None:
        """Note MES - terminal by the midpoint of the request, if it was quick enough to say something."""
        took_ms = self._clock.monotonic_ms() - began_ms
        if took_ms <= _TRUSTED_ROUND_TRIP_MS:
            midpoint = before + timedelta(milliseconds=took_ms / 2)
            self._store.note_clock_offset(round((server_time - midpoint).total_seconds() * 1000))
