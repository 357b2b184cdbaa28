"""The PLC's retentive memory as a file: whole or not at all."""

from pathlib import Path

from devices.plant.press import Memory


def read_memory(file: Path) -> Memory:
    """What the PLC remembers; a press fresh from the maker when the file is not there yet."""
    try:
        return Memory.from_json(file.read_bytes())
    except FileNotFoundError:
        return Memory()


def write_memory(file: Path, memory: Memory) -> None:
    """Replace the memory in one step, so that a kill leaves the old one or the new one."""
    fresh = file.with_suffix(".new")
    fresh.write_bytes(memory.to_json())
    fresh.replace(file)
