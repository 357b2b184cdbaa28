"""What every connector of the registry owes the sync loop, asked of each against a real far end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from hmi.domain.entries import Entry, ResultKind
from hmi.domain.plans import PLAN_FAMILIES
from hmi.errors import LinkError, NotAdmitted
from hmi.ports import Connector, Finding, PushAnswer
from local_db.mes.registry import CONNECTORS
from tests.fakes.entries import Chain, forged
from tests.fakes.mes import FakeMes, Json

ROOT = Path(__file__).parents[2]
R = TypeVar("R")

pytestmark = pytest.mark.wire


class FarEnd(ABC):
    """An MES that speaks what one kind of connector speaks."""

    kind: str
    terminal: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token_file = folder / "token.txt"

    @property
    @abstractmethod
    def settings(self) -> dict[str, object]:
        """The [mes] table of a terminal that is connected to it."""

    @abstractmethod
    def start(self) -> None:
        """Be there; a second time with all that was there the first time."""

    @abstractmethod
    def stop(self) -> None:
        """Be away."""


class SmallMes(FarEnd):
    """The small MES of the tests."""

    kind, terminal = "rest", "T1"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._mes = FakeMes()
        self.token_file.write_text(self._mes.token + "\n")
        self._mes.faults.judge = self._judge
        self._mes.put("material", "M1", 1, {"name": "Lid", "unit": "pcs", "use": "product"})
        self._mes.put("fault", "17", 1, {"text": "Hot"})

    @property
    def settings(self) -> dict[str, object]:
        return {"url": self._mes.url, "token_file": str(self.token_file)}

    def start(self) -> None:
        self._mes.start()

    def stop(self) -> None:
        self._mes.stop()

    def _judge(self, entry: Json) -> Json | None:
        if entry["kind"] != "job_order.started":
            return None
        return {
            "result": "refused",
            "code": "unknown_order",
            "words": "Never heard of it",
            "who_decides": "planner",
        }


class ReferenceMes(FarEnd):
    """The reference MES, as a program of its own."""

    kind, terminal = "rest", "T-PRESS12"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    @property
    def settings(self) -> dict[str, object]:
        return {"url": f"http://127.0.0.1:{self._port}/", "token_file": str(self.token_file)}

    def start(self) -> None:
        words = ["--db", f"sqlite:///{self.folder / 'mes.sqlite3'}", "--port", str(self._port)]
        words += ["--token-file", str(self.token_file), "--parent", str(os.getpid())]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "devices.plant", "mes", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert json.loads(line)["ready"], line

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with process:
                process.send_signal(signal.SIGTERM)
                process.wait(10)


FAR_ENDS: dict[str, type[FarEnd]] = {"the small MES": SmallMes, "the reference MES": ReferenceMes}


@pytest.fixture(params=FAR_ENDS, ids=lambda name: name.replace(" ", "-"))
def far_end(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FarEnd]:
    made = FAR_ENDS[request.param](tmp_path)
    made.start()
    yield made
    made.stop()


def with_connector(far_end: FarEnd, work: Callable[[Connector], Coroutine[None, None, R]]) -> R:
    """Use a connector as the front door makes it, and close it."""

    async def run() -> R:
        spec = CONNECTORS[far_end.kind]
        settings = spec.settings.model_validate(far_end.settings)
        connector = spec.make(settings, far_end.terminal, far_end.folder)
        try:
            return await work(connector)
        finally:
            await connector.close()

    return asyncio.run(asyncio.wait_for(run(), 60))


def results(answer: PushAnswer) -> dict[str, ResultKind]:
    return {result.entry_id: result.result for result in answer.results}


def same(entries: list[Entry], result: ResultKind) -> dict[str, ResultKind]:
    return dict.fromkeys((entry.id for entry in entries), result)


def test_every_connector_has_a_far_end() -> None:
    assert {far_end.kind for far_end in FAR_ENDS.values()} == set(CONNECTORS)


@pytest.mark.parametrize("name", CONNECTORS)
def test_the_example_shows_every_setting_and_holds(name: str) -> None:
    spec = CONNECTORS[name]
    shown = tomllib.loads(spec.example)["mes"]
    assert shown.pop("connector") == name
    spec.settings.model_validate(shown)
    everything = "\n".join(
        line.removeprefix("# ") if " = " in line else line for line in spec.example.splitlines()
    )
    told = tomllib.loads(everything)["mes"]
    assert set(told) == {*spec.settings.model_fields, "connector"}
    for field in spec.settings.model_fields.values():
        assert field.description
        assert field.description in spec.example


def test_health_tells_the_time(far_end: FarEnd) -> None:
    told = with_connector(far_end, lambda connector: connector.health())
    assert abs((told - datetime.now(UTC)).total_seconds()) < 2


def test_first_pull_is_everything_and_the_next_nothing(far_end: FarEnd) -> None:
    async def work(connector: Connector) -> None:
        page = await connector.pull(None, None)
        assert page is not None
        assert page.snapshot
        assert page.records
        for record in page.records:
            assert record.record is not None
            PLAN_FAMILIES[record.family].model_validate(
                {**record.record, "id": record.id, "version": record.version}
            )
        assert await connector.pull(page.cursor, page.etag) is None
        unknown = await connector.pull("no such cursor", None)
        assert unknown is not None
        assert unknown.snapshot
        assert {record.id for record in unknown.records} == {record.id for record in page.records}

    with_connector(far_end, work)


def test_entries_are_received_once(far_end: FarEnd) -> None:
    async def work(connector: Connector) -> None:
        chain = Chain(far_end.terminal)
        entries = [chain.help() for _ in range(3)]
        first = await connector.push(1, entries)
        assert results(first) == same(entries, ResultKind.RECEIVED)
        assert first.high_water == (1, 3)
        again = await connector.push(1, entries)
        assert results(again) == same(entries, ResultKind.DUPLICATE)
        ids = [{result.entry_id: result.mes_id for result in answer.results} for answer in (first, again)]
        assert ids[0] == ids[1]
        assert None not in ids[0].values()

    with_connector(far_end, work)


def test_a_full_batch_gets_a_result_for_each(far_end: FarEnd) -> None:
    async def work(connector: Connector) -> None:
        chain = Chain(far_end.terminal)
        entries = [chain.help() for _ in range(200)]
        assert results(await connector.push(1, entries)) == same(entries, ResultKind.RECEIVED)

    with_connector(far_end, work)


def test_a_refusal_comes_in_words_and_the_others_pass(far_end: FarEnd) -> None:
    async def work(connector: Connector) -> None:
        chain = Chain(far_end.terminal)
        before, bad, after = chain.help(), chain.start("no such order"), chain.help()
        told = {result.entry_id: result for result in (await connector.push(1, [before, bad, after])).results}
        assert told[before.id].result is told[after.id].result is ResultKind.RECEIVED
        assert (told[bad.id].result, told[bad.id].code) == (ResultKind.REFUSED, "unknown_order")
        assert told[bad.id].words
        assert told[bad.id].who_decides

    with_connector(far_end, work)


def test_another_entry_under_a_known_id_is_a_mismatch(far_end: FarEnd) -> None:
    async def work(connector: Connector) -> None:
        entry = Chain(far_end.terminal).help()
        await connector.push(1, [entry])
        (told,) = (await connector.push(1, [forged(entry)])).results
        assert told.result is ResultKind.MISMATCH
        assert told.words

    with_connector(far_end, work)


def test_a_wrong_token_is_not_admitted_until_it_is_put_right(far_end: FarEnd) -> None:
    async def work(connector: Connector) -> None:
        right = far_end.token_file.read_text()
        for wrong in ("nonsense", "", "two words"):
            far_end.token_file.write_text(wrong)
            with pytest.raises(NotAdmitted):
                await connector.pull(None, None)
            with pytest.raises(NotAdmitted):
                await connector.push(1, [Chain(far_end.terminal).help()])
        far_end.token_file.unlink()
        with pytest.raises(NotAdmitted):
            await connector.pull(None, None)
        far_end.token_file.write_text(right)
        assert await connector.pull(None, None) is not None

    with_connector(far_end, work)


def test_an_mes_that_is_away_is_a_lost_link_and_comes_back(far_end: FarEnd) -> None:
    async def work(connector: Connector) -> None:
        entry = Chain(far_end.terminal).help()
        assert await connector.pull(None, None) is not None
        far_end.stop()
        calls: list[Callable[[], Coroutine[None, None, object]]] = [
            connector.health,
            lambda: connector.pull(None, None),
            lambda: connector.push(1, [entry]),
        ]
        for call in calls:
            with pytest.raises(LinkError) as caught:
                await call()
            assert not isinstance(caught.value, NotAdmitted)
        far_end.start()
        assert results(await connector.push(1, [entry])) == same([entry], ResultKind.RECEIVED)

    with_connector(far_end, work)


def test_a_closed_connector_connects_anew(far_end: FarEnd) -> None:
    async def work(connector: Connector) -> None:
        await connector.health()
        await connector.close()
        await connector.close()
        await connector.health()

    with_connector(far_end, work)


def test_probe_finds_all_well_or_says_what_to_do(far_end: FarEnd) -> None:
    async def work(connector: Connector) -> list[list[Finding]]:
        right = far_end.token_file.read_text()
        found = [[finding async for finding in connector.probe()]]
        far_end.token_file.write_text("nonsense")
        found.append([finding async for finding in connector.probe()])
        far_end.token_file.write_text(right)
        far_end.stop()
        found.append([finding async for finding in connector.probe()])
        return found

    well, not_admitted, away = with_connector(far_end, work)
    assert [finding.ok for finding in well] == [True, True, True]
    assert "material" in well[2].words
    assert [finding.ok for finding in not_admitted] == [True, False]
    assert [finding.ok for finding in away] == [False]
    assert not_admitted[1].remedy
    assert away[0].remedy
