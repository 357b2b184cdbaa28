"""docs/mes-contract/openapi.yaml, the reference MES as a process, and the terminal say the same."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from devices.plant.mes_server.contract import BASE, contract_router
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.envelope import Envelope
from devices.plant.mes_server.inbox import Inbox
from devices.plant.mes_server.kinds import KINDS
from devices.plant.mes_server.web import MAX_BODY, MAX_ENTRIES
from hmi.domain.payloads import PAYLOADS
from tests.contracts.written_contract import FILE, WrittenContract
from tests.fakes.plain_entries import PlainChain, batch, sealed
from tests.fakes.running_mes import RunningMes

CONTRACT = WrittenContract()
PLANS = "/terminals/{terminal}/plans"
ENTRIES = "/terminals/{terminal}/entries"
MINE = "/terminals/T-PRESS12/plans"
WRONG_VALUES: tuple[Any, ...] = (None, True, -1, 3, 1.5, "", "12.07", "x", "2026-11-21T10:00Z", [], [1], {})


# ---------------------------------------------------------------- the document


def test_every_address_leads_somewhere() -> None:
    for reference in CONTRACT.references():
        assert CONTRACT.at(reference) is not None


def test_every_schema_is_a_schema_and_is_used() -> None:
    used = {reference.rsplit("/", 1)[1] for reference in CONTRACT.references()}
    for name, schema in CONTRACT.schemas.items():
        Draft202012Validator.check_schema(schema)
        assert name in used, f"{name} is used nowhere"


def test_every_example_is_what_its_schema_says() -> None:
    checked = 0
    for where, schema, example in CONTRACT.examples():
        assert CONTRACT.faults(schema, example) == [], where
        checked += 1
    assert checked > 40


def test_the_example_batch_holds_a_true_chain() -> None:
    body = CONTRACT.operation("post", ENTRIES)["requestBody"]["content"]["application/json"]
    entries = body["example"]["entries"]
    assert [sealed(entry) for entry in entries] == entries
    assert entries[1]["prev"] == entries[0]["hash"]


def test_limits_are_those_of_the_reference() -> None:
    assert CONTRACT.schemas["Batch"]["properties"]["entries"]["maxItems"] == MAX_ENTRIES
    assert str(MAX_BODY) in CONTRACT.operation("post", ENTRIES)["requestBody"]["description"]


# ---------------------------------------------------------------- two readings agree


def test_routes_are_those_of_the_contract() -> None:
    """What the reference serves is written, and what is written is served, with the same questions."""
    database = Database("sqlite://")
    try:
        router = contract_router(database, Inbox(database))
        served = {
            (method.lower(), route.path.removeprefix(BASE)): {p.alias for p in route.dependant.query_params}
            for route in router.routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        }
    finally:
        database.engine.dispose()
    written = {
        (method, path): {
            rule["name"]
            for rule in map(CONTRACT.resolved, operation.get("parameters", ()))
            if rule["in"] == "query"
        }
        for method, path, operation in CONTRACT.operations()
    }
    assert served == written


def test_kinds_are_those_of_the_reference() -> None:
    written = CONTRACT.kinds()
    assert {kind: subjects for kind, (subjects, _) in written.items()} == {
        kind: subjects for kind, (subjects, _) in KINDS.items()
    }
    for kind, (_, schema) in written.items():
        assert schema.get("properties", {}).keys() == KINDS[kind][1].model_fields.keys(), kind


def altered(example: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The example with every field left out, or replaced by every wrong (or right) value, one at a time."""
    for key in example:
        yield f"without {key}", {name: value for name, value in example.items() if name != key}
        for value in WRONG_VALUES:
            yield f"{key} = {value!r}", example | {key: value}
    yield "with an unknown field", example | {"new_field": [1.5]}


def takes(model: type[BaseModel], value: dict[str, Any]) -> bool:
    """Whether the reference MES takes it."""
    try:
        model.model_validate(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_payloads_are_judged_alike(kind: str) -> None:
    """For every altered payload the written schema and the reference MES come to the same verdict."""
    schema = CONTRACT.kinds()[kind][1]
    for example in schema["examples"]:
        assert takes(KINDS[kind][1], example)
        for what, value in altered(example):
            assert takes(KINDS[kind][1], value) == (CONTRACT.faults(schema, value) == []), what


def test_envelopes_are_judged_alike() -> None:
    example = PlainChain().start()
    assert takes(Envelope, example)
    for what, value in altered(example):
        assert takes(Envelope, value) == (CONTRACT.faults("Envelope", value) == []), what


@pytest.mark.parametrize("kind", sorted(PAYLOADS))
def test_the_terminal_says_what_is_written(kind: str) -> None:
    """The terminal reads every example of a kind, and writes it so that the contract still holds."""
    assert kind in CONTRACT.kinds(), (
        f"{kind} is not written: Entry and payload.{kind} in {FILE.name}, then KINDS"
    )
    schema = CONTRACT.kinds()[kind][1]
    for name, field in PAYLOADS[kind].model_json_schema()["properties"].items():
        if name != "evidence":  # one type for all kinds; only production.counted says reset
            assert set(field.get("enum", ())) <= set(schema["properties"][name].get("enum", ())), name
    for example in schema["examples"]:
        told = PAYLOADS[kind].model_validate(example).to_wire()
        assert told.keys() == schema.get("properties", {}).keys()
        assert CONTRACT.faults(schema, told) == []
        assert CONTRACT.faults(schema, json.loads(json.dumps(told))) == []


# ---------------------------------------------------------------- the reference MES as a process


@pytest.fixture(scope="module")
def mes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMes]:
    """A reference MES with the shipped story."""
    with RunningMes(tmp_path_factory.mktemp("mes")) as running:
        yield running


