"""The command line as a person uses it: a process, its words, its exit code; and against a running plant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.plant.client import PlantClient, PlantProcess
from hmi.domain.changes import Changes
from hmi.operations.personnel import CallHelp, call_help
from hmi.times import SystemClock
from local_db.ledger import SqliteLedger
from screens.cli import parser, program_version
from screens.demo.place import default_configuration, write_configuration

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


def lineside(*words: str | Path, patience_s: float = 60) -> Ran:
    """Run the program as it is installed."""
    done = subprocess.run(
        [sys.executable, "-m", "screens.app", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=patience_s,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"},
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_version() -> None:
    ran = lineside("--version")
    assert (ran.code, ran.out.strip(), ran.err) == (0, f"lineside {program_version()}", "")


class TestHelp:
    COMMANDS = ("run", "demo", "check", "journal", "journal verify", "journal export")

    def test_the_whole_command_line_is_listed(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            parser().parse_args(["--help"])
        assert ended.value.code == 0
        told = capsys.readouterr().out
        for command in self.COMMANDS:
            assert command.split()[0] in told

    @pytest.mark.parametrize("command", COMMANDS)
    def test_each_command_explains_itself(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            parser().parse_args([*command.split(), "--help"])
        assert ended.value.code == 0
        told = capsys.readouterr().out
        assert told.startswith(f"usage: lineside {command}")
        assert len(told.splitlines()) > 4

    @pytest.mark.parametrize("words", [[], ["fly"], ["run"], ["run", "--conf", "x"], ["check"], ["journal"]])
    def test_a_wrong_word_is_told_with_the_usage(
        self, words: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            parser().parse_args(words)
        assert ended.value.code == 2
        told = capsys.readouterr().err
        assert "usage: lineside" in told
        assert "error:" in told

    @pytest.mark.parametrize(("text", "expected"), [("1280x800", (1280, 800)), ("12", None), ("axb", None)])
    def test_a_size_is_two_numbers(self, text: str, expected: tuple[int, int] | None) -> None:
        words = ["run", "--config", "f", "--size", text]
        if expected is None:
            with pytest.raises(SystemExit):
                parser().parse_args(words)
        else:
            assert parser().parse_args(words).size == expected


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with three calls for help."""
    file = tmp_path / "journal.db"

    def changed(changes: Changes) -> None:
        assert changes.families

    ledger = SqliteLedger(file, terminal="T-1", equipment="P", clock=SystemClock(), on_changes=changed)
    ledger.start()
    for _ in range(3):
        ledger.do(call_help, CallHelp("quality")).result(10)
    ledger.stop()
    return file


class TestJournal:
    def test_a_sound_journal_is_verified(self, journal: Path) -> None:
        ran = lineside("journal", "verify", "--journal", journal)
        assert ran.code == 0, ran.err
        told = json.loads(ran.out.splitlines()[0])
        assert (told["entries"], told["file"]) == (3, str(journal))
        assert len(ran.out.splitlines()) == 2

    def test_every_entry_is_written_with_its_receipt(self, journal: Path, tmp_path: Path) -> None:
        ran = lineside("journal", "export", "--journal", journal)
        lines = [json.loads(line) for line in ran.out.splitlines()]
        assert [line["entry"]["seq"] for line in lines] == [1, 2, 3]
        assert {line["receipt"]["state"] for line in lines} == {"waiting"}
        out = tmp_path / "entries.jsonl"
        assert lineside("journal", "export", "--journal", journal, "--out", out) == Ran(0, "", "")
        assert out.read_text("utf-8") == ran.out

    def test_a_configuration_leads_to_its_journal(self, journal: Path, tmp_path: Path) -> None:
        file = tmp_path / "terminal.toml"
        shipped = default_configuration().read_text("utf-8")
        file.write_text(shipped.replace('# data_dir = "data"', 'data_dir = "."'), "utf-8")
        ran = lineside("journal", "verify", "--config", file)
        assert (ran.code, json.loads(ran.out.splitlines()[0])["entries"]) == (0, 3)

    def test_what_cannot_be_done_is_one_line_and_code_2(self, tmp_path: Path) -> None:
        for words, told in (
            (["verify"], "Give --config FILE or --journal FILE"),
            (["export", "--journal", tmp_path / "none.db"], "there is no journal here"),
            (["verify", "--config", tmp_path / "none.toml"], "there is no such file"),
        ):
            ran = lineside("journal", *words)
            assert (ran.code, ran.out) == (2, "")
            assert ran.err.startswith("lineside: ")
            assert told in ran.err
            assert len(ran.err.splitlines()) == 1


