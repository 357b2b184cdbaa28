"""Units are converted or refused, never assumed; a gauge's value becomes that of a characteristic or not."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmi.domain.measuring import NotTaken, in_unit_of
from hmi.domain.plans import Characteristic
from hmi.domain.signals import Measured, MeasuringFault
from hmi.domain.units import UnitRefused, convert, unit_name

HOLE = Characteristic(
    id="D", name="Hole", nominal=Decimal(12), unit="mm", decimals=2, sample_size=1, gauge="CAL-204"
)


def measured(
    value: str | None,
    unit: str = "mm",
    *,
    stable: bool | None = None,
    fault: MeasuringFault | None = None,
    gauge: str = "",
) -> Measured:
    number = None if value is None else Decimal(value)
    return Measured(
        "caliper", b"", number, unit, stable, fault, "", datetime(2026, 11, 21, tzinfo=UTC), 0, gauge
    )


@pytest.mark.parametrize(
    ("value", "given_unit", "wanted", "result"),
    [
        ("1", "in", "mm", "25.4"),
        ("0.5", '"', "mm", "12.7"),
        ("12.7", "mm", "inch", "0.5"),
        ("2500", "um", "mm", "2.5"),
        ("1", "lb", "g", "453.59237"),
        ("0.1", "kg", "g", "100"),
        ("7", "widgets", "widgets", "7"),
        ("1.5", "N.m", "Ncm", "150"),
    ],
)
def test_units_are_converted_exactly(value: str, given_unit: str, wanted: str, result: str) -> None:
    assert convert(Decimal(value), given_unit, wanted) == Decimal(result)


@pytest.mark.parametrize(
    ("given_unit", "wanted"), [("", "mm"), ("g", "mm"), ("widgets", "mm"), ("mm", "widgets"), ("°C", "K")]
)
def test_what_cannot_be_known_is_refused(given_unit: str, wanted: str) -> None:
    with pytest.raises(UnitRefused):
        convert(Decimal(1), given_unit, wanted)


@given(
    st.decimals(-10_000, 10_000, places=4), st.sampled_from(["nm", "µm", "mm", "cm", "m", "in", "mil", "ft"])
)
def test_there_and_back_is_the_same(value: Decimal, unit: str) -> None:
    back = convert(convert(value, "mm", unit), unit, "mm")
    assert abs(back - value) <= Decimal("1e-15")


def test_names_of_one_unit() -> None:
    assert [unit_name(text) for text in (" um ", "inch", "mm", "lbs")] == ["µm", "in", "mm", "lb"]


def test_a_value_is_taken_in_the_unit_of_the_characteristic() -> None:
    assert in_unit_of(measured("0.4725", "in"), HOLE) == Decimal("12.0015")
    assert in_unit_of(measured("12.01", stable=True, gauge="CAL-204"), HOLE) == Decimal("12.01")


@pytest.mark.parametrize(
    ("told", "key"),
    [
        (measured("12.01", ""), "no_unit"),
        (measured("12.01", "g"), "other_unit"),
        (measured("12.01", stable=False), "not_stable"),
        (measured(None, fault=MeasuringFault.OVER_RANGE), "over_range"),
        (measured(None), "not_stable"),
        (measured("12.01", gauge="CAL-9"), "other_gauge"),
    ],
)
def test_what_is_not_taken_says_why(told: Measured, key: str) -> None:
    found = in_unit_of(told, HOLE)
    assert isinstance(found, NotTaken)
    assert found.key == key
