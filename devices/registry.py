"""The drivers that a configuration may name; a new one is its file and one line here.

A driver is imported when it is made: the window is painted before the libraries of the wires are loaded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from devices.barcode_reader import BarcodeReader, BarcodeSettings
from devices.gauges.gauge import gauge_tags
from devices.gauges.kinds import (
    DigimaticSettings,
    MillimarSettings,
    MtSicsSettings,
    PatternSettings,
    SartoriusSettings,
    digimatic_gauge,
    millimar_gauge,
    mt_sics_scale,
    pattern_gauge,
    sartorius_scale,
)
from devices.labels.printer import LabelPrinter, PrinterSettings, printer_tags
from devices.link import Driver
from devices.opcua.settings import OpcUaSettings, tag_infos
from devices.radio.feig import FeigSettings, feig_reader
from devices.radio.llrp import LlrpSettings, llrp_reader
from devices.radio.rdm6300 import Rdm6300Settings, rdm6300_reader
from devices.radio.thingmagic import ThingMagicSettings, thingmagic_reader
from devices.radio.uhfreader18 import UhfReader18Settings, uhf_reader18
from devices.ssi_reader import SsiDriver, SsiSettings
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
    "zebra_ssi": _spec("a Zebra scanner in SSI mode", SsiSettings, SsiDriver, _no_tags),
    "rdm6300": _spec("an RDM6300 or ID-12 radio tag reader", Rdm6300Settings, rdm6300_reader, _no_tags),
    "uhfreader18": _spec(
        "a UHFReader18 or Chafon radio tag reader", UhfReader18Settings, uhf_reader18, _no_tags
    ),
    "feig": _spec("a FEIG OBID radio tag reader", FeigSettings, feig_reader, _no_tags),
    "thingmagic": _spec("a ThingMagic M6e radio tag reader", ThingMagicSettings, thingmagic_reader, _no_tags),
    "llrp": _spec("a network radio tag reader by LLRP", LlrpSettings, llrp_reader, _no_tags),
    "zpl_printer": _spec("a label printer that speaks ZPL", PrinterSettings, LabelPrinter, printer_tags),
    "mt_sics": _spec("a scale that speaks MT-SICS", MtSicsSettings, mt_sics_scale, gauge_tags),
    "sartorius_sbi": _spec("a scale that speaks SBI", SartoriusSettings, sartorius_scale, gauge_tags),
    "millimar": _spec("a Mahr Millimar gauge", MillimarSettings, millimar_gauge, gauge_tags),
    "digimatic": _spec("a Digimatic gauge at an interface", DigimaticSettings, digimatic_gauge, gauge_tags),
    "gauge": _spec("a scale or gauge that sends plain text", PatternSettings, pattern_gauge, gauge_tags),
}
