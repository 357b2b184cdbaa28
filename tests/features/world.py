"""A plant, a terminal and a player of the story, as processes of their own, and what must hold at the end."""

import io
import json
import random
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from local_db.verify import export, verify
from screens.demo.stage import Stage
from screens.demo.story import EXECUTE, FAULT, ORDER, RECEIPTS, STEPS, Step

CYCLE_S = 0.3
STOPPED = 2


class World(Stage):
    """The stage of the demo, played by a test that asks what must hold."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        """Start the plant and a terminal."""
        super().__init__(folder, cycle_s=CYCLE_S, seed=seed)
        self.kills = 0

    def kill_terminal(self) -> None:
        """`kill -9`; the next look starts it again."""
        super().kill_terminal()
        self.kills += 1

    def play(self, steps: tuple[Step, ...] = STEPS) -> None:
        """Play steps; one that a kill cut off is played again."""
        for step in steps:
            self.play_step(step)

    def play_step(self, step: Step) -> None:
        """Play one step to its end, over as many terminals as it takes."""
        for _ in range(60):
            try:
                step.play(self.player)
            except ConnectionError:
                super().kill_terminal()
            else:
                return
        raise AssertionError(f"{step.name} was not to be finished")

    def play_with_kills(self, rng: random.Random, kills: int) -> None:
        """Play the story while the terminal is killed at random moments, `kills` times at most."""
        killer = Killer(self, rng, kills)
        try:
            self.play()
        finally:
            killer.stop()
        self.kills += killer.done

    # ------------------------------------------------------------- what must hold

    def end_of_story(self) -> tuple[list[dict[str, Any]], Counter[str]]:
        """Stop the press, wait for every receipt; the journal's lines, and the ids that the MES holds then.

        The MES is asked between two equal readings of the journal: what is committed meanwhile is no ghost.
        """
        press = self.plant.state().press
        if press is not None and press.state == EXECUTE:
            self.plant.press("stop")
            self.plant.wait_for_press(STOPPED)
        end = time.monotonic() + 180
        while True:
            self.play_step(RECEIPTS)
            lines = self.exported()
            press = self.plant.state().press
            received = all(line["receipt"]["state"] == "received" for line in lines)
            at_mes = Counter(row.id for row in self.received.entries())
            counted = press is not None and counted_to(lines) == press.processed
            if counted and received and len(self.exported()) == len(lines):
                return lines, at_mes
            assert time.monotonic() < end, f"not settled: {len(lines)} entries, {press}, received {received}"
            time.sleep(0.3)

    def exported(self) -> list[dict[str, Any]]:
        """The journal as `lineside journal export` writes it."""
        out = io.StringIO()
        export(self.journal, out)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    def assert_once(self, lines: list[dict[str, Any]], at_mes: Counter[str]) -> None:
        """Journal and MES hold the same entries, each once, each received, and the chain holds."""
        here = [line["entry"]["id"] for line in lines]
        lost, twice = lost_and_twice(here, at_mes)
        assert (lost, twice) == (0, 0)
        ghosts = [row for row in self.received.entries() if row.id in at_mes.keys() - set(here)]
        assert ghosts == []
        states = Counter(line["receipt"]["state"] for line in lines)
        assert states == {"received": len(here)}, states
        found = verify(self.journal)
        assert found.first_bad is None, found.words

    def assert_response(self) -> None:
        """The MES holds what the story did, once."""
        response = self.received.job_response(ORDER)
        assert response["state"] == "completed"
        assert Decimal(response["produced"]) > 4
        assert Decimal(response["scrap"]) == 2
        assert Decimal(response["good"]) == Decimal(response["produced"]) - 2
        stops = [stop for stop in response["stops"] if stop["fault"] == FAULT]
        assert len(stops) == 1, response["stops"]
        assert stops[0]["reason"]
        assert stops[0]["ended_at"]
        assert len(response["samples"]) == 1
        assert len(response["nonconformances"]) == 1
        assert len(response["repairs"]) == 1, response["repairs"]
        repair = response["repairs"][0]
        assert [key for key in ("problem", "cause", "remedy", "ended_at") if not repair[key]] == []
        assert [part["lot"] for part in repair["parts"]] == ["L-5521"]

    def assert_counted(self, lines: list[dict[str, Any]]) -> None:
        """The sum of what was counted is what the PLC's counter went on by."""
        press = self.plant.state().press
        assert press is not None
        entries = [line["entry"] for line in lines if line["entry"]["kind"] == "production.counted"]
        first = entries[0]["payload"]["counter_from"]
        total = sum(Decimal(entry["payload"]["quantity"]) for entry in entries)
        assert [e["payload"]["evidence"] for e in entries].count("reset") == 1
        assert total == press.processed - first


def counted_to(lines: list[dict[str, Any]]) -> int:
    """The counter value that was booked last."""
    counted = [line["entry"] for line in lines if line["entry"]["kind"] == "production.counted"]
    return counted[-1]["payload"]["counter_to"] if counted else -1


def lost_and_twice(here: list[str], at_mes: Counter[str]) -> tuple[int, int]:
    """How many of the journal's entries the MES has not, and how many stand somewhere more than once."""
    lost = sum(1 for entry in here if entry not in at_mes)
    twice = sum(n - 1 for n in at_mes.values()) + len(here) - len(set(here))
    return lost, twice


class Killer(threading.Thread):
    """Kills the terminal at random moments, also while it starts."""

    def __init__(self, world: World, rng: random.Random, kills: int) -> None:
        """Begin at once."""
        super().__init__(name="killer")
        self._world = world
        self._rng = rng
        self._kills = kills
        self._over = threading.Event()
        self.done = 0
        self.start()

    def run(self) -> None:
        """Wait, kill, and wait for the next terminal."""
        while self.done < self._kills:
            if self._over.wait(self._rng.uniform(0.1, 3.5)):
                return
            terminal = self._world.terminal
            if terminal.ended is None:
                terminal.kill()
                self.done += 1

    def stop(self) -> None:
        """No more kills."""
        self._over.set()
        self.join()
