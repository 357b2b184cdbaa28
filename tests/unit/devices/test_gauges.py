"""Scales and gauges: what is meant, what is shown, and the settings that reach the line."""

import asyncio
import re
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from devices.frames.measurement import Measurement
from devices.frames.pattern import by_pattern, checked_pattern
from devices.gauges.gauge import gauge_tags
from devices.gauges.kinds import (
    MillimarSettings,
    MtSicsSettings,
    PatternSettings,
    mt_sics_scale,
    pattern_gauge,
)
from devices.gauges.meant import AtRest
from hmi.domain.signals import MeasuringFault, Quality
from hmi.errors import LinkError
from hmi.times import SystemClock
from tests.fakes.devices import RecordingSink, Running, until

if sys.platform != "win32":
    from tests.fakes.readers import LinesAtPty

pty_only = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


def stream(*values: str) -> list[Measurement]:
    """Values as a scale streams them; `~` before those that are not stable."""
    return [Measurement(Decimal(text.lstrip("~")), "g", not text.startswith("~")) for text in values]


def meant(at_rest: AtRest, *values: str) -> list[str]:
    return [str(each.value) for each in stream(*values) if at_rest.meant(each)]


def test_the_first_value_at_rest_of_a_load_is_meant() -> None:
    values = ("0.0", "~3.1", "~9.8", "10.0", "10.0", "10.1", "~4", "0.0", "10.0")
    assert meant(AtRest(Decimal("0.5"), Decimal("0.5")), *values) == ["10.0", "10.0"]


def test_another_load_without_an_empty_pan_between_is_meant_too() -> None:
    assert meant(AtRest(Decimal("0.5"), Decimal(1)), "10.0", "10.4", "~15", "20.0", "20.0") == [
        "10.0",
        "20.0",
    ]


def test_creeping_is_no_other_load() -> None:
    assert meant(AtRest(Decimal("0.5"), Decimal(1)), "10.0", "10.2", "10.4", "10.6") == ["10.0"]


PATTERN = (
    r"(?P<stable>ST)?(?P<unstable>US)?,(?P<sign>[+-])(?P<value> *[0-9.,]+) *(?P<unit>\w+)|(?P<over>OL) *"
)


@pytest.mark.parametrize(
    ("line", "value", "unit", "stable"),
    [
        ("ST,+  12.50 kg", "12.50", "kg", True),
        ("US,-   0.30 kg", "-0.30", "kg", False),
    ],
)
def test_plain_text_by_pattern(line: str, value: str, unit: str, stable: bool) -> None:
    found = by_pattern(line, re.compile(PATTERN))
    assert found == Measurement(Decimal(value), unit, stable)


def test_over_range_by_pattern_and_lines_that_do_not_fit() -> None:
    pattern = re.compile(PATTERN)
    over = by_pattern("OL  ", pattern)
    assert over is not None
    assert (over.value, over.fault) == (None, MeasuringFault.OVER_RANGE)
    assert by_pattern("hello", pattern) is None
    assert by_pattern("ST,+1.2.3 kg", pattern) is None


def test_a_decimal_comma_only_where_it_is_configured() -> None:
    pattern = re.compile(r"(?P<value>[0-9,]+) (?P<unit>mm)")
    assert by_pattern("12,5 mm", pattern) is None
    found = by_pattern("12,5 mm", pattern, decimal_comma=True)
    assert found is not None
    assert found.value == Decimal("12.5")


@pytest.mark.parametrize("wrong", ["(", r"\d+", "(?P<value>x)(?P<color>y)"])
def test_wrong_patterns_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        checked_pattern(wrong)
    with pytest.raises(ValidationError):
        PatternSettings(port="COM1", pattern=wrong)


@pytest.mark.parametrize("wrong", [{"terminator": ""}, {"ask": "\\q"}, {"take": "all"}, {"baud": 0}])
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MtSicsSettings.model_validate({"port": "COM1", **wrong})


