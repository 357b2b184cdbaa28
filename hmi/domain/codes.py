"""What a scanned code can be here, and how its text is parsed."""

from dataclasses import dataclass
from datetime import date

import biip
from biip import ParseError

from hmi.domain.plans import Asset, JobOrder, Material, Person

GS = "\x1d"


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
