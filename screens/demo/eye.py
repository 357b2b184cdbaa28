"""The other end of the hand: what a test program or the story player holds."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtNetwork import QLocalSocket


class NotSeen(Exception):
    """What was waited for did not come, or could not be touched."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the window shows: the screen, who is signed in, every text by its widget's name."""

    screen: str
    person: str | None
    texts: tuple[tuple[str, str], ...]
    touchable: frozenset[str]

    def says(self, words: str) -> bool:
        """Whether some visible text has these words."""
        return any(words in text for _, text in self.texts)

    def text(self, name: str) -> str:
        """The text of a widget by its name; empty when it is not to be seen."""
        return next((text for known, text in self.texts if known == name), "")

    def named(self, prefix: str) -> list[str]:
        """Names of touchable widgets that begin so, in the order of the window."""
        return [name for name, _ in self.texts if name.startswith(prefix) and name in self.touchable]


class Eye:
    """Touches and looks at one terminal; a terminal that is gone raises ConnectionError."""

    def __init__(self, address: str, runs: Callable[[], bool], timeout_s: float = 120.0) -> None:
        """Wait until the terminal listens, as long as it `runs`."""
        self._address = address
        self._socket = QLocalSocket()
        end = time.monotonic() + timeout_s
        while True:
            self._socket.connectToServer(address)
            if self._socket.waitForConnected(200):
                return
            if not runs() or time.monotonic() > end:
                raise ConnectionError(f"no terminal listens at {address}")
            time.sleep(0.02)

    def close(self) -> None:
        """Let go."""
        self._socket.abort()

    def ask(self, **words: Any) -> dict[str, Any]:
        """Ask one thing and return the answer as it came."""
        self._socket.write(json.dumps(words).encode() + b"\n")
        end = time.monotonic() + 60
        while not self._socket.canReadLine():
            if self._socket.state() != QLocalSocket.LocalSocketState.ConnectedState:
                raise ConnectionError("the terminal is gone")
            if time.monotonic() > end:
                raise ConnectionError("the terminal does not answer")
            self._socket.waitForReadyRead(200)
        return json.loads(bytes(self._socket.readLine().data()))

    def look(self) -> Sight:
        """What is shown now."""
        told = self.ask(do="look")
        texts = tuple((str(name), str(text)) for name, text in told["texts"])
        return Sight(told["screen"], told["person"], texts, frozenset(told["touchable"]))

    def touch(self, name: str, timeout_s: float = 60.0) -> None:
        """Touch a widget as soon as it can be touched; NotSeen says why it could not."""
        end = time.monotonic() + timeout_s
        while True:
            answer = self.ask(do="touch", name=name)
            if answer["ok"]:
                return
            if time.monotonic() > end:
                raise NotSeen(answer["words"])
            time.sleep(0.03)

    def type(self, text: str) -> None:
        """Press keys of a keyboard."""
        self.ask(do="type", text=text)

    def picture(self, file: Path) -> None:
        """Take a picture of the window."""
        self.ask(do="picture", file=str(file.resolve()))

    def wait(self, what: str, seen: Callable[[Sight], bool], timeout_s: float = 90.0) -> Sight:
        """Look until it is seen."""
        end = time.monotonic() + timeout_s
        while True:
            sight = self.look()
            if seen(sight):
                return sight
            if time.monotonic() > end:
                shown = "; ".join(f"{name}={text}" for name, text in sight.texts)
                raise NotSeen(f"{what} was not seen within {timeout_s:.0f} s on {sight.screen}: {shown}")
            time.sleep(0.03)
