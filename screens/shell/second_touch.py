"""The second touch that what cannot be undone asks for."""

from hmi.terminal import Terminal

BOUNCE_MS = 500  # a touch that comes sooner belongs to the first: nobody has read the question yet
SURE_MS = 5000


class SecondTouch:
    """A question that stands for five seconds after the first touch.

    It is answered by a touch for the same thing, by the person who was there at the first, and not by the
    other half of a double touch.
    """

    def __init__(self, terminal: Terminal) -> None:
        """Nothing is asked."""
        self._terminal = terminal
        self._asked: tuple[object, str | None] | None = None
        self._since_ms = 0

    def asks(self, about: object) -> bool:
        """Whether a second touch for this, by whoever is there now, is waited for."""
        return self._asked == (about, self._person) and self._age_ms < SURE_MS

    def bounces(self, about: object) -> bool:
        """Whether a touch for this is still part of the first one."""
        return self.asks(about) and self._age_ms < BOUNCE_MS

    def touch(self, about: object) -> bool:
        """Take a touch; True when it is the second. Else the question is asked, or stands on."""
        if not self.asks(about):
            self._asked = (about, self._person)
            self._since_ms = self._terminal.clock.monotonic_ms()
            return False
        if self.bounces(about):
            return False
        self._asked = None
        return True

    def forget(self) -> None:
        """Take the question back."""
        self._asked = None

    def ran_out(self) -> bool:
        """Take back a question that nobody answered in time; True when there was one."""
        if self._asked is None or self._age_ms < SURE_MS:
            return False
        self._asked = None
        return True

    @property
    def _person(self) -> str | None:
        session = self._terminal.session
        return session.person if session else None

    @property
    def _age_ms(self) -> int:
        return self._terminal.clock.monotonic_ms() - self._since_ms