def told(method: str, path: str, answer: httpx.Response, status: int) -> Any:
    """The body of an answer that has this status and is what the contract says."""
    assert answer.status_code == status, answer.text
    assert CONTRACT.answer_faults(method, path, answer) == []
    return answer.json() if answer.content else None


def one(mes: RunningMes, entry: dict[str, Any]) -> dict[str, Any]:
    """The result of one entry."""
    body = told("post", ENTRIES, mes.push(batch(entry, epoch=entry["epoch"])), 200)
    return body["results"][0]


@pytest.mark.wire
def test_health(mes: RunningMes) -> None:
    assert told("get", "/health", mes.get("/health", {}), 200)["mes_epoch"]


@pytest.mark.wire
def test_plans_by_cursor(mes: RunningMes) -> None:
    """Snapshot, nothing new, what changed, a tombstone, and a snapshot again for a cursor nobody knows."""
    first = mes.get(MINE)
    all_of_it = told("get", PLANS, first, 200)
    assert all_of_it["snapshot"] is True
    assert {record["family"] for record in all_of_it["records"]} <= set(CONTRACT.schemas["Family"]["enum"])
    etag = first.headers["etag"]
    same = mes.get(f"{MINE}?cursor={all_of_it['cursor']}", mes.token | {"If-None-Match": etag})
    told("get", PLANS, same, 304)
    mes.do("/reference/orders/WO-104262/state", {"state": "cancelled"})
    mes.do("/reference/plans", {"family": "reason", "id": "MEETING", "record": None})
    later = mes.get(f"{MINE}?cursor={all_of_it['cursor']}", mes.token | {"If-None-Match": etag})
    changes = told("get", PLANS, later, 200)
    assert changes["snapshot"] is False
    assert [(r["id"], r["version"], r["deleted"]) for r in changes["records"]] == [
        ("WO-104262", 2, False),
        ("MEETING", 2, True),
    ]
    assert later.headers["etag"] != etag
    again = told("get", PLANS, mes.get(f"{MINE}?cursor=of-another-database"), 200)
    assert again["snapshot"] is True
    assert "MEETING" not in {record["id"] for record in again["records"]}


@pytest.mark.wire
def test_every_kind_is_received_once(mes: RunningMes) -> None:
    """The examples of all kinds make one shift that the reference takes, and knows when it comes again."""
    chain = PlainChain()
    ids = {"job_order": "WO-104233", "equipment": "PRESS12", "stop": "STOP-1", "person": "P-7341"}
    kinds = sorted(CONTRACT.kinds().items(), key=lambda item: item[0] == "job_order.completed")
    entries = [
        chain.entry(kind, (subject, ids.get(subject, f"{subject}-1")), payload)
        for kind, (subjects, schema) in kinds
        for subject in sorted(subjects, reverse=True)[:1]
        for payload in schema["examples"]
    ]
    entries.append(chain.entry("robot.danced", ("robot", "R2"), {"steps": [1, 2]}))
    assert CONTRACT.faults("Batch", batch(*entries)) == []
    first = told("post", ENTRIES, mes.push(batch(*entries), **{"Content-Encoding": "gzip"}), 200)
    assert {result["result"] for result in first["results"]} == {"received"}
    assert first["high_water"] == {"epoch": 1, "seq": len(entries)}
    again = told("post", ENTRIES, mes.push(batch(*entries)), 200)
    assert {result["result"] for result in again["results"]} == {"duplicate"}
    assert [r["mes_id"] for r in again["results"]] == [r["mes_id"] for r in first["results"]]


@pytest.mark.wire
def test_refused_and_mismatch(mes: RunningMes) -> None:
    chain = PlainChain(epoch=2, ids_from=1000)
    unknown = one(mes, chain.start("WO-999999"))
    assert (unknown["result"], unknown["code"]) == ("refused", "unknown_order")
    bad = one(mes, chain.entry("production.scrapped", ("job_order", "WO-104240"), {"quantity": 1.5}))
    assert (bad["result"], bad["code"]) == ("refused", "bad_payload")
    good = chain.start("WO-104240")
    assert one(mes, good)["result"] == "received"
    assert one(mes, sealed(good | {"payload": {"plan_version": 2}}))["result"] == "mismatch"


