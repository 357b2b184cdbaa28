"""What the MES says that it holds, and entries that come again in a new epoch."""

from __future__ import annotations

import hashlib

from devices.plant.mes_server.database import Database
from devices.plant.mes_server.held import digests, known
from devices.plant.mes_server.inbox import Inbox
from devices.plant.mes_server.responses import job_response
from tests.fakes.plain_entries import GENESIS, Json, PlainChain

TERMINAL = "T-PRESS12"


def receive(database: Database, *entries: Json) -> list[str]:
    told = Inbox(database).receive(TERMINAL, {"epoch": entries[0]["epoch"], "entries": list(entries)})
    results = told["results"]
    assert isinstance(results, list)
    return [str(result["result"]) for result in results if isinstance(result, dict)]


def held(database: Database) -> object:
    with database.read() as connection:
        return known(connection, TERMINAL)


def test_what_is_held_is_said_by_epoch_with_its_hash(database: Database) -> None:
    assert held(database) == []
    chain = PlainChain()
    first, second, _, fourth = chain.start(), chain.count("5"), chain.count("6"), chain.count("7")
    assert receive(database, first, second, fourth) == ["received"] * 3
    assert held(database) == [{"epoch": 1, "seq": 2, "hash": second["hash"], "last": 4}]
    with database.read() as connection:
        told = digests(connection, TERMINAL, 1, 1, 1500)
    links = f"{first['hash']}\n{second['hash']}\n{fourth['hash']}\n".encode()
    empty = hashlib.sha256(b"").hexdigest()
    assert told == [
        {"first": 1, "last": 1000, "count": 3, "hash": hashlib.sha256(links).hexdigest()},
        {"first": 1001, "last": 1500, "count": 0, "hash": empty},
    ]


def test_a_carried_entry_that_is_known_counts_once_and_stands_at_its_new_place(database: Database) -> None:
    chain = PlainChain()
    first, second, third = chain.start(), chain.count("5"), chain.count("6")
    receive(database, first, second)
    renewed = PlainChain(epoch=2, ids_from=50)

    def carried(old: Json) -> Json:
        before = {"epoch": 1, "seq": old["seq"], "hash": old["hash"]}
        return renewed.entry(
            old["kind"], ("job_order", "WO-104233"), old["payload"], id=old["id"], carried_from=before
        )

    assert receive(database, carried(second), carried(third)) == ["duplicate", "received"]
    with database.read() as connection:
        response = job_response(connection, "WO-104233")
    assert response is not None
    assert response["produced"] == "11"
    assert held(database) == [
        {"epoch": 1, "seq": 1, "hash": first["hash"], "last": 1},
        {"epoch": 2, "seq": 2, "hash": renewed.prev, "last": 2},
    ]


def test_an_entry_that_only_says_it_was_carried_is_another_one(database: Database) -> None:
    chain = PlainChain()
    first, second = chain.start(), chain.count("5")
    receive(database, first, second)
    renewed = PlainChain(epoch=2, ids_from=50)
    forged = renewed.count("5", id=second["id"], carried_from={"epoch": 1, "seq": 2, "hash": GENESIS})
    assert receive(database, forged) == ["mismatch"]
