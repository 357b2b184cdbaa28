"""What entries say becomes job responses: sums, stops, samples, repairs, each in its order."""

from __future__ import annotations

from typing import Any

from devices.plant.mes_server import responses
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.inbox import Inbox
from tests.contracts.written_contract import WrittenContract
from tests.fakes.plain_entries import Json, PlainChain, batch

CONTRACT = WrittenContract()
ORDER = "WO-104233"


def payload(kind: str, **other: Any) -> Json:
    """The written example of a kind, with other values."""
    return CONTRACT.kinds()[kind][1]["examples"][0] | other


def response(database: Database, *entries: Json) -> Any:
    """The job response after these entries, each of which must be received."""
    told = Inbox(database).receive("T-PRESS12", batch(*entries))["results"]
    assert isinstance(told, list)
    assert [one for one in told if isinstance(one, dict) and one["result"] != "received"] == []
    with database.read() as connection:
        return responses.job_response(connection, ORDER)


def test_an_order_from_start_to_confirmation(database: Database) -> None:
    chain = PlainChain()
    at_start = response(database, chain.start(), chain.count("10"))
    assert (at_start["state"], at_start["produced"], at_start["plan_state"]) == ("running", "10", "released")
    assert at_start["started_at"] == "2026-11-21T10:00:01.000Z"
    paused = response(database, chain.entry("job_order.paused", ("job_order", ORDER), {}))
    assert paused["state"] == "paused"
    resumed = response(database, chain.entry("job_order.resumed", ("job_order", ORDER), {}))
    assert resumed["state"] == "running"
    declared = payload("production.declared", quantity="-1.5")
    sums = response(
        database, chain.entry("production.declared", ("job_order", ORDER), declared), chain.scrap("0.25")
    )
    assert (sums["produced"], sums["scrap"], sums["good"]) == ("8.5", "0.25", "8.25")
    done = response(database, chain.complete("8.5", "8.25", "0.25"))
    assert (done["state"], done["plan_state"], done["entries"]) == ("completed", "closed", 7)
    assert done["completed_at"] == "2026-11-21T11:00:00.000Z"


def test_what_a_device_said_stands_at_its_time(database: Database) -> None:
    """The source time where there is one, the terminal's where a person said it."""
    chain = PlainChain()
    found = response(
        database, chain.entry("job_order.started", ("job_order", ORDER), payload("job_order.started"))
    )
    assert found["started_at"] == "2026-11-21T10:00:01.000Z"
    source = "2026-11-21T09:59:00.000Z"
    sample = payload("quality.sample_recorded")
    entry = chain.entry("quality.sample_recorded", ("job_order", ORDER), sample, source_time=source)
    (told,) = response(database, entry)["samples"]
    assert (told["at"], told["values"], told["outside"]) == (source, sample["values"], [5])


def test_a_stop_is_told_in_pieces(database: Database) -> None:
    chain = PlainChain()
    subject = ("stop", "STOP-1")
    opened = payload("stop.opened", fault=None)
    (stop,) = response(database, chain.start(), chain.entry("stop.opened", subject, opened))["stops"]
    assert (stop["fault"], stop["reason"], stop["ended_at"]) == (None, None, None)
    pieces = [
        chain.entry(kind, subject, payload(kind))
        for kind in ("stop.fault_seen", "stop.classified", "stop.closed")
    ]
    (stop,) = response(database, *pieces)["stops"]
    assert (stop["fault"], stop["reason"], stop["duration_ms"]) == (312, "HYDRAULICS", 1_059_750)
    again = chain.entry("stop.classified", subject, {"reason": "LEAK"}, corrects=pieces[1]["id"])
    (stop,) = response(database, again)["stops"]
    assert stop["reason"] == "LEAK"


def test_a_repair_belongs_to_the_order_of_its_stop(database: Database) -> None:
    chain = PlainChain()
    repair = ("repair", "R-1")
    told = response(
        database,
        chain.start(),
        chain.entry("stop.opened", ("stop", "STOP-1"), payload("stop.opened")),
        chain.entry("repair.opened", repair, payload("repair.opened")),
        chain.entry("repair.step_confirmed", repair, {"step": 1, "text": "Q1 locked"}),
        chain.entry("repair.step_confirmed", repair, {"step": 2, "text": "0 bar read"}),
        chain.entry("repair.findings_recorded", repair, payload("repair.findings_recorded")),
        chain.entry("repair.part_used", repair, payload("repair.part_used")),
        chain.entry("repair.part_used", repair, payload("repair.part_used", lot=None, serial="7")),
        chain.entry("repair.returned_to_service", repair, payload("repair.returned_to_service")),
    )
    (found,) = told["repairs"]
    assert [step["text"] for step in found["steps"]] == ["Q1 locked", "0 bar read"]
    assert (found["problem"], found["cause"], found["remedy"]) == ("LOO", "C-SEAL", "R-SEAL")
    assert [(part["lot"], part["serial"]) for part in found["parts"]] == [("L-5521", None), (None, "7")]
    assert found["ended_at"]
    assert told["entries"] == 9


def test_a_corrected_sample_stays_to_be_seen(database: Database) -> None:
    chain = PlainChain()
    wrong = chain.entry("quality.sample_recorded", ("job_order", ORDER), payload("quality.sample_recorded"))
    right = chain.entry(
        "quality.sample_recorded",
        ("job_order", ORDER),
        payload("quality.sample_recorded", values=["12.00"], outside=[], judgement="accepted"),
        corrects=wrong["id"],
    )
    samples = response(database, wrong, right)["samples"]
    assert [sample["replaced_by"] for sample in samples] == [right["id"], None]


def test_a_correction_in_a_later_batch_of_another_order_counts(database: Database) -> None:
    """What is corrected may belong to an order that the correcting batch does not name."""
    chain = PlainChain()
    wrong = chain.count("6")
    response(database, wrong)
    moved = chain.count("6", order="WO-104240", corrects=wrong["id"])
    assert response(database, moved)["produced"] == "0"
    with database.read() as connection:
        other = responses.job_response(connection, "WO-104240")
    assert other is not None
    assert other["produced"] == "6"


def test_production_without_an_order_is_nobodys(database: Database) -> None:
    chain = PlainChain()
    alone = payload("production.counted", order=None)
    told = response(database, chain.entry("production.counted", ("equipment", "PRESS12"), alone))
    assert (told["produced"], told["entries"]) == ("0", 0)
