"""One link as the terminal knows it: its status, and where its driver speaks to."""

import logging
import math
import threading
from collections.abc import Sequence
from dataclasses import replace

from hmi.device_ports import AsyncDriver, BlockingDriver, Listener
from hmi.domain.signals import Alarm, LinkState, LinkStatus, Measured, Quality, Reading, Scan, TagsInField
from hmi.domain.trust import ServerCertificate
from hmi.times import Clock

_log = logging.getLogger(__name__)
_HEARD_EVERY_MS = 250

Driver = AsyncDriver | BlockingDriver


class Link:
    """Keeps the status of one link and says each change of its state once; may be used from any thread."""

    def __init__(self, driver: Driver, listener: Listener, clock: Clock) -> None:
        """The link stands at CONNECTING and has said nothing yet."""
        self._listener = listener
        self._clock = clock
        self._lock = threading.Lock()
        self._told_ms: int | None = None
        self._status = LinkStatus(
            name=driver.name,
            kind=driver.kind,
            address=driver.address,
            state=LinkState.CONNECTING,
            since=clock.now(),
            heard_ms=None,
        )

    @property
    def status(self) -> LinkStatus:
        """The newest status, with the newest error also where that was not said."""
        with self._lock:
            return self._status

    def announce(self) -> None:
        """Say how the link stands now."""
        self._listener.on_link(self.status)

    def up(self) -> None:
        """The driver made its link; said when it was not up before."""
        with self._lock:
            was = self._status
            now_ms = self._clock.monotonic_ms()
            self._status = replace(
                was,
                state=LinkState.UP,
                since=self._clock.now(),
                heard_ms=now_ms,
                certificate=None,
                earlier_alarms_unknown=False,
            )
            now = self._status
        if was.state is not LinkState.UP:
            _log.info("%s is %s", now.name, "up" if was.state is LinkState.CONNECTING else "back")
            self._listener.on_link(now)

    def lost(
        self,
        words: str,
        state: LinkState = LinkState.LOST,
        certificate: ServerCertificate | None = None,
    ) -> None:
        """An attempt failed or the link broke; said when the state changes, kept in the status always.

        `certificate` is what a server showed that is not trusted; another one is said anew.
        """
        with self._lock:
            was = self._status
            moment = self._clock.now()
            changed = was.state is not state or _print_of(was.certificate) != _print_of(certificate)
            self._status = replace(
                was,
                state=state,
                since=moment if changed else was.since,
                last_error=words,
                last_error_at=moment,
                losses=was.losses + (was.state is LinkState.UP),
                certificate=certificate,
            )
            now = self._status
        if changed:
            _log.warning("%s is lost: %s", now.name, words)
            self._listener.on_link(now)

    def clock_offset(self, offset_ms: int) -> None:
        """The device's clock minus the terminal's; said at once while the link is up, else with it."""
        with self._lock:
            was = self._status
            self._status = replace(was, clock_offset_ms=offset_ms)
            now = self._status
        if was.clock_offset_ms != offset_ms and now.state is LinkState.UP:
            self._listener.on_link(now)

    def earlier_alarms_unknown(self) -> None:
        """Which alarms were active before this connection is not known; said at once while the link is up."""
        with self._lock:
            was = self._status
            self._status = replace(was, earlier_alarms_unknown=True)
            now = self._status
        if not was.earlier_alarms_unknown and now.state is LinkState.UP:
            self._listener.on_link(now)

    def heard(self) -> None:
        """A sign of life, passed on at most four times a second."""
        now_ms = self._clock.monotonic_ms()
        with self._lock:
            if self._told_ms is not None and now_ms - self._told_ms < _HEARD_EVERY_MS:
                return
            self._told_ms = now_ms
            self._status = replace(self._status, heard_ms=now_ms)
            name = self._status.name
        self._listener.on_heard(name, now_ms)


class Attempt:
    """The sink of one run of a driver; once it is over, a late word of that run is not passed on.

    A value that is no number (NaN) or infinite is passed on as BAD, however good the device calls it.
    """

    def __init__(self, link: Link, listener: Listener, clock: Clock) -> None:
        """The run has not said up yet."""
        self._link = link
        self._listener = listener
        self._clock = clock
        self._over = False
        self._up_ms: int | None = None

    @property
    def was_up_ms(self) -> int:
        """For how long the link was up in this run, in ms."""
        return 0 if self._up_ms is None else self._clock.monotonic_ms() - self._up_ms

    def end(self) -> None:
        """Nothing more is passed on."""
        self._over = True

    def up(self) -> None:
        """See Sink."""
        if not self._over:
            self._up_ms = self._clock.monotonic_ms()
            self._link.up()

    def heard(self) -> None:
        """See Sink."""
        if not self._over:
            self._link.heard()

    def readings(self, batch: Sequence[Reading]) -> None:
        """See Sink."""
        if not self._over:
            self._listener.on_readings([_finite(reading) for reading in batch])
            self._link.heard()

    def scan(self, scan: Scan) -> None:
        """See Sink."""
        if not self._over:
            self._listener.on_scan(scan)
            self._link.heard()

    def alarms(self, batch: Sequence[Alarm]) -> None:
        """See Sink."""
        if not self._over:
            self._listener.on_alarms(batch)
            self._link.heard()

    def filled(self, batch: Sequence[Reading]) -> None:
        """See Sink."""
        if not self._over:
            self._listener.on_filled([_finite(reading) for reading in batch])

    def clock_offset(self, offset_ms: int) -> None:
        """See Sink."""
        if not self._over:
            self._link.clock_offset(offset_ms)

    def earlier_alarms_unknown(self) -> None:
        """See Sink."""
        if not self._over:
            self._link.earlier_alarms_unknown()

    def several(self, tags: TagsInField) -> None:
        """See Sink."""
        if not self._over:
            self._listener.on_several(tags)
            self._link.heard()

    def measured(self, measured: Measured) -> None:
        """See Sink."""
        if not self._over:
            self._listener.on_measured(measured)
            self._link.heard()


def _finite(reading: Reading) -> Reading:
    """A reading that whoever listens can reckon with: what is no number, or infinite, is no value."""
    value = reading.value
    if not isinstance(value, float) or math.isfinite(value):
        return reading
    words = f"the device says {value}, which is no value"
    return replace(reading, value=None, quality=Quality.BAD, status_words=reading.status_words or words)


def _print_of(certificate: ServerCertificate | None) -> str:
    return certificate.fingerprint if certificate is not None else ""
