"""What a supporter needs, in one file, and nothing secret: versions, settings, the journal's state, logs."""

import json
import platform
import re
import sqlite3
import sys
import tomllib
import zipfile
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from local_db.copies import Copies
from local_db.engine import reading
from local_db.heads import HEADS_SUFFIX, read_heads
from local_db.verify import verify

_SECRET_KEY = re.compile(
    r"pass|token|secret|pin\b|pepper|credential|api_?key|authorization|badge", re.IGNORECASE
)
_A_PATH = re.compile(r"(_file|_dir|_folder)$")
_SECRET_TEXT = (
    (re.compile(r"(?i)(bearer|basic)\s+\S+"), r"\1 [redacted]"),
    (re.compile(r"://[^/\s:@\"']+:[^/\s@\"']+@"), "://[redacted]@"),
    (
        re.compile(r"(?i)\b(password|passwd|token|secret|pin|pepper)(\"?\s*[=:]\s*\"?)[^\s\"',}]+"),
        r"\1\2[redacted]",
    ),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL),
        "[redacted]",
    ),
    (re.compile(r"\b(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{40,}\b"), "[redacted]"),
)
_LOG_BYTES = 8 << 20
_HEADS_SHOWN = 20
REDACTED = "[redacted]"


def redacted(value: object, key: str = "") -> Any:
    """The same without what is secret by the name of its key or by its form."""
    if isinstance(value, Mapping):
        return {str(name): redacted(one, str(name)) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(one, key) for one in value]
    if value is not None and _SECRET_KEY.search(key) and not _A_PATH.search(key):
        return REDACTED
    return redacted_text(value) if isinstance(value, str) else value


def redacted_text(text: str) -> str:
    """A text without what looks like a secret."""
    for pattern, instead in _SECRET_TEXT:
        text = pattern.sub(instead, text)
    return text


def pack(out: Path, *, config: Path, journal: Path, copies: Copies, logs: Path, program: str) -> list[str]:
    """Write the bundle; the names of what is in it."""
    parts: dict[str, str] = {
        "versions.json": _json(versions(program)),
        "config.json": _json(redacted(tomllib.loads(config.read_text("utf-8")))),
        "journal.json": _json(journal_state(journal)),
        "copies.json": _json(
            [{"name": copy.file.name, "epoch": copy.epoch, "seq": copy.seq} for copy in copies.kept()]
        ),
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in parts.items():
            bundle.writestr(name, text)
        for log in sorted(logs.glob("*.log*")):
            bundle.writestr(f"logs/{log.name}", "".join(_lines(log)))
        return bundle.namelist()


def versions(program: str) -> dict[str, object]:
    """Of the program, of what it stands on, and of the machine."""
    return {
        "lineside": program,
        "python": sys.version,
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "machine": platform.machine(),
        "packages": {one.metadata["Name"]: one.version for one in distributions() if one.metadata["Name"]},
    }


def journal_state(file: Path) -> dict[str, object]:
    """Counts by state and kind, what is proven, and the newest signed heads; never what an entry says."""
    if not file.exists():
        return {"file": str(file), "there": False}
    found = verify(file, heads=read_heads(file.with_suffix(HEADS_SUFFIX)))
    with closing(reading(file)) as connection:
        states = connection.execute("SELECT state, count(*) FROM receipt GROUP BY state").fetchall()
        kinds = connection.execute("SELECT kind, count(*) FROM journal GROUP BY kind").fetchall()
        pages = connection.execute("PRAGMA quick_check(5)").fetchall()
    heads = read_heads(file.with_suffix(HEADS_SUFFIX))[-_HEADS_SHOWN:]
    return {
        "file": str(file),
        "bytes": file.stat().st_size,
        "pages": [row[0].decode("utf-8", "replace") for row in pages],
        "entries": found.entries,
        "epoch": found.epoch,
        "proven_to": found.proven_to,
        "words": found.words,
        "states": {state.decode(): count for state, count in states},
        "kinds": {kind.decode(): count for kind, count in kinds},
        "heads": [asdict(head) for head in heads],
    }


def _lines(log: Path) -> Generator[str]:
    """The end of a log, each line redacted by its keys and by its form."""
    with log.open("rb") as raw:
        raw.seek(max(0, log.stat().st_size - _LOG_BYTES))
        for line in raw.read().decode("utf-8", "replace").splitlines():
            try:
                told = json.loads(line)
            except ValueError:
                yield redacted_text(line) + "\n"
            else:
                yield json.dumps(redacted(told), ensure_ascii=False) + "\n"


def _json(value: object) -> str:
    """Times and dates, which TOML knows, as their texts."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"
