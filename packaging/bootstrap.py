#!/usr/bin/env python3
"""Set up whatever this machine lacks, then run the terminal or its tests.

Standard library only, no state but `.venv`. It can be stopped at any moment and started again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from bootstrap_debian import install_system_packages
from bootstrap_machine import CERTIFICATE, DISK, NETWORK, Machine, Outcome, SetupError, Steps, explain

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

USAGE = """\
usage: python3 packaging/bootstrap.py COMMAND [ARGUMENTS]

  demo [ARGUMENTS]   set up what is missing, then run the terminal against the demo plant (demo --help)
  test [ARGUMENTS]   set up what is missing, then run the tests (arguments go to pytest: test -k stop)
  bench [ARGUMENTS]  set up what is missing, then measure and print the figures (bench --help)
  setup              only set up what is missing
  tool NAME [...]    run a tool of the environment: tool ruff check, tool lineside --version

The first run installs a few system libraries (Debian, Ubuntu: with apt-get) and makes .venv beside the
sources. Later runs start at once. Exit codes: 2 wrong use or wrong Python, 3 system packages must be
installed by you, 4 the set-up failed (the reason is printed), else that of the command.
"""
SCRIPTS = ("bootstrap.py", "bootstrap_debian.py", "bootstrap_machine.py")
ROOM_NEEDED = 1_500_000_000  # bytes for a new environment, its downloads included


@dataclass(frozen=True)
class Place:
    """The checkout and the files of the set-up in it."""

    root: Path

    @property
    def venv(self) -> Path:
        """The environment's folder."""
        return self.root / ".venv"

    @property
    def lock(self) -> Path:
        """Every dependency with its version and hashes."""
        return self.root / "packaging" / "requirements.lock"

    @property
    def stamp(self) -> Path:
        """Holds the fingerprint of the last set-up that went through."""
        return self.venv / "lineside-setup"

    @property
    def unfinished(self) -> Path:
        """Exists while packages are being installed, so also after a run that was killed at it."""
        return self.venv / "lineside-unfinished"

    def tool(self, name: str) -> Path:
        """Return the path of a command of the environment."""
        return self.venv / "Scripts" / (name + ".exe") if os.name == "nt" else self.venv / "bin" / name

    def fingerprint(self) -> str:
        """Return what a set-up depends on, as a hash: lock, project, these scripts, Python, and the place."""
        digest = hashlib.sha256()
        scripts = [self.root / "packaging" / name for name in SCRIPTS]
        for path in (self.lock, self.root / "pyproject.toml", *scripts):
            digest.update(path.read_bytes())
        for word in (self.root, self.tool("python").resolve(), platform.machine()):
            digest.update(b"\0" + os.fsencode(str(word)))
        return digest.hexdigest()

    def is_ready(self) -> bool:
        """Tell whether nothing is left to do."""
        if not (self.stamp.is_file() and self.tool("python").exists()):
            return False
        return self.stamp.read_text(encoding="ascii").strip() == self.fingerprint()


def check_python(major: int, minor: int) -> None:
    """Refuse a Python that the project does not run on. Raises SetupError (2)."""
    if not (3, 11) <= (major, minor) < (3, 15):
        raise SetupError(
            f"This is Python {major}.{minor}; Lineside runs on 3.11 to 3.14.",
            "Start the script with another one, for example: python3.11 packaging/bootstrap.py",
            2,
        )


def make_environment(machine: Machine, place: Place, steps: Steps) -> None:
    """Make `.venv`, or keep one that works. Raises SetupError."""
    steps.start("Python environment")
    probe = "import sys, pip; print('python', *sys.version_info[:2])"
    torn = place.unfinished.exists()  # a package may be there by half
    answer = [] if torn else machine.run([str(place.tool("python")), "-c", probe]).output.split()
    if answer[:1] == ["python"] and (3, 11) <= (int(answer[1]), int(answer[2])) < (3, 15):
        steps.end("kept")
        return
    if machine.free_bytes(place.root) < ROOM_NEEDED:
        raise explain("Making the environment", "no space left")
    own = getattr(sys, "_base_executable", None) or sys.executable
    outcome = machine.run([own, "-m", "venv", "--clear", str(place.venv)])
    if outcome.code != 0:
        raise explain("Making the environment", outcome.output)
    steps.end()


def lock_entry(lock: str, name: str) -> str:
    """Return the lines of one package in the lock's text: its pin and its hashes. Raises SetupError."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n[ \t].*)*", lock, re.MULTILINE)
    if found is None:
        wrong = f"packaging/requirements.lock does not pin {name}."
        raise SetupError(wrong, "Restore the file from version control and run again.")
    return found.group(0) + "\n"


def mirror_settings(machine: Machine, python: str) -> dict[str, str]:
    """Return a person's pip mirror and certificate by uv's names for them; what is set already wins."""
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    listed = machine.run([python, "-m", "pip", "config", "list"]).output
    found = re.findall(r"^\S*?\.(index-url|cert)='(.*)'\r?$", listed, re.MULTILINE)
    return {names[key]: value for key, value in found if names[key] not in os.environ}


def trusting(machine: Machine, words: list[str], settings: dict[str, str]) -> Outcome:
    """Run a command that downloads; when it trusts no certificate, again with the system's certificates."""
    outcome = machine.run(words, settings)
    if outcome.code == 0 or not CERTIFICATE.search(outcome.output):
        return outcome
    own = {"UV_SYSTEM_CERTS": "1"}
    bundle = machine.system_certificates()
    if bundle and "SSL_CERT_FILE" not in os.environ:
        own.update({"SSL_CERT_FILE": bundle, "PIP_CERT": bundle})
    return machine.run(words, {**settings, **own})


