"""The REST connector against an MES that misbehaves: nothing is ever taken for what it is not."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from hmi.errors import BatchRefused, Busy, LinkError, NotAdmitted
from local_db.mes.answers import read_health, read_plans, read_results
from local_db.mes.registry import CONNECTORS
from local_db.mes.rest import RestConnector
from local_db.mes.rest_settings import RestSettings
from tests.fakes.entries import Chain
from tests.fakes.mes import FakeMes

R = TypeVar("R")
NOW = "2026-11-21T10:00:00.000Z"

pytestmark = pytest.mark.wire


class Other(BaseModel):
    """Settings of something else."""


@pytest.fixture
def mes() -> Iterator[FakeMes]:
    with FakeMes() as running:
        yield running


def ask(mes: FakeMes, folder: Path, work: Callable[[RestConnector], Coroutine[None, None, R]]) -> R:
    token = folder / "token.txt"
    token.write_text(mes.token)

    async def run() -> R:
        connector = RestConnector(RestSettings(url=mes.url, token_file=token, connect_timeout_s=1), "T1")
        try:
            return await work(connector)
        finally:
            await connector.close()

    return asyncio.run(asyncio.wait_for(run(), 30))


def push_one(mes: FakeMes, folder: Path) -> object:
    return ask(mes, folder, lambda connector: connector.push(1, [Chain("T1").help()]))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BatchRefused),
        (401, NotAdmitted),
        (403, NotAdmitted),
        (413, BatchRefused),
        (422, BatchRefused),
        (429, Busy),
        (503, Busy),
        (500, LinkError),
        (502, LinkError),
        (204, LinkError),
        (302, LinkError),
        (404, LinkError),
    ],
)
def test_each_status_means_what_the_contract_says(
    mes: FakeMes, tmp_path: Path, status: int, error: type[Exception]
) -> None:
    mes.faults.status = status
    with pytest.raises(error) as caught:
        push_one(mes, tmp_path)
    assert type(caught.value) is error
    if error is BatchRefused:
        assert "told to" in str(caught.value)


@pytest.mark.parametrize(
    ("told", "after_s"), [("7", 7.0), (None, 5.0), ("soon", 5.0), ("-3", 5.0), ("99999999", 600.0)]
)
def test_a_busy_mes_says_when_to_come_back(
    mes: FakeMes, tmp_path: Path, told: str | None, after_s: float
) -> None:
    mes.faults.status, mes.faults.retry_after = 503, told
    with pytest.raises(Busy) as caught:
        push_one(mes, tmp_path)
    assert caught.value.after_s == after_s


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "mes_epoch": "1",
        "server_time": NOW,
        "high_water": {"epoch": 1, "seq": 1},
        "results": [],
    } | changes


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Please sign in to the guest network</html>",
        b"",
        b"[]",
        b"null",
        b'"received"',
        b"\xff\xfe",
        b'{"results": []}',
        json.dumps(answer(results=None)).encode(),
        json.dumps(answer(results=[{"id": "X", "result": "received", "mes_id": "R"}])).encode(),
        json.dumps(answer(server_time="yesterday")).encode(),
        json.dumps(answer(server_time="2026-11-21T10:00:00")).encode(),
        json.dumps(answer(high_water={"epoch": 1, "seq": -1})).encode(),
    ],
)
def test_an_answer_that_is_none_is_nonsense(mes: FakeMes, tmp_path: Path, body: bytes) -> None:
    mes.faults.body = body
    with pytest.raises(LinkError, match="MES answers nonsense"):
        push_one(mes, tmp_path)


@pytest.mark.parametrize(
    "result",
    [
        {"result": "ok"},
        {"result": "received"},
        {"result": "received", "mes_id": 12},
        {"result": "duplicate"},
        {"result": "refused", "code": "x"},
        {"result": "refused", "words": "x"},
        {"result": "later"},
        {"result": "later", "after_s": -1},
        {"result": "later", "after_s": "NaN"},
        {"result": "later", "after_s": 1e9},
        {"result": "mismatch"},
        {},
    ],
)
def test_half_a_result_is_nonsense(result: dict[str, object]) -> None:
    body = json.dumps(answer(results=[{"id": "A", **result}])).encode()
    with pytest.raises(LinkError, match="nonsense"):
        read_results(body, ["A"])


def test_two_results_for_one_entry_are_nonsense() -> None:
    twice = [{"id": "A", "result": "received", "mes_id": "R"}, {"id": "A", "result": "later", "after_s": 1}]
    with pytest.raises(LinkError, match="has one already"):
        read_results(json.dumps(answer(results=twice)).encode(), ["A", "B"])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["mes_epoch", "server_time", "high_water", "results", "cursor", "snapshot", "records"])
RESULTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(["A", "B"]) | JSON_VALUES,
            "result": st.sampled_from(["received", "duplicate", "refused", "later", "mismatch"])
            | JSON_VALUES,
            "mes_id": st.text(max_size=3) | JSON_VALUES,
            "code": JSON_VALUES,
            "words": JSON_VALUES,
            "after_s": st.floats() | JSON_VALUES,
        },
    ),
    max_size=3,
)


@settings(max_examples=1000, deadline=None)
@given(changes=st.dictionaries(KEYS, JSON_VALUES, max_size=2), results=RESULTS, cut=st.integers(0, 400))
def test_whatever_comes_is_either_the_contract_or_a_lost_link(
    changes: dict[str, object], results: list[dict[str, object]], cut: int
) -> None:
    body = json.dumps({**answer(results=results, cursor="1", snapshot=True, records=[]), **changes}).encode()
    for text in (body, body[:cut]):
        try:
            told = read_results(text, ["A", "B"])
        except LinkError:
            told = None
        if told is not None:
            assert {result.entry_id for result in told.results} <= {"A", "B"}
            assert len({result.entry_id for result in told.results}) == len(told.results)
        for read in (lambda body: read_plans(body, None), read_health):
            with suppress(LinkError):
                read(text)


def test_plans_are_records_or_tombstones() -> None:
    def plans(**record: object) -> bytes:
        one = {"family": "fault", "id": "1", "version": 1, **record}
        page = answer(cursor="1", snapshot=True, records=[one])
        return json.dumps(page).encode()

    assert read_plans(plans(deleted=True), None).records[0].record is None
    assert read_plans(plans(record={"text": "x"}), '"e"').etag == '"e"'
    for nonsense in ({"deleted": True, "record": {}}, {}, {"record": []}, {"deleted": "no", "record": {}}):
        with pytest.raises(LinkError, match="nonsense"):
            read_plans(plans(**nonsense), None)


def test_large_batches_are_packed_and_small_ones_are_not(mes: FakeMes, tmp_path: Path) -> None:
    async def work(connector: RestConnector) -> None:
        chain = Chain("T1")
        await connector.push(1, [chain.help()])
        assert mes.gzipped == 0
        await connector.push(1, [chain.help() for _ in range(5)])
        assert mes.gzipped == 1

    ask(mes, tmp_path, work)
    assert len(mes.received) == 6


def test_the_token_is_never_logged(mes: FakeMes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    push_one(mes, tmp_path)
    mes.faults.status = 401
    with pytest.raises(NotAdmitted) as caught:
        push_one(mes, tmp_path)
    assert mes.token not in caplog.text + str(caught.value)


def test_a_lost_answer_settles_nothing_and_is_a_duplicate_afterwards(mes: FakeMes, tmp_path: Path) -> None:
    async def work(connector: RestConnector) -> None:
        entry = Chain("T1").help()
        mes.faults.lose_answers = 1
        with pytest.raises(LinkError):
            await connector.push(1, [entry])
        (told,) = (await connector.push(1, [entry])).results
        assert told.result == "duplicate"

    ask(mes, tmp_path, work)
    assert len(mes.received) == 1


def test_closing_lets_what_is_under_way_end_and_leaves_no_socket(mes: FakeMes, tmp_path: Path) -> None:
    mes.faults.slow_s = 0.2

    async def work(connector: RestConnector) -> None:
        for pause in (0.0, 0.001, 0.1):
            asked = asyncio.create_task(connector.push(1, [Chain("T1").help()]))
            await asyncio.sleep(pause)
            await connector.close()
            assert (await asked).results
        # a question that is given up half-way lets go as well
        given_up = asyncio.create_task(connector.pull(None, None))
        await asyncio.sleep(0.05)
        await connector.close()
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        mes.faults.slow_s = 0
        assert await connector.pull(None, None) is not None

    ask(mes, tmp_path, work)
    gc.collect()  # a socket that was left open would be told now, and fail the test


def test_an_mes_that_never_answers_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("t")
    with socket.create_server(("127.0.0.1", 0)) as mute:

        async def run() -> None:
            url = f"http://127.0.0.1:{mute.getsockname()[1]}"
            given = RestSettings(url=url, token_file=tmp_path / "token.txt", connect_timeout_s=0.2)
            connector = RestConnector(given, "T1")
            try:
                with pytest.raises(LinkError, match="in time"):
                    await connector.health()
            finally:
                await connector.close()

        asyncio.run(asyncio.wait_for(run(), 5))


@pytest.mark.parametrize(
    "url",
    ["mes.example", "ftp://mes", "http://", "file:///etc/passwd", "http://a b", "http://[::1", "http://a\n"],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        RestSettings(url=url, token_file=Path("t"))


def test_paths_of_the_settings_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    given = RestSettings(url="http://mes", token_file=Path("token.txt"), ca_file=Path("/etc/ca.pem"))
    moved = given.beside(tmp_path)
    assert (moved.token_file, moved.ca_file) == (tmp_path / "token.txt", Path("/etc/ca.pem"))
    with pytest.raises(TypeError, match="not the settings of rest"):
        CONNECTORS["rest"].make(Other(), "T1", tmp_path)


def test_certificates_that_cannot_be_read_are_a_lost_link_in_words(tmp_path: Path) -> None:
    given = RestSettings(url="https://127.0.0.1:1", token_file=tmp_path / "t", ca_file=tmp_path / "none.pem")

    async def run() -> None:
        with pytest.raises(LinkError, match=r"certificates in .*none\.pem cannot be read"):
            await RestConnector(given, "T1").health()

    asyncio.run(run())