class TestCheckingAFile:
    def test_the_shipped_file_is_valid(self) -> None:
        ran = lineside("check", "--no-wires", default_configuration())
        assert (ran.code, ran.err) == (0, "")
        assert "valid: 3 links, 9 tags" in ran.out

    def test_a_mistake_is_one_line_and_code_2(self, tmp_path: Path) -> None:
        file = tmp_path / "terminal.toml"
        text = default_configuration().read_text("utf-8")
        file.write_text(text.replace("show = []", 'show = ["runn"]'), "utf-8")
        ran = lineside("check", file)
        assert (ran.code, ran.out) == (2, "")
        assert "screens.show: no screen 'runn'" in ran.err
        assert lineside("check", tmp_path / "none.toml").code == 2
        assert lineside("run", "--config", tmp_path / "none.toml").code == 2

    @pytest.mark.wire
    def test_hosts_that_are_not_there_are_a_line_each_with_a_remedy(self, tmp_path: Path) -> None:
        file = tmp_path / "terminal.toml"
        text = default_configuration().read_text("utf-8")
        for port in ("8080", "4840"):
            text = text.replace(f"127.0.0.1:{port}", "127.0.0.1:9")  # discard: nobody listens
        file.write_text(text, "utf-8")
        (tmp_path / "mes.token").write_text("t0p-s3cret", "ascii")
        ran = lineside("check", file)
        assert ran.code == 1
        assert ran.err == ""
        failed = [line for line in ran.out.splitlines() if line.startswith("FAIL")]
        assert len(failed) == 4
        assert all(" -> " in line for line in failed)
        assert ran.out.splitlines()[-1] == "4 of the lines above need a hand."
        assert "t0p-s3cret" not in ran.out


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PlantClient, Path]]:
    """A running plant, and a terminal's configuration for it."""
    folder = tmp_path_factory.mktemp("plant")
    with PlantProcess(folder / "plant") as process, process.wait_until_up() as client:
        yield client, write_configuration(folder, client.card)


@pytest.mark.wire
class TestCheckingThePlant:
    def test_everything_answers(self, plant: tuple[PlantClient, Path]) -> None:
        ran = lineside("check", plant[1])
        assert (ran.code, ran.err) == (0, ""), ran.out
        assert ran.out.splitlines()[-1] == "Everything answers."
        assert all(line.startswith("ok  ") for line in ran.out.splitlines()[:-1])
        for told in ("ram_force", "is admitted", "job_order"):
            assert told in ran.out

    def test_a_node_that_is_not_there_and_a_wrong_token_are_named(
        self, plant: tuple[PlantClient, Path], tmp_path: Path
    ) -> None:
        text = plant[1].read_text("utf-8").replace("Press12.Press.RamForce", "Press12.Press.RamFarce")
        file = tmp_path / "terminal.toml"
        token = tmp_path / "wrong.token"
        token.write_text("wr0ng-t0ken", "ascii")
        text = text.replace(f"token_file = '{plant[0].card.token_file}'", f"token_file = '{token}'")
        file.write_text(text, "utf-8")
        ran = lineside("check", file)
        assert ran.code == 1
        failed = [line for line in ran.out.splitlines() if line.startswith("FAIL")]
        assert len(failed) == 2, ran.out
        assert any("RamFarce" in line and " -> " in line for line in failed)
        assert any("does not admit" in line and str(token) in line for line in failed)
        assert "wr0ng-t0ken" not in ran.out + ran.err
