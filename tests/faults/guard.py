"""Sees what this process opens, connects to and starts, and says what none of it should have been."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_NEVER = frozenset(
    {"socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system", "os.exec"}
    | {"os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "webbrowser.open", "urllib.Request"}
)
_CHANGES = frozenset({"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """What was seen while it watched; `folder` is where files may be written."""

    def __init__(self, folder: Path) -> None:
        """Watch nothing yet."""
        self.folder = os.path.realpath(folder)
        self.seen: list[str] = []

    def notice(self, event: str, told: tuple[object, ...]) -> None:
        """Judge one event of the interpreter."""
        name = next(iter(told), None)
        if event in _NEVER:
            self.seen.append(f"{event} {told!r:.80}")
        elif not isinstance(name, str | bytes):
            return
        elif event == "open":
            flags = told[2] if len(told) > 2 else 0
            self._file(event, os.fsdecode(name), writes=isinstance(flags, int) and bool(flags & _WRITES))
        elif event in _CHANGES:
            self._file(event, os.fsdecode(name), writes=True)

    def _file(self, event: str, name: str, *, writes: bool) -> None:
        lured = "passwd" in name or name.startswith(("\\\\", "//"))
        place = os.path.realpath(name) if "\0" not in name else name
        if lured or (writes and not place.startswith((self.folder, os.devnull))):
            self.seen.append(f"{event} {name!r:.80}")


_watching: list[Guard] = []


def _hear(event: str, told: tuple[object, ...]) -> None:
    for guard in _watching:
        guard.notice(event, told)


@contextmanager
def watched(folder: Path) -> Generator[Guard]:
    """Watch the whole process. The interpreter never lets a hook go, so there is one, which mostly sleeps."""
    if not getattr(sys, "_lineside_guard", False):
        sys.addaudithook(_hear)
        setattr(sys, "_lineside_guard", True)  # noqa: B010
    guard = Guard(folder)
    _watching.append(guard)
    try:
        yield guard
    finally:
        _watching.remove(guard)
