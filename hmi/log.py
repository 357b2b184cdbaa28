"""Logs as JSON lines, one event a line; never a secret, never a control character as it stands."""

import logging
import logging.handlers
from pathlib import Path
from typing import TextIO

import structlog

_SHARED: list[structlog.typing.Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def start(folder: Path | None, screen: TextIO | None, level: str = "INFO") -> None:
    """Write logs to `folder`/lineside.log (rotated, 5 x 4 MiB) and, for people, to `screen`."""
    json_lines = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
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
    # asyncua writes a traceback a second while a PLC is away; the supervisor says it once
    for chatty in ("asyncua", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL if chatty == "asyncua" else logging.WARNING)
