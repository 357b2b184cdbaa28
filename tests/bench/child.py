"""A measured program as a process of its own, told what to do and listened to over its standard streams."""

import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.bench.wire import Command, Doing, Said

ROOT = Path(__file__).resolve().parents[2]
_ANSWER_S = 30.0


class Silent(Exception):
    """A measured program ended, or did not show in time what it was asked for."""


def environment() -> dict[str, str]:
    """Windows in memory, whatever the machine has, so that figures can be compared."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": path}


class Measured:
    """A program that was started at `began_ns` (CLOCK_MONOTONIC); its standard error goes to a log file."""

    def __init__(self, module: str, words: list[str], log: Path, python_words: tuple[str, ...] = ()) -> None:
        self._log = log
        self._early: dict[tuple[int, str], Said] = {}
        self._marks: dict[str, int] = {}
        self._said: queue.Queue[Said | None] = queue.Queue()
        self._number = 0
        with log.open("ab") as errors:
            self.began_ns = time.monotonic_ns()
            self._process = subprocess.Popen(
                [sys.executable, *python_words, "-m", module, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment(),
                cwd=ROOT,
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def mark_ms(self, name: str, timeout_s: float = 60.0) -> float:
        """Milliseconds from its start to a mark that it tells; waits for it."""
        end = time.monotonic() + timeout_s
        while name not in self._marks:
            said = self._next(end)
            if said.said == "mark":
                self._marks[said.name] = said.at_ns
        return (self._marks[name] - self.began_ns) / 1e6

    def tell(self, do: Doing, name: str = "") -> int:
        """Send a command; returns its number."""
        self._number += 1
        assert self._process.stdin is not None
        line = Command(do=do, number=self._number, name=name).model_dump_json()
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Silent(f"it ended; what it said stands in {self._log}") from None
        return self._number

    def answer(self, number: int, said: str, timeout_s: float = _ANSWER_S) -> Said:
        """Wait for what it says to a command; Silent when it does not, or cannot."""
        end = time.monotonic() + timeout_s
        wanted = [(number, said), (number, "failed")]
        while not any(each in self._early for each in wanted):
            got = self._next(end)
            if got.said == "mark":
                self._marks[got.name] = got.at_ns
            else:  # perhaps to another command, which is asked for next
                self._early[got.number, got.said] = got
        if wanted[1] in self._early:
            raise Silent(self._early.pop(wanted[1]).name)
        return self._early.pop(wanted[0])

    def is_seen(self, number: int, timeout_s: float) -> bool:
        """Whether what was expected is painted within a time."""
        try:
            self.answer(number, "seen", timeout_s)
        except Silent:
            return False
        return True

    def touch_ms(self, do: Doing, name: str) -> float:
        """Touch a key or a screen of the rail; milliseconds until the answer is painted."""
        began = time.monotonic_ns()
        return (self.answer(self.tell(do, name), "seen").at_ns - began) / 1e6

    def report(self) -> Said:
        """What was recorded."""
        return self.answer(self.tell("report"), "report")

    def end(self, timeout_s: float = 20.0) -> None:
        """Let it end by the end of its input, or by force."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _next(self, end: float) -> Said:
        try:
            said = self._said.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            raise Silent(f"nothing was heard in time; what it said stands in {self._log}") from None
        if said is None:
            raise Silent(f"it ended; what it said stands in {self._log}")
        return said

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(Said.model_validate_json(line))
        self._said.put(None)
