"""The doors of the MES contract: health, plans and entries, exactly as docs/mes-contract/README.md tells."""

import json
import math
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from devices.plant.mes_server import held, leases
from devices.plant.mes_server.database import Database, now_text
from devices.plant.mes_server.inbox import BatchError, Inbox
from devices.plant.mes_server.plans import PlanReader
from devices.plant.mes_server.web import Busy, admitted, body_of

BASE = "/lineside/v1"
Counter = Annotated[str, Query(min_length=1, max_length=200)]
Place = Annotated[int, Query(ge=1, le=2**31 - 1)]


def contract_router(database: Database, inbox: Inbox, lease_term_s: float = leases.TERM_S) -> APIRouter:
    """The routes of the contract on one database."""
    router = APIRouter(prefix=BASE)
    plans = PlanReader(database.mes_epoch)

    @router.get("/health")
    def health() -> Response:
        return JSONResponse({"server_time": now_text(), "mes_epoch": database.mes_epoch})

    @router.get("/terminals/{terminal}/plans")
    def get_plans(request: Request, terminal: str, cursor: str | None = None) -> Response:
        admitted(request, database, terminal)
        with database.read() as connection:
            etag = plans.etag(connection)
            asked = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
            lost = cursor is not None and plans.known_cursor(connection, cursor) is None
            if etag in asked and not lost:
                return Response(status_code=304, headers={"ETag": etag})
            answer = plans.answer(connection, terminal, cursor)
        return JSONResponse(
            answer | {"server_time": now_text()}, headers={"ETag": etag, "Cache-Control": "no-cache"}
        )

    @router.post("/terminals/{terminal}/entries")
    async def post_entries(request: Request, terminal: str) -> Response:
        await run_in_threadpool(admitted, request, database, terminal)
        body = await body_of(request)
        try:
            batch = json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"the body is not JSON: {error}") from None
        try:
            settled = await run_in_threadpool(inbox.receive, terminal, batch)
        except BatchError as error:
            raise HTTPException(error.status, str(error)) from None
        return JSONResponse(settled)

    @router.get("/terminals/{terminal}/entries/known")
    def get_known(request: Request, terminal: str) -> Response:
        admitted(request, database, terminal)
        with database.read() as connection:
            epochs = held.known(connection, terminal)
        return JSONResponse({"mes_epoch": database.mes_epoch, "server_time": now_text(), "epochs": epochs})

    @router.get("/terminals/{terminal}/entries/digest")
    def get_digest(request: Request, terminal: str, epoch: Place, first: Place, last: Place) -> Response:
        admitted(request, database, terminal)
        if not first <= last < first + held.MAX_DIGEST_SPAN:
            raise HTTPException(
                422, f"last is from first on, at most {held.MAX_DIGEST_SPAN} places in one question"
            )
        with database.read() as connection:
            ranges = held.digests(connection, terminal, epoch, first, last)
        return JSONResponse({"mes_epoch": database.mes_epoch, "epoch": epoch, "ranges": ranges})

    @router.get("/terminals/{terminal}/leases")
    def get_lease(request: Request, terminal: str, counter: Counter) -> Response:
        admitted(request, database, terminal)
        with database.read() as connection:
            lease = leases.find(connection, leases.equipment_of(connection, terminal), counter)
        if lease is None:
            raise HTTPException(404, f"nobody counts by {counter}")
        return _lease(lease, terminal, counter)

    @router.post("/terminals/{terminal}/leases")
    async def post_lease(request: Request, terminal: str) -> Response:
        await run_in_threadpool(admitted, request, database, terminal)
        try:
            wish = leases.LeaseWish.model_validate_json(await body_of(request))
        except ValidationError:
            raise HTTPException(422, "the body is an object with a counter") from None
        lease = await run_in_threadpool(_take, terminal, wish.counter)
        return _lease(lease, terminal, wish.counter)

    def _take(terminal: str, counter: str) -> leases.Lease:
        with database.write() as connection:
            return leases.take(connection, terminal, counter, round(time.time() * 1000), lease_term_s)

    def _lease(lease: leases.Lease, terminal: str, counter: str) -> Response:
        said = {**leases.told(lease, terminal, counter, lease_term_s), "mes_epoch": database.mes_epoch}
        return JSONResponse({**said, "server_time": now_text()})

    return router


def refuse_while_busy(app: FastAPI, busy: Busy) -> None:
    """Answer 503 with Retry-After to every request of the contract while the MES is busy."""

    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        left = busy.left_s()
        if left > 0 and request.url.path.startswith(BASE):
            words = {"detail": "the MES is busy, try again later"}
            return JSONResponse(words, 503, {"Retry-After": str(max(1, math.ceil(left)))})
        return await call_next(request)

    app.middleware("http")(guard)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
