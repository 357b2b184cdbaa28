"""GS1 as it is scanned: element strings with FNC1 as GS (0x1D), and Digital Link addresses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import biip
from biip import ParseConfig, ParseError, ParseResult
from biip.gs1_element_strings import GS1ElementString

GS = "\x1d"
_GLNS = frozenset(str(code) for code in range(410, 418))
_CONFIG = ParseConfig(separator_chars=(GS,))


@dataclass(frozen=True, slots=True)
class ElementStrings:
    """The GS1 element strings that a terminal uses, by meaning, and all of them as `(AI, value)`.

    Lot and serial are texts: "007" is not 7. A day 00 is the last day of its month. `measures` are the values
    of 310n and its kin, by AI, with their decimals.
    """

    gtin: str | None
    lot: str | None
    serial: str | None
    expires: date | None
    elements: tuple[tuple[str, str], ...]
    sscc: str | None = None
    measures: tuple[tuple[str, Decimal], ...] = ()


def check_digit(digits: str) -> int:
    """The check digit of a GTIN, SSCC, GLN or GRAI without it: weights 3 and 1 from the right."""
    return (
        -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))) % 10
    )


def checked(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    return digits.isascii() and digits.isdecimal() and check_digit(digits[:-1]) == int(digits[-1])


def is_digital_link(text: str) -> bool:
    """Whether a text is a web address that may be a Digital Link."""
    return text.lower().startswith(("http://", "https://"))


def parse_gs1(text: str) -> ElementStrings:
    """Parse element strings; ValueError names what does not hold.

    Check digits are looked at here: biip lets a wrong one pass, with `gtin` None.
    """
    found = _parsed(text.strip(GS)).gs1_message
    if found is None or not found.element_strings:
        raise ValueError("not GS1 element strings")
    return _collected(found.element_strings)


def parse_digital_link(text: str) -> ElementStrings:
    """Parse a Digital Link address, whoever's host it is; ValueError names what does not hold."""
    found = _parsed(text).gs1_digital_link_uri
    if found is None:
        raise ValueError("not a GS1 Digital Link")
    return _collected(found.element_strings)


def _parsed(text: str) -> ParseResult:
    """ValueError, also where biip looks behind the end of an AIM identifier that is cut off."""
    try:
        return biip.parse(text, config=_CONFIG)
    except ParseError as error:
        raise ValueError(_first_line(error)) from error
    except IndexError as error:
        raise ValueError("an AIM identifier that is cut off") from error


def _first_line(error: ParseError) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else "not readable"


def _collected(strings: Iterable[GS1ElementString]) -> ElementStrings:
    gtin = lot = serial = sscc = None
    expires: date | None = None
    elements: list[tuple[str, str]] = []
    measures: list[tuple[str, Decimal]] = []
    for element in strings:
        code = element.ai.ai
        elements.append((code, element.value))
        if code in {"00", "01", "02", "03"} or code in _GLNS:
            _must_check(code, element.value)
        if code in {"01", "02"}:
            gtin = element.value
        elif code == "00":
            sscc = element.value
        elif code == "10":
            lot = element.value
        elif code == "21":
            serial = element.value
        elif code == "17":
            expires = element.date
        if element.decimal is not None:
            measures.append((code, element.decimal))
    return ElementStrings(gtin, lot, serial, expires, tuple(elements), sscc, tuple(measures))


def _must_check(code: str, value: str) -> None:
    if not checked(value):
        name = {"00": "SSCC", "01": "GTIN", "02": "GTIN", "03": "GTIN"}.get(code, "GLN")
        raise ValueError(f"check digit of {name} {value} is wrong")
