"""A program that is no part of the project: installed once by the tests, and commanded by lines of JSON."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

INSTALL_S = 240.0
_FOREIGN = Path(__file__).resolve().parents[2] / "out" / "foreign"
_START_S, _ANSWER_S = 40.0, 20.0


class NotToBeHad(Exception):
    """Why a foreign server cannot run here."""


def install(name: str, lock: Path, fill: Callable[[Path], None]) -> Path:
    """The folder of a foreign program, filled anew when its lock file changed; NotToBeHad where it cannot be.

    `fill` is handed the empty folder.
    """
    folder = _FOREIGN / name
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = folder / "stamp"
    with _alone():
        if not stamp.is_file() or stamp.read_text() != wanted:
            for old in sorted(folder.rglob("*"), reverse=True):
                old.rmdir() if old.is_dir() and not old.is_symlink() else old.unlink()
            folder.mkdir(parents=True, exist_ok=True)
            fill(folder)
            stamp.write_text(wanted)
    return folder


def run_installer(words: Sequence[str], folder: Path, what: str) -> None:
    """Run what installs; NotToBeHad with its last words."""
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotToBeHad(f"{what} cannot be had here: {error}") from error
    if done.returncode != 0:
        raise NotToBeHad(f"{what} cannot be had here: {done.stderr.strip()[-300:]}")


@contextlib.contextmanager
def _alone() -> Generator[None]:
    """One process installs, the others wait; a lock that nobody freed is taken over."""
    _FOREIGN.mkdir(parents=True, exist_ok=True)
    lock = _FOREIGN / "installing"
    deadline = time.monotonic() + INSTALL_S
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


class Commanded:
    """The running program; it says `ready` first, and answers each command with one object."""

    def __init__(
        self, words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Ready when this returns."""
        self._process = subprocess.Popen(
            words,
            cwd=folder,
            env=None if environment is None else {**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            self._line(_START_S, "ready")
        except AssertionError:
            self.kill()
            raise

    def tell(self, command: Mapping[str, object]) -> dict[str, Any]:
        """Send a command and return its answer; AssertionError when the program could not do it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._line(_ANSWER_S, "{"))
        assert "error" not in told, told["error"]
        return told

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Let it be gone at once, without a word."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _line(self, within_s: float, begins: str) -> str:
        """The next line of its own; what its stack prints about itself is passed over."""
        assert self._process.stdout is not None
        patience = threading.Timer(within_s, self._process.kill)
        patience.start()
        try:
            for line in self._process.stdout:
                if line.startswith(begins):
                    return line
        finally:
            patience.cancel()
            patience.join()
        raise AssertionError("the foreign server said nothing")
