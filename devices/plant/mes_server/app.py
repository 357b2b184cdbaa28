"""The reference MES put together: the doors of the contract, its own doors and its page."""

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from devices.plant.mes_server import leases
from devices.plant.mes_server.contract import contract_router, refuse_while_busy
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.inbox import Inbox
from devices.plant.mes_server.page import page_router
from devices.plant.mes_server.people import PeopleOffice
from devices.plant.mes_server.reference import reference_router
from devices.plant.mes_server.web import Busy


def make_app(
    database: Database,
    hosts: list[str],
    lease_term_s: float = leases.TERM_S,
    office: PeopleOffice | None = None,
) -> FastAPI:
    """The web application on one database; `hosts` are the names under which it may be asked.

    With an `office` people come signed.
    """
    app = FastAPI(title="Reference MES", openapi_url=None, docs_url=None, redoc_url=None)
    busy = Busy()
    app.include_router(contract_router(database, Inbox(database), lease_term_s))
    app.include_router(reference_router(database, busy, office))
    app.include_router(page_router(database, busy))
    refuse_while_busy(app, busy)
    app.add_middleware(GZipMiddleware, minimum_size=600)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    return app
