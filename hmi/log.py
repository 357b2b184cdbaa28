"""Logs as JSON lines, one event a line; never a secret, never a control character as it stands."""

import logging
import logging.handlers
from pathlib import Path
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

_CHATTY = {"asyncua": logging.CRITICAL + 1, "httpx": logging.WARNING, "httpcore": logging.WARNING}


def start(folder: Path | None, screen: TextIO | None, level: str = "INFO") -> None:
    """Write logs to `folder`/lineside.log (rotated, 5 x 4 MiB) and, for people, to `screen`."""
    json_lines = JsonFormatter(
        "{levelname}{name}{message}",
        style="{",
        rename_fields={"levelname": "level", "name": "logger", "message": "event"},
        timestamp=True,
    )
    handlers: list[logging.Handler] = []
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(
                folder / "lineside.log", maxBytes=4 << 20, backupCount=5, encoding="utf-8"
            )
        )
    if screen is not None:
        handlers.append(logging.StreamHandler(screen))
    root = logging.getLogger()
    for handler in handlers:
        handler.setFormatter(json_lines)
        root.addHandler(handler)
    root.setLevel(level)
    hush()


def hush() -> None:
    """Keep what libraries say to themselves out of the log: what matters of it, links and sync say once.

    asyncua writes a traceback a second while a PLC is away, and warnings for what our own rules allow.
    """
    for name, level in _CHATTY.items():
        logging.getLogger(name).setLevel(level)
