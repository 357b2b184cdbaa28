"""`lineside label`: one label on paper or as a picture, and why not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from hmi.errors import ConfigError
from screens.cli import parser
from screens.commands.label import filled, printer_of, run_preview, run_print
from tests.fakes.readers import ZplAtSocket

TEMPLATE = "^XA^PW400^LL200^FO20,20^A0N,40,40^FD{serial}^FS^XZ"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    file = tmp_path / "part.zpl"
    file.write_text(TEMPLATE, encoding="utf-8")
    return file


@pytest.fixture
def far_end() -> Iterator[ZplAtSocket]:
    printer = ZplAtSocket()
    printer.start()
    yield printer
    printer.close()


def terminal(folder: Path, port: object) -> Path:
    file = folder / "terminal.toml"
    file.write_text(
        '[terminal]\nid = "T"\nstation = "A/B"\nequipment = "E"\n[mes]\nconnector = "rest"\n'
        f'[links.Labels]\ndriver = "zpl_printer"\nport = {json.dumps(port)}\n',
        encoding="utf-8",
    )
    return file


def test_a_picture_of_the_label(template: Path, tmp_path: Path, qapp: QApplication) -> None:
    picture = tmp_path / "label.png"
    assert run_preview(template, ["serial=0815"], picture) == 0
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (400, 200)


def test_a_missing_value_is_named(template: Path) -> None:
    with pytest.raises(ConfigError, match="'serial'"):
        filled(template, [])
    with pytest.raises(ConfigError, match="cannot be read"):
        filled(template.with_name("none"), [])


@pytest.mark.wire
def test_a_label_on_paper_and_why_not(
    template: Path, tmp_path: Path, far_end: ZplAtSocket, capsys: pytest.CaptureFixture[str]
) -> None:
    config = terminal(tmp_path, far_end.settings()["port"])
    assert run_print(config, "Labels", template, ["serial=0815"]) == 0
    assert len(far_end.printer.printed) == 1
    assert b"0815" in far_end.printer.printed[0]
    far_end.printer.errors = 0x4
    assert run_print(config, "Labels", template, ["serial=0816"]) == 1
    assert "head open" in capsys.readouterr().err
    assert len(far_end.printer.printed) == 1


def test_a_printer_that_is_not_there(
    template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = terminal(tmp_path, "socket://127.0.0.1:1")
    assert run_print(config, "Labels", template, ["serial=1"]) == 1
    assert "look at the device server" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="Printers here: Labels"):
        printer_of(config, "Other")


def test_the_command_line() -> None:
    told = parser().parse_args(["label", "part.zpl", "serial=1", "--picture", "out.png"])
    assert (told.template, told.values, told.picture) == (Path("part.zpl"), ["serial=1"], Path("out.png"))
