"""Mitutoyo Digimatic: thirteen digits of four bits, least significant bit first on the clocked wire.

d1 to d4 are 0xF, d5 is the sign (0 or 8), d6 to d11 six decimal digits, d12 the decimals, d13 the unit
(0 mm, 1 inch). Source: Mitutoyo manuals 99MBC095A and 99MBA043A.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from devices.frames.measurement import Measurement

_DIGITS = 13
_LINE = re.compile(r"[0-9A-Fa-f]{13}")
_UNITS = {0: "mm", 1: "in"}


def nibbles_of_bits(bits: Iterable[int]) -> list[int]:
    """The digits of a clocked message; bits that make up no whole digit are left out."""
    heard = list(bits)
    return [
        sum(bit << place for place, bit in enumerate(heard[start : start + 4]))
        for start in range(0, len(heard) - 3, 4)
    ]


def digimatic(digits: Sequence[int]) -> Measurement | None:
    """d1 to d13 as numbers of four bits; None when they are no message."""
    if len(digits) != _DIGITS or any(digit != 0xF for digit in digits[:4]):
        return None
    sign, figures, decimals, unit = digits[4], digits[5:11], digits[11], _UNITS.get(digits[12])
    if sign not in (0, 8) or any(not 0 <= figure <= 9 for figure in figures) or decimals > 5 or unit is None:
        return None
    value = Decimal(int("".join(str(figure) for figure in figures))).scaleb(-decimals)
    return Measurement(-value if sign == 8 else value, unit)


def digimatic_line(line: str) -> Measurement | None:
    """A message as a serial interface passes it on: d1 to d13 as thirteen hexadecimal digits."""
    return digimatic([int(digit, 16) for digit in line]) if _LINE.fullmatch(line) else None
