"""The reference MES's own doors, which are no part of the contract: what it holds, and what a planner
may do to it.
"""

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, JsonValue

from devices.plant.mes_server import plans, responses
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.people import PeopleOffice
from devices.plant.mes_server.web import Busy, bearer
from devices.plant.story import Family, Plan


class PlanChange(BaseModel):
    """One plan record to put, or to withdraw when it has no `record`."""

    family: Family
    id: str
    record: dict[str, JsonValue] | None = None


def reference_router(database: Database, busy: Busy, office: PeopleOffice | None = None) -> APIRouter:
    """Reading needs no token (the MES listens on loopback alone); changing needs one."""
    router = APIRouter()

    @router.get("/job-responses/{order}")
    def get_response(order: str) -> JSONResponse:
        with database.read() as connection:
            answer = responses.job_response(connection, order)
        if answer is None:
            raise HTTPException(404, f"there is no job order {order}")
        return JSONResponse(answer)

    @router.get("/entries")
    def get_entries(
        terminal: str | None = None,
        result: str | None = None,
        after_number: int = 0,
        limit: Annotated[int, Query(ge=1, le=200_000)] = 10_000,
    ) -> JSONResponse:
        with database.read() as connection:
            found = responses.entries(connection, terminal, result, after_number, limit)
            high = {} if terminal is None else responses.high_waters(connection, terminal)
        return JSONResponse({"entries": found, "high_water": high})

    @router.post("/reference/orders/{order}/state")
    def post_state(request: Request, order: str, state: Annotated[str, Body(embed=True)]) -> JSONResponse:
        bearer(request, database)
        if state not in ("released", "cancelled", "closed"):
            raise HTTPException(422, "state is released, cancelled or closed")
        with database.write() as connection:
            if not plans.change_order(connection, order, state):
                raise HTTPException(404, f"there is no job order {order}")
        return JSONResponse({"order": order, "state": state})

    @router.post("/reference/plans")
    def post_plan(request: Request, change: PlanChange) -> JSONResponse:
        bearer(request, database)
        with database.write() as connection:
            if change.record is not None:
                plans.put(connection, Plan(family=change.family, id=change.id, record=change.record))
            elif not plans.withdraw(connection, change.family, change.id):
                raise HTTPException(404, f"there is no {change.family} {change.id}")
            if office is not None and change.family == "person":
                office.sign(connection)
        return JSONResponse({"family": change.family, "id": change.id})

    @router.post("/reference/busy")
    def post_busy(
        request: Request, seconds: Annotated[float, Body(embed=True, ge=0, le=3600)]
    ) -> JSONResponse:
        bearer(request, database)
        busy.begin(seconds)
        return JSONResponse({"seconds": seconds})

    return router
