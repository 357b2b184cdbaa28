"""Recorded samples and their levels of lows, highs and last values, as arrays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hmi.domain.trends import Trust

Array = npt.NDArray[np.void]
Ints = npt.NDArray[np.int64]

SAMPLE = np.dtype([("t", "<i8"), ("v", "<f8"), ("q", "u1")])
BUCKET = np.dtype(
    [
        ("t", "<i8"),
        ("low", "<f8"),
        ("high", "<f8"),
        ("last", "<f8"),
        ("n", "<u4"),
        ("q", "u1"),
        ("worst", "u1"),
    ]
)

_SECOND = 1000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Level:
    """Buckets of `step_ms` in rows of `row_ms`, kept for `keep_ms`; the first level holds the samples."""

    number: int
    step_ms: int
    row_ms: int
    keep_ms: int


RAW = Level(0, 1, 10 * _MINUTE, 3 * _DAY)
LEVELS = (
    RAW,
    Level(1, _SECOND, 10 * _MINUTE, 8 * _DAY),
    Level(2, 10 * _SECOND, _HOUR, 35 * _DAY),
    Level(3, _MINUTE, 6 * _HOUR, 100 * _DAY),
    Level(4, 10 * _MINUTE, 2 * _DAY, 800 * _DAY),
    Level(5, _HOUR, 16 * _DAY, 4000 * _DAY),
)


def samples(times: Ints, values: npt.NDArray[np.float64], trusts: npt.NDArray[np.uint8]) -> Array:
    """Samples in the order of their times; those of one time stay in the order in which they came."""
    made = np.empty(len(times), SAMPLE)
    made["t"], made["v"], made["q"] = times, values, trusts
    if len(times) > 1 and np.any(np.diff(times) < 0):
        made = made[np.argsort(times, kind="stable")]
    return made


def as_buckets(raw: Array) -> Array:
    """Each sample as a bucket of its own."""
    made = np.empty(len(raw), BUCKET)
    known = np.where(raw["q"] >= Trust.BAD, np.nan, raw["v"])
    made["t"], made["low"], made["high"], made["last"] = raw["t"], known, known, known
    made["n"], made["q"], made["worst"] = 1, raw["q"], raw["q"]
    return made


def coarser(buckets: Array, step_ms: int) -> Array:
    """Buckets of `step_ms` from finer ones in the order of time."""
    if not len(buckets):
        return buckets
    places = buckets["t"] // step_ms
    first = np.flatnonzero(np.r_[True, np.diff(places) != 0])
    final = np.r_[first[1:], len(buckets)] - 1
    made = np.empty(len(first), BUCKET)
    made["t"] = places[first] * step_ms
    made["low"] = np.fmin.reduceat(buckets["low"], first)
    made["high"] = np.fmax.reduceat(buckets["high"], first)
    made["last"], made["q"] = buckets["last"][final], buckets["q"][final]
    made["n"] = np.add.reduceat(buckets["n"], first)
    made["worst"] = np.maximum.reduceat(buckets["worst"], first)
    return made


def between(items: Array, start_ms: int, end_ms: int) -> Array:
    """What begins at or after the start and before the end."""
    first, final = np.searchsorted(items["t"], (start_ms, end_ms))
    return items[first:final]


def joined(parts: list[Array], kind: "np.dtype[np.void]") -> Array:
    """Parts one after the other, in the order of time."""
    made = np.concatenate(parts) if parts else np.empty(0, kind)
    if len(made) > 1 and np.any(np.diff(made["t"]) < 0):
        made = made[np.argsort(made["t"], kind="stable")]
    return made
