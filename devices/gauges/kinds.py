"""The kinds of scales and gauges, each as its maker ships it."""

from functools import partial
from typing import Literal

from pydantic import Field, field_validator

from devices.byte_line import Parity
from devices.frames.digimatic import digimatic_line
from devices.frames.millimar import millimar
from devices.frames.mt_sics import mt_sics
from devices.frames.pattern import by_pattern, checked_pattern
from devices.frames.sartorius_sbi import sartorius_sbi
from devices.gauges.gauge import TAKE_WORDS, Gauge, GaugeSettings
from hmi.times import Clock

_LINE_WORDS = "bytes at the end of a value, such as \\r or \\r\\n"


class MtSicsSettings(GaugeSettings):
    """A scale that speaks MT-SICS: 9600 8N1, asked for its weight at once, stable or not."""

    take: Literal["each", "at_rest"] = Field(
        default="at_rest",
        description=TAKE_WORDS,
    )
    ask: str = Field(
        default="SI\\r\\n", description="SI\\r\\n: the weight now; empty: the scale sends by its key"
    )


class SartoriusSettings(GaugeSettings):
    """A scale that speaks SBI: 9600 8N1, on older ones 1200 7O1; its print key sends."""


class MillimarSettings(GaugeSettings):
    """Mahr Millimar C1202: 9600 7E2, CR; it sends when asked, or by its key."""

    data_bits: Literal[5, 6, 7, 8] = Field(default=7, description="5, 6, 7 or 8; 7 as shipped")
    parity: Parity = Field(default="even", description="none, even, odd, mark or space; even as shipped")
    stop_bits: Literal[1, 2] = Field(default=2, description="1 or 2; 2 as shipped")
    terminator: str = Field(default="\\r", description=_LINE_WORDS)


class DigimaticSettings(GaugeSettings):
    """A Digimatic gauge behind a serial interface that passes its thirteen digits on as hexadecimal."""

    terminator: str = Field(default="\\r", description=_LINE_WORDS)


class PatternSettings(GaugeSettings):
    """A scale or gauge that sends plain text, read by a pattern."""

    pattern: str = Field(
        default=r" *(?P<value>[+-]? *[0-9]+(?:\.[0-9]+)?) *(?P<unit>[A-Za-zµ%\"]*) *",
        description="regular expression of a line; groups value, unit, sign, stable, unstable, over, under",
    )
    decimal_comma: bool = Field(default=False, description="the device writes 12,5 and not 12.5")

    @field_validator("pattern")
    @classmethod
    def _holds(cls, text: str) -> str:
        checked_pattern(text)
        return text


def mt_sics_scale(name: str, settings: MtSicsSettings, clock: Clock) -> Gauge:
    """The driver."""
    return Gauge(name, "mt_sics", settings, mt_sics, clock)


def sartorius_scale(name: str, settings: SartoriusSettings, clock: Clock) -> Gauge:
    """The driver."""
    return Gauge(name, "sartorius_sbi", settings, sartorius_sbi, clock)


def millimar_gauge(name: str, settings: MillimarSettings, clock: Clock) -> Gauge:
    """The driver."""
    return Gauge(name, "millimar", settings, millimar, clock)


def digimatic_gauge(name: str, settings: DigimaticSettings, clock: Clock) -> Gauge:
    """The driver."""
    return Gauge(name, "digimatic", settings, digimatic_line, clock)


def pattern_gauge(name: str, settings: PatternSettings, clock: Clock) -> Gauge:
    """The driver."""
    parse = partial(
        by_pattern, pattern=checked_pattern(settings.pattern), decimal_comma=settings.decimal_comma
    )
    return Gauge(name, "gauge", settings, parse, clock)
