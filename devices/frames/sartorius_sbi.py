"""Sartorius SBI: 16 characters with CR LF, or 22 with six of an identification in front."""

import re

from devices.frames.measurement import Measurement, number, refused
from hmi.domain.signals import MeasuringFault

ASK_PRINT = b"\x1bP\r\n"
_PLAIN, _WITH_ID = 14, 20
_VALUE = re.compile(r"([+ -])([ 0-9.]*?)(?:\[([0-9])\])?([ 0-9.]*?)([A-Za-z%/]{0,3}) *")
_ERROR = re.compile(r" *(?:Err|ERR|APP\.ERR|DIS\.ERR|PRT\.ERR)\.? *([0-9]*) *")
_FAULTS = {
    "H": MeasuringFault.OVER_RANGE,
    "HH": MeasuringFault.OVER_RANGE,
    "L": MeasuringFault.UNDER_RANGE,
    "LL": MeasuringFault.UNDER_RANGE,
    "C": MeasuringFault.NOT_READY,
}


def sartorius_sbi(line: str) -> Measurement | None:
    """A line without its CR LF; None for what is no weight. A value without unit is not stable.

    A digit in brackets is not verified (it stands behind the verified ones); the note says so.
    """
    text = line[6:] if len(line) == _WITH_ID else line
    if len(text) > _PLAIN:
        return None
    if (fault := _FAULTS.get(text.strip())) is not None:
        return refused(fault, text.strip())
    if error := _ERROR.fullmatch(text):
        return refused(MeasuringFault.DEVICE, f"Err {error[1]}".strip())
    found = _VALUE.fullmatch(text)
    if found is None:
        return None
    sign, before, unverified, after, unit = found.groups()
    value = number(f"{'-' if sign == '-' else ''}{before}{unverified or ''}{after}")
    if value is None:
        return None
    return Measurement(value, unit, bool(unit), note=f"[{unverified}]" if unverified else "")