def install_packages(machine: Machine, place: Place, steps: Steps) -> None:
    """Install every locked package with uv, or with pip where uv does not run. Raises SetupError."""
    python = str(place.tool("python"))
    pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    uv = [python, "-m", "uv", "pip", "install", "--quiet", "--python", python]
    lock = place.lock.read_text(encoding="utf-8")
    steps.start("packages")
    steps.note("versions and hashes as locked")
    only_uv = place.venv / "uv-requirement.txt"
    only_uv.write_text(lock_entry(lock, "uv"), encoding="utf-8")
    hashed = ["--require-hashes", "-r"]
    outcome = trusting(machine, [*pip, "--no-deps", "--only-binary", ":all:", *hashed, str(only_uv)], {})
    if any(reason.search(outcome.output) for reason in (NETWORK, CERTIFICATE, DISK)) and outcome.code != 0:
        raise explain("Installing packages", outcome.output)
    installer = uv if outcome.code == 0 else pip
    if installer is uv:
        words = [*uv, "--compile-bytecode", *hashed, str(place.lock)]
        outcome = trusting(machine, words, mirror_settings(machine, python))
    if outcome.code != 0 and not DISK.search(outcome.output):
        steps.note("with pip")
        outcome = trusting(machine, [*pip, *hashed, str(place.lock)], {})
    if outcome.code != 0:
        raise explain("Installing packages", outcome.output)
    steps.end()
    steps.start("lineside itself")
    words = [*installer, "--no-deps", "--no-build-isolation", "--editable", str(place.root)]
    outcome = machine.run(words)
    if outcome.code != 0:
        raise explain("Installing lineside", outcome.output)
    steps.end()


@contextlib.contextmanager
def only_one(place: Place) -> Generator[None, None, None]:
    """Let one set-up at a time work on a checkout; the system gives the lock back when a process dies."""
    with (place.root / ".setup-lock").open("w") as held:
        if sys.platform == "win32":
            msvcrt.locking(held.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def set_up(machine: Machine, place: Place) -> None:
    """Bring the machine and `.venv` to what the lock says; at once when they are. Raises SetupError."""
    if place.is_ready():
        return
    with only_one(place):
        if place.is_ready():
            return
        began = time.monotonic()
        print("Setting up (once; later starts skip this):", flush=True)
        steps = Steps()
        with contextlib.suppress(FileNotFoundError):
            place.stamp.unlink()
        install_system_packages(machine, steps)
        make_environment(machine, place, steps)
        place.unfinished.touch()
        try:
            install_packages(machine, place, steps)
        finally:
            place.unfinished.unlink()
        place.stamp.write_text(place.fingerprint() + "\n", encoding="ascii")
        print(f"Set up in {time.monotonic() - began:.1f} s.", flush=True)


def program_environment(environment: dict[str, str], linux: bool) -> dict[str, str]:
    """Return the program's environment: where there is no display, windows are drawn in memory."""
    result = dict(environment)
    if linux and not (result.get("DISPLAY") or result.get("WAYLAND_DISPLAY")):
        result.setdefault("QT_QPA_PLATFORM", "offscreen")
    return result


def program_words(place: Place, command: str, rest: list[str]) -> list[str]:
    """Return the words to run for a command of this script. Raises SetupError (2) for an unknown tool."""
    if command == "test":
        # a whole run is shared out; who names tests or options wants them as they are
        shared = [] if rest else ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "worksteal"]
        return [str(place.tool("python")), "-m", "pytest", *shared, *rest]
    if command == "bench":
        return [str(place.tool("python")), "-m", "tests.bench", *rest]
    name, rest = ("lineside", ["demo", *rest]) if command == "demo" else (rest[0], rest[1:])
    path = place.tool(name)
    if not path.exists():
        raise SetupError(f"The environment has no command {name}.", f"See what is in {path.parent}.", 2)
    return [str(path), *rest]


def hand_over(words: list[str], environment: dict[str, str], windows: bool) -> int:
    """Become the program, so that output, signals and exit code are its own; on Windows wait for it."""
    if not windows:
        os.execve(words[0], words, environment)
    child = subprocess.Popen(words, env=environment)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the child got it too, and ends in its own way


def run(command: str, rest: list[str]) -> int:
    """Set up and run one command. Raises SetupError and OSError."""
    machine = Machine()
    place = Place(Path(__file__).resolve().parents[1])
    check_python(*sys.version_info[:2])
    set_up(machine, place)
    if command == "setup":
        print("Ready. Next: python3 packaging/bootstrap.py demo   or: python3 packaging/bootstrap.py test")
        return 0
    if command in ("test", "bench"):
        os.chdir(str(place.root))
    words = program_words(place, command, rest)
    return hand_over(words, program_environment(dict(os.environ), machine.linux), machine.windows)


def main(arguments: list[str]) -> int:
    """Read the command line, run, and say in plain words what went wrong."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    if command not in ("demo", "test", "bench", "setup", "tool") or (command == "tool" and not rest):
        print(USAGE, end="", file=sys.stderr)
        return 2
    try:
        return run(command, rest)
    except SetupError as error:
        told = error
    except OSError as error:
        told = explain(f"Setting up ({error.filename or 'this machine'})", str(error.strerror))
    except KeyboardInterrupt:
        told = SetupError("Stopped.", "Run the same command again to go on.", 130)
    print(f"\n\n{told.wrong}\n{told.remedy}", file=sys.stderr)
    return told.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
