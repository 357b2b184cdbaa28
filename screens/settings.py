"""Where a terminal keeps its files."""

from datetime import timedelta
from pathlib import Path

from platformdirs import user_data_path

from hmi.config import TerminalConfig, beside

# how long after a crash the person who was signed in still is
KEEP_SESSION = timedelta(minutes=2)


def data_folder(config: TerminalConfig, file: Path) -> Path:
    """The terminal's folder, made if need be: as configured (beside the file), or the system's place."""
    if config.terminal.data_dir is not None:
        folder = beside(file.resolve(), config.terminal.data_dir)
    else:
        folder = user_data_path("lineside", appauthor=False) / config.terminal.id
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def copies_folder(config: TerminalConfig, file: Path) -> Path:
    """Where copies of the journal are kept: as configured, or in the terminal's folder."""
    if config.terminal.copies_dir is not None:
        return beside(file.resolve(), config.terminal.copies_dir)
    return data_folder(config, file) / "copies"


def archive_folder(config: TerminalConfig, file: Path) -> Path:
    """Where old entries of the journal go: as configured, or in the terminal's folder."""
    if config.journal.archive_dir is not None:
        return beside(file.resolve(), config.journal.archive_dir)
    return data_folder(config, file) / "archive"


def journal_file(config: TerminalConfig, file: Path) -> Path:
    """The SQLite file that keeps the entries."""
    return data_folder(config, file) / "journal.db"
