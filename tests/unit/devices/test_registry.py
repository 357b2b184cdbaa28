"""The registry and what it tells people about each driver."""

import tomllib

import pytest
from pydantic import ValidationError

from devices.opcua.settings import OpcUaSettings
from devices.registry import DRIVERS
from devices.settings_text import example_toml, help_text
from hmi.domain.tags import TagRole
from hmi.times import SystemClock

each_kind = pytest.mark.parametrize("kind", list(DRIVERS))


@each_kind
def test_the_example_is_a_configuration(kind: str) -> None:
    table = tomllib.loads(example_toml(kind, "links.line"))["links"]["line"]
    assert table.pop("driver") == kind
    settings = DRIVERS[kind].settings.model_validate(table)
    driver = DRIVERS[kind].make("line", settings, SystemClock())
    assert (driver.name, driver.kind) == ("line", kind)


@each_kind
def test_the_example_with_every_default_written_out_means_the_same(kind: str) -> None:
    text = example_toml(kind, "line")
    lines = [
        line.removeprefix("# ") if " = " in line and not line.endswith("= ") else line
        for line in text.splitlines()
        if not line.startswith("# ") or line.split(" ")[2:3] == ["="]
    ]
    full = tomllib.loads("\n".join(line for line in lines if not line.endswith(" =")))["line"]
    short = tomllib.loads(text)["line"]
    full.pop("driver")
    short.pop("driver")
    assert len(str(full)) > len(str(short))
    model = DRIVERS[kind].settings
    assert model.model_validate(full) == model.model_validate(short)


@each_kind
def test_help_names_every_setting(kind: str) -> None:
    text = help_text(kind)
    for name, field in DRIVERS[kind].settings.model_fields.items():
        assert f"  {name} (" in text
        assert field.description
        assert field.description in text


@each_kind
def test_an_unknown_setting_is_refused(kind: str) -> None:
    table = tomllib.loads(example_toml(kind, "line"))["line"] | {"colour": "red"}
    with pytest.raises(ValidationError, match="colour"):
        DRIVERS[kind].settings.model_validate(table)


def test_settings_of_another_driver_are_a_bug() -> None:
    reader = DRIVERS["barcode_reader"].settings.model_validate({"port": "COM3"})
    with pytest.raises(TypeError, match="OpcUaSettings"):
        DRIVERS["opcua"].make("line", reader, SystemClock())


def test_tags_of_a_plc() -> None:
    settings = OpcUaSettings.model_validate(
        {
            "endpoint": "opc.tcp://plc",
            "tags": {
                "count": {
                    "node": "nsu=urn:x;s=Count",
                    "label": "Parts",
                    "role": "produced_count",
                    "counter_max": 65535,
                    "shown": True,
                }
            },
        }
    )
    (tag,) = DRIVERS["opcua"].tags("press", settings)
    assert (tag.name, tag.link, tag.label, tag.role) == ("count", "press", "Parts", TagRole.PRODUCED_COUNT)
    assert (tag.counter_max, tag.shown, tag.decimals, tag.unit) == (65535, True, 1, "")
    assert DRIVERS["barcode_reader"].tags("reader", DRIVERS["barcode_reader"].settings(port="COM3")) == []


@pytest.mark.parametrize(
    ("endpoint", "kept"),
    [
        ("opc.tcp://plc", "opc.tcp://plc:4840"),
        ("opc.tcp://plc:4841/x", "opc.tcp://plc:4841/x"),
        ("opc.tcp://[fe80::1]/x", "opc.tcp://[fe80::1]:4840/x"),
    ],
)
def test_an_endpoint_keeps_its_host_and_has_a_port(endpoint: str, kept: str) -> None:
    assert OpcUaSettings(endpoint=endpoint).endpoint == kept


@pytest.mark.parametrize("endpoint", ["plc:4840", "http://plc", "opc.tcp://", "opc.tcp://me:secret@plc"])
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(ValidationError):
        OpcUaSettings(endpoint=endpoint)


def test_a_queue_of_one_is_refused_because_it_loses_silently() -> None:
    with pytest.raises(ValidationError, match="queue_size"):
        OpcUaSettings(endpoint="opc.tcp://plc", queue_size=1)