def test_the_line_of_each_kind_is_as_shipped() -> None:
    assert str(MillimarSettings(port="COM1").line) == "9600 7E2"
    assert str(MtSicsSettings(port="COM1").line) == "9600 8N1"


def test_a_gauge_brings_its_live_value_as_a_tag() -> None:
    (tag,) = gauge_tags("scale", MtSicsSettings(port="COM1", label="Scale 3", unit="g", shown=True))
    assert (tag.name, tag.link, tag.label, tag.unit, tag.shown) == ("scale", "scale", "Scale 3", "g", True)
    assert tag.streams


@pytest.mark.wire
@pty_only
def test_the_live_value_is_in_the_configured_unit_and_what_was_meant_as_it_was_sent(tmp_path: Path) -> None:
    far_end = LinesAtPty(tmp_path, lambda number: f" {number}.250 in\r\n")
    far_end.start()

    async def story() -> None:
        sink = RecordingSink()
        settings = PatternSettings(port=str(far_end.port), unit="mm", gauge="CAL-204")
        running = Running(pattern_gauge("caliper", settings, SystemClock()), sink)
        try:
            await until(lambda: sink.ups == 1, 3)
            far_end.speak()
            await until(lambda: len(sink.measurements) == 1, 3)
            far_end.write(b" 3.000 kg\r\n")
            await until(lambda: len(sink.all_readings) == 2, 3)
        finally:
            await running.stop()
        measured, (first, second) = sink.measurements[0], sink.of("caliper")
        assert (measured.value, measured.unit, measured.gauge) == (Decimal("1.250"), "in", "CAL-204")
        assert (first.value, first.quality, first.first) == (31.75, Quality.GOOD, True)
        assert (second.value, second.quality) == (None, Quality.BAD)
        assert "kg" in second.status_words

    try:
        asyncio.run(story())
    finally:
        far_end.close()


@pytest.mark.wire
@pty_only
def test_a_scale_that_is_asked_tells_rest_load_and_overload(tmp_path: Path) -> None:
    far_end = LinesAtPty(tmp_path, lambda number: "S S       0.00 g\r\n", b"SI\r\n")
    far_end.start()

    async def story() -> None:
        sink = RecordingSink()
        settings = MtSicsSettings(port=str(far_end.port), ask_ms=50, least=1)
        running = Running(mt_sics_scale("scale", settings, SystemClock()), sink)
        try:
            await until(lambda: len(sink.all_readings) >= 2, 3)
            far_end.says = "S D      98.70 g\r\n"
            await until(lambda: sink.all_readings[-1].quality is Quality.UNCERTAIN, 3)
            assert sink.measurements == []
            far_end.says = "S S     100.00 g\r\n"
            await until(lambda: len(sink.measurements) == 1, 3)
            before = len(sink.all_readings)
            await until(lambda: len(sink.all_readings) > before + 2, 3)
            far_end.says = "S +\r\n"
            await until(lambda: sink.all_readings[-1].quality is Quality.BAD, 3)
        finally:
            await running.stop()
        assert [str(each.value) for each in sink.measurements] == ["100.00"]
        assert sink.all_readings[-1].status_words == "over range S +"

    try:
        asyncio.run(story())
    finally:
        far_end.close()


@pytest.mark.wire
@pty_only
def test_a_scale_that_is_asked_and_stays_silent_is_lost(tmp_path: Path) -> None:
    far_end = LinesAtPty(tmp_path, lambda number: "", b"SI\r\n")
    far_end.start()

    async def story() -> None:
        sink = RecordingSink()
        settings = MtSicsSettings(port=str(far_end.port), ask_ms=50)
        running = Running(mt_sics_scale("scale", settings, SystemClock()), sink)
        error = await running.ended(6)
        assert isinstance(error, LinkError)
        assert "no value comes" in str(error)
        assert sink.ups == 0

    try:
        asyncio.run(story())
    finally:
        far_end.close()
