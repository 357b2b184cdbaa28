"""F16: whatever a reader says is a code and nothing else; shown as it is, or taken as what the plans know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hmi import scans
from hmi.domain.signals import Scan
from screens.registry import SCREENS
from screens.shell.kiosk import LinkTrap
from tests.faults.kiosk_attempts import not_plain, other_windows
from tests.faults.reader_texts import hidden_signs, payloads
from tests.faults.suite_people import found_in, known_codes
from tests.screens.stand import Stand
from tests.unit.hmi.conftest import PLANS, Floor

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
FRAMES, SEED = 10_000, 16


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    """A ledger with the codes that readers may say."""
    made = Floor(tmp_path / "journal.db")
    made.open()
    made.plan(*PLANS, *known_codes())
    yield made
    made.ledger.stop()


@pytest.mark.slow
def test_any_stream_is_codes_and_nothing_else(floor: Floor, tell_figures: Callable[[str], None]) -> None:
    count, bad = found_in(floor, SEED, FRAMES)
    tell_figures(f"F16: {FRAMES} pieces of a stream, seed {SEED}: {count} codes, {len(bad)} misread")
    assert count > FRAMES // 3
    assert bad == []


def test_control_a_build_that_shows_what_it_read_as_it_stands_is_caught(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "visible", lambda text: text)
    _, bad = found_in(floor, SEED, 300)
    assert bad


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    yield made
    made.close()


def test_no_code_does_anything_but_be_read(stand: Stand, tell_figures: Callable[[str], None]) -> None:
    trap, bad, texts = LinkTrap(), list[str](), payloads()
    before = len(stand.journal())
    for number, text in enumerate(texts):
        stand.hub.post(Scan("scanner", b"", text, None, stand.clock.now(), stand.clock.ticks))
        if number % 20 == 19 or number == len(texts) - 1:
            stand.settle()
            shown = stand.answer()
            bad += [f"{number}: shows {sign}" for sign in hidden_signs(shown)]
            bad += [f"{number}: {name}" for name in (*other_windows(stand.window), *not_plain(stand.window))]
    bad += [f"opened {url}" for url in trap.opened]
    trap.end()
    bad += [entry.kind for entry in stand.journal()[before:]]
    if stand.window.shown_screen != "run":
        bad.append(f"led to {stand.window.shown_screen}")
    tell_figures(f"F16 S3: {len(texts)} payloads into the window: {len(bad)} actions")
    assert len(texts) >= 200
    assert bad == []
