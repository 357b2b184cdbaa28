"""Status codes: severity from two bits, overflow from InfoType and bit 7, words from the code."""

import pytest

from devices.opcua.status_codes import overflow, quality, words
from hmi.domain.signals import Quality


@pytest.mark.parametrize(
    ("status", "severity"),
    [
        (0x00000000, Quality.GOOD),
        (0x00300000, Quality.GOOD),  # GoodClamped
        (0x00960000, Quality.GOOD),  # GoodLocalOverride
        (0x002F0000, Quality.GOOD),  # GoodOverload
        (0x00000480, Quality.GOOD),
        (0x3FFFFFFF, Quality.GOOD),
        (0x40000000, Quality.UNCERTAIN),
        (0x40910000, Quality.UNCERTAIN),  # UncertainSubstituteValue
        (0x42090000, Quality.UNCERTAIN),  # UncertainSimulatedValue
        (0x7FFFFFFF, Quality.UNCERTAIN),
        (0x80000000, Quality.BAD),
        (0x808C0000, Quality.BAD),  # BadSensorFailure
        (0xC0000000, Quality.BAD),
        (0xFFFFFFFF, Quality.BAD),
    ],
)
def test_severity_is_the_top_two_bits(status: int, severity: Quality) -> None:
    assert quality(status) is severity


@pytest.mark.parametrize(
    ("status", "dropped"),
    [
        (0x00000480, True),
        (0x40910480, True),
        (0x00000483, True),
        (0x00000080, False),  # no InfoType: the bit means nothing
        (0x00000400, False),
        (0x00000880, False),
        (0x00000C80, False),
        (0x00000000, False),
    ],
)
def test_overflow_is_bit_7_of_a_data_value(status: int, dropped: bool) -> None:
    assert overflow(status) is dropped


def test_words_name_the_code_and_leave_the_flags() -> None:
    assert words(0) == ""
    assert words(0x00000480) == ""
    assert words(0x808C0480) == words(0x808C0000)
    assert words(0x808C0000).startswith("BadSensorFailure: ")
    assert words(0x8FFF0000) == "Bad 0x8FFF0000"
