"""The reference MES as the process that it is, for tests that speak to it over HTTP."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[2]
BASE = "/lineside/v1"


class RunningMes:
    """One reference MES on a port of its own; it ends with the block, and with this process."""

    def __init__(self, folder: Path, db: str | None = None, *words: str) -> None:
        """Say where it keeps its files; nothing runs yet."""
        self._folder = folder
        self._db = db or f"sqlite:///{(folder / 'mes.sqlite').as_posix()}"
        self._words = words
        self._token_file = folder / "token"
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(trust_env=False, timeout=20)
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.client.close()

    def start(self) -> None:
        """Start it and wait until it says that it is up."""
        words = ["--db", self._db, "--port", "0", "--token-file", str(self._token_file)]
        words += ["--parent", str(os.getpid())]
        with (self._folder / "mes.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "devices.plant", "mes", *words, *self._words],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise AssertionError((self._folder / "mes.log").read_text("utf-8"))
        self.url = f"http://127.0.0.1:{json.loads(line)['port']}"

    def stop(self) -> None:
        """End it in good order."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    @property
    def token(self) -> dict[str, str]:
        """The header that admits the terminal."""
        return {"Authorization": f"Bearer {self._token_file.read_text('utf-8').strip()}"}

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Ask for something below the contract's address, with the token unless `headers` say otherwise."""
        return self.client.get(self.url + BASE + path, headers=self.token if headers is None else headers)

    def push(self, body: Any, terminal: str = "T-PRESS12", **headers: str) -> httpx.Response:
        """Send a batch: as JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = self.token | {"Content-Type": "application/json"} | headers
        if told.get("Content-Encoding") == "gzip" and not isinstance(body, bytes):
            content = gzip.compress(content)
        url = f"{self.url}{BASE}/terminals/{terminal}/entries"
        return self.client.post(url, content=content, headers=told)

    def do(self, path: str, body: Any) -> None:
        """Do something that only a planner may, at the MES's own doors."""
        self.client.post(self.url + path, json=body, headers=self.token).raise_for_status()
