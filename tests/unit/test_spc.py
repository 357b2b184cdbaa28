from __future__ import annotations

import math

import pytest

from hmi.domain.spc import beyond_limits, capability, d2, sigma_within, trend


def normal(x: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def integrated_d2(size: int) -> float:
    """Return E(range) of `size` standard normal values: the integral of 1 - F^n - (1 - F)^n."""
    step = 0.002
    places = [-9 + step * number for number in range(9001)]
    return step * sum(1 - normal(x) ** size - (1 - normal(x)) ** size for x in places)


@pytest.mark.parametrize("size", range(2, 26))
def test_d2_is_the_mean_range_of_normal_values(size: int) -> None:
    assert d2(size) == pytest.approx(integrated_d2(size), abs=0.0006)


@pytest.mark.parametrize(("size", "printed"), [(2, 1.128), (3, 1.693), (5, 2.326), (10, 3.078), (25, 3.931)])
def test_d2_is_as_printed_in_the_tables(size: int, printed: float) -> None:
    assert d2(size) == printed


@pytest.mark.parametrize("size", [-1, 0, 1, 26])
def test_d2_is_known_from_two_to_twenty_five(size: int) -> None:
    with pytest.raises(ValueError, match=str(size)):
        d2(size)


def subgroups(count: int, spread: float = 0.02326) -> list[list[float]]:
    return [[12.0 - spread, 12.0, 12.0, 12.0, 12.0 + spread] for _ in range(count)]


def test_capability_uses_the_spread_within_subgroups() -> None:
    found = capability(subgroups(8), 11.90, 12.10)
    assert found is not None
    assert found.mean == pytest.approx(12.0)
    assert found.sigma_within == pytest.approx(0.02)
    assert found.cp == pytest.approx(0.2 / 0.12)
    assert found.cpk == pytest.approx(0.1 / 0.06)


def test_a_drift_between_subgroups_lowers_cpk_through_the_mean_and_leaves_cp() -> None:
    moved = [[value + 0.05 for value in subgroup] for subgroup in subgroups(8)]
    found = capability(moved, 11.90, 12.10)
    assert found is not None
    assert found.cp == pytest.approx(0.2 / 0.12)
    assert found.cpk == pytest.approx(0.05 / 0.06)


def test_seven_subgroups_are_not_enough() -> None:
    assert capability(subgroups(7), 11.90, 12.10) is None


@pytest.mark.parametrize(("lower", "upper"), [(11.90, None), (None, 12.10)])
def test_a_one_sided_tolerance_has_no_cp(lower: float | None, upper: float | None) -> None:
    found = capability(subgroups(9), lower, upper)
    assert found is not None
    assert found.cp is None
    assert found.cpk == pytest.approx(0.1 / 0.06)


def test_values_without_any_spread_have_no_capability() -> None:
    found = capability(subgroups(9, 0.0), 11.90, 12.10)
    assert found is not None
    assert (found.cp, found.cpk, found.sigma_within) == (None, None, 0.0)


def test_single_values_use_the_moving_range() -> None:
    singles = [[10.0], [11.128], [10.0], [11.128], [10.0]]
    assert sigma_within(singles) == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", [[], [[1.0]], [[1.0, 2.0], [1.0, 2.0, 3.0]]])
def test_sigma_refuses_what_has_no_range(wrong: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"range|size"):
        sigma_within(wrong)


def test_a_point_on_the_limit_is_within() -> None:
    assert beyond_limits([11.98, 12.04, 12.0401, 11.9799], 11.98, 12.04) == (2, 3)
    assert beyond_limits([11.0, 13.0], None, 12.04) == (1,)
    assert beyond_limits([11.0, 13.0], None, None) == ()


@pytest.mark.parametrize(
    ("points", "way"),
    [
        ([1, 2, 3, 4, 5, 6], 1),
        ([9, 1, 2, 3, 4, 5, 6], 1),
        ([6, 5, 4, 3, 2, 1], -1),
        ([1, 2, 3, 4, 5], 0),
        ([1, 2, 3, 3, 4, 5], 0),
        ([1, 2, 3, 4, 5, 6, 5], 0),
    ],
)
def test_trend_is_six_in_a_row_up_to_the_newest(points: list[float], way: int) -> None:
    assert trend(points) == way