@pytest.mark.wire
def test_answers_are_packed_when_asked_for(mes: RunningMes) -> None:
    plain = mes.get(MINE, mes.token | {"Accept-Encoding": "identity"})
    packed = mes.get(MINE, mes.token | {"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert told("get", PLANS, packed, 200)["records"] == told("get", PLANS, plain, 200)["records"]


@pytest.mark.wire
def test_what_is_wrong_is_answered_as_written(mes: RunningMes) -> None:
    entry = PlainChain(epoch=3, ids_from=2000).start()
    nobody = {"Authorization": "Bearer of-nobody"}
    told("get", PLANS, mes.get(MINE, {}), 401)
    told("get", PLANS, mes.get(MINE, nobody), 401)
    told("get", PLANS, mes.get("/terminals/T-OTHER/plans"), 403)
    told("post", ENTRIES, mes.push(batch(), **nobody), 401)
    told("post", ENTRIES, mes.push(batch(), terminal="T-OTHER"), 403)
    told("post", ENTRIES, mes.push(b"{"), 400)
    told("post", ENTRIES, mes.push(b"[NaN]"), 400)
    told("post", ENTRIES, mes.push(b"no gzip", **{"Content-Encoding": "gzip"}), 400)
    told("post", ENTRIES, mes.push(b"{}", **{"Content-Encoding": "br"}), 400)
    told("post", ENTRIES, mes.push(batch(*[entry] * (MAX_ENTRIES + 1), epoch=3)), 413)
    told("post", ENTRIES, mes.push(b" " * (MAX_BODY + 1)), 413)
    told("post", ENTRIES, mes.push(b"[]"), 422)
    told("post", ENTRIES, mes.push(batch(entry | {"seq": "1"}, epoch=3)), 422)
    told("post", ENTRIES, mes.push(batch(entry, epoch=4)), 422)


@pytest.mark.wire
def test_busy_is_answered_as_written(mes: RunningMes) -> None:
    mes.do("/reference/busy", {"seconds": 60})
    try:
        for method, path, answer in (
            ("get", "/health", mes.get("/health", {})),
            ("get", PLANS, mes.get(MINE)),
            ("post", ENTRIES, mes.push(batch())),
        ):
            told(method, path, answer, 503)
            assert 0 < int(answer.headers["retry-after"]) <= 60
    finally:
        mes.do("/reference/busy", {"seconds": 0})


# ---------------------------------------------------------------- the test itself


GOOD_PUSH = CONTRACT.operation("post", ENTRIES)["responses"]["200"]["content"]["application/json"]["examples"]
GOOD_PLANS = CONTRACT.operation("get", PLANS)["responses"]["200"]["content"]["application/json"]["examples"]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("results", 0, "mes_id"), 5512),
        (("results", 1, "result"), "taken"),
        (("results", 1, "words"), None),
        (("results", 2, "after_s"), -1),
        (("server_time",), "2026-11-21T10:42:25Z"),
        (("high_water", "seq"), -1),
        (("results",), {}),
    ],
)
def test_a_wrong_settlement_is_found(where: tuple[str | int, ...], value: Any) -> None:
    wrong = planted(GOOD_PUSH["mixed"]["value"], where, value)
    assert CONTRACT.answer_faults("post", ENTRIES, httpx.Response(200, json=wrong))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("records", 0, "record", "quantity"), 1200),
        (("records", 0, "record", "state"), "gone"),
        (("records", 0, "family"), "orders"),
        (("records", 0, "deleted"), True),
        (("records", 1, "deleted"), False),
        (("cursor",), 119),
        (("snapshot",), "false"),
    ],
)
def test_wrong_plans_are_found(where: tuple[str | int, ...], value: Any) -> None:
    wrong = planted(GOOD_PLANS["changes"]["value"], where, value)
    assert CONTRACT.answer_faults("get", PLANS, httpx.Response(200, json=wrong, headers={"ETag": '"1"'}))


def test_a_wrong_status_header_or_content_type_is_found() -> None:
    right = GOOD_PLANS["changes"]["value"]
    assert (
        CONTRACT.answer_faults("get", PLANS, httpx.Response(200, json=right, headers={"ETag": '"1"'})) == []
    )
    for answer in (
        httpx.Response(200, json=right),
        httpx.Response(200, json=right, headers={"ETag": "1"}),
        httpx.Response(201, json=right, headers={"ETag": '"1"'}),
        httpx.Response(200, text=json.dumps(right), headers={"ETag": '"1"'}),
        httpx.Response(304, text="{}", headers={"ETag": '"1"'}),
        httpx.Response(401, json={"detail": "who?"}),
    ):
        assert CONTRACT.answer_faults("get", PLANS, answer) != [], answer.status_code


def planted(example: Any, where: tuple[str | int, ...], value: Any) -> Any:
    """A copy of the example with another value at one place; the value there must have been another."""
    wrong = copy.deepcopy(example)
    inside: Any = wrong
    for part in where[:-1]:
        inside = inside[part]
    inside[where[-1]] = value
    assert wrong != example
    return wrong
