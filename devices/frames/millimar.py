"""Mahr Millimar C1202: answers to `M1?`, with the mark of its own tolerance check at the end."""

import re

from devices.frames.measurement import Measurement, number, refused
from hmi.domain.signals import MeasuringFault

ASK = b"M1?\r"
_VALUE = re.compile(r" *[0-9]? +([+-] *[0-9]*\.?[0-9]+) *(mm|µm|um|inch|in|mil|\")? *([=<>])? *")
_ERROR = re.compile(r" *ERR *([0-9]+) *", re.IGNORECASE)


def millimar(line: str) -> Measurement | None:
    """A line without its CR; None for what is no value. The gauge does not say whether it is stable."""
    if error := _ERROR.fullmatch(line):
        return refused(MeasuringFault.DEVICE, f"ERR{error[1]}")
    found = _VALUE.fullmatch(line)
    value = number(found[1]) if found else None
    if found is None or value is None:
        return None
    return Measurement(value, found[2] or "", note=found[3] or "")
