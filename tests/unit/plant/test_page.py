"""The page of the reference MES shows what came, and nothing that came can become part of the page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from devices.plant.mes_server import plans
from devices.plant.mes_server.app import make_app
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.entry_words import duration, line_of, title_of
from devices.plant.mes_server.html import Html, joined, tag
from devices.plant.mes_server.inbox import Inbox
from devices.plant.mes_server.kinds import KINDS
from devices.plant.story import STORY, Plan, read_story
from tests.fakes.plain_entries import Json, PlainChain, batch

HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
VOID = frozenset({"meta", "link"})


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed, and ids are given once."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page)
        self.text = " ".join(self.text.split())
        assert self._open == []
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(ids) == len(set(ids)), ids

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


class Asking:
    """Asks a web application without a socket."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str) -> httpx.Response:
        """Ask for a page."""
        return asyncio.run(self._ask("GET", path, None, {}))

    def post(self, path: str, json: Json, headers: dict[str, str]) -> httpx.Response:
        """Do something."""
        return asyncio.run(self._ask("POST", path, json, headers))

    async def _ask(
        self, method: str, path: str, json: Json | None, headers: dict[str, str]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.request(method, path, json=json, headers=headers)


@pytest.fixture
def mes(tmp_path: Path) -> Iterator[tuple[Asking, Database]]:
    """The reference MES without a socket, with a hostile order among those of the story."""
    database = Database(f"sqlite:///{tmp_path / 'mes.sqlite'}")
    with database.write() as connection:
        plans.seed(connection, read_story(STORY, 1_790_000_000.0))
        known = plans.find(connection, "job_order", "WO-104251")
        assert known is not None
        record = dict(known.record) | {"material_name": HOSTILE, "operation": HOSTILE}
        plans.put(connection, Plan(family="job_order", id=f"WO/{HOSTILE}", record=record))
    yield Asking(make_app(database, ["testserver"])), database
    database.engine.dispose()


def push(database: Database, *entries: Json) -> None:
    """Let the MES receive entries."""
    Inbox(database).receive("T-PRESS12", batch(*entries))


def test_an_empty_mes_says_so(mes: tuple[Asking, Database]) -> None:
    page = Reader(mes[0].get("/").text)
    assert "Nothing came yet." in page.text
    assert "all 0" in page.text
    assert "T-PRESS12" in page.text


def test_what_came_is_shown(mes: tuple[Asking, Database]) -> None:
    client, database = mes
    chain = PlainChain()
    push(database, chain.start(), chain.count("6"), chain.scrap("2"), chain.scrap("1", reason="NO-SUCH"))
    page = Reader(client.get("/").text)
    for words in (
        "Order started",
        "6 by the counter, 0 to 6, live",
        "2 pcs · BURR",
        "● refused",
        "There is no scrap reason NO-SUCH here. (unknown_reason; supervisor decides)",
        "Refused, waiting for a decision",
        "M. Okafor",
        "R-4",
        "1 / 4",
        "received 3",
        "refused 1",
        "4 good",
        "▲ 2 scrap",
        "▶ running",
    ):
        assert words in page.text, words
    refused = Reader(client.get("/?show=refused").text)
    assert "R-4" in refused.text
    assert "R-1" not in refused.text
    assert client.get("/?show=everything").status_code == 422


def test_an_order_is_shown_in_full(mes: tuple[Asking, Database]) -> None:
    client, database = mes
    chain = PlainChain()
    stop = {
        "equipment": "PRESS12",
        "order": "WO-104233",
        "state": 8,
        "fault": 312,
        "began_at": "2026-11-21T10:00:00.000Z",
        "evidence": "live",
    }
    closed = {"ended_at": "2026-11-21T10:17:40.000Z", "duration_ms": 1_060_000}
    push(
        database,
        chain.start(),
        chain.count("6"),
        chain.entry("stop.opened", ("stop", "S-1"), stop),
        chain.entry("stop.classified", ("stop", "S-1"), {"reason": "HYDRAULICS", "comment": HOSTILE}),
        chain.entry("stop.closed", ("stop", "S-1"), closed),
    )
    page = Reader(client.get("/orders/WO-104233").text)
    for words in ("Job order WO-104233", "Produced 6", "312", "HYDRAULICS", "17 min 40 s", "10:17:40 UTC"):
        assert words in page.text.replace("Produced 6", "Produced 6"), words
    assert client.get("/orders/WO-1").status_code == 404


def test_nothing_that_came_becomes_html(mes: tuple[Asking, Database]) -> None:
    """Names, words, kinds, ids and payloads that are HTML stay texts, on every page."""
    client, database = mes
    chain = PlainChain()
    person = {"id": HOSTILE, "name": HOSTILE, "how": "badge"}
    push(
        database,
        chain.scrap("1", reason=HOSTILE, person=person),
        chain.entry(HOSTILE, (HOSTILE, HOSTILE), {HOSTILE: HOSTILE}, boot=HOSTILE),
        chain.entry("help.called", ("equipment", HOSTILE), {"whom": "quality"}),
    )
    harmless = Reader(client.get("/").text)
    assert HOSTILE in harmless.text
    assert [name for name, _ in harmless.elements if name in ("img", "script")] == ["script"]
    links = [attributes["href"] for name, attributes in harmless.elements if name == "a"]
    order = next(link for link in links if link and link.startswith("/orders/WO/"))
    in_full = Reader(client.get(order).text)
    assert f"Job order WO/{HOSTILE}" in in_full.text
    assert [name for name, _ in in_full.elements if name in ("img", "script")] == ["script"]
    for _, attributes in harmless.elements + in_full.elements:
        assert not [key for key in attributes if key.startswith("on")]


def test_no_script_but_its_own_may_run(mes: tuple[Asking, Database]) -> None:
    answer = mes[0].get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for _, attributes in Reader(answer.text).elements:
        assert "style" not in attributes
    for address, kind in (("/page.css", "text/css"), ("/page.js", "text/javascript")):
        assert mes[0].get(address).headers["content-type"].startswith(kind)


def test_the_page_can_be_asked_while_the_mes_is_busy(mes: tuple[Asking, Database]) -> None:
    client, database = mes
    token = Path(str(database.engine.url.database)).with_name("token")
    database.admit("T-PRESS12", token)
    headers = {"Authorization": f"Bearer {token.read_text('utf-8').strip()}"}
    assert client.post("/reference/busy", json={"seconds": 30}, headers=headers).status_code == 200
    assert client.get("/lineside/v1/health").status_code == 503
    assert "▲ busy, answers 503" in client.get("/").text


def test_every_kind_has_words() -> None:
    for kind in KINDS:
        assert title_of(kind) != kind
        assert "{" not in line_of(kind, {})
    assert title_of("robot.has_danced") == "Robot has danced"
    assert line_of("robot.danced", {"step_ms": 61_000, "far": None}) == "step ms 1 min 01 s"
    assert line_of("production.counted", "no object") == ""
    assert len(line_of("robot.danced", {"x": "y" * 500})) == 160


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0, "0 s"),
        (59_400, "59 s"),
        (59_600, "1 min 00 s"),
        (1_060_000, "17 min 40 s"),
        (7_500_000, "2 h 05 min"),
    ],
)
def test_durations(milliseconds: int, words: str) -> None:
    assert duration(milliseconds) == words


def test_what_is_not_html_is_escaped() -> None:
    assert tag("p", "<b>", class_='"', lang=None) == '<p class="&quot;">&lt;b&gt;</p>'
    assert joined(["<", Html("<br>")], "&") == "&lt;<br>&amp;"
