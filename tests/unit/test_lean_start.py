"""Imports after PySide6 keep no source text, and a signal or a property works as before."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """\
import linecache
from PySide6.QtCore import QObject, Signal

from screens import lean_start

if {plainly}:
    lean_start.import_plainly()
import sqlalchemy

class Bell(QObject):
    rung = Signal()

heard = []
bell = Bell(objectName="bell")
bell.rung.connect(lambda: heard.append(bell.objectName()))
bell.rung.emit()
lean_start.settle()
bell.rung.emit()
print(sum(sqlalchemy.__path__[0] in file for file in linecache.cache), *heard)
"""


def _run(*, plainly: bool) -> list[str]:
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(plainly=plainly)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout.split()


def test_no_source_text_is_kept() -> None:
    assert _run(plainly=True) == ["0", "bell", "bell"]


def test_it_would_be_kept_otherwise() -> None:
    """When this fails, PySide6 has stopped doing it, and `import_plainly` can go."""
    files, *heard = _run(plainly=False)
    assert int(files) > 50
    assert heard == ["bell", "bell"]
