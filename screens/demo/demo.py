"""`lineside demo`: the plant, a terminal for it, and either a person or the story that plays itself."""

import argparse
import html
import os
import sys
import time
from datetime import datetime
from pathlib import Path

from platformdirs import user_cache_path

from devices.plant.client import PlantClient, PlantError, PlantProcess
from screens.demo.eye import Eye, NotSeen
from screens.demo.place import TerminalProcess, write_configuration
from screens.demo.received import Received, kinds
from screens.demo.story import ORDER, RECEIPTS, STEPS, Player, Step

RAIL = ("run", "orders", "inspection", "repair", "waiting", "devices")
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
    began = time.monotonic()
    folder: Path = (
        arguments.dir or user_cache_path("lineside") / f"demo-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    plays = arguments.play or not has_display()
    if not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    cycle_s = arguments.cycle_s or (PLAY_CYCLE_S if plays else WATCH_CYCLE_S)
    print(f"Demo plant: press, PLC, readers and MES start in {folder}", flush=True)
    plant = PlantProcess(folder / "plant", "--cycle-s", str(cycle_s))
    terminal: TerminalProcess | None = None
    try:
        client = plant.wait_until_up()
        print(f"  PLC {client.card.endpoint} · MES {client.card.mes_url} (open it in a browser)", flush=True)
        file = write_configuration(folder, client.card, theme=arguments.theme)
        terminal = TerminalProcess(file, size=arguments.size, words=("--at", "0x0"))
        eye = Eye(terminal.drive)
        print(
            f"Terminal: window after {time.monotonic() - began:.1f} s, lineside run --config {file}",
            flush=True,
        )
        if plays:
            pictures = arguments.pictures or folder / "pictures"
            return _play(client, eye, pictures, mes_off=arguments.mes_off)
        return _let_play(client, terminal, arguments.size[0])
    except (PlantError, NotSeen, ConnectionError) as error:
        print(f"\nThe demo cannot go on: {error}", file=sys.stderr)
        print(
            f"What the programs said stands in {folder}/terminal.log and {folder}/plant/plant.log",
            file=sys.stderr,
        )
        return 1
    finally:
        if terminal is not None and terminal.ended is None:
            terminal.end()
        plant.end()


def _let_play(client: PlantClient, terminal: TerminalProcess, beside: int) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from screens.demo.panel import PlantPanel
    from screens.kit import theme

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme.apply(application, theme.DAY)
    panel = PlantPanel(client)
    panel.move(beside + 8, 0)
    panel.show()
    watch = QTimer(interval=300)
    watch.timeout.connect(lambda: application.quit() if terminal.ended is not None else None)
    watch.start()
    print(
        "Play: begin at the panel's first step, scan M. Okafor's badge. Close either window to end.",
        flush=True,
    )
    return application.exec()


def _play(client: PlantClient, eye: Eye, pictures: Path, *, mes_off: bool) -> int:
    pictures.mkdir(parents=True, exist_ok=True)
    received = Received(client.card.mes_url, client.card.terminal)
    player = Player(lambda: eye, client, mes_away=mes_off)
    taken: list[tuple[str, str]] = []
    known: set[str] = set()
    began = time.monotonic()
    print(f"\n{'step':18} {'took':>7}  what the MES received", flush=True)
    player.wait("plans of the MES", lambda s: s.says("WO-104233"))
    if mes_off:
        client.mes("off")
    for step in STEPS:
        _play_step(step, player, received, known)
        _picture(eye, pictures, step.name, taken)
        if step.name in ("scrap", "check", "findings"):
            _walk(eye, pictures, step.name, taken)
    if mes_off:
        _walk(eye, pictures, "mes away", taken)
        client.mes("on")
    _play_step(RECEIPTS, player, received, known)
    _picture(eye, pictures, RECEIPTS.name, taken)
    _index(pictures, taken)
    return _sum_up(received, pictures, time.monotonic() - began)


def _play_step(step: Step, player: Player, received: Received, known: set[str]) -> None:
    began = time.monotonic()
    step.play(player)
    took = time.monotonic() - began
    if not received.is_there():
        print(f"{step.name:18} {took:6.2f}s  (MES away) {step.words}", flush=True)
        return
    time.sleep(0.4)
    new = [row for row in received.entries() if row.id not in known]
    known.update(row.id for row in new)
    print(f"{step.name:18} {took:6.2f}s  {kinds(new) or '-'}", flush=True)


def _walk(eye: Eye, pictures: Path, name: str, taken: list[tuple[str, str]]) -> None:
    """Take a picture of every screen of the rail."""
    for screen in RAIL:
        eye.touch(f"rail.{screen}")
        eye.wait(screen, lambda s, wanted=screen: s.screen == wanted)
        time.sleep(0.3)
        _picture(eye, pictures, f"{name}, {screen}", taken)
    eye.touch("rail.run")


def _picture(eye: Eye, pictures: Path, name: str, taken: list[tuple[str, str]]) -> None:
    file = f"{len(taken) + 1:02}-{name.replace(', ', '-').replace(' ', '_')}.png"
    eye.picture(pictures / file)
    taken.append((file, name))


def _index(pictures: Path, taken: list[tuple[str, str]]) -> None:
    body = "\n".join(
        f'<figure><img src="{html.escape(file)}" width="640">'
        f"<figcaption>{html.escape(name)}</figcaption></figure>"
        for file, name in taken
    )
    page = f"<!doctype html><meta charset=utf-8><title>The story in pictures</title>\n{body}\n"
    (pictures / "index.html").write_text(page, encoding="utf-8")


def _sum_up(received: Received, pictures: Path, took: float) -> int:
    rows = received.entries()
    response = received.job_response(ORDER)
    gaps = [seq for seq, row in enumerate(rows, start=1) if row.seq != seq]
    twice = len(rows) - len({row.id for row in rows})
    refused = [row for row in rows if row.result == "refused"]
    print(f"\nThe MES holds {len(rows)} entries: {twice} twice, {len(gaps)} missing, {len(refused)} refused.")
    print(
        f"Order {ORDER}: {response['state']}, produced {response['produced']}, good {response['good']}, "
        f"scrap {response['scrap']}; {len(response['stops'])} stops, {len(response['samples'])} samples, "
        f"{len(response['nonconformances'])} nonconformances, {len(response['repairs'])} repairs."
    )
    print(f"The story took {took:.1f} s. Pictures: {pictures / 'index.html'}")
    print("Next: play it yourself with a display (lineside demo), or run the tests.")
    return 0 if not (gaps or twice or refused) else 1
