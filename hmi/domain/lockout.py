"""How long somebody who guesses has to wait: by a clock that is never set, and across every restart."""

from dataclasses import dataclass, replace

FREE_TRIES = 5
FREE_TRIES_HERE = 20
FIRST_WAIT_MS = 30_000
LONGEST_WAIT_MS = 15 * 60_000


@dataclass(frozen=True, slots=True)
class Lock:
    """Wrong tries so far, and a wait that began at `since_ms` of the monotonic clock of one boot."""

    tries: int = 0
    wait_ms: int = 0
    boot: str = ""
    since_ms: int = 0

    def remaining_ms(self, boot: str, now_ms: int) -> int:
        """How long the wait still lasts; a wait whose boot has ended begins again with the new one."""
        if not self.wait_ms:
            return 0
        if boot != self.boot:
            return self.wait_ms
        return max(0, self.wait_ms - max(0, now_ms - self.since_ms))

    def carried(self, boot: str, now_ms: int) -> "Lock":
        """The same lock on the clock of this boot."""
        return self if boot == self.boot else replace(self, boot=boot, since_ms=now_ms)

    def after_try(self, boot: str, now_ms: int, free: int) -> "Lock":
        """The lock once more has been tried: counted before the answer is known, so that no kill wins a try.

        From the last of `free` tries on a wait follows each: 30 s, doubled each time, 15 min at most.
        """
        tries = self.tries + 1
        over = tries - free
        wait_ms = min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(over, 10)) if over >= 0 else 0
        return Lock(tries, wait_ms, boot, now_ms)

    def without(self, tries: int) -> "Lock":
        """The lock when so many tries turn out to have been somebody who then got it right."""
        left = max(0, self.tries - tries)
        return replace(self, tries=left, wait_ms=0 if left < FREE_TRIES_HERE else self.wait_ms)

    def cooled(self, boot: str, now_ms: int) -> "Lock":
        """The lock of a whole terminal forgets one try for each longest wait that went by in this boot."""
        if boot != self.boot or not self.tries:
            return self
        forgotten = (now_ms - self.since_ms) // LONGEST_WAIT_MS
        if forgotten <= 0:
            return self
        return replace(
            self, tries=max(0, self.tries - forgotten), since_ms=self.since_ms + forgotten * LONGEST_WAIT_MS
        )
