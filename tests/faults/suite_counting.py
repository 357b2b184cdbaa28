"""F22: two terminals and the reference MES as processes; one counter, and every part of it counted once."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from devices.plant.mes_server.database import Database
from local_db.verify import verify
from tests.faults.figure import Outcome, Trial
from tests.faults.nursery import ROOT, Child, Nursery
from tests.faults.suite_counters import COUNTER, counted_in

TERM_S = 1.0
_TROUBLES = 12
_PATIENCE_S = 60.0
_NAMES = ("T-PRESS12", "T-BESIDE")


class Machine:
    """A counter that goes on by itself, in a file that both terminals read."""

    def __init__(self, file: Path, chance: random.Random) -> None:
        self.file, self.value = file, chance.randint(0, 5000)
        self._chance, self._over = random.Random(chance.random()), threading.Event()
        self._thread = threading.Thread(target=self._run, name="machine")
        self._write()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stand still, and let the terminals come to an end."""
        self._over.set()
        self._thread.join()
        self.file.with_suffix(".end").touch()

    def _run(self) -> None:
        while not self._over.wait(0.02):
            self.value += self._chance.randint(0, 4)
            self._write()

    def _write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(self.value))
        fresh.replace(self.file)


class Floor:
    """The MES and two terminals, each a process that dies, hangs and comes back."""

    def __init__(self, folder: Path, nursery: Nursery, chance: random.Random, *, shared: bool) -> None:
        self.folder, self.shared, self.port = folder, shared, 0
        self._nursery = nursery
        self.machine = Machine(folder / "counter", chance)
        self.mes = self._start_mes()
        self.terminals = {name: self._start(name) for name in _NAMES}

    @property
    def database(self) -> Path:
        """The MES's file."""
        return self.folder / "mes.sqlite"

    def journal(self, name: str) -> Path:
        """A terminal's file."""
        return self.folder / name / "ledger.sqlite3"

    def _token(self, name: str) -> Path:
        return self.folder / f"{name}.token"

    def _start_mes(self) -> subprocess.Popen[bytes]:
        first, second = _NAMES
        words = ["--db", f"sqlite:///{self.database}", "--port", str(self.port)]
        words += ["--token-file", str(self._token(first)), "--beside", f"{second}={self._token(second)}"]
        words += ["--lease-term", str(TERM_S), "--parent", str(os.getpid())]
        process = subprocess.Popen(
            [sys.executable, "-m", "devices.plant.mes_server", *words],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        self.port = json.loads(process.stdout.readline())["port"]
        return process

    def _start(self, name: str) -> Child:
        self.journal(name).parent.mkdir(exist_ok=True)
        return self._nursery.fork(
            "counts", file=str(self.journal(name)), terminal=name, url=f"http://127.0.0.1:{self.port}",
            token=str(self._token(name)), counter=COUNTER, seen=str(self.machine.file), shared=self.shared,
        )  # fmt: skip

    def stop_mes(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the MES, in good order or not."""
        self.mes.send_signal(how)
        self.mes.wait(30)
        for pipe in (self.mes.stdin, self.mes.stdout):
            if pipe is not None:
                pipe.close()

    def trouble(self, chance: random.Random) -> str:
        """One thing goes wrong, for less or for longer than a lease lasts, and is mended."""
        kind = chance.choice(("kill", "kill", "freeze", "freeze", "mes killed", "mes frozen"))
        name, seconds = chance.choice(_NAMES), chance.uniform(0.2, 2.5 * TERM_S)
        match kind:
            case "kill":
                self.terminals[name].kill()
                time.sleep(seconds)
                self.terminals[name] = self._start(name)
            case "freeze":
                os.kill(self.terminals[name].pid, signal.SIGSTOP)
                time.sleep(seconds)
                os.kill(self.terminals[name].pid, signal.SIGCONT)
            case "mes killed":
                self.stop_mes(signal.SIGKILL)
                time.sleep(seconds)
                self.mes = self._start_mes()
            case _:
                self.mes.send_signal(signal.SIGSTOP)
                time.sleep(seconds)
                self.mes.send_signal(signal.SIGCONT)
        time.sleep(chance.uniform(0.1, 0.6))
        return kind

    def sums_here(self) -> Decimal:
        """What the terminals themselves say was counted."""
        total = Decimal(0)
        for name in _NAMES:
            with closing(sqlite3.connect(self.journal(name))) as raw:
                for (quantity,) in raw.execute("SELECT quantity FROM unassigned_count"):
                    total += Decimal(quantity)
        return total


def _life(
    folder: Path, nursery: Nursery, chance: random.Random, troubles: Counter[str], *, shared: bool = True
) -> tuple[list[str], int]:
    """One machine for a while; what is wrong in the end, and how many leases there were."""
    folder.mkdir(parents=True)
    floor = Floor(folder, nursery, chance, shared=shared)
    database = Database(f"sqlite:///{floor.database.as_posix()}")
    try:
        floor.machine.start()
        for _ in range(_TROUBLES if shared else 2):
            time.sleep(chance.uniform(0.1, 0.5))
            troubles[floor.trouble(chance)] += 1
        time.sleep(2 * TERM_S)  # somebody holds the lease
        floor.machine.stop()
        value, end = floor.machine.value, time.monotonic() + _PATIENCE_S
        bad = list[str]()
        for name, child in floor.terminals.items():
            if "drained" not in child.end().told:
                bad.append(f"{name} did not come to an end by itself")
        total, began = counted_in(database)
        if began is None or total != value - began:
            bad.append(f"the counter went from {began} to {value}, the MES has {total}")
        if floor.sums_here() != total:
            bad.append(f"the terminals say {floor.sums_here()}, the MES {total}")
        for name in _NAMES:
            proven = verify(floor.journal(name), tables=True)
            bad += [] if proven.ok else [f"{name}: {proven.words}"]
        if time.monotonic() > end:
            bad.append(f"it took more than {_PATIENCE_S:.0f} s to come to an end")
        with closing(sqlite3.connect(floor.database)) as raw:
            (fence,) = raw.execute("SELECT coalesce(max(fence), 0) FROM lease").fetchone()
        return bad, fence
    finally:
        floor.stop_mes()
        database.engine.dispose()


def lives(trial: Trial) -> Outcome:
    """Lives of a machine; the control has two terminals without a lease, which count all twice."""
    count, chance = trial.effort.of(30, 1), random.Random(trial.seed)
    bad, leases, troubles = list[str](), 0, Counter[str]()
    with Nursery(trial.place("nursery")) as nursery:
        for number in range(count):
            wrong, fence = _life(trial.folder / f"life-{number}", nursery, chance, troubles)
            bad += [f"life {number}: {one}" for one in wrong]
            leases += fence
            trial.say(f"life {number}: {fence} leases")
        control, _ = _life(trial.folder / "control", nursery, chance, Counter(), shared=False)
    return Outcome(
        count,
        {"processes": 3, "leases": leases, "wrong": len(bad), **dict(troubles)},
        tuple(bad[:10]),
        f"two that count without a lease: {control[:1] or 'nothing wrong'}",
        any("the MES has" in one for one in control),
    )
