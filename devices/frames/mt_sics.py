"""MT-SICS, the command set of Mettler-Toledo scales: answers to S, SI and SIR."""

import re

from devices.frames.measurement import Measurement, number, refused
from hmi.domain.signals import MeasuringFault

ASK_NOW, ASK_STABLE = b"SI\r\n", b"S\r\n"
_VALUE = re.compile(r"S ([SD]) +([+-]? *[0-9.]+) +(\S{1,8}) *")
_ANSWERS = {
    "S I": (MeasuringFault.NOT_READY, "S I"),
    "S +": (MeasuringFault.OVER_RANGE, "S +"),
    "S -": (MeasuringFault.UNDER_RANGE, "S -"),
    "ES": (MeasuringFault.NOT_UNDERSTOOD, "ES"),
    "ET": (MeasuringFault.TRANSMISSION, "ET"),
    "EL": (MeasuringFault.NOT_UNDERSTOOD, "EL"),
}


def mt_sics(line: str) -> Measurement | None:
    """A line without its CR LF; None for an answer that is no weight."""
    if (known := _ANSWERS.get(line.rstrip())) is not None:
        return refused(*known)
    found = _VALUE.fullmatch(line)
    value = number(found[2]) if found else None
    if found is None or value is None:
        return None
    return Measurement(value, found[3], found[1] == "S")
