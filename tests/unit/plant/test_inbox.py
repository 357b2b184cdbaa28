"""The inbox of the reference MES settles each entry once, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from devices.plant.mes_server import plans, responses
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.inbox import BatchError, Inbox
from devices.plant.mes_server.web import MAX_ENTRIES
from tests.fakes.plain_entries import Json, PlainChain, batch, sealed

TERMINAL = "T-PRESS12"


def settle(database: Database, *entries: Json, epoch: int = 1, terminal: str = TERMINAL) -> Any:
    """The whole answer to a batch."""
    return Inbox(database).receive(terminal, batch(*entries, epoch=epoch))


def results(database: Database, *entries: Json, epoch: int = 1) -> list[str]:
    """The results of a batch in the order of its entries, with the code of a refusal."""
    by_id = {result["id"]: result for result in settle(database, *entries, epoch=epoch)["results"]}
    assert len(by_id) == len({entry["id"] for entry in entries})
    return [by_id[entry["id"]].get("code", by_id[entry["id"]]["result"]) for entry in entries]


def stored(database: Database) -> list[Any]:
    """Everything in the inbox."""
    with database.read() as connection:
        return list(responses.entries(connection))


def test_received_once_however_often_it_comes(database: Database) -> None:
    chain = PlainChain()
    entries = [chain.start(), chain.count("6"), chain.scrap("2")]
    assert results(database, *entries) == ["received"] * 3
    assert results(database, *entries) == ["duplicate"] * 3
    assert results(database, entries[1]) == ["duplicate"]
    assert [(row["seq"], row["times_seen"]) for row in stored(database)] == [(1, 2), (2, 3), (3, 2)]
    with database.read() as connection:
        response = responses.job_response(connection, "WO-104233")
    assert response is not None
    assert (response["produced"], response["scrap"], response["good"]) == ("6", "2", "4")


def test_twice_in_one_batch_is_received_and_duplicate(database: Database) -> None:
    entry = PlainChain().start()
    told = settle(database, entry, entry)["results"]
    assert [result["result"] for result in told] == ["received", "duplicate"]
    assert told[0]["mes_id"] == told[1]["mes_id"]


def test_the_same_id_with_other_contents_is_a_mismatch(database: Database) -> None:
    first = PlainChain().start()
    other = sealed(first | {"payload": {"plan_version": 9}})
    assert results(database, first) == ["received"]
    assert results(database, other) == ["mismatch"]
    assert results(database, first) == ["duplicate"]


def test_the_same_place_with_another_entry_is_a_mismatch(database: Database) -> None:
    assert results(database, PlainChain().start()) == ["received"]
    assert results(database, PlainChain(ids_from=50).start("WO-104240")) == ["mismatch"]
    assert len(stored(database)) == 1


@pytest.mark.parametrize(
    ("code", "who", "make"),
    [
        ("unknown_order", "supervisor", lambda chain: chain.start("WO-999999")),
        ("unknown_reason", "supervisor", lambda chain: chain.scrap("1", reason="HYDRAULICS")),
        ("unknown_reason", "supervisor", lambda chain: chain.scrap("1", reason="NO-SUCH")),
        ("totals_differ", "supervisor", lambda chain: chain.complete("1", "1", "0")),
        ("bad_payload", "engineer", lambda chain: chain.count("6", order="WO-1")),
        ("bad_payload", "engineer", lambda c: c.entry("stop.closed", ("stop", "S"), {"duration_ms": 1})),
        ("bad_payload", "engineer", lambda c: c.entry("stop.closed", ("job_order", "WO-104233"), {})),
        ("unknown_plan", "inspector", lambda chain: sample(chain, plan="IP-000")),
        ("unknown_plan", "inspector", lambda chain: sample(chain, characteristic="BURR-H")),
    ],
)
def test_what_is_refused(database: Database, code: str, who: str, make: Any) -> None:
    chain = PlainChain()
    entry = make(chain)
    if code == "bad_payload" and entry["kind"] == "production.counted":
        entry = sealed(entry | {"subject": {"kind": "job_order", "id": "WO-104233"}})
    told = settle(database, entry)
    assert [(r["result"], r["code"], r["who_decides"]) for r in told["results"]] == [("refused", code, who)]
    assert told["results"][0]["words"]
    assert told["high_water"] == {"epoch": 1, "seq": 1}
    (row,) = stored(database)
    assert (row["result"], row["code"], row["entry"]["id"]) == ("refused", code, entry["id"])


def sample(chain: PlainChain, plan: str = "IP-117", characteristic: str = "HOLE-D") -> Json:
    """A sample of one value."""
    payload = {
        "sample": "S-1",
        "plan": plan,
        "plan_version": 1,
        "characteristic": characteristic,
        "order": "WO-104233",
        "values": ["12.00"],
        "unit": "mm",
        "mean": "12.00",
        "range": "0.00",
        "judgement": "accepted",
        "outside": [],
    }
    return chain.entry("quality.sample_recorded", ("job_order", "WO-104233"), payload)


def test_a_refused_entry_is_judged_anew(database: Database) -> None:
    """The planner puts the order right, a person says `send again`, and the same entry is received."""
    entry = PlainChain().start()
    change(database, "cancelled")
    assert results(database, entry) == ["order_cancelled"]
    assert results(database, entry) == ["order_cancelled"]
    change(database, "released")
    assert results(database, entry) == ["received"]
    (row,) = stored(database)
    assert (row["result"], row["code"], row["words"], row["times_seen"]) == ("received", None, None, 3)


def change(database: Database, state: str) -> None:
    """Give the order another state, as a planner does."""
    with database.write() as connection:
        assert plans.change_order(connection, "WO-104233", state)


def test_a_completed_order_is_closed_to_what_follows(database: Database) -> None:
    chain = PlainChain()
    shift = [chain.start(), chain.count("3"), chain.complete("3", "3", "0"), chain.count("1")]
    assert results(database, *shift) == ["received", "received", "received", "order_closed"]


def test_a_hash_that_does_not_hold_is_refused(database: Database) -> None:
    entry = PlainChain().start() | {"hash": "0" * 64}
    assert results(database, entry) == ["chain_broken"]


def test_a_link_to_another_entry_is_refused(database: Database) -> None:
    chain = PlainChain()
    first = chain.start()
    chain.prev = "f" * 64
    second = chain.count("1")
    assert results(database, first, second) == ["received", "chain_broken"]
    chain = PlainChain(epoch=2, ids_from=90)
    chain.prev = "f" * 64
    assert results(database, chain.start("WO-104240"), epoch=2) == ["chain_broken"]


def test_high_water_waits_for_what_is_missing(database: Database) -> None:
    chain = PlainChain()
    entries = [chain.start(), chain.count("1"), chain.count("1"), chain.count("1")]
    assert settle(database, entries[0])["high_water"] == {"epoch": 1, "seq": 1}
    assert settle(database, entries[3])["high_water"] == {"epoch": 1, "seq": 1}
    assert settle(database, entries[2])["high_water"] == {"epoch": 1, "seq": 1}
    assert settle(database, entries[1])["high_water"] == {"epoch": 1, "seq": 4}
    assert settle(database, epoch=7)["high_water"] == {"epoch": 7, "seq": 0}


def test_a_batch_is_settled_in_the_order_of_the_journal(database: Database) -> None:
    """However the batch is shuffled: the confirmation counts what stands before it."""
    chain = PlainChain()
    shift = [chain.start(), chain.count("3"), chain.scrap("1"), chain.complete("3", "2", "1")]
    assert results(database, *reversed(shift)) == ["received"] * 4
    assert [row["seq"] for row in stored(database)] == [1, 2, 3, 4]


def test_a_batch_is_stored_whole_or_not_at_all(database: Database) -> None:
    """A disk that fails at the last statement leaves neither an entry, nor a sum, nor a closed order."""
    chain = PlainChain()
    shift = [chain.start(), chain.count("3"), chain.complete("3", "3", "0")]

    def fail(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO high_water"):
            raise OSError("no space left on device")

    event.listen(database.engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(OSError, match="no space"):
            settle(database, *shift)
    finally:
        event.remove(database.engine, "before_cursor_execute", fail)
    assert stored(database) == []
    with database.read() as connection:
        response = responses.job_response(connection, "WO-104233")
    assert response is not None
    assert (response["produced"], response["plan_state"]) == ("0", "released")
    assert results(database, *shift) == ["received"] * 3


def test_a_correction_replaces_what_it_corrects(database: Database) -> None:
    chain = PlainChain()
    wrong = chain.scrap("5")
    settle(database, chain.start("WO-104240"), chain.count("6"), wrong)
    settle(database, chain.scrap("2", reason="CRACK", corrects=wrong["id"]))
    with database.read() as connection:
        response = responses.job_response(connection, "WO-104233")
    assert response is not None
    assert (response["produced"], response["scrap"]) == ("6", "2")
    assert response["scrap_by_reason"] == {"CRACK": "2"}


def test_the_second_terminal_that_completes_an_order_is_told_who_did(database: Database) -> None:
    one, other = PlainChain(), PlainChain("T-OTHER", ids_from=1000)
    settle(database, one.start(), one.count("6"), one.complete("6", "6", "0"))
    told = settle(database, other.start(), other.complete("6", "6", "0"), terminal="T-OTHER")
    started, completed = told["results"]
    assert (started["code"], completed["code"]) == ("order_closed", "order_closed")
    assert completed["words"] == (
        f"Job order WO-104233 was completed at {TERMINAL}, 2026-11-21T10:00:03.000Z by M. Okafor."
    )
    assert results(database, one.count("1")) == ["order_closed"]


def test_two_terminals_may_add_to_one_order_and_their_parts_are_summed(database: Database) -> None:
    one, other = PlainChain(), PlainChain("T-OTHER", ids_from=1000)
    settle(database, one.start(), one.count("6"))
    settle(database, other.scrap("2"), terminal="T-OTHER")
    with database.read() as connection:
        response = responses.job_response(connection, "WO-104233")
    assert response is not None
    assert (response["produced"], response["scrap"], response["good"]) == ("6", "2", "4")
    assert results(database, one.complete("6", "6", "0")) == ["totals_differ"]
    assert results(database, one.complete("6", "4", "2")) == ["received"]


def test_names_that_no_database_takes_stop_nobody(database: Database) -> None:
    """An entry of an unknown kind may hold anything; the queue behind it must go on."""
    chain = PlainChain()
    odd = [
        chain.entry("robot.danced", ("robot", "R2"), {"order": "a\x00b", "stop": "\x00"}),
        chain.entry("robot.danced", ("robot", "R2"), {"order": "x" * 100_000}),
        chain.entry("robot.danced", ("robot", "R2"), {"order": 7, "deep": {"text": "\x00 \u2028 😀"}}),
    ]
    assert results(database, *odd, chain.start()) == ["received"] * 4


@pytest.mark.parametrize(
    ("status", "words", "body"),
    [
        (422, "object", []),
        (422, "epoch", {"entries": []}),
        (422, "epoch", {"epoch": True, "entries": []}),
        (422, "list", {"epoch": 1, "entries": {}}),
        (422, "entries.0 is an object", {"epoch": 1, "entries": ["x"]}),
        (422, "entries.0.id", {"epoch": 1, "entries": [{}]}),
        (413, str(MAX_ENTRIES), {"epoch": 1, "entries": [{}] * (MAX_ENTRIES + 1)}),
        (422, "not Unicode", batch(PlainChain().start() | {"new_field": "\ud800"})),
        (422, "entries.0.boot", batch(PlainChain().start() | {"boot": "\ud800"})),
        (422, "corrects", batch(PlainChain().start() | {"corrects": "\x00"})),
        (422, "another terminal", batch(PlainChain("T-OTHER").start())),
        (422, "another terminal or epoch", batch(PlainChain(epoch=2).start())),
    ],
)
def test_a_batch_that_cannot_be_read(tmp_path: Path, status: int, words: str, body: Any) -> None:
    database = Database(f"sqlite:///{tmp_path / 'mes.sqlite'}")
    try:
        with pytest.raises(BatchError, match=words) as caught:
            Inbox(database).receive(TERMINAL, body)
        assert caught.value.status == status
    finally:
        database.engine.dispose()


def test_a_database_opened_again_knows_everything(database_url: str, database: Database) -> None:
    chain = PlainChain()
    entry = chain.start()
    settle(database, entry)
    again = Database(database_url)
    try:
        assert again.mes_epoch == database.mes_epoch
        assert results(again, entry, chain.count("1")) == ["duplicate", "received"]
    finally:
        again.engine.dispose()


def test_two_programs_on_one_database_settle_once(database_url: str, database: Database) -> None:
    """The same batches at once to two reference MES on one database: nothing lost, nothing twice."""
    chain = PlainChain()
    shift = [chain.start(), *(chain.count("1") for _ in range(39))]
    batches = [shift[at : at + 4] for at in range(0, len(shift), 4)]
    told: Counter[str] = Counter()
    lock = threading.Lock()
    other = Database(database_url)

    def send(to: Database) -> None:
        for entries in batches:
            mine = results(to, *entries)
            with lock:
                told.update(mine)

    threads = [threading.Thread(target=send, args=(to,)) for to in (database, other)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        other.engine.dispose()
    assert told == {"received": 40, "duplicate": 40}
    assert [row["seq"] for row in stored(database)] == list(range(1, 41))
    with database.read() as connection:
        response = responses.job_response(connection, "WO-104233")
    assert response is not None
    assert response["produced"] == "39"
