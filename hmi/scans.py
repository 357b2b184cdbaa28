"""What a scan means here: parsed, looked up, and refused with its parts when it means nothing."""

from hmi.domain.codes import (
    GS,
    AssetCode,
    BadgeCode,
    MaterialCode,
    Meaning,
    OrderCode,
    UnknownCode,
    parse_gs1,
    visible,
)
from hmi.domain.signals import Scan
from hmi.ports import PlanRecords

# AIM identifiers of GS1 element strings: GS1-128, DataBar and composites, DataMatrix, QR, DotCode
_GS1_AIM = frozenset({"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"})


def interpret(scan: Scan, plans: PlanRecords) -> Meaning:
    """Find out what a scan means: badge, order, material, asset, or nothing known here.

    With an AIM identifier of a GS1 symbology the text is read as element strings and as nothing else;
    without one it is looked up as it stands first, since the same digits may be a plain number.
    """
    text = scan.text
    if scan.aim not in _GS1_AIM:
        if person := plans.person_by_badge(text):
            return BadgeCode(person)
        if order := plans.job_order(text):
            return OrderCode(order)
        if asset := plans.asset(text):
            return AssetCode(asset)
        if material := plans.material(text):
            return MaterialCode(material, None, None, text)
        if scan.aim is not None or GS not in text:
            return UnknownCode(visible(text), (), "code_unknown")
    return _interpret_gs1(text, plans)


def _interpret_gs1(text: str, plans: PlanRecords) -> Meaning:
    try:
        elements = parse_gs1(text)
    except ValueError as error:
        return UnknownCode(visible(text), (("GS1", str(error)),), "code_not_readable")
    if elements.gtin and (material := plans.material_by_gtin(elements.gtin)):
        return MaterialCode(material, elements.lot, elements.serial, visible(text))
    return UnknownCode(visible(text), elements.elements, "code_unknown")
