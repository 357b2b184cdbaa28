"""One terminal at a time counts; who had the lease before is fenced off."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from devices.plant.mes_server import leases, tables
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.inbox import Inbox
from tests.fakes.plain_entries import Json, PlainChain, batch

TERM_MS = leases.TERM_S * 1000
AT = "2026-11-21T10:44:3{}.250Z"


@pytest.fixture
def machine(database: Database) -> Database:
    """T1 and T2 stand at the same machine, T3 at another."""
    with database.write() as connection:
        for name, equipment in (("T1", "M"), ("T2", "M"), ("T3", "OTHER")):
            connection.execute(insert(tables.terminal).values(id=name, equipment=equipment, path="a"))
    return database


def take(database: Database, terminal: str, now_ms: int) -> leases.Lease:
    with database.write() as connection:
        return leases.take(connection, terminal, "Good", now_ms)


def count(database: Database, terminal: str, to: int, fence: int | None, at: int = 0) -> Any:
    said: Json = {
        "quantity": "1", "counter": "Good", "counter_from": to - 1, "counter_to": to, "evidence": "live",
        "from_time": AT.format(at), "to_time": AT.format(at),
    }  # fmt: skip
    chain = PlainChain(terminal=terminal, epoch=1000 + to, ids_from=100 * to + 10 * (fence or 0) + at)
    entry = chain.entry("production.counted", ("equipment", "M"), said | ({"fence": fence} if fence else {}))
    told = Inbox(database).receive(terminal, batch(entry, epoch=entry["epoch"]))["results"]
    assert isinstance(told, list)
    return told[0]


def test_a_lease_passes_on_only_when_its_term_is_over(machine: Database) -> None:
    assert (take(machine, "T1", 0).holder, take(machine, "T1", 0).fence) == ("T1", 1)
    assert take(machine, "T2", TERM_MS - 1).holder == "T1"
    assert take(machine, "T1", TERM_MS - 1).fence == 1  # renewed
    assert take(machine, "T2", 2 * TERM_MS - 2).holder == "T1"
    given = take(machine, "T2", 2 * TERM_MS - 1)
    assert (given.holder, given.fence) == ("T2", 2)
    assert take(machine, "T1", 2 * TERM_MS).holder == "T2"
    assert take(machine, "T3", 0).fence == 1  # another machine, another counter


def test_who_had_it_before_is_fenced_off_and_the_next_counts_from_there(machine: Database) -> None:
    take(machine, "T1", 0)
    assert count(machine, "T1", 7, 1)["result"] == "received"
    assert take(machine, "T2", TERM_MS).counted_to == 7
    late = count(machine, "T1", 8, 1)
    assert (late["result"], late["code"]) == ("refused", "lease_lost")
    assert "T2 counts Good by lease 2" in late["words"]
    assert count(machine, "T1", 9, None)["code"] == "lease_lost"
    assert count(machine, "T2", 8, 2, at=1)["result"] == "received"
    assert count(machine, "T2", 6, 2)["result"] == "received"  # came late: the counter does not go back
    assert take(machine, "T1", 3 * TERM_MS).counted_to == 8


def test_who_counts_without_leases_is_left_alone_until_somebody_leases(machine: Database) -> None:
    assert count(machine, "T1", 3, None)["result"] == "received"
    take(machine, "T2", 0)
    assert count(machine, "T1", 4, None)["code"] == "lease_lost"
    assert count(machine, "T3", 5, None)["result"] == "received"


def test_a_grant_that_a_backup_lost_is_known_again_by_its_fence(machine: Database) -> None:
    take(machine, "T1", 0)
    assert count(machine, "T2", 5, 4)["result"] == "received"
    assert count(machine, "T1", 6, 1)["code"] == "lease_lost"
    found = take(machine, "T1", 1)
    assert (found.holder, found.fence) == ("T2", 4)


def taken(database: Database, terminal: str, fence: int) -> Any:
    said: Json = {"counter": "Good", "holder": "T1", "fence": fence, "reason": "dead"}
    chain = PlainChain(terminal=terminal, epoch=50 + fence, ids_from=9000 + 10 * fence + int(terminal[1]))
    entry = chain.entry("production.counter_taken", ("equipment", "M"), said)
    told = Inbox(database).receive(terminal, batch(entry, epoch=entry["epoch"]))["results"]
    assert isinstance(told, list)
    return told[0]


def test_a_lease_that_a_person_took_by_hand_holds_and_one_number_is_never_two_terminals(
    machine: Database,
) -> None:
    take(machine, "T1", 0)
    assert taken(machine, "T2", 2)["result"] == "received"
    assert count(machine, "T1", 8, 1)["code"] == "lease_lost"
    assert count(machine, "T2", 9, 2)["result"] == "received"
    assert count(machine, "T1", 10, 2)["code"] == "lease_lost"  # the same number, another terminal
    assert taken(machine, "T1", 2)["result"] == "received"  # kept, and nothing changes by it
    assert count(machine, "T2", 11, 2)["result"] == "received"
