"""What a scanned code means here: parsed, looked up, and refused with its parts when it means nothing."""

from dataclasses import dataclass
from datetime import date

import biip
from biip import ParseError

from hmi.domain.plans import Asset, JobOrder, Material, Person
from hmi.domain.signals import Scan
from hmi.ports import PlanRecords

GS = "\x1d"
# AIM identifiers whose content is GS1 element strings: GS1-128, DataBar and composites, DataMatrix, QR, DotCode
_GS1_AIM = frozenset({"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"})


@dataclass(frozen=True, slots=True)
class ElementStrings:
    """The GS1 element strings that a terminal uses, by meaning, and all of them as `(AI, value)`."""

    gtin: str | None
    lot: str | None
    serial: str | None
    expires: date | None
    elements: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BadgeCode:
    """A person's badge."""

    person: Person


@dataclass(frozen=True, slots=True)
class OrderCode:
    """The label of a job order."""

    order: JobOrder


@dataclass(frozen=True, slots=True)
class MaterialCode:
    """The label of a material, with lot and serial number as texts ("007" is not 7)."""

    material: Material
    lot: str | None
    serial: str | None
    scanned: str


@dataclass(frozen=True, slots=True)
class AssetCode:
    """The label of an asset."""

    asset: Asset


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code that means nothing here: what was read, in parts, and the key of the reason."""

    visible: str
    parts: tuple[tuple[str, str], ...]
    why: str


Meaning = BadgeCode | OrderCode | MaterialCode | AssetCode | UnknownCode


def visible(text: str) -> str:
    """A text as a person may be shown it: control characters as pictures of themselves, `\u241d` for GS."""
    return "".join(chr(0x2400 + ord(sign)) if ord(sign) < 0x20 else sign for sign in text)


def parse_gs1(text: str) -> ElementStrings:
    """Parse element strings with FNC1 as GS (0x1D); ValueError names what does not hold.

    A GTIN with a wrong check digit is refused: biip itself lets it pass with `gtin` None.
    """
    try:
        message = biip.parse(text.strip(GS))
    except ParseError as error:
        raise ValueError(str(error)) from error
    found = message.gs1_message
    if found is None:
        raise ValueError("not GS1 element strings")
    gtin: str | None = None
    lot: str | None = None
    serial: str | None = None
    expires: date | None = None
    elements: list[tuple[str, str]] = []
    for element in found.element_strings:
        code = element.ai.ai
        elements.append((code, element.value))
        if code in {"01", "02"}:
            if element.gtin is None:
                raise ValueError(f"check digit of GTIN {element.value} is wrong")
            gtin = element.value
        elif code == "10":
            lot = element.value
        elif code == "21":
            serial = element.value
        elif code == "17":
            expires = element.date
    return ElementStrings(gtin, lot, serial, expires, tuple(elements))


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
