"""The console plays a plant that runs: each word does at the far end what it says."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.plant.client import PlantClient, PlantError, PlantProcess, read_card
from devices.plant.console import Console, LineError, main, play

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlantClient]:
    """A plant with a fast press."""
    folder = tmp_path_factory.mktemp("plant")
    with PlantProcess(folder, "--cycle-s", "0.1") as process, process.wait_until_up() as client:
        yield client


@pytest.fixture
def console(plant: PlantClient) -> Console:
    """A console at the plant."""
    return Console(plant)


def test_help_names_every_command(console: Console) -> None:
    lines = console.do("help").splitlines()
    assert [line.split()[0] for line in lines] == list(console.commands)
    assert max(map(len, lines)) <= 110


def test_a_shift_from_the_command_line(console: Console) -> None:
    """Start, count, measure, fail, clear: the press does what is typed and the console says how it stands."""
    console.do("press start")
    assert console.do("wait execute").startswith("Execute")
    assert "parts made" in console.do("wait parts 6")
    values = console.do("measure 5 2").removesuffix("  mm").split()
    assert [float(value) > 12.10 for value in values] == [False, False, False, True, True]
    console.do("press fault E205")
    assert console.do("wait aborted").startswith("Aborted, fault 205 part jam")
    assert "in mode maintenance" in console.do("press mode maintenance")
    with pytest.raises(PlantError, match="faulted already"):
        console.do("fault 118")
    assert "in mode" not in console.do("press mode production")
    console.do("press clear")
    assert console.do("wait stopped").startswith("Stopped;")


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_what_is_scanned_arrives_at_the_port(console: Console, plant: PlantClient) -> None:
    assert "nobody heard it" in console.do("scan J.Haddad")
    port = os.open(plant.card.readers["badge_reader"], os.O_RDWR | os.O_NOCTTY)
    try:
        assert "7 bytes" in console.do("scan j. haddad")
        assert os.read(port, 100) == b"B-7362\r"
        assert "bytes" in console.do('read badge "B 1;x"')
        assert os.read(port, 100) == b"B 1;x\r"
    finally:
        os.close(port)
    console.do("unplug badge")
    assert not Path(plant.card.readers["badge_reader"]).exists()
    with pytest.raises(PlantError, match="unplugged"):
        console.do("scan badge-operator")
    assert "unplugged" in console.do("state")
    console.do("plug badge")
    assert Path(plant.card.readers["badge_reader"]).exists()


def test_wires_are_switched(console: Console, plant: PlantClient) -> None:
    console.do("mes off")
    assert not plant.state().mes_on
    with pytest.raises(PlantError, match="MES is off"):
        console.do("order cancel WO-104240")
    assert console.do("mes on") == "The MES is on."
    assert "cancelled" in console.do("order cancel WO-104240")
    with pytest.raises(PlantError, match="no job order"):
        console.do("order cancel WO-1")
    console.do("plc off")
    assert "not heard" in console.do("state")
    with pytest.raises(PlantError, match="PLC is off"):
        console.do("press start")
    console.do("plc on")
    console.do("plc freeze")
    assert "frozen" in console.do("state")
    console.do("plc thaw")
    assert plant.state().press is not None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dance", "no command 'dance'"),
        ("scan", "Scan what"),
        ("scan nobody", "no badge or label 'nobody'"),
        ("scan order", "scan order-104233"),
        ("press fault E207", "312 hydraulic pressure low"),
        ("press", "start, stop"),
        ("press mode holiday", "maintenance"),
        ("measure many", "'many' is no number"),
        ("unplug mouse", "badge"),
        ("mes busy", "seconds"),
        ("order cancel", "Which order"),
        ("read badge", "What does the label hold"),
        ("wait forever", "number of seconds"),
        ('scan "M.', "cannot be read"),
    ],
)
def test_a_wrong_line_says_what_would_be_right(console: Console, line: str, words: str) -> None:
    with pytest.raises(LineError, match=words):
        console.do(line)


def test_a_script_ends_at_its_first_failure(
    console: Console, capsys: pytest.CaptureFixture[str], plant: PlantClient
) -> None:
    assert play(console, ["# a remark\n", "\n", "labels\n", "quit\n", "dance\n"], asks=False) == 0
    assert "Rod seal" in capsys.readouterr().out
    assert play(console, ["dance", "labels"], asks=False) == 1
    told = capsys.readouterr()
    assert (told.out, "no command" in told.err) == ("", True)
    assert play(console, ["dance", "labels"], asks=True) == 0
    assert "Rod seal" in capsys.readouterr().out
    assert main(["--dir", str(Path(plant.card.token_file).parent), "labels"]) == 0


def test_without_a_plant_one_command_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--dir", str(tmp_path), "state"]) == 1
    assert "python -m devices.plant run --dir" in capsys.readouterr().err
    with pytest.raises(PlantError, match="No plant runs"):
        read_card(tmp_path)


def test_a_console_alone_brings_its_plant_and_takes_it_away(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "devices.plant", "console", "--dir", str(tmp_path)]
    done = subprocess.run(
        words, cwd=ROOT, input="state\nend\n", capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "starting one" in done.stdout
    assert "Stopped" in done.stdout
    assert not (tmp_path / "plant.json").exists()


def test_lines_come_from_standard_input(
    plant: PlantClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("state\nnonsense\n"))
    assert main(["--dir", str(Path(plant.card.token_file).parent)]) == 1
    told = capsys.readouterr()
    assert "MES" in told.out
    assert "nonsense" in told.err
