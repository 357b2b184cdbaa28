"""One event is one line of JSON, whatever somebody put into it."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from hmi import log


@pytest.fixture
def handlers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.mark.usefixtures("handlers_as_before")
@pytest.mark.log_errors
def test_an_event_is_one_line_with_its_parts(tmp_path: Path) -> None:
    log.start(tmp_path / "logs", None)
    try:
        raise ValueError("scan \x1b[31m\nof a stranger")
    except ValueError:
        logging.getLogger("lineside.test").exception("not\nread", extra={"link": "Scanner"})
    text = (tmp_path / "logs" / "lineside.log").read_text("utf-8")
    (line,) = text.splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"], told["event"], told["link"]) == (
        "ERROR",
        "lineside.test",
        "not\nread",
        "Scanner",
    )
    assert "ValueError" in told["exc_info"]
    assert told["timestamp"].endswith("+00:00")
    assert "\x1b" not in text


def test_what_asyncua_says_to_itself_is_not_logged() -> None:
    log.hush()
    assert not logging.getLogger("asyncua.client").isEnabledFor(logging.ERROR)
