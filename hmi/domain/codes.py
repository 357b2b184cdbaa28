"""What a scanned code can be here, and the patterns of a plant's own codes."""

import re
from dataclasses import dataclass
from datetime import datetime

from hmi.domain.plans import Asset, JobOrder, Material, Person

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
PATTERN_GROUPS = frozenset({"badge", "order", "asset", "material", "gtin", "lot", "serial", "tool"})


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
class ToolCode:
    """A tool or die by the name that orders give it, and the released orders that ask for it."""

    tool: str
    orders: tuple[JobOrder, ...]


@dataclass(frozen=True, slots=True)
class LotCode:
    """A lot that was fitted here: of which material, into which asset last, and when."""

    lot: str
    material: str
    asset: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code that means nothing here: what was read, in parts, and the key of the reason."""

    visible: str
    parts: tuple[tuple[str, str], ...]
    why: str


Meaning = BadgeCode | OrderCode | MaterialCode | LotCode | AssetCode | ToolCode | UnknownCode


def split_aim(text: str) -> tuple[str, str | None]:
    """The text without its AIM identifier (`]C1`), and the identifier; None where there is none."""
    return (text[3:], text[:3]) if _AIM.match(text) else (text, None)


def visible(text: str) -> str:
    """A text as a person may be shown it: what cannot be printed as a picture or number of itself."""
    return "".join(sign if sign.isprintable() else _pictured(ord(sign)) for sign in text)


def _pictured(number: int) -> str:
    if number < 0x20:
        return chr(0x2400 + number)
    return "\u2421" if number == 0x7F else f"<{number:04X}>"


def code_pattern(text: str) -> re.Pattern[str]:
    """Compile the pattern of a plant's own codes; ValueError names what is wrong with it.

    Its named groups say what a code is: badge, order, asset, tool, material or gtin; lot and serial go with
    the last two.
    """
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no pattern: {error}") from None
    unknown = sorted(set(pattern.groupindex) - PATTERN_GROUPS)
    if unknown:
        raise ValueError(f"group {unknown[0]!r} is not known; known: {', '.join(sorted(PATTERN_GROUPS))}")
    if not set(pattern.groupindex) - {"lot", "serial"}:
        raise ValueError(f"{text!r} has no group that says what a code is, such as (?P<order>...)")
    return pattern
