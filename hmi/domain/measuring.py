"""May a gauge's value become the value of a characteristic: at rest, in range, in a unit that converts."""

from dataclasses import dataclass
from decimal import Decimal

from hmi.domain.plans import Characteristic
from hmi.domain.signals import Measured
from hmi.domain.units import UnitRefused, convert, unit_name


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why a value was not taken: the key of the reason, and what its words need."""

    key: str
    values: dict[str, str]


def in_unit_of(measured: Measured, of: Characteristic) -> Decimal | NotTaken:
    """The value in the unit of the characteristic; nothing is assumed where the device says too little."""
    values = {"gauge": measured.gauge or measured.link, "wanted": of.unit, "note": measured.note}
    if of.gauge and measured.gauge and of.gauge != measured.gauge:
        return NotTaken("other_gauge", values | {"planned": of.gauge})
    if measured.fault is not None:
        return NotTaken(str(measured.fault), values)
    if measured.value is None or measured.stable is False:
        return NotTaken("not_stable", values)
    if not unit_name(measured.unit):
        return NotTaken("no_unit", values | {"value": f"{measured.value:f}"})
    try:
        return convert(measured.value, measured.unit, of.unit)
    except UnitRefused:
        return NotTaken("other_unit", values | {"value": f"{measured.value:f}", "unit": measured.unit})
