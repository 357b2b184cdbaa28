"""The story that plays itself: each step printed with what the MES received, and a folder of pictures."""

import html
import re
import time
from pathlib import Path

from screens.demo.received import InboxRow, Received, kinds
from screens.demo.stage import Stage
from screens.demo.story import ORDER, PLANS, RECEIPTS, Step

RAIL = ("run", "orders", "inspection", "repair", "waiting", "devices")
WALKED = ("scrap", "check", "findings", "MES off", "complete")


class Album:
    """Pictures of the window, numbered as they are taken, and a page that shows them all."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`."""
        self._folder = folder
        self._taken: list[tuple[str, str]] = []
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, stage: Stage, name: str) -> None:
        """Take one."""
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        file = f"{len(self._taken) + 1:02}-{plain}.png"
        stage.eye.picture(self._folder / file)
        self._taken.append((file, name))

    def walk(self, stage: Stage, name: str) -> None:
        """Take one of every screen of the rail."""
        for screen in RAIL:
            stage.eye.touch(f"rail.{screen}")
            stage.eye.wait(screen, lambda s, wanted=screen: s.screen == wanted)
            time.sleep(0.3)
            self.take(stage, f"{name}: {screen}")
        stage.eye.touch("rail.run")

    def write_page(self) -> Path:
        """Write `index.html`; its path."""
        figures = "\n".join(
            f'<figure><a href="{html.escape(file)}"><img src="{html.escape(file)}" alt=""></a>'
            f"<figcaption>{html.escape(name)}</figcaption></figure>"
            for file, name in self._taken
        )
        style = (
            "body{margin:2rem;font:16px system-ui,sans-serif;background:#e8ebee;color:#1d242c}"
            "main{display:grid;grid-template-columns:repeat(auto-fill,minmax(28rem,1fr));gap:1.5rem}"
            "figure{margin:0}img{width:100%;border-radius:6px}figcaption{padding:.4rem 0}"
        )
        page = self._folder / "index.html"
        page.write_text(
            "<!doctype html><html lang=en><meta charset=utf-8><title>The story in pictures</title>"
            f"<style>{style}</style><h1>The story in pictures</h1><main>\n{figures}\n</main></html>\n",
            encoding="utf-8",
        )
        return page


def play_chapter(stage: Stage, title: str, steps: tuple[Step, ...], album: Album) -> bool:
    """Play these steps and print each; True when the MES holds everything once."""
    known: set[str] = set()
    began = time.monotonic()
    print(f"\n{title}\n{'step':18} {'took':>7}  what the MES received", flush=True)
    for step in (PLANS, *steps, RECEIPTS):
        _play_step(stage, step, known)
        album.take(stage, step.name)
        if step.name in WALKED:
            album.walk(stage, step.name)
    print(f"This took {time.monotonic() - began:.1f} s. Pictures: {album.write_page()}")
    return _sum_up(stage.received)


def _play_step(stage: Stage, step: Step, known: set[str]) -> None:
    began = time.monotonic()
    step.play(stage.player)
    took = f"{step.name:18} {time.monotonic() - began:6.2f}s"
    if not stage.received.is_there():
        waiting = next((text for _, text in stage.eye.look().texts if "offline" in text), "")
        said = " ".join(waiting.split())
        print(f"{took}  nothing, it is away; the terminal says: {said}", flush=True)
        return
    time.sleep(0.4)
    new = [row for row in stage.received.entries() if row.id not in known]
    known.update(row.id for row in new)
    print(f"{took}  {kinds(new) or '-'}", flush=True)


def faults_of(rows: list[InboxRow]) -> tuple[int, int, int]:
    """How many entries stand twice at the MES, how many numbers are missing, how many were refused."""
    twice = len(rows) - len({row.id for row in rows})
    seqs = {row.seq for row in rows}
    missing = max(seqs, default=0) - len(seqs)
    return twice, missing, sum(row.result == "refused" for row in rows)


def _sum_up(received: Received) -> bool:
    rows = received.entries()
    response = received.job_response(ORDER)
    twice, missing, refused = faults_of(rows)
    print(f"The MES holds {len(rows)} entries: {twice} twice, {missing} missing, {refused} refused.")
    print(
        f"Order {ORDER}: {response['state']}, produced {response['produced']}, good {response['good']}, "
        f"scrap {response['scrap']}; {len(response['stops'])} stops, {len(response['samples'])} samples, "
        f"{len(response['nonconformances'])} nonconformances, {len(response['repairs'])} repairs."
    )
    return (twice, missing, refused) == (0, 0, 0)
