"""The PLC's memory is there whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from devices.plant.memory import read_memory, write_memory
from devices.plant.packml import Mode, State
from devices.plant.press import Memory


def test_a_press_without_memory_is_new(tmp_path: Path) -> None:
    assert read_memory(tmp_path / "memory.json") == Memory()


def test_everything_is_remembered(tmp_path: Path) -> None:
    memory = Memory(State.ABORTED, Mode.MANUAL, 312, True, 1_520, 6, 3_020, 1.5, 61.25, 91.5)
    write_memory(tmp_path / "memory.json", memory)
    assert read_memory(tmp_path / "memory.json") == memory


def test_a_write_that_is_cut_off_leaves_the_old_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails in the middle: what the PLC reads next is what it wrote before."""
    file = tmp_path / "memory.json"
    write_memory(file, replace(Memory(), processed=7))
    whole = Path.write_bytes

    def cut_off(path: Path, text: bytes) -> int:
        whole(path, text[:10])
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_bytes", cut_off)
    with pytest.raises(OSError, match="no space"):
        write_memory(file, replace(Memory(), processed=8))
    monkeypatch.undo()
    assert read_memory(file).processed == 7


def test_a_damaged_memory_is_said_and_not_guessed(tmp_path: Path) -> None:
    file = tmp_path / "memory.json"
    file.write_text('{"processed": "many"}', "utf-8")
    with pytest.raises(ValueError, match="processed"):
        read_memory(file)
