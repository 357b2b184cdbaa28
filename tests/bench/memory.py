"""What the terminal takes while nobody does anything, of the program without a probe."""

import subprocess
import sys
import time
from collections.abc import Callable

from tests.bench.child import ROOT, environment
from tests.bench.figures import Goal, Table, figure
from tests.bench.machine import Cpu, memory_mib
from tests.bench.place import Effort, Place

_MEMORY = Goal(limit=200, words="<= 200 MiB with the default screens")
_IDLE = Goal(limit=1, words="<= 1 % of a core")
_START_S = 5.0


def measure(place: Place, effort: Effort, say: Callable[[str], None]) -> Table:
    """`lineside run` as shipped, the press standing as the plant starts it; then the press producing."""
    file = place.configure()
    if not place.journal.exists():
        # making the journal brings in what a later start does not need
        with place.terminal(file) as first:
            first.mark_ms("value")
    words = ["run", "--config", str(file), "--size", "1280x800"]
    with place.log.open("ab") as log:
        program = subprocess.Popen(
            [sys.executable, "-m", "screens.app", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(),
            cwd=ROOT,
        )
    try:
        time.sleep(_START_S)
        rss, pss = memory_mib(program.pid)
        say(f"idle for {effort.idle_s:.0f} s")
        idle = _takes(program.pid, effort.idle_s)
        later_rss, later_pss = memory_mib(program.pid)
        place.plant.press("start")
        time.sleep(2.0)
        say("the press produces")
        busy = _takes(program.pid, min(effort.idle_s, 30.0))
    finally:
        program.terminate()
        program.wait(20)
    return Table(
        title="Memory and processor of the idle terminal",
        figures=[
            figure("RSS after the start", "MiB", [rss], goal=_MEMORY),
            figure("PSS after the start", "MiB", [pss]),
            figure(f"RSS after {effort.idle_s:.0f} s more", "MiB", [later_rss], goal=_MEMORY),
            figure(f"PSS after {effort.idle_s:.0f} s more", "MiB", [later_pss]),
            figure("idle CPU, the machine stands", "% of a core", idle, goal=_IDLE),
            figure("CPU, the press produces", "% of a core", busy),
        ],
        notes=[
            (
                "The window is drawn in memory (offscreen), so its backing store counts; the PLC, both "
                "readers and the MES are connected."
            )
        ],
    )


def _takes(pid: int, seconds: float) -> list[float]:
    """Percent of a core in three equal parts of a time."""
    takes: list[float] = []
    for _ in range(3):
        cpu = Cpu(pid)
        time.sleep(seconds / 3)
        takes.append(cpu.percent())
    return takes
