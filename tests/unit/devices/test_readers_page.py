"""Every snippet of docs/readers.md is a configuration, and every driver is in it."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from devices.registry import DRIVERS
from hmi.config import CodeSettings
from hmi.times import SystemClock

PAGE = (Path(__file__).parents[3] / "docs" / "readers.md").read_text(encoding="utf-8")
SNIPPETS: list[dict[str, Any]] = [
    tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
]
LINKS: list[tuple[str, dict[str, Any]]] = [
    (name, table) for snippet in SNIPPETS for name, table in snippet.get("links", {}).items()
]


@pytest.mark.parametrize(("name", "table"), LINKS, ids=[name for name, _ in LINKS])
def test_a_table_of_a_device_makes_its_driver(name: str, table: dict[str, Any]) -> None:
    own = {key: value for key, value in table.items() if key != "driver"}
    spec = DRIVERS[table["driver"]]
    driver = spec.make(name, spec.settings.model_validate(own), SystemClock())
    assert (driver.name, driver.kind, driver.address) == (name, table["driver"], table["port"])


def test_every_driver_but_the_plc_is_on_the_page() -> None:
    assert {table["driver"] for _, table in LINKS} == set(DRIVERS) - {"opcua"}


def test_the_settings_of_codes_hold() -> None:
    codes = [snippet["codes"] for snippet in SNIPPETS if "codes" in snippet]
    assert len(codes) == 2
    for table in codes:
        CodeSettings.model_validate(table)
