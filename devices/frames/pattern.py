"""Scales and gauges that send plain text: read by a pattern with named groups."""

import re

from devices.frames.measurement import Measurement, number, refused
from hmi.domain.signals import MeasuringFault

GROUPS = frozenset({"value", "unit", "sign", "stable", "unstable", "over", "under", "error"})
_FAULTS = {
    "over": MeasuringFault.OVER_RANGE,
    "under": MeasuringFault.UNDER_RANGE,
    "error": MeasuringFault.DEVICE,
}


def checked_pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern; ValueError names an unknown group, or says that nothing is read by it."""
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ValueError(f"the pattern does not hold: {error}") from None
    unknown = sorted(set(pattern.groupindex) - GROUPS)
    if unknown:
        raise ValueError(f"group {unknown[0]!r} is not known; known: {', '.join(sorted(GROUPS))}")
    if "value" not in pattern.groupindex:
        raise ValueError("the pattern has no group (?P<value>...)")
    return pattern


def by_pattern(line: str, pattern: re.Pattern[str], *, decimal_comma: bool = False) -> Measurement | None:
    """A line by its pattern; None when it does not fit as a whole.

    `stable` and `unstable` count by being there; where the pattern has neither, nothing is said of it.
    """
    found = pattern.fullmatch(line)
    if found is None:
        return None
    told = found.groupdict()
    stable = _stable(told)
    for group, fault in _FAULTS.items():
        if told.get(group):
            return refused(fault, str(told[group]).strip(), stable=stable)
    text = f"{(told.get('sign') or '').strip()}{(told['value'] or '').strip()}"
    value = number(text.replace(",", ".") if decimal_comma else text)
    if value is None:
        return None
    return Measurement(value, (told.get("unit") or "").strip(), stable)


def _stable(told: dict[str, str | None]) -> bool | None:
    if told.get("unstable"):
        return False
    if "stable" in told:
        return bool(told["stable"])
    return True if "unstable" in told else None
