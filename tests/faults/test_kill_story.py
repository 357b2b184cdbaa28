"""`kill -9` of the terminal at random moments of the story: nothing is lost and nothing is twice."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.features.world import World, lost_and_twice

KILLS = int(os.environ.get("LINESIDE_KILLS", "100"))
KILLS_A_STORY = 20
SEED = int(os.environ.get("LINESIDE_SEED", "20261121"))


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_story_survives_kills_at_random_moments(tmp_path: Path, tell_figures: Callable[[str], None]) -> None:
    rng = random.Random(SEED)
    killed = stories = entries = lost = twice = 0
    while killed < KILLS:
        stories += 1
        world = World(tmp_path / f"story-{stories}", seed=stories)
        try:
            world.player.wait("plans", lambda s: s.says("WO-104233"))
            world.play_with_kills(rng, min(KILLS_A_STORY, KILLS - killed))
            lines, at_mes = world.end_of_story()
            here = [line["entry"]["id"] for line in lines]
            story_lost, story_twice = lost_and_twice(here, at_mes)
            world.assert_once(lines, at_mes)
            world.assert_response()
            world.assert_counted(lines)
        finally:
            world.close()
        killed += world.kills
        entries += len(here)
        lost += story_lost
        twice += story_twice
    figures = f"{entries} entries, lost {lost}, twice {twice}, seed {SEED}"
    tell_figures(f"kill -9: {killed} kills in {stories} stories, {figures}")
    assert (lost, twice) == (0, 0)
