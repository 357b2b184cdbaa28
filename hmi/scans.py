"""What a scan means here: parsed, looked up, and refused with its parts when it means nothing."""

import re
from collections.abc import Sequence

from hmi.domain.codes import (
    AssetCode,
    BadgeCode,
    MaterialCode,
    Meaning,
    OrderCode,
    ToolCode,
    UnknownCode,
    visible,
)
from hmi.domain.envelopes import Envelope, is_envelope, parse_envelope
from hmi.domain.epc import decode_epc
from hmi.domain.gs1 import GS, ElementStrings, checked, is_digital_link, parse_digital_link, parse_gs1
from hmi.domain.plans import Material
from hmi.domain.signals import Carrier, Scan
from hmi.ports import PlanRecords

# AIM identifiers of GS1 element strings: GS1-128, DataBar and composites, DataMatrix, QR, DotCode
_GS1_AIM = frozenset({"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"})
# EAN-13, UPC and EAN-8, which carry a GTIN and nothing else
_EAN_AIM = frozenset({"]E0", "]E4"})


def interpret(scan: Scan, plans: PlanRecords, patterns: Sequence[re.Pattern[str]] = ()) -> Meaning:
    """Find out what a scan means: badge, order, material, asset, tool, or nothing known here.

    With an AIM identifier of a GS1 symbology the text is read as element strings and as nothing else;
    without one it is looked up as it stands first, since the same digits may be a plain number. What is not
    known so is read as a Digital Link, an ISO 15434 envelope, an EPC, or by the plant's own patterns.
    """
    text = scan.text
    if scan.aim in _GS1_AIM and not is_digital_link(text):
        return _by_gs1(text, plans)
    if (known := _as_it_stands(text, plans)) is not None:
        return known
    if scan.carrier is Carrier.RADIO_TAG:
        return _by_epc(text, plans)
    if scan.aim in _EAN_AIM and checked(text):
        material = plans.material_by_gtin(text.zfill(14))
        return (
            MaterialCode(material, None, None, text)
            if material
            else _unknown(text, (("01", text.zfill(14)),))
        )
    for pattern in patterns:
        if (found := pattern.fullmatch(text)) is not None:
            return _by_pattern(text, found.groupdict(), plans)
    if is_digital_link(text):
        return _by_digital_link(text, plans)
    if is_envelope(text):
        return _by_envelope(text, plans)
    if scan.aim is None and GS in text:
        return _by_gs1(text, plans)
    return UnknownCode(visible(text), (), "code_unknown")


def _as_it_stands(text: str, plans: PlanRecords) -> Meaning | None:
    if person := plans.person_by_badge(text):
        return BadgeCode(person)
    if order := plans.job_order(text):
        return OrderCode(order)
    if material := plans.material(text):
        return MaterialCode(material, None, None, text)
    if asset := plans.asset(text):
        return AssetCode(asset)
    return _tool(text, plans)


def _tool(text: str, plans: PlanRecords) -> ToolCode | None:
    """Plans have no records of tools: an order names its tool, and the label carries that name."""
    orders = [order for order in plans.job_orders() if order.tool == text and order.state == "released"]
    return ToolCode(text, tuple(orders)) if orders else None


def _by_gs1(text: str, plans: PlanRecords) -> Meaning:
    try:
        elements = parse_gs1(text)
    except ValueError as error:
        return _not_readable(text, "GS1", error)
    return _by_elements(text, elements, plans)


def _by_digital_link(text: str, plans: PlanRecords) -> Meaning:
    """A web address that is no Digital Link is just an unknown code: nothing is ever opened."""
    try:
        elements = parse_digital_link(text)
    except ValueError as error:
        if "check digit" in str(error):
            return _not_readable(text, "GS1", error)
        return UnknownCode(visible(text), (), "code_unknown")
    return _by_elements(text, elements, plans)


def _by_elements(text: str, elements: ElementStrings, plans: PlanRecords) -> Meaning:
    if elements.gtin and (material := plans.material_by_gtin(elements.gtin)):
        return MaterialCode(material, elements.lot, elements.serial, visible(text))
    return _unknown(text, elements.elements)


def _by_envelope(text: str, plans: PlanRecords) -> Meaning:
    try:
        envelope = parse_envelope(text)
        if envelope.element_strings and not envelope.fields:
            return _by_elements(text, parse_gs1(envelope.element_strings), plans)
    except ValueError as error:
        return _not_readable(text, "ISO 15434", error)
    if (material := _material_of(envelope, plans)) is not None:
        return MaterialCode(material, envelope.first("1T", "T"), envelope.first("S", "25S"), visible(text))
    return _unknown(text, envelope.fields)


def _material_of(envelope: Envelope, plans: PlanRecords) -> Material | None:
    for identifier in ("P", "1P", "30P"):
        value = envelope.first(identifier)
        if value and (material := plans.material(value)):
            return material
    return None


def _by_epc(text: str, plans: PlanRecords) -> Meaning:
    try:
        epc = decode_epc(text)
    except ValueError:
        return UnknownCode(visible(text), (), "code_unknown")
    if epc.kind == "GTIN" and (material := plans.material_by_gtin(epc.key)):
        return MaterialCode(material, None, epc.serial, epc.uri)
    for name in (f"{epc.key}{epc.serial}", epc.key):
        if epc.kind == "GRAI" and (asset := plans.asset(name)):
            return AssetCode(asset)
    parts = [(epc.kind, epc.key), *([("21", epc.serial)] if epc.serial else [])]
    return UnknownCode(text, tuple(parts), "code_unknown")


def _by_pattern(text: str, told: dict[str, str | None], plans: PlanRecords) -> Meaning:
    lot, serial = told.get("lot"), told.get("serial")
    if (badge := told.get("badge")) and (person := plans.person_by_badge(badge)):
        return BadgeCode(person)
    if (order_id := told.get("order")) and (order := plans.job_order(order_id)):
        return OrderCode(order)
    if (asset_id := told.get("asset")) and (asset := plans.asset(asset_id)):
        return AssetCode(asset)
    if (material_id := told.get("material")) and (material := plans.material(material_id)):
        return MaterialCode(material, lot, serial, visible(text))
    if (gtin := told.get("gtin")) and (material := plans.material_by_gtin(gtin.zfill(14))):
        return MaterialCode(material, lot, serial, visible(text))
    if (name := told.get("tool")) and (tool := _tool(name, plans)):
        return tool
    return _unknown(text, tuple((name, value) for name, value in told.items() if value))


def _unknown(text: str, parts: tuple[tuple[str, str], ...]) -> UnknownCode:
    return UnknownCode(visible(text), tuple((name, visible(value)) for name, value in parts), "code_unknown")


def _not_readable(text: str, what: str, error: ValueError) -> UnknownCode:
    return UnknownCode(visible(text), ((what, visible(str(error))),), "code_not_readable")
