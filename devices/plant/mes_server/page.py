"""The page of the reference MES: what it received, for people, fresh every two seconds.

Everything on it came over the wire: texts are escaped, and no script but its own may run.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse, HTMLResponse
from sqlalchemy import Connection

from devices.plant.mes_server import page_parts, responses
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.html import Html, joined, tag
from devices.plant.mes_server.web import Busy

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_ROWS = 100
Show = Literal["", "received", "refused"]


def page_router(database: Database, busy: Busy) -> APIRouter:
    """The routes of the page, its style and its script."""
    router = APIRouter()

    def answer(connection: Connection, title: str, show: str, *inside: str) -> HTMLResponse:
        counts = [
            (name, name or "all", responses.count(connection, name)) for name in ("received", "refused")
        ]
        counts.insert(0, ("", "all", sum(number for _, _, number in counts)))
        top = page_parts.header(database.kind, database.mes_epoch, counts, show, busy.left_s() > 0)
        return HTMLResponse(_document(title, top, inside), headers=_HEADERS)

    @router.get("/")
    def get_page(show: Annotated[Show, Query()] = "") -> HTMLResponse:
        with database.read() as connection:
            newest = responses.entries(connection, result=show or None, limit=_ROWS, newest_first=True)
            refused = (
                [] if show else responses.entries(connection, result="refused", limit=20, newest_first=True)
            )
            parts: list[str] = []
            if refused:
                parts.append(_section_of_refused(refused))
            if not show:
                cards = [page_parts.order_card(order) for order in responses.orders(connection)]
                parts.append(tag("div", cards, class_="orders"))
            title = f"{show or 'all'} entries, the newest {_ROWS} first"
            parts.append(page_parts.section(title, page_parts.entries_table(newest, "all")))
            if not show:
                known = page_parts.terminals_table(responses.terminals(connection))
                parts.append(page_parts.section("Terminals", known))
            return answer(connection, "Reference MES", show, *parts)

    @router.get("/orders/{order:path}")
    def get_order(order: str) -> HTMLResponse:
        with database.read() as connection:
            found = responses.job_response(connection, order)
            if found is None:
                raise HTTPException(404, f"there is no job order {order}")
            return answer(connection, f"{order} · Reference MES", "none", page_parts.response_page(found))

    @router.get("/page.css")
    def get_style() -> FileResponse:
        return FileResponse(_HERE / "page.css", media_type="text/css", headers={"Cache-Control": "no-cache"})

    @router.get("/page.js")
    def get_script() -> FileResponse:
        headers = {"Cache-Control": "no-cache"}
        return FileResponse(_HERE / "page.js", media_type="text/javascript", headers=headers)

    return router


def _section_of_refused(refused: Sequence[responses.Answer]) -> Html:
    return page_parts.section(
        "Refused, waiting for a decision", page_parts.entries_table(refused, "refused"), tone="critical"
    )


def _document(title: str, top: Html, inside: Sequence[str]) -> str:
    head = joined(
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        Html('<link rel="stylesheet" href="/page.css">'),
        tag("noscript", Html('<meta http-equiv="refresh" content="5">')),
        Html('<script src="/page.js" defer></script>'),
    )
    away = tag("p", id="away", role="status")
    body = tag("body", away, top, tag("main", inside))
    return "<!doctype html>\n" + tag("html", tag("head", head), body, lang="en")
