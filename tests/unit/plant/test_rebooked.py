"""Parts that are booked to another order count there, and never twice."""

from __future__ import annotations

from typing import Any

from devices.plant.mes_server import plans, responses
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.inbox import Inbox
from tests.fakes.plain_entries import Json, PlainChain, batch

CANCELLED, ORDER = "WO-104262", "WO-104233"


def results(database: Database, *entries: Json) -> list[Any]:
    told = Inbox(database).receive("T-PRESS12", batch(*entries))["results"]
    assert isinstance(told, list)
    return told


def produced(database: Database, order: str) -> tuple[str, str]:
    with database.read() as connection:
        found: Any = responses.job_response(connection, order)
    return found["produced"], found["scrap"]


def declared(chain: PlainChain, order: str, quantity: str) -> Json:
    said = {"order": order, "quantity": quantity, "comment": ""}
    return chain.entry("production.declared", ("job_order", order), said)


def rebooked(chain: PlainChain, old: Json, quantity: str, booked: str = "production.declared") -> Json:
    said = {"order": ORDER, "from_order": CANCELLED, "booked": booked, "quantity": quantity, "unit": "pcs"}
    return chain.entry("production.rebooked", ("job_order", ORDER), said, corrects=old["id"])


def cancel(database: Database, order: str) -> None:
    with database.write() as connection:
        plans.change_order(connection, order, "cancelled")


def test_parts_of_a_cancelled_order_count_where_they_are_booked(database: Database) -> None:
    chain = PlainChain()
    cancel(database, CANCELLED)
    old = declared(chain, CANCELLED, "12")
    (refused,) = results(database, old)
    assert (refused["result"], refused["code"]) == ("refused", "order_cancelled")
    moved = [rebooked(chain, old, "12"), rebooked(chain, old, "2", "production.scrapped")]
    for _ in range(2):
        assert {one["result"] for one in results(database, *moved)} <= {"received", "duplicate"}
    assert produced(database, ORDER) == ("12", "2")
    assert produced(database, CANCELLED) == ("0", "0")


def test_what_was_received_before_is_taken_from_its_order(database: Database) -> None:
    chain = PlainChain()
    old = declared(chain, CANCELLED, "12")
    results(database, old, rebooked(chain, old, "12"))
    assert (produced(database, ORDER), produced(database, CANCELLED)) == (("12", "0"), ("0", "0"))


def test_nothing_is_booked_to_a_cancelled_order(database: Database) -> None:
    chain = PlainChain()
    cancel(database, ORDER)
    (refused,) = results(database, rebooked(chain, declared(chain, CANCELLED, "1"), "1"))
    assert (refused["result"], refused["code"]) == ("refused", "order_cancelled")
