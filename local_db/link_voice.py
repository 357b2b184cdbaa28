"""Says once how the link to the MES stands, whoever of several tells what happened on it."""

from collections.abc import Callable
from dataclasses import replace

from hmi.domain.signals import LinkState, LinkStatus
from hmi.errors import NotAdmitted
from hmi.times import Clock

PROGRESS = "progress"  # who complains that entries do not move


class LinkVoice:
    """Puts together what pull, push and the probe hear. Used on the asyncio thread alone.

    The link is up when nobody has a standing error; a status is said when its state or its words change.
    """

    def __init__(
        self,
        *,
        name: str,
        kind: str,
        address: str,
        clock: Clock,
        on_status: Callable[[LinkStatus], None],
        on_heard: Callable[[str, int], None] | None,
    ) -> None:
        """`on_heard` gets the monotonic ms of every sign of life."""
        self._clock = clock
        self._on_status = on_status
        self._on_heard = on_heard
        self._standing: dict[str, tuple[LinkState, str]] = {}
        self._said = LinkStatus(name, kind, address, LinkState.CONNECTING, clock.now(), None)
        on_status(self._said)

    @property
    def state(self) -> LinkState:
        """What was said last."""
        return self._said.state

    @property
    def heard_ms(self) -> int | None:
        """Monotonic time of the last sign of life."""
        return self._heard_ms

    _heard_ms: int | None = None

    def heard(self) -> None:
        """Note a sign of life."""
        self._heard_ms = self._clock.monotonic_ms()
        if self._on_heard is not None:
            self._on_heard(self._said.name, self._heard_ms)

    def good(self, who: str) -> None:
        """Note that it worked for somebody."""
        self.heard()
        self._standing.pop(who, None)
        self._say()

    def bad(self, who: str, error: BaseException | str) -> None:
        """Note that it did not work for somebody, and why."""
        state = LinkState.NOT_ADMITTED if isinstance(error, NotAdmitted) else LinkState.LOST
        self._standing[who] = (state, str(error))
        self._say()

    def note(self, words: str) -> None:
        """Say something that a person has to know and that is no failure of the link."""
        now = self._clock.now()
        self._said = replace(self._said, last_error=words, last_error_at=now, heard_ms=self._heard_ms)
        self._on_status(self._said)

    def clear(self, who: str) -> None:
        """Forget what somebody complained about."""
        if self._standing.pop(who, None) is not None:
            self._say()

    def _weight(self, who: str) -> tuple[bool, bool]:
        """What a person has to know first: not admitted, then stuck, then whatever came first."""
        return self._standing[who][0] is LinkState.LOST, who != PROGRESS

    def _say(self) -> None:
        now, old = self._clock.now(), self._said
        errors = sorted(self._standing, key=self._weight)
        state, words = self._standing[errors[0]] if errors else (LinkState.UP, old.last_error)
        if (state, words) == (old.state, old.last_error):
            return
        changed = state is not old.state
        self._said = LinkStatus(
            name=old.name,
            kind=old.kind,
            address=old.address,
            state=state,
            since=now if changed else old.since,
            heard_ms=self._heard_ms,
            last_error=words,
            last_error_at=now if errors else old.last_error_at,
            losses=old.losses + (changed and old.state is LinkState.UP),
        )
        self._on_status(self._said)
