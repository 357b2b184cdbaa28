"""A terminal's configuration: what ships is whole and loads, and each mistake is one line with its remedy."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from pathlib import Path

import pytest

from hmi.config import TerminalConfig, load
from hmi.errors import ConfigError
from hmi.times import SystemClock
from screens.registry import INNER, SCREENS
from screens.wiring import make_connector, make_drivers

SHIPPED = Path(__file__).resolve().parents[2] / "packaging" / "default" / "terminal.toml"
SMALL = """
[terminal]
id = "T-1"
station = "A/B/C/D"
equipment = "D"

[mes]
connector = "rest"
url = "http://127.0.0.1:1"
token_file = "mes.token"

[links.PLC]
driver = "opcua"
endpoint = "opc.tcp://127.0.0.1:1"

[links.PLC.tags.state]
node = "nsu=urn:x;s=State"
label = "State"
role = "state"

[links.Scanner]
driver = "barcode_reader"
port = "/dev/null"
"""


def written(folder: Path, text: str) -> Path:
    """The text as a file."""
    file = folder / "terminal.toml"
    file.write_text(text, encoding="utf-8")
    return file


def read_everything(file: Path) -> None:
    """Read the file, and what the drivers and the connector find in it."""
    config = load(file)
    make_drivers(config, file, SystemClock())
    make_connector(config, file)


def mistake(file: Path) -> ConfigError:
    """What is said of the file, when it and everything in it is read."""
    with pytest.raises(ConfigError) as caught:
        read_everything(file)
    words = str(caught.value)
    assert "\n" not in words
    assert words.startswith(str(file))
    assert caught.value.remedy
    return caught.value


class TestShipped:
    def test_it_loads_whole_with_every_driver_and_the_connector(self) -> None:
        config = load(SHIPPED)
        drivers, tags = make_drivers(config, SHIPPED, SystemClock())
        assert {driver.name for driver in drivers} == set(config.links)
        assert len(tags) >= 9
        assert make_connector(config, SHIPPED)
        assert [shift.start for shift in config.shifts] == [time(6), time(14), time(22)]

    def test_every_setting_of_the_terminal_is_shown_in_it(self) -> None:
        text = SHIPPED.read_text(encoding="utf-8")
        for table, field in TerminalConfig.model_fields.items():
            model = field.annotation
            if not isinstance(model, type) or not hasattr(model, "model_fields"):
                continue
            section = text.split(f"[{table}]", 1)[1].split("\n[", 1)[0]
            for key in model.model_fields:
                assert re.search(rf"^#? ?{key} = ", section, re.MULTILINE), f"[{table}] shows no {key}"

    def test_every_line_says_what_it_is(self) -> None:
        raw = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
        text = SHIPPED.read_text(encoding="utf-8")
        for table in ("terminal", "machine", "screens", "people"):
            section = text.split(f"[{table}]", 1)[1].split("\n[", 1)[0]
            for key in raw[table]:
                line = next(line for line in section.splitlines() if line.startswith(f"{key} "))
                assert "#" in line, f"[{table}] {key} has no comment"

    def test_it_names_every_screen_of_the_rail(self) -> None:
        text = SHIPPED.read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if line.startswith("show ="))
        for spec in SCREENS:
            assert (spec.id in line) == (spec.id not in INNER), spec.id


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    file = written(tmp_path, SMALL)
    config = load(file)
    drivers, tags = make_drivers(config, file, SystemClock())
    assert (len(drivers), [tag.name for tag in tags]) == (2, ["state"])


def test_a_missing_file(tmp_path: Path) -> None:
    error = mistake(tmp_path / "none.toml")
    assert error.words == "there is no such file"
    assert "packaging/default/terminal.toml" in error.remedy


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\xff\xfe", "cannot be read"), (b"[terminal\n", "is no TOML"), (b"a = 1\na = 2", "TOML")],
)
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "terminal.toml"
    file.write_bytes(content)
    error = mistake(file)
    assert error.key == ""
    assert words in error.words


@pytest.mark.parametrize(
    ("before", "after", "key", "words", "remedy"),
    [
        ('id = "T-1"', 'idd = "T-1"', "terminal.idd", "unknown key", "'id'"),
        ("[terminal]", "[terminall]", "terminall", "unknown key", "'terminal'"),
        ('equipment = "D"', "", "terminal.equipment", "is missing", "Add"),
        ('id = "T-1"', "id = 7", "terminal.id", "string", "Correct"),
        ('id = "T-1"', 'id = "a b"', "terminal.id", "pattern", "Correct"),
        ("[mes]", '[screens]\ntheme = "pink"\n[mes]', "screens.theme", "pink", "Correct"),
        ("[mes]", "[screens]\nidle_sign_out_s = 1\n[mes]", "screens.idle_sign_out_s", "10", "Correct"),
        ("[mes]", "[machine]\ncount_every_ms = 'x'\n[mes]", "machine.count_every_ms", "integer", "Correct"),
        ("[mes]", '[[shifts]]\nname = "A"\nstart = 6\n[mes]', "shifts.0", "", ""),
        ('connector = "rest"', 'connector = "sap"', "mes.connector", "'sap'", "rest"),
        ('connector = "rest"', "", "", "connector", "Correct"),
        ('url = "http://127.0.0.1:1"', 'url = "ftp://x"', "mes.url", "http", "Correct"),
        ('token_file = "mes.token"', "", "mes", "token_file", "Correct"),
        ('driver = "opcua"', 'driver = "s7"', "links.PLC.driver", "'s7'", "opcua"),
        ('driver = "opcua"', "", "", "PLC", "Correct"),
        ("endpoint =", "endpont =", "links.PLC.endpont", "unknown key", "'endpoint'"),
        ('role = "state"', 'role = "stat"', "links.PLC.tags.state.role", "", "Correct"),
        ('node = "nsu=urn:x;s=State"', 'node = "ns=4;x"', "links.PLC.tags.state.node", "", "Correct"),
        ('port = "/dev/null"', "port = 7", "links.Scanner.port", "string", "Correct"),
        (
            'equipment = "D"',
            'equipment = "D"\ntime_zone = "Mars/North"',
            "terminal.time_zone",
            "Mars",
            "Correct",
        ),
    ],
)
def test_a_mistake_is_one_line_with_file_key_and_remedy(
    tmp_path: Path, before: str, after: str, key: str, words: str, remedy: str
) -> None:
    assert SMALL.count(before) == 1
    error = mistake(written(tmp_path, SMALL.replace(before, after)))
    assert error.key.startswith(key)
    assert words in error.words
    assert remedy in error.remedy


def test_paths_start_beside_the_file(tmp_path: Path) -> None:
    token = tmp_path / "mes.token"
    token.write_text("s3cret-token", encoding="ascii")
    file = written(tmp_path, SMALL)
    connector = make_connector(load(file), file)
    assert "s3cret-token" not in repr(connector)
