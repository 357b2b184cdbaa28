"""`lineside demo`: the plant, a terminal for it, and either a person or the story that plays itself."""

import argparse
import os
import sys
import time
from datetime import datetime
from pathlib import Path

from platformdirs import user_cache_path

from devices.plant.client import PlantError
from screens.demo.eye import NotSeen
from screens.demo.play import Album, play_chapter
from screens.demo.stage import Stage
from screens.demo.story import STEPS
from screens.demo.troubles import troubled_story

PLAY_CYCLE_S = 0.4
WATCH_CYCLE_S = 2.4


def has_display() -> bool:
    """Whether a window could be seen."""
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        return False
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def run_demo(arguments: argparse.Namespace) -> int:
    """Start everything, play or let play, and end everything; 0 when all went well."""
    folder: Path = (
        arguments.dir or user_cache_path("lineside") / f"demo-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    )
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        if arguments.play or not has_display():
            return _play(arguments, folder)
        with_person = _stage(arguments, folder, "the demo plant", WATCH_CYCLE_S, pins=arguments.pins)
        try:
            return _let_play(with_person, arguments.size[0])
        finally:
            with_person.close()
    except (PlantError, NotSeen, ConnectionError) as error:
        print(f"\nThe demo cannot go on: {error}", file=sys.stderr)
        print(f"What the programs said stands in the *.log files in {folder}", file=sys.stderr)
        return 1


def _stage(
    arguments: argparse.Namespace, folder: Path, what: str, cycle_s: float, *, pins: bool = False
) -> Stage:
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    print(f"Starting {what} (press, PLC, readers, MES) and a terminal in {folder}", flush=True)
    stage = Stage(
        folder,
        cycle_s=arguments.cycle_s or cycle_s,
        theme=arguments.theme,
        size=arguments.size,
        words=("--at", "0x0"),
        signed_people=pins,
    )
    try:
        stage.eye.look()
    except ConnectionError:
        stage.close()
        raise
    card = stage.plant.card
    print(f"  all of it runs after {time.monotonic() - began:.1f} s; the PLC is {card.endpoint}")
    print(f"  what the MES received: {card.mes_url} (open it in a browser)")
    if stage.letters is not None:
        print(f"  people prove by badge and PIN; the codes of their letters: {stage.letters}")
    print(f"  the terminal again: lineside run --config {stage.configuration}", flush=True)
    return stage


def _play(arguments: argparse.Namespace, folder: Path) -> int:
    """The story, and the story once more on a fresh terminal with every trouble in it."""
    pictures: Path = arguments.pictures or folder / "pictures"
    began = time.monotonic()
    well = True
    if not arguments.troubles:
        stage = _stage(arguments, folder / "story", "the demo plant", PLAY_CYCLE_S)
        try:
            well = play_chapter(stage, "The main job", STEPS, Album(pictures / "story"))
        finally:
            stage.close()
        print()
    stage = _stage(arguments, folder / "troubles", "a second plant", PLAY_CYCLE_S)
    try:
        title = "The same with the MES away, the PLC restarted, readers unplugged, the terminal killed"
        well &= play_chapter(stage, title, troubled_story(stage), Album(pictures / "troubles"))
    finally:
        stage.close()
    verdict = "Nothing was lost, nothing is twice." if well else "NOT as it must be: see the lines above."
    print(f"\n{verdict} All of it took {time.monotonic() - began:.1f} s.")
    print(f"Pictures: {pictures}")
    print("Next: `demo` with a display lets you play, `demo --play` shows it; `test` runs the tests.")
    return 0 if well else 1


def _let_play(stage: Stage, beside: int) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from screens.demo.panel import PlantPanel
    from screens.kit import theme

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme.apply(application, theme.DAY)
    panel = PlantPanel(stage.plant)
    panel.move(beside + 8, 0)
    panel.show()
    watch = QTimer(interval=300)
    watch.timeout.connect(lambda: application.quit() if stage.terminal.ended is not None else None)
    watch.start()
    print("Play: the panel's guide tells each step; the first is M. Okafor's badge. Close a window to end.")
    code = application.exec()
    print(f"What you did stands in {stage.journal}. Next: python3 packaging/bootstrap.py test", flush=True)
    return code
