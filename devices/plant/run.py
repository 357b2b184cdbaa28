"""The demo plant as one program: starts the parts, obeys the control, and ends everything together."""

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from devices.plant.control import Control
from devices.plant.lifeline import follow_stdin
from devices.plant.part import PartError
from devices.plant.plant import LOOPBACK, Plant, PlantSettings
from devices.plant.story import STORY, read_story


async def _run(settings: PlantSettings, follows_stdin: bool) -> None:
    plant = Plant(settings, read_story(settings.story, time.time()))
    loop = asyncio.get_running_loop()
    if sys.platform != "win32":
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, plant.ended.set)

    def end() -> None:
        loop.call_soon_threadsafe(plant.ended.set)

    if follows_stdin:
        follow_stdin(lambda line: None, end)
    server = await asyncio.start_server(Control(plant).serve, LOOPBACK, plant.control_port)
    try:
        await plant.start()
        print(f"The plant runs. Control {LOOPBACK}:{plant.control_port}, MES {plant.mes_url}", flush=True)
        await plant.ended.wait()
    finally:
        server.close()
        await plant.end()


def main(words: list[str]) -> int:
    """Run the plant until it is told to quit; 1 with words when a part does not start."""
    parser = argparse.ArgumentParser(description="The demo plant: press, PLC, readers and MES on loopback.")
    parser.add_argument("--dir", type=Path, required=True, help="the plant's folder (made when missing)")
    parser.add_argument("--story", type=Path, default=STORY, help="the shift to play")
    parser.add_argument(
        "--cycle-s", type=float, default=2.4, help="ideal cycle of the press in seconds (2.4)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the press's noise (1)")
    parser.add_argument("--mes-db", help="database URL of the MES (a SQLite file in the folder)")
    parser.add_argument(
        "--readers", choices=("auto", "pty", "tcp"), default="auto", help="kind of the readers' ports"
    )
    parser.add_argument("--sign-people", action="store_true", help="the MES signs who there is")
    parser.add_argument("--follow-stdin", action="store_true", help="end when standard input closes")
    told = parser.parse_args(words)
    if not 0.02 <= told.cycle_s <= 600:
        parser.error("--cycle-s is between 0.02 and 600 seconds")
    folder: Path = told.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    settings = PlantSettings(
        folder=folder,
        story=told.story.resolve(),
        cycle_s=told.cycle_s,
        seed=told.seed,
        mes_db=told.mes_db or f"sqlite:///{(folder / 'mes.sqlite').as_posix()}",
        signed_people=told.sign_people,
        tcp_readers=told.readers == "tcp" or (told.readers == "auto" and not hasattr(os, "openpty")),
    )
    try:
        asyncio.run(_run(settings, told.follow_stdin))
    except PartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
