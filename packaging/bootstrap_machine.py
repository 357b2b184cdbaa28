"""What the set-up asks of a machine, and how it speaks of it: commands, libraries, steps, plain words."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
CERTIFICATE_FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
BEAT = 15.0  # seconds between two signs of life of a long command

NETWORK = re.compile(
    r"name resolution|name or service not known|network is unreachable|dns error|connection (refused|reset)"
    r"|timed out|could not resolve|error sending request|failed to fetch|failed to establish a new connection"
    r"|unable to fetch|tunnel connection failed|could not fetch|connect error",
    re.IGNORECASE,
)
CERTIFICATE = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate|UnknownIssuer|SSLError", re.IGNORECASE
)
DISK = re.compile(r"no space left|disk quota|not enough (free )?(disk )?space|os error 28", re.IGNORECASE)
HASHES = re.compile(r"hash mismatch|THESE PACKAGES DO NOT MATCH THE HASHES", re.IGNORECASE)
DENIED = re.compile(r"permission denied|read-only file system|os error 13", re.IGNORECASE)

LOAD_ALL = """\
import ctypes, sys
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(name)
    except OSError:
        print(name)
"""


class SetupError(Exception):
    """Something a person has to mend: what is wrong, what to do, and the exit code."""

    def __init__(self, wrong: str, remedy: str, code: int = 4) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.remedy = remedy
        self.code = code


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code, and what it printed on both outputs."""

    code: int
    output: str


class Machine:
    """What the set-up asks of the machine it runs on."""

    def __init__(self) -> None:
        self.linux = sys.platform.startswith("linux")
        self.windows = os.name == "nt"
        self.root = not self.windows and os.geteuid() == 0
        self.person = sys.stdin is not None and sys.stdin.isatty()

    def which(self, name: str) -> str | None:
        """Return the path of a command, or None."""
        return shutil.which(name)

    def missing_libraries(self, sonames: list[str]) -> list[str]:
        """Return those that the loader does not find, asked in a child process: a bad driver may crash it."""
        if importlib.util.find_spec("_ctypes") is None:
            return sonames  # Debian's python3-minimal; the package python3 comes with the venv module
        outcome = self.run([sys.executable, "-c", LOAD_ALL, *sonames])
        if outcome.code == 0:
            return outcome.output.split()
        return [name for name in sonames if self.run([sys.executable, "-c", LOAD_ALL, name]).output.strip()]

    def has_file(self, name: str) -> bool:
        """Tell whether a file of the system is there."""
        return Path(name).is_file()

    def has_font(self) -> bool:
        """Tell whether the typeface of the screens is installed."""
        folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
        return any(next(folder.glob("**/Inter*.[ot]t[fc]"), None) for folder in folders if folder.is_dir())

    def can_make_environments(self) -> bool:
        """Tell whether this Python has venv and ensurepip (Debian ships them apart)."""
        return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))

    def has_package_lists(self) -> bool:
        """Tell whether apt knows any package at all."""
        return any(Path("/var/lib/apt/lists").glob("*_Packages*"))

    def system_certificates(self) -> str | None:
        """Return the file with the certificates that this machine's owner trusts, or None."""
        return next((name for name in CERTIFICATE_FILES if Path(name).is_file()), None)

    def free_bytes(self, folder: Path) -> int:
        """Return the free space of the disk that holds `folder`."""
        return shutil.disk_usage(folder).free

    def run(self, words: list[str], environment: dict[str, str] | None = None) -> Outcome:
        """Run a command to its end and keep what it prints; a long one gives a sign of life."""
        everything = {**os.environ, **(environment or {})}
        with tempfile.TemporaryFile() as kept:
            try:
                child = subprocess.Popen(
                    words, env=everything, stdin=subprocess.DEVNULL, stdout=kept, stderr=subprocess.STDOUT
                )
            except OSError as error:
                return Outcome(127, str(error))
            code = self._wait(child)
            kept.seek(0)
            return Outcome(code, kept.read().decode("utf-8", "replace"))

    def ask(self, words: list[str]) -> int:
        """Run a command that talks with the person at the keyboard, and return its exit code."""
        return subprocess.call(words)

    def _wait(self, child: subprocess.Popen[bytes]) -> int:
        began = time.monotonic()
        try:
            while True:
                try:
                    return child.wait(timeout=BEAT)
                except subprocess.TimeoutExpired:
                    print(f"{time.monotonic() - began:.0f} s ... ", end="", flush=True)
        except KeyboardInterrupt:
            child.terminate()
            child.wait()
            raise


@dataclass
class Steps:
    """Prints one line per step, with its seconds."""

    began: float = field(default_factory=time.monotonic)

    def start(self, name: str) -> None:
        """Name the step that begins now."""
        self.began = time.monotonic()
        print(f"  {name:<19}", end="", flush=True)

    def note(self, text: str) -> None:
        """Say what the step is at."""
        print(f"{text} ... ", end="", flush=True)

    def end(self, word: str = "done") -> None:
        """Close the line of the step."""
        print(f"{word} ({time.monotonic() - self.began:.1f} s)", flush=True)


def explain(what: str, output: str) -> SetupError:
    """Turn a failed command's output into plain words with a remedy."""
    if DISK.search(output):
        return SetupError(f"{what}: the disk is full.", "Make room (about 1.5 GB) and run the command again.")
    if HASHES.search(output):
        return SetupError(
            f"{what}: a download is not the file that was locked, so it was refused.",
            "A proxy may have changed it. Run again; if it stays, compare with packaging/requirements.lock.",
        )
    if CERTIFICATE.search(output):
        return SetupError(
            f"{what}: the server's certificate is not trusted here.",
            "Behind a company proxy, set SSL_CERT_FILE to its certificate file and run again.",
        )
    if NETWORK.search(output):
        return SetupError(
            f"{what}: the package server cannot be reached.",
            "Check the network; a proxy goes into HTTPS_PROXY, a mirror into PIP_INDEX_URL. Then run again.",
        )
    if DENIED.search(output):
        return SetupError(
            f"{what}: this account may not write there.",
            "Run it as the owner of this folder, or copy the folder to one of your own.",
        )
    lines = [line for line in output.strip().splitlines() if line.strip()][-15:]
    told = "\n".join("    " + line for line in lines) or "    (it printed nothing)"
    return SetupError(f"{what} failed. It said:\n{told}", "Mend that and run the same command again.")
