"""A part of the plant that is a process of its own: started, asked, killed and started again."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


class PartError(Exception):
    """A part does not do what it was asked; the text says what, for a person."""


class Part:
    """One process: it says `{"ready": true}` on standard output when it is up, and
    answers numbered JSON lines.

    Its standard input stays open as long as the plant lives; its standard error goes to a log file.
    """

    def __init__(self, name: str, module: str, words: list[str], log: Path) -> None:
        self.name = name
        self._words = [sys.executable, "-m", module, *words, "--parent", str(os.getpid())]
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[Mapping[str, object]]] = {}
        self._number = 0
        self._changing = asyncio.Lock()

    @property
    def on(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """The process id, None when it is off."""
        return self._process.pid if self._process is not None and self.on else None

    async def start(self, patience_s: float = 60.0) -> None:
        """Start the process and wait until it is up; does nothing when it lives. PartError
        with its last words.
        """
        async with self._changing:
            if self.on:
                return
            await self._forget()
            path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._words,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    env=os.environ | {"PYTHONPATH": path},
                )
            ready = asyncio.get_running_loop().create_future()
            self._answers = {0: ready}
            self._reading = asyncio.create_task(self._read(self._process))
            try:
                await asyncio.wait_for(ready, patience_s)
            except TimeoutError:
                await self._kill()
                raise PartError(f"The {self.name} was not ready after {patience_s:g} s.") from None

    async def stop(self, hard: bool, patience_s: float = 8.0) -> None:
        """End the process: at once (as a power cut does), or asked by closing its input;
        does nothing when off.
        """
        async with self._changing:
            process = self._process
            if process is None or not self.on:
                return
            if not hard and process.stdin is not None:
                process.stdin.close()
                try:
                    await asyncio.wait_for(process.wait(), patience_s)
                except TimeoutError:
                    hard = True
            if hard:
                await self._kill()
            await self._forget()

    async def ask(self, question: Mapping[str, object], patience_s: float = 5.0) -> Mapping[str, object]:
        """Send one command and wait for its answer; PartError when the part is off or does not answer."""
        process = self._process
        if process is None or process.stdin is None or not self.on:
            raise PartError(f"The {self.name} is off.")
        self._number += 1
        answer = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        try:
            process.stdin.write(json.dumps({"no": self._number, **question}).encode() + b"\n")
            await process.stdin.drain()
            return await asyncio.wait_for(answer, patience_s)
        except ConnectionError:
            raise PartError(f"The {self.name} has just ended.") from None
        except TimeoutError:
            raise PartError(f"The {self.name} does not answer.") from None
        finally:
            self._answers.pop(self._number, None)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            raise PartError(f"The {self.name} has no standard output.")
        while line := await process.stdout.readline():
            told: Mapping[str, object] = json.loads(line)
            number = told.get("no", 0)
            waiting = self._answers.get(number) if isinstance(number, int) else None
            if waiting is not None and not waiting.done():
                waiting.set_result(told)
        await process.wait()
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(PartError(f"The {self.name} ended. {self._last_words()}"))

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        return f"{lines[-1]} (log: {self._log})" if lines else f"It left nothing in {self._log}."

    async def _kill(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def _forget(self) -> None:
        if self._reading is not None:
            await self._reading
            self._reading = None
        self._process = None
