"""Processes that are born quickly and die badly: one that has imported everything forks a child for a try.

`Nursery` is the near end; `python -m tests.faults.nursery` is the nursery itself, which reads wishes from its
standard input. A child plays one of `tests.faults.acts` and tells what it did in a file.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
SHIM_C = Path(__file__).with_name("shim.c")
OFF, COUNT, KILL, FAIL_ONCE, FAIL_ON = range(5)  # what the shim does, as shim.c numbers it
_ANSWER_S = 60.0


@cache
def compiler() -> str | None:
    """The C compiler of this machine."""
    return shutil.which("cc") or shutil.which("gcc")


def compile_shim(folder: Path) -> Path:
    """The preloaded library; CalledProcessError when it does not compile."""
    made = folder / "fault-shim.so"
    subprocess.run(
        [compiler() or "cc", "-shared", "-fPIC", "-O2", "-o", made, SHIM_C, "-ldl"], check=True, timeout=60
    )
    return made


@dataclass(frozen=True)
class Ended:
    """How a child ended: by which signal (0: by itself), and what it had told until then."""

    signal: int
    told: list[str]


class Child:
    """One child, alive or not."""

    def __init__(self, nursery: Nursery, pid: int, told: Path) -> None:
        self._nursery = nursery
        self.pid = pid
        self._told = told

    def told(self) -> list[str]:
        """Complete lines that it told so far."""
        text = self._told.read_text("utf-8") if self._told.exists() else ""
        return text[: text.rfind("\n") + 1].splitlines()

    def wait_for(self, lines: int, seconds: float = _ANSWER_S) -> list[str]:
        """Wait until it told so many lines."""
        end = time.monotonic() + seconds
        while len(told := self.told()) < lines:
            if time.monotonic() > end:
                raise TimeoutError(f"a child told {told[-3:]} and no more")
            time.sleep(0.002)
        return told

    def kill(self) -> Ended:
        """`kill -9`, and wait for the end."""
        os.kill(self.pid, signal.SIGKILL)
        return self.end()

    def end(self) -> Ended:
        """Wait for its end."""
        status = self._nursery.ask({"wait": self.pid})["status"]
        return Ended(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status), self.told())


class Nursery:
    """The process that forks; one question at a time."""

    def __init__(self, folder: Path, *, shim: bool = False) -> None:
        """With `shim` the library is compiled and preloaded, which needs a C compiler."""
        self._folder = folder
        self._number = 0
        environment = dict(os.environ)
        if shim:
            environment["LD_PRELOAD"] = str(compile_shim(folder))
        self._errors = (folder / "nursery.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
        self._errors.close()

    def fork(self, act: str, **values: object) -> Child:
        """Let a new child play an act."""
        self._number += 1
        told = self._folder / f"told-{self._number}"
        pid = self.ask({"act": act, "told": str(told), "values": values})["pid"]
        return Child(self, pid, told)

    def ask(self, wish: dict[str, object]) -> dict[str, int]:
        """Ask the nursery for something."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the nursery ended: {(self._folder / 'nursery.log').read_text()[-2000:]}")
        answer: dict[str, int] = json.loads(line)
        return answer


class Shim:
    """The preloaded library as the child itself drives it."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)

    def arm(self, part: str, mode: int, at: int, error: int = 0) -> None:
        """From now on: what happens to files whose path holds `part`."""
        self._library.fault_arm(part.encode(), mode, ctypes.c_long(at), error)

    def count(self) -> int:
        """How many writes, syncs and changes of length there were since it was armed."""
        return int(self._library.fault_count())

    def log_to(self, handle: int) -> None:
        """Write down all that is written."""
        self._library.fault_log(handle)

    def mark(self, number: int) -> None:
        """Write down that something was confirmed."""
        self._library.fault_mark(ctypes.c_long(number))

    def move_clock(self, seconds: float) -> None:
        """Move the wall clock away from the truth."""
        self._library.fault_clock(ctypes.c_longlong(round(seconds * 1e9)))


def main() -> int:
    """Fork a child for each wish, until standard input closes."""
    acts = importlib.import_module("tests.faults.acts").ACTS
    importlib.import_module("local_db.migrate")  # imported before the forks, as it takes long
    logging.disable(logging.CRITICAL)
    for line in sys.stdin.buffer:
        wish = json.loads(line)
        if "wait" in wish:
            _, status = os.waitpid(wish["wait"], 0)
            answer = {"status": status}
        else:
            pid = os.fork()
            if pid == 0:
                _be(acts[wish["act"]], Path(wish["told"]), wish["values"])
            answer = {"pid": pid}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()
    return 0


def _be(act: object, told: Path, values: dict[str, object]) -> None:
    assert callable(act)
    code = 1
    try:
        handle = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        act(lambda words: os.write(handle, f"{words}\n".encode()), **values)
        code = 0
    except BaseException:  # noqa: BLE001  the child ends here, whatever it was
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
