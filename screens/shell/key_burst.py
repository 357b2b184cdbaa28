"""Keystrokes of a reader that acts as a keyboard, told apart from those of a person."""

from dataclasses import dataclass, field
from enum import Enum

_LEAST = 4
_LONGEST = 4096
_PREFIXED_MS = 1000


class Found(Enum):
    """What the keys so far are: still open, those of a person, or a code that ended."""

    OPEN = "open"
    TYPED = "typed"
    CODE = "code"


@dataclass(slots=True)
class KeyBurst:
    """Pure; times in ms. A person does not type four signs with `gap_ms` or less between each two.

    With a `prefix` only what begins with this sign is a code, however slow, up to Enter or Tab within 1 s.
    """

    gap_ms: int
    prefix: str = ""
    text: str = field(default="", init=False)
    _began_ms: int = field(default=0, init=False)
    _last_ms: int = field(default=0, init=False)

    @property
    def begun(self) -> bool:
        """Whether keys are held that may be a code."""
        return bool(self.text)

    @property
    def wait_ms(self) -> int:
        """How long to wait for the next key before what is held is judged."""
        return _PREFIXED_MS if self.prefix else self.gap_ms

    def takes(self, sign: str) -> bool:
        """Whether a key may begin or go on with a code."""
        if self.begun:
            return len(self.text) < _LONGEST
        return sign == self.prefix if self.prefix else sign.isprintable() and sign != " "

    def late(self, at_ms: int) -> bool:
        """Whether a key at this time comes too late to belong to what is held."""
        since = self._began_ms if self.prefix else self._last_ms
        return self.begun and at_ms - since > self.wait_ms

    def add(self, sign: str, at_ms: int) -> None:
        """Hold a sign."""
        if not self.begun:
            self._began_ms = at_ms
        self._last_ms = at_ms
        self.text += sign

    def end(self) -> Found:
        """Enter, Tab or silence: a code, or keys of a person; ask `take` for the code."""
        if not self.begun:
            return Found.TYPED
        return Found.CODE if len(self.text) >= _LEAST + len(self.prefix) else Found.TYPED

    def take(self) -> str:
        """The code without its prefix; nothing is held any more."""
        code, self.text = self.text.removeprefix(self.prefix), ""
        return code
