"""The journal as a table: every cell says what the entry says, and none is a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from hmi.operations.production import Declare, declare_parts
from screens.app import main
from screens.commands.journal_csv import BYTE_ORDER_MARK, COLUMNS, safe_cell
from tests.fakes.shift_story import Shift

COMMENT = "=cmd|'/C calc'!A0, \"two\"\r\nlines\x1b[31m \u202e"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Shift]:
    """A shift with a declaration that tries to be a formula."""
    made = Shift(tmp_path / "story")
    made.play()
    made.floor.saved(declare_parts, Declare("WO-3", Decimal(-2), COMMENT))
    made.answer(3, 1)
    yield made
    made.close()


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_what_might_be_a_formula_begins_with_an_apostrophe(first: str) -> None:
    assert safe_cell(f"{first}1+1").startswith("'")
    assert not safe_cell(f"1{first}1").startswith("'")


def test_what_cannot_be_seen_is_shown() -> None:
    assert safe_cell("a\x00\x1b\x7f\u202e") == "a␀␛␡<202E>"
    assert safe_cell(None) == ""
    assert safe_cell(-5) == "'-5"


def test_rows_are_those_of_the_json_lines(story: Shift, tmp_path: Path) -> None:
    words = ["journal", "export", "--config", str(story.config), "--out"]
    assert main([*words, str(tmp_path / "out.jsonl")]) == 0
    assert main([*words, str(tmp_path / "out.csv"), "--form", "csv"]) == 0
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    text = (tmp_path / "out.csv").read_bytes().decode("utf-8")
    assert text.startswith(BYTE_ORDER_MARK)
    assert text.count("\r\n") == text.count("\n") == len(lines) + 1
    head, *rows = csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline=""), strict=True)
    assert tuple(head) == COLUMNS
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["hash"] for row in told] == [line["entry"]["hash"] for line in lines]
    assert [row["state"] for row in told] == [line["receipt"]["state"] for line in lines]
    assert [row["kind"] for row in told] == [line["entry"]["kind"] for line in lines]
    assert {row["state"] for row in told} == {"received", "refused", "waiting"}
    said = json.loads(told[-1]["payload"])
    assert said["comment"] == COMMENT.replace("\u202e", "<202E>")


def test_standard_output(story: Shift, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "export", "--journal", str(story.journal), "--form", "csv"]) == 0
    assert capsys.readouterr().out.startswith("terminal,epoch,seq,id,kind")
