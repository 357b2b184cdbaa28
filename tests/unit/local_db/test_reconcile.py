"""The two ends part: MES put back, store put back, store cloned. Nothing is lost, nothing is twice."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hmi.domain.entries import EntryRow, ReceiptState
from hmi.domain.payloads import EpochOpened
from local_db.sync import Sync
from local_db.verify import verify
from tests.unit.local_db.test_sync import HELP, Plant, paused, until

pytestmark = pytest.mark.wire


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = Plant(tmp_path)
    yield made
    made.ledger.stop()
    made.mes.stop()


def drain(plant: Plant) -> None:
    async def play(sync: Sync) -> None:
        await until(lambda: plant.waits() == 0)

    plant.run(play)


def copy_of(plant: Plant, file: Path) -> None:
    """A copy of the running store, as a backup program makes one."""
    with closing(sqlite3.connect(plant.file)) as raw:
        raw.execute("VACUUM INTO ?", (str(file),))


def put_back(plant: Plant, copy: Path) -> None:
    plant.ledger.stop()
    shutil.copyfile(copy, plant.file)
    plant.open()


def rows(plant: Plant) -> list[EntryRow]:
    return list(plant.ledger.read(lambda records: records.journal.newest(1000)).result(5))


def opened(plant: Plant) -> list[EpochOpened]:
    return [row.entry.payload for row in rows(plant) if isinstance(row.entry.payload, EpochOpened)]


@pytest.mark.parametrize("says_so", [True, False])
def test_what_a_mes_lost_by_a_backup_is_sent_again(plant: Plant, says_so: bool) -> None:
    plant.append(*[HELP] * 30)
    drain(plant)
    plant.mes.put_back(12)
    if says_so:
        plant.mes.epoch = "2"
    plant.append(HELP)
    drain(plant)
    assert sorted(entry["seq"] for entry in plant.mes.received.values()) == list(range(1, 32))
    assert any("put back" in status.last_error for status in plant.said)
    assert {row.receipt.state for row in rows(plant)} == {ReceiptState.RECEIVED}
    assert opened(plant) == []


def test_a_mes_without_that_door_is_pushed_to_as_before(plant: Plant) -> None:
    plant.mes.old = True
    plant.append(*[HELP] * 3)
    drain(plant)
    assert len(plant.mes.received) == 3


def test_an_old_copy_of_the_store_goes_on_in_a_new_epoch(plant: Plant, tmp_path: Path) -> None:
    plant.append(*[HELP] * 5)
    drain(plant)
    waited = plant.append(paused("WO-1"), HELP)
    copy = tmp_path / "copy.sqlite3"
    copy_of(plant, copy)
    plant.append(*[HELP] * 4)
    drain(plant)
    put_back(plant, copy)
    fresh = plant.append(HELP)[0]  # takes a place that the MES knows another entry in
    drain(plant)
    assert opened(plant) == [EpochOpened(epoch=2, cause="older", carried=3, missing=3)]
    ids = Counter(entry["id"] for entry in plant.mes.received.values())
    assert max(ids.values()) == 1
    assert fresh.id in ids
    assert {entry.id for entry in waited} <= set(ids)
    assert len(ids) == 5 + 2 + 4 + 1 + 1
    assert plant.ledger.epoch == 2
    found = verify(plant.file, tables=True)
    assert (found.ok, found.epoch, found.proven_to) == (True, 2, 4), found.words
    assert plant.row(fresh).receipt.state is ReceiptState.RECEIVED


def test_a_clone_is_found_at_its_first_push_and_both_go_on(plant: Plant, tmp_path: Path) -> None:
    plant.append(*[HELP] * 5)
    drain(plant)
    (tmp_path / "clone").mkdir()
    clone = Plant(tmp_path / "clone", mes=plant.mes)
    copy = tmp_path / "copy.sqlite3"
    copy_of(plant, copy)
    put_back(clone, copy)
    try:
        here, there = plant.append(*[HELP] * 3), clone.append(*[HELP] * 3)
        drain(plant)
        drain(clone)
        plant.append(HELP)
        drain(plant)
        assert opened(clone)[0].cause in ("older", "forked")
        assert opened(clone)[0].carried == 3
        ids = Counter(entry["id"] for entry in plant.mes.received.values())
        assert {entry.id for entry in (*here, *there)} <= set(ids)
        assert max(ids.values()) == 1
        assert {row.receipt.state for row in rows(clone)} <= {ReceiptState.RECEIVED, ReceiptState.SET_ASIDE}
        assert verify(clone.file, tables=True).ok
    finally:
        clone.ledger.stop()


def test_a_fork_in_the_same_places_is_found_by_the_hash(plant: Plant, tmp_path: Path) -> None:
    """The copy goes on longer than the original did: the MES knows less of it, but other entries."""
    plant.append(*[HELP] * 5)
    drain(plant)
    copy = tmp_path / "copy.sqlite3"
    copy_of(plant, copy)
    plant.append(*[HELP] * 2)
    drain(plant)
    put_back(plant, copy)
    plant.append(*[HELP] * 6)
    drain(plant)
    assert [(one.cause, one.carried, one.missing) for one in opened(plant)] == [("forked", 6, 0)]
    assert len(plant.mes.received) == 5 + 2 + 6 + 1
