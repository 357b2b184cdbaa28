"""The pinned Qt binding keeps its reference counts: some releases drop one per call and then abort.

Seen with PySide6 6.12.0 on Python 3.10 and 3.11 after about 570 emits; docs/decisions/0001 has the figures.
"""

from __future__ import annotations

import subprocess
import sys

EMITS = """\
import sys
from PySide6.QtCore import QCoreApplication, QObject, Signal

class Bell(QObject):
    rung = Signal()

app = QCoreApplication([])
bell = Bell()
heard = []
bell.rung.connect(lambda: heard.append(1))
before = [sys.getrefcount(value) for value in (None, True, False)]
for _ in range(2000):
    bell.rung.emit()
    bell.parent()
    bell.setParent(None)
after = [sys.getrefcount(value) for value in (None, True, False)]
lost = max(b - a for b, a in zip(before, after))
print(len(heard), lost)
"""


def test_two_thousand_emits_lose_no_reference() -> None:
    """A child process emits, since a broken binding ends the whole interpreter."""
    child = subprocess.run(
        [sys.executable, "-c", EMITS], capture_output=True, text=True, check=False, timeout=60
    )
    assert child.returncode == 0, child.stderr
    heard, lost = map(int, child.stdout.split())
    assert heard == 2000
    assert lost < 200, f"{lost} references of None, True or False were lost in 2,000 rounds"
