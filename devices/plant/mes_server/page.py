"""The page of the reference MES."""

from fastapi import APIRouter

from devices.plant.mes_server.database import Database
from devices.plant.mes_server.web import Busy


def page_router(database: Database, busy: Busy) -> APIRouter:
    """The routes of the page."""
    return APIRouter()
