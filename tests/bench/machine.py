"""What a figure depends on: the machine, the versions, and what a process takes of it; Linux, by /proc."""

import os
import platform
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024.0


def machine(root: Path, folder: Path) -> dict[str, str]:
    """The machine and the versions, in words; the file system is the one of `folder`."""
    model = _line_of(Path("/proc/cpuinfo"), "model name") or platform.machine()
    memory = _line_of(Path("/proc/meminfo"), "MemTotal").removesuffix(" kB") or "0"
    commit = subprocess.run(
        ["git", "-c", f"safe.directory={root}", "describe", "--always", "--dirty"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    told = {
        "processor": f"{model}, {os.cpu_count()} cores",
        "memory": f"{int(memory) / _MIB**2:.0f} GiB",
        "system": f"{platform.freedesktop_os_release().get('PRETTY_NAME', '')}, Linux {platform.release()}",
        "disk": _file_system(folder.resolve()),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "lineside": commit.stdout.strip() or "unknown",
    }
    for name in ("PySide6-Essentials", "asyncua", "SQLAlchemy", "pydantic", "httpx"):
        told[name] = version(name)
    return told


def load_average() -> str:
    """Runnable processes over 1, 5 and 15 minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def cpu_s(pid: int) -> float:
    """Seconds of a core that a process has taken so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Cpu:
    """How much of a core a process takes from now on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began, self._had = time.monotonic(), cpu_s(pid)

    def percent(self) -> float:
        """Percent of a core since the start of looking."""
        return (cpu_s(self._pid) - self._had) / (time.monotonic() - self._began) * 100


def memory_mib(pid: int) -> tuple[float, float]:
    """RSS and PSS (shared pages counted by share) of a process."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    found = [_line_of(rollup, name).removesuffix(" kB") for name in ("Rss", "Pss")]
    return int(found[0]) / _MIB, int(found[1]) / _MIB


def _line_of(file: Path, name: str) -> str:
    for line in file.read_text("utf-8").splitlines():
        known, _, value = line.partition(":")
        if known.strip() == name:
            return value.strip()
    return ""


def _file_system(folder: Path) -> str:
    best, kind = "", ""
    for line in Path("/proc/mounts").read_text("utf-8").splitlines():
        _, place, found, *_ = line.split()
        if (folder.is_relative_to(place)) and len(place) >= len(best):
            best, kind = place, found
    return kind
