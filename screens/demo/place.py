"""The folder of a demo: the plant's own part, and a terminal that is configured for it."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from devices.plant.client import PlantCard


def default_configuration() -> Path:
    """The configuration that ships: of the checkout, or of the installed distribution."""
    checkout = Path(__file__).resolve().parents[2] / "packaging" / "default" / "terminal.toml"
    if checkout.exists():
        return checkout
    return Path(sysconfig.get_path("data")) / "share" / "lineside" / "terminal.toml"


# what the shipped file says, and what the demo says instead; `journal` is beside the file
def write_configuration(
    folder: Path,
    card: PlantCard,
    *,
    theme: str = "day",
    fastest_cycle_s: float = 0.05,
    people_key: Path | None = None,
) -> Path:
    """Write the demo terminal's configuration: the shipped one with the plant's addresses put in.

    With `people_key` people come signed, and prove by badge and PIN.
    """
    text = default_configuration().read_text(encoding="utf-8")
    changes = {
        'url = "http://127.0.0.1:8080"': f'url = "{card.mes_url}"',
        'token_file = "mes.token"': f"token_file = '{card.token_file}'",
        'endpoint = "opc.tcp://127.0.0.1:4840"': f'endpoint = "{card.endpoint}"',
        'port = "/dev/lineside/scanner"': f"port = '{card.readers['scanner']}'",
        'port = "/dev/lineside/badge_reader"': f"port = '{card.readers['badge_reader']}'",
        '# data_dir = "data"': 'data_dir = "terminal"',
        "fastest_cycle_s = 0.2": f"fastest_cycle_s = {fastest_cycle_s}",
        "count_every_ms = 2000": "count_every_ms = 1000",
        'theme = "day"': f'theme = "{theme}"',
    }
    if people_key is not None:
        changes |= {
            'sign_in = "badge" ': 'sign_in = "badge_and_pin" ',
            '# key_file = "mes-people.pem"': f"key_file = '{people_key}'",
        }
    for shipped, own in changes.items():
        if text.count(shipped) != 1:
            raise ValueError(f"the shipped configuration does not say {shipped!r} once")
        text = text.replace(shipped, own)
    file = folder / "terminal.toml"
    file.write_text(text, encoding="utf-8")
    return file


class TerminalProcess:
    """A terminal in a process of its own, as `lineside run` starts it."""

    def __init__(
        self, configuration: Path, *, size: tuple[int, int] = (1280, 800), words: tuple[str, ...] = ()
    ) -> None:
        """Start it; `drive` is where it listens for the hand."""
        self.configuration = configuration
        self.drive = _address(configuration.parent)
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        with (configuration.parent / "terminal.log").open("ab") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "screens.app",
                    "run",
                    "--config",
                    str(configuration),
                    "--size",
                    f"{size[0]}x{size[1]}",
                    "--drive",
                    self.drive,
                    *words,
                ],
                stdout=output,
                stderr=output,
                env=os.environ | {"PYTHONPATH": path},
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self._process.kill()
        self._process.wait()

    def end(self, timeout_s: float = 20.0) -> int:
        """Ask it to end, and wait; its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9


def _address(folder: Path) -> str:
    """Where the hand listens: a socket in the folder, or a short name where paths cannot be long."""
    path = str(folder.resolve() / "hand")
    if sys.platform == "win32" or len(path) > 100:
        return f"lineside-{abs(hash(path)):x}"
    return path
