"""`lineside support-bundle FILE`: one file for a supporter, without secrets and without what entries say."""

from pathlib import Path

from hmi import config as configuration
from hmi.errors import ConfigError
from local_db.bundle import pack
from local_db.copies import Copies
from screens.settings import copies_folder, data_folder, journal_file


def run_support_bundle(out: Path, config: Path, program: str) -> int:
    """Write it and say what is in it; `program` is the version that runs."""
    terminal = configuration.load(config)
    file = journal_file(terminal, config)
    try:
        names = pack(
            out,
            config=config,
            journal=file,
            copies=Copies(copies_folder(terminal, config), file.stem),
            logs=data_folder(terminal, config) / "logs",
            program=program,
        )
    except OSError as error:
        raise ConfigError(str(out), "", f"cannot be written ({error})", "Name another file") from error
    print(f"{out}: {', '.join(names)}")
    print("Secrets and what entries say are left out. Look into it before you send it.")
    return 0
