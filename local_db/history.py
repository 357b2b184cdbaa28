"""The history of every tag, on a thread and in a file of its own: what happens to it harms nothing else."""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from hmi.domain.signals import LinkState, LinkStatus, Quality, Reading
from hmi.domain.trends import TrendAnswer, TrendQuery, Trust
from hmi.times import Clock

if TYPE_CHECKING:
    from local_db.history_store import HistoryStore

_log = logging.getLogger(__name__)

_FLUSH_S = 2.0
_AGAIN_S = 30.0
_MOST_WAITING = 300_000  # samples; what comes beyond is counted and dropped
_TRUST = {Quality.GOOD: int(Trust.GOOD), Quality.UNCERTAIN: int(Trust.UNCERTAIN)}
_NAN = math.nan


class HistoryThread:
    """Takes readings from any thread at once, and writes them in batches; answers queries of trends.

    Where the file cannot be opened or written, this is logged once and told with each answer; it is tried
    again every half minute, and a file that is damaged is set aside.
    """

    def __init__(
        self,
        file: Path,
        open_store: Callable[[Path, int], HistoryStore],
        clock: Clock,
        *,
        begin_after_s: float = 0,
    ) -> None:
        """`open_store` opens the file at a time in ms; it is called on the thread, and may load libraries."""
        self._file = file
        self._open_store = open_store
        self._clock = clock
        self._begin_after_s = begin_after_s
        self._batches: deque[Sequence[Reading]] = deque()
        self._lost: deque[tuple[str, int]] = deque()
        self._queries: deque[tuple[TrendQuery, Future[TrendAnswer]]] = deque()
        self._waiting = 0
        self._dropped = 0
        self._links: dict[str, str] = {}
        self._store: HistoryStore | None = None
        self._trouble = ""
        self._try_at = 0.0
        self._flushed_at = 0.0
        self._stopping = False
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)

    def start(self) -> None:
        """Begin; the file is opened on the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Write what came, and end."""
        self._stopping = True
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join()

    def add(self, batch: Sequence[Reading]) -> None:
        """Record readings; returns at once."""
        if self._waiting > _MOST_WAITING:
            self._dropped += len(batch)
            return
        self._waiting += len(batch)
        self._batches.append(batch)

    def note_link(self, status: LinkStatus) -> None:
        """A link that is not up any more leaves a gap in all of its tags."""
        if status.state is not LinkState.UP:
            self._lost.append((status.name, self._now_ms()))

    def query(self, query: TrendQuery) -> Future[TrendAnswer]:
        """Look at the past; the answer comes from the thread."""
        future: Future[TrendAnswer] = Future()
        self._queries.append((query, future))
        self._woken.set()
        return future

    # ------------------------------------------------------------ on the thread

    def _now_ms(self) -> int:
        return round(self._clock.now().timestamp() * 1000)

    def _run(self) -> None:
        self._woken.wait(self._begin_after_s)
        while not self._stopping:
            self._woken.clear()
            self._turn()
            if not self._queries:
                self._woken.wait(0.5)
        self._flushed_at = -_FLUSH_S
        self._turn()
        if self._store is not None:
            self._safely(lambda store: store.close(self._now_ms()))

    def _turn(self) -> None:
        if self._store is None and time.monotonic() >= self._try_at:
            self._open()
        if self._store is None:
            self._drop()
        self._safely(self._record)
        self._answer()
        now = time.monotonic()
        if now - self._flushed_at >= _FLUSH_S:
            self._flushed_at = now
            self._safely(self._keep)

    def _open(self) -> None:
        try:
            self._store = self._open_store(self._file, self._now_ms())
        except sqlite3.DatabaseError as error:
            self._fail(error)
            if not isinstance(error, sqlite3.OperationalError):
                self._set_aside()
        except Exception as error:  # noqa: BLE001  the terminal goes on without a history
            self._fail(error)
        else:
            if self._trouble:
                _log.warning("the history %s can be written again", self._file.name)
            self._trouble = ""

    def _drop(self) -> None:
        """Without a file nothing is gathered in memory."""
        self._batches.clear()
        self._lost.clear()
        self._waiting = 0

    def _set_aside(self) -> None:
        """A damaged file makes room for a new one; nothing of it is lost that could still be read."""
        aside = self._file.with_name(f"{self._file.stem}-damaged-{self._now_ms()}{self._file.suffix}")
        try:
            self._file.rename(aside)
            for rest in ("-wal", "-shm"):
                self._file.with_name(self._file.name + rest).unlink(missing_ok=True)
        except OSError as error:
            _log.warning("the damaged history cannot be set aside: %s", error)
            return
        _log.warning("the history was damaged and is set aside as %s", aside.name)
        self._try_at = 0.0

    def _safely(self, work: Callable[[HistoryStore], None]) -> None:
        if self._store is None:
            return
        try:
            work(self._store)
        except Exception as error:  # noqa: BLE001  a history that fails harms nothing else
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._trouble:
            expected = isinstance(error, sqlite3.Error | OSError)
            _log.warning("the history cannot be kept: %s", error, exc_info=None if expected else error)
        self._trouble = str(error) or type(error).__name__
        if self._store is not None:
            self._store.abandon()
        self._store, self._try_at = None, time.monotonic() + _AGAIN_S

    def _record(self, store: HistoryStore) -> None:
        tags: list[str] = []
        times: list[int] = []
        values: list[float] = []
        trusts: list[int] = []
        links = self._links
        while self._batches:
            batch = self._batches.popleft()
            self._waiting -= len(batch)
            for reading in batch:
                value = reading.value
                trust = _TRUST.get(reading.quality, int(Trust.BAD))
                if trust != Trust.BAD and not isinstance(value, int | float):
                    continue
                tag = reading.tag
                links[tag] = reading.link
                tags.append(tag)
                times.append(int(reading.happened_at.timestamp() * 1000))
                values.append(_NAN if trust == Trust.BAD or value is None else float(value))
                trusts.append(trust)
        if tags:
            store.append(tags, times, values, trusts)
        while self._lost:
            link, at_ms = self._lost.popleft()
            store.gap([tag for tag, of in links.items() if of == link], at_ms)
        if self._dropped:
            _log.warning("the history could not keep up: %d samples were dropped", self._dropped)
            self._dropped = 0
            store.gap(list(links), self._now_ms())

    def _keep(self, store: HistoryStore) -> None:
        now_ms = self._now_ms()
        store.flush(now_ms)
        if store.seal_if_due(now_ms):
            store.forget(now_ms)

    def _answer(self) -> None:
        while self._queries:
            query, future = self._queries.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            lines = {}
            store = self._store
            if store is not None:
                try:
                    now_ms = self._now_ms()
                    found = {tag: store.line(tag, query, now_ms) for tag in query.tags}
                    lines = {tag: line for tag, line in found.items() if line is not None}
                except Exception as error:  # noqa: BLE001  an answer without lines says why
                    self._fail(error)
            future.set_result(TrendAnswer(query, lines, self._trouble))
