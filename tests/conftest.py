"""What holds for every test: windows in memory, and nothing left behind or passed over in silence.

LINESIDE_SHOW=1 in the environment shows the windows on the real display instead.
HYPOTHESIS_PROFILE=search looks for new counter-examples; otherwise a run tries the same examples every time.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

if not os.environ.get("LINESIDE_SHOW"):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before the first import of Qt, wherever that happens

settings.register_profile("same", derandomize=True, database=None)
settings.register_profile("search", print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

THREAD_END = 2.0  # seconds that a thread may take to end after its test


class ErrorLines(logging.Handler):
    """Keeps every ERROR line of the run of one test."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, with its traceback if it has one."""
        self.lines.append(self.format(record))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test that looks at Qt's warnings itself see them without failing by them."""
    for item in items:
        if item.get_closest_marker("qt_warnings"):
            item.add_marker(pytest.mark.qt_log_level_fail("CRITICAL"))


@pytest.fixture
def tell_figures(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a figure that was measured; it is printed at the end of the run, also when workers share it."""

    def tell(words: str) -> None:
        request.node.user_properties.append(("figures", words))

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests told."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind)]
    told = [str(words) for r in reports for name, words in r.user_properties if name == "figures"]
    if told:
        terminalreporter.section("figures")
        for words in told:
            terminalreporter.write_line(words)


@pytest.fixture(autouse=True)
def no_unexpected_error_lines(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which something was logged as ERROR, unless it is marked `log_errors`."""
    kept = ErrorLines()
    root = logging.getLogger()
    root.addHandler(kept)
    try:
        yield
    finally:
        root.removeHandler(kept)
    if kept.lines and not request.node.get_closest_marker("log_errors"):
        pytest.fail("unexpected ERROR lines:\n" + "\n".join(kept.lines), pytrace=False)


@pytest.fixture(autouse=True)
def no_living_threads() -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_END
    left = _new_threads(before)
    while left and time.monotonic() < deadline:
        left[0].join(0.05)
        left = _new_threads(before)
    if left:
        pytest.fail(f"threads left over: {', '.join(thread.name for thread in left)}", pytrace=False)


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the living threads that Python itself started; Qt's own (_DummyThread) are Qt's to end."""
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before and thread.is_alive() and type(thread).__name__ != "_DummyThread"
    ]
