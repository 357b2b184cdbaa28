"""The drivers that a configuration may name; a new one is its file and one line here.

A driver is imported when it is made: the window is painted before the libraries of the wires are loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from devices.barcode_reader import BarcodeReader, BarcodeSettings
from devices.link import Driver
from devices.opcua.settings import OpcUaSettings, tag_infos
from hmi.domain.tags import TagInfo
from hmi.times import Clock

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """A kind of driver: what it is, the model of its settings, how it is made, and which tags it brings."""

    summary: str
    settings: type[BaseModel]
    make: Callable[[str, BaseModel, Clock], Driver]
    tags: Callable[[str, BaseModel], list[TagInfo]]


def _spec(
    summary: str,
    model: type[S],
    make: Callable[[str, S, Clock], Driver],
    tags: Callable[[str, S], list[TagInfo]],
) -> DriverSpec:
    def checked(settings: BaseModel) -> S:
        if not isinstance(settings, model):
            raise TypeError(f"{model.__name__} wanted, not {type(settings).__name__}")
        return settings

    return DriverSpec(
        summary,
        model,
        lambda name, settings, clock: make(name, checked(settings), clock),
        lambda name, settings: tags(name, checked(settings)),
    )


def _no_tags(name: str, settings: BaseModel) -> list[TagInfo]:
    return []


def _opcua(name: str, settings: OpcUaSettings, clock: Clock) -> Driver:
    from devices.opcua.driver import OpcUaDriver

    return OpcUaDriver(name, settings, clock)


DRIVERS: dict[str, DriverSpec] = {
    "opcua": _spec("a PLC heard over OPC UA", OpcUaSettings, _opcua, tag_infos),
    "barcode_reader": _spec("a barcode reader on a serial line", BarcodeSettings, BarcodeReader, _no_tags),
}
