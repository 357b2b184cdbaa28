"""What a scale or gauge says: a value with its unit and whether it is stable, or why there is none."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from hmi.domain.signals import MeasuringFault

_DIGITS = 24


@dataclass(frozen=True, slots=True)
class Measurement:
    """One message: either `value` or `fault`. `unit` is as the device writes it, empty where it says none.

    `stable` is None where the device does not say; `note` is its own word for anything out of the ordinary.
    """

    value: Decimal | None
    unit: str = ""
    stable: bool | None = None
    fault: MeasuringFault | None = None
    note: str = ""


def refused(fault: MeasuringFault, note: str = "", *, stable: bool | None = None) -> Measurement:
    """A message that carries no value."""
    return Measurement(None, stable=stable, fault=fault, note=note)


def number(text: str) -> Decimal | None:
    """A decimal number as devices write it, with blanks behind the sign; None for anything else."""
    bare = text.replace(" ", "")
    if len(bare) > _DIGITS or not bare.strip("+-.").replace(".", "", 1).isdecimal() or not bare.isascii():
        return None
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None
