"""Units of what is measured: converted where both are known and of one kind, refused otherwise."""

from decimal import Decimal

# unit -> (kind, size in the unit of the kind that has size 1); inch and pound are exact by definition
_UNITS: dict[str, tuple[str, Decimal]] = {
    **{
        unit: ("length", Decimal(size))
        for unit, size in {
            "nm": "1e-6",
            "µm": "1e-3",
            "mm": "1",
            "cm": "10",
            "dm": "100",
            "m": "1000",
            "in": "25.4",
            "mil": "0.0254",
            "ft": "304.8",
        }.items()
    },
    **{
        unit: ("mass", Decimal(size))
        for unit, size in {
            "µg": "1e-6",
            "mg": "1e-3",
            "g": "1",
            "kg": "1000",
            "t": "1e6",
            "ct": "0.2",
            "lb": "453.59237",
            "oz": "28.349523125",
        }.items()
    },
    **{unit: ("force", Decimal(size)) for unit, size in {"mN": "1e-3", "N": "1", "kN": "1000"}.items()},
    **{
        unit: ("torque", Decimal(size))
        for unit, size in {"mNm": "1e-3", "Ncm": "0.01", "Nm": "1", "kNm": "1000"}.items()
    },
    **{
        unit: ("pressure", Decimal(size))
        for unit, size in {
            "Pa": "1",
            "hPa": "100",
            "kPa": "1e3",
            "MPa": "1e6",
            "mbar": "100",
            "bar": "1e5",
        }.items()
    },
    **{
        unit: ("time", Decimal(size))
        for unit, size in {"ms": "1e-3", "s": "1", "min": "60", "h": "3600"}.items()
    },
    **{unit: ("voltage", Decimal(size)) for unit, size in {"mV": "1e-3", "V": "1", "kV": "1000"}.items()},
    **{unit: ("current", Decimal(size)) for unit, size in {"µA": "1e-6", "mA": "1e-3", "A": "1"}.items()},
    **{unit: ("volume", Decimal(size)) for unit, size in {"ml": "1e-3", "cl": "0.01", "l": "1"}.items()},
    "°": ("angle", Decimal(1)),
    "°C": ("temperature", Decimal(1)),
    "%": ("share", Decimal(1)),
    "pcs": ("count", Decimal(1)),
}
_SAME = {
    "um": "µm",
    "μm": "µm",
    "ug": "µg",
    "uA": "µA",
    "inch": "in",
    '"': "in",
    "lbs": "lb",
    "N.m": "Nm",
    "N·m": "Nm",
    "L": "l",
    "mL": "ml",
    "deg": "°",
    "PCS": "pcs",
    "pc": "pcs",
}


class UnitRefused(ValueError):
    """A value whose unit is not known, or is of another kind than the wanted one: never assumed."""

    def __init__(self, given: str, wanted: str) -> None:
        """`given` is empty where the device said none."""
        super().__init__(f"{given or 'no unit'} is not {wanted}")
        self.given = given
        self.wanted = wanted


def unit_name(text: str) -> str:
    """A unit in the one way of writing that is used here; unknown ones as they are."""
    bare = text.strip()
    return _SAME.get(bare, bare)


def convert(value: Decimal, given: str, wanted: str) -> Decimal:
    """Express a value in another unit; exact up to 28 digits. UnitRefused when that cannot be known.

    The same unit is taken even when it is not known here, an absent one is not.
    """
    source, target = unit_name(given), unit_name(wanted)
    if not source:
        raise UnitRefused(given, wanted)
    if source == target:
        return value
    of_source, of_target = _UNITS.get(source), _UNITS.get(target)
    if of_source is None or of_target is None or of_source[0] != of_target[0]:
        raise UnitRefused(given, wanted)
    return value * of_source[1] / of_target[1]
