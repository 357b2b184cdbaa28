"""A label printer on the network or on a serial line: what it says of itself, and labels one at a time."""

import asyncio
import queue
from collections.abc import AsyncIterator
from concurrent.futures import Future
from threading import Event

from pydantic import Field

from devices.frames.packets import PacketDecoder
from devices.labels.zpl import ASK_ERRORS, PrinterStatus, host_query_errors
from devices.line_settings import LineDevice
from devices.serial_port import Conversation, conversation, probe_port
from hmi.device_ports import Sink
from hmi.domain.signals import Quality, Reading
from hmi.domain.tags import TagInfo, TagRole
from hmi.errors import LinkError
from hmi.ports import Finding
from hmi.times import Clock

_ANSWER_LOOKS = 30
_PRINTING_LOOKS = 5
_STX, _ETX = 0x02, 0x03
_LONGEST = 1024


class PrinterSettings(LineDevice):
    """A printer that understands ZPL II and answers ~HQES; on the network at port 9100."""

    port: str = Field(
        min_length=1,
        description="socket://HOST:9100, device path, COM name, or usb:VID:PID[:SERIAL]",
        examples=["socket://printer-12.plant.example:9100"],
    )
    label: str = Field(
        default="", description="how it is called on the screens; default: the name of the link"
    )
    ask_ms: int = Field(default=2000, ge=200, le=60_000, description="how often it is asked how it is, in ms")


def printer_tags(name: str, settings: PrinterSettings) -> list[TagInfo]:
    """Its state in a word, under the name of the link."""
    label = settings.label or name
    return [TagInfo(name, name, label, "", 0, TagRole.VALUE, None, None, None, None, False, None)]


def answer_decoder() -> PacketDecoder[str]:
    """Answers between STX and ETX."""

    def look(data: bytes, at: int) -> tuple[int, str | None] | None:
        if data[at] != _STX:
            following = data.find(_STX, at)
            return (following if following >= 0 else len(data)) - at, None
        end = data.find(_ETX, at, at + _LONGEST)
        if end < 0:
            return None if len(data) - at < _LONGEST else (1, None)
        again = data.rfind(_STX, at, end)
        return (end + 1 - at, data[again + 1 : end].decode("ascii", "replace"))

    return PacketDecoder(look, _LONGEST)


def ask(talk: Conversation[str], port: str) -> PrinterStatus:
    """What the printer says of itself now; LinkError when it says nothing within 3 s."""
    talk.send(ASK_ERRORS)
    for _ in range(_ANSWER_LOOKS):
        for answer in talk.hear():
            if (status := host_query_errors(answer)) is not None:
                return status
    raise LinkError(f"{port} does not answer ~HQES: look whether the printer is on and speaks ZPL")


def print_on(talk: Conversation[str], port: str, zpl: bytes) -> PrinterStatus:
    """Send a label when the printer is ready, and see how it is when the label should have come out."""
    status = ask(talk, port)
    if status.ready:
        talk.send(zpl)
        for _ in range(_PRINTING_LOOKS):
            talk.hear(0.05)
            status = ask(talk, port)
            if not status.ready:
                break
    return status


def print_once(settings: PrinterSettings, zpl: bytes) -> PrinterStatus:
    """Open the printer, print one label, and let go of it."""
    with conversation(settings.port, settings.line, answer_decoder(), gap_s=0.5) as talk:
        return print_on(talk, settings.port, zpl)


class LabelPrinter:
    """Asks its printer how it is, and prints what it is given, in a thread of its own."""

    def __init__(self, name: str, settings: PrinterSettings, clock: Clock) -> None:
        """`name` is the link's name; the clock stamps the readings."""
        self._name = name
        self._settings = settings
        self._clock = clock
        self._jobs: queue.SimpleQueue[tuple[bytes, Future[PrinterStatus]]] = queue.SimpleQueue()
        self._up = False

    @property
    def name(self) -> str:
        """See BlockingDriver."""
        return self._name

    @property
    def kind(self) -> str:
        """See BlockingDriver."""
        return "zpl_printer"

    @property
    def address(self) -> str:
        """The configured port."""
        return self._settings.port

    def print_label(self, zpl: bytes) -> Future[PrinterStatus]:
        """Print now or not at all: the status after it, or the one that kept it from being sent.

        A label is never kept for later: nobody would know whose it is. LinkError when the link is not up, or
        is lost before the printer said how it went.
        """
        done: Future[PrinterStatus] = Future()
        if self._up:
            self._jobs.put((zpl, done))
        else:
            done.set_exception(LinkError(f"{self._settings.port} is not there: nothing was printed"))
        return done

    def run(self, sink: Sink, stop: Event) -> None:
        """Ask and print until `stop` is set; LinkError when the printer is gone or does not answer."""
        settings = self._settings
        try:
            with conversation(settings.port, settings.line, answer_decoder(), gap_s=0.5) as talk:
                self._serve(talk, sink, stop)
        finally:
            self._up = False
            while not self._jobs.empty():
                words = f"{settings.port} was lost: look whether the label came out"
                self._jobs.get()[1].set_exception(LinkError(words))

    def _serve(self, talk: Conversation[str], sink: Sink, stop: Event) -> None:
        first, ask_at = True, self._clock.monotonic_ms()
        while not stop.is_set():
            if not self._jobs.empty():
                self._print(talk, *self._jobs.get())
                ask_at = self._clock.monotonic_ms()
            now_ms = self._clock.monotonic_ms()
            if now_ms < ask_at:
                talk.hear(min(0.1, (ask_at - now_ms) / 1000))
                continue
            ask_at = now_ms + self._settings.ask_ms
            status = ask(talk, self._settings.port)
            if first:
                sink.up()
                self._up = True
            sink.heard()
            sink.readings([self._reading(status, first=first)])
            first = False

    def _print(self, talk: Conversation[str], zpl: bytes, done: Future[PrinterStatus]) -> None:
        try:
            done.set_result(print_on(talk, self._settings.port, zpl))
        except LinkError as error:
            done.set_exception(error)
            raise

    def _reading(self, status: PrinterStatus, *, first: bool) -> Reading:
        words = ", ".join(str(trouble) for trouble in status.troubles)
        return Reading(
            link=self._name,
            tag=self._name,
            value=words or "ready",
            quality=Quality.GOOD,
            source_time=None,
            server_time=None,
            terminal_time=self._clock.now(),
            heard_ms=self._clock.monotonic_ms(),
            status_words=words.replace("_", " "),
            first=first,
        )

    async def probe(self) -> AsyncIterator[Finding]:
        """Whether the printer can be reached, and what it says of itself."""
        finding = await asyncio.to_thread(probe_port, self._name, self._settings.port, self._settings.line)
        yield finding
        if finding.ok:
            yield await asyncio.to_thread(self._probe_status)

    def _probe_status(self) -> Finding:
        what = f"{self._name}: {self._settings.port}"
        try:
            settings = self._settings
            with conversation(settings.port, settings.line, answer_decoder()) as talk:
                status = ask(talk, settings.port)
        except LinkError as error:
            words, _, remedy = str(error).rpartition(": ")
            return Finding(False, what, words, remedy)
        if status.ready:
            return Finding(True, what, "is ready to print")
        words = ", ".join(status.troubles).replace("_", " ")
        return Finding(False, what, f"does not print ({words})", "look at the printer")
