"""ZPL II: a label from a template, and what a printer says of itself (programming guide, ~HS and ~HQES)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

ASK_STATUS, ASK_ERRORS = b"~HS\r\n", b"~HQES\r\n"
_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_FIELD = re.compile(r"\^FD(.*?)\^FS", re.DOTALL)
_ERRORS = re.compile(r"ERRORS:\s+([01])\s+([0-9A-Fa-f]{8})\s+([0-9A-Fa-f]{8})")
_WARNINGS = re.compile(r"WARNINGS:\s+([01])\s+([0-9A-Fa-f]{8})\s+([0-9A-Fa-f]{8})")
_STRING = re.compile(rb"\x02([^\x03]*)\x03")


class Trouble(StrEnum):
    """Why a printer does not print."""

    PAPER_OUT = "paper_out"
    RIBBON_OUT = "ribbon_out"
    HEAD_OPEN = "head_open"
    CUTTER = "cutter"
    HEAD_HOT = "head_hot"
    MOTOR_HOT = "motor_hot"
    HEAD_FAULT = "head_fault"
    PAUSED = "paused"
    BUFFER_FULL = "buffer_full"
    OTHER = "other"


# bits of the second group of errors of ~HQES
_ERROR_BITS = (
    (0x1, Trouble.PAPER_OUT),
    (0x2, Trouble.RIBBON_OUT),
    (0x4, Trouble.HEAD_OPEN),
    (0x8, Trouble.CUTTER),
    (0x10, Trouble.HEAD_HOT),
    (0x20, Trouble.MOTOR_HOT),
    (0x40, Trouble.HEAD_FAULT),
    (0x80, Trouble.HEAD_FAULT),
    (0x10000, Trouble.PAUSED),
)
_KNOWN_BITS = sum(bit for bit, _ in _ERROR_BITS)


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What a printer said: why it does not print (empty: it does), and how many formats wait in it.

    `waiting` is None where the answer does not say.
    """

    troubles: tuple[Trouble, ...]
    waiting: int | None = None

    @property
    def ready(self) -> bool:
        """Whether a label that is sent now comes out."""
        return not self.troubles


def zpl_text(value: str) -> str:
    """A text for a field with ^FH: signs of commands, and what is no printable ASCII, as its UTF-8."""
    return "".join(
        sign
        if sign.isascii() and sign.isprintable() and sign not in "^~_\\"
        else "".join(f"_{byte:02X}" for byte in sign.encode())
        for sign in value
    )


def places(template: str) -> frozenset[str]:
    """The names that a template wants values for, such as {serial}."""
    return frozenset(_PLACE.findall(template))


def label(template: str, values: Mapping[str, str]) -> bytes:
    """Fill a template; ValueError names a missing value. Values cannot become commands.

    Each field with a place gets ^FH, so that any text is printed as it is; ^CI28 makes it UTF-8.
    """
    missing = sorted(places(template) - set(values))
    if missing:
        raise ValueError(f"the label wants {missing[0]!r}, which is not there")
    if "^XA" not in template or "^XZ" not in template:
        raise ValueError("a label begins with ^XA and ends with ^XZ")

    def field(found: re.Match[str]) -> str:
        if not _PLACE.search(found[1]):
            return found[0]
        filled = _PLACE.sub(lambda place: zpl_text(values[place[1]]), found[1])
        return f"^FH^FD{filled}^FS"

    text = _FIELD.sub(field, template.replace("^XA", "^XA^CI28", 1))
    if (outside := _PLACE.search(text)) is not None:
        raise ValueError(f"{outside[0]} stands outside of a field (^FD ... ^FS)")
    return text.encode()


def host_query_errors(answer: str) -> PrinterStatus | None:
    """Read the answer to ~HQES; None when it is none."""
    found = _ERRORS.search(answer)
    if found is None or _WARNINGS.search(answer) is None:
        return None
    if found[1] == "0":
        return PrinterStatus(())
    bits = int(found[3], 16)
    troubles = [trouble for bit, trouble in _ERROR_BITS if bits & bit]
    if bits & ~_KNOWN_BITS or int(found[2], 16) or not troubles:
        troubles.append(Trouble.OTHER)
    return PrinterStatus(tuple(dict.fromkeys(troubles)))


def host_status(answer: bytes) -> PrinterStatus | None:
    """Read the three strings of the answer to ~HS; None while they are not all there.

    Many printers give no answer to ~HS while paper or ribbon is out or the head is open: ask ~HQES.
    """
    strings = [found.decode("ascii", "replace").split(",") for found in _STRING.findall(answer)]
    for first, second in pairwise(strings):
        if len(first) == 12 and len(second) == 11:
            return _of_strings(first, second)
    return None


def _of_strings(first: list[str], second: list[str]) -> PrinterStatus | None:
    flags = (
        (first[1], Trouble.PAPER_OUT),
        (second[3], Trouble.RIBBON_OUT),
        (second[2], Trouble.HEAD_OPEN),
        (first[11], Trouble.HEAD_HOT),
        (first[2], Trouble.PAUSED),
        (first[5], Trouble.BUFFER_FULL),
    )
    if any(flag not in "01" for flag, _ in flags) or not first[4].isdecimal():
        return None
    return PrinterStatus(tuple(trouble for flag, trouble in flags if flag == "1"), int(first[4]))
