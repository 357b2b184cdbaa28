"""The tiles of the Run page: a trace with a gap where nothing could be believed, and a scale that is off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hmi.domain.signals import LinkState
from screens.registry import SCREENS
from screens.run_tiles import LiveTile
from tests.screens.stand import TAGS, Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    made.all_up()
    yield made
    made.close()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_lost_link_leaves_a_gap_in_the_trace_whatever_the_last_value_was(
    stand: Stand, value: float
) -> None:
    tile = LiveTile(stand.terminal, TAGS[1])
    stand.reading("force", value)
    tile.show()
    stand.link("plc", "opcua", LinkState.LOST, error="gone")
    stand.clock.go(60)
    tile.show()
    assert [number for _, number in tile.trace] == [value, None]
    tile.widget.deleteLater()


def test_a_scale_that_is_off_behind_its_open_port_is_shown_as_old(tmp_path: Path, qapp: object) -> None:
    scale = replace(TAGS[1], name="weight", label="Scale", streams=True)
    stand = Stand(tmp_path, SCREENS, tags=(scale,))
    try:
        stand.all_up()
        stand.window.show_screen("run")
        stand.reading("weight", 12.0)
        assert "s old" not in stand.text("tile.weight")
        for _ in range(3):
            stand.clock.go(2)
            stand.hub.post_heard("plc", stand.clock.ticks)
            stand.go(0)
        shown = stand.terminal.shown("weight")
        assert shown is not None
        assert (shown.stale, shown.age_ms) == (True, 6000)
        assert "6 s" in stand.text("tile.weight")
    finally:
        stand.close()
