"""The thread of the history: what it hears is in the file, and nothing that happens to it goes further."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hmi.domain.signals import LinkState, LinkStatus, Quality, Reading, Scalar
from hmi.domain.trends import TrendAnswer, TrendQuery, Trust
from local_db.history import HistoryThread
from local_db.history_store import HistoryStore
from tests.fakes.clock import START, SteppedClock

NOW = round(START.timestamp() * 1000)


def open_store(file: Path, now_ms: int) -> HistoryStore:
    return HistoryStore(file, most_bytes=1 << 30, now_ms=now_ms)


def reading(
    value: Scalar | None, at_s: float = 0, quality: Quality = Quality.GOOD, tag: str = "a"
) -> Reading:
    clock = SteppedClock()
    clock.step(at_s)
    now = clock.now()
    return Reading("PLC", tag, value, quality, now, now, now, clock.ticks)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def history(tmp_path: Path, clock: SteppedClock) -> Iterator[HistoryThread]:
    made = HistoryThread(tmp_path / "history.db", open_store, clock)
    made.start()
    yield made
    made.stop()


def ask(history: HistoryThread, *tags: str) -> TrendAnswer:
    return history.query(TrendQuery(tags or ("a",), NOW - 1000, NOW + 60_000, 1000)).result(10)


def test_readings_are_there_at_once_and_after_a_restart(
    history: HistoryThread, tmp_path: Path, clock: SteppedClock
) -> None:
    history.add([reading(1.5), reading(True, 1, tag="b"), reading("text", 1, tag="c"), reading(2.5, 2)])
    clock.step(5)
    told = ask(history, "a", "b", "c")
    assert told.lines["a"].last == [1.5, 2.5]
    assert told.lines["b"].last == [1.0]
    assert "c" not in told.lines, "a text has no trend"
    history.stop()
    clock.step(10)
    again = HistoryThread(tmp_path / "history.db", open_store, clock)
    again.start()
    line = ask(again).lines["a"]
    again.stop()
    assert line.last[:2] == [1.5, 2.5]
    assert line.trust == [Trust.GOOD, Trust.GOOD, Trust.GAP]
    assert line.times[2] == NOW + 5001


def test_bad_is_bad_and_a_lost_link_is_a_gap(history: HistoryThread, clock: SteppedClock) -> None:
    history.add([reading(1.5), reading(9.0, 1, Quality.BAD), reading(2.0, 2, Quality.UNCERTAIN)])
    ask(history)
    clock.step(3)
    history.note_link(LinkStatus("PLC", "opcua", "", LinkState.LOST, clock.now(), None))
    history.note_link(LinkStatus("Other", "opcua", "", LinkState.LOST, clock.now(), None))
    ask(history)
    line = ask(history).lines["a"]
    assert line.trust == [Trust.GOOD, Trust.BAD, Trust.UNCERTAIN, Trust.GAP]
    assert [math.isnan(value) for value in line.last] == [False, True, False, True]
    assert line.times[-1] == NOW + 3000


def test_a_damaged_file_is_set_aside_and_a_new_one_begins(tmp_path: Path, clock: SteppedClock) -> None:
    (tmp_path / "history.db").write_bytes(b"not a database at all" * 500)
    history = HistoryThread(tmp_path / "history.db", open_store, clock)
    history.start()
    deadline = time.monotonic() + 5
    while ask(history).trouble and time.monotonic() < deadline:
        time.sleep(0.02)
    history.add([reading(1.5)])
    assert ask(history).lines["a"].last == [1.5]
    history.stop()
    assert len(list(tmp_path.glob("history-damaged-*.db"))) == 1


def test_a_file_that_cannot_be_opened_harms_nothing_and_is_told(tmp_path: Path, clock: SteppedClock) -> None:
    history = HistoryThread(tmp_path / "nowhere" / "history.db", open_store, clock)
    history.start()
    history.add([reading(1.5)])
    told = ask(history)
    assert told.lines == {}
    assert "unable to open" in told.trouble
    history.stop()


def test_a_fault_of_the_store_ends_in_an_answer(
    history: HistoryThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    ask(history)
    monkeypatch.setattr(HistoryStore, "line", broken)
    told = ask(history)
    assert (told.lines, told.trouble) == ({}, "a bug")


def test_it_keeps_up_with_a_storm(history: HistoryThread) -> None:
    batch = [reading(float(n % 7), n / 1000, tag=f"t{n % 50}") for n in range(1000)]
    ask(history)
    began = time.perf_counter()
    for _ in range(20):
        history.add(batch)
    told = ask(history, "t0")
    assert len(told.lines["t0"].times) >= 20
    print(f"20,000 samples recorded and asked for in {(time.perf_counter() - began) * 1000:.0f} ms")  # noqa: T201
