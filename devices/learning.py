"""What kind of reader is this, and how does it frame: found out from the bytes of a few labels."""

from dataclasses import dataclass, field

from devices.barcode_reader import UNREADABLE, BarcodeSettings, CodeReader
from devices.frames.rdm6300 import rdm6300_decoder
from devices.frames.ssi import DECODE_DATA, SsiReader, ssi_decoder
from devices.line_text import escape
from hmi.domain.codes import split_aim

_ENDS = (b"\r\n", b"\n\r", b"\r", b"\n", b"\t", b"\x00", b"\x04")
_STX, _ETX = b"\x02", b"\x03"
_CONTROL = bytes(range(0x20))
_GS = 0x1D


@dataclass(frozen=True, slots=True)
class Proposal:
    """A driver with the settings that differ from its defaults, and the codes as it would read them.

    `why` says what is wrong when nothing can be proposed: then `driver` is empty.
    """

    driver: str
    settings: dict[str, str | bool] = field(default_factory=dict[str, "str | bool"])
    codes: tuple[str, ...] = ()
    why: str = ""


def propose(labels: list[bytes]) -> Proposal:
    """Find the profile that reads each of these labels, which are what came between two silences."""
    if not labels or not all(labels):
        return Proposal("", why="nothing was read")
    for of_packets in (_as_ssi(labels), _as_rdm6300(labels)):
        if of_packets is not None:
            return of_packets
    if any(_garbled(label) for label in labels):
        return Proposal("", why="what came is no text: another speed (baud) or parity")
    settings = _framing(labels)
    codes = _read(labels, settings)
    if codes is None:
        return Proposal("", why="the labels do not end alike: scan them one by one, with a pause between")
    return Proposal("barcode_reader", settings, codes)


def _as_ssi(labels: list[bytes]) -> Proposal | None:
    codes: list[str] = []
    for label in labels:
        packets = [packet for packet in ssi_decoder().feed(label) if packet.opcode == DECODE_DATA]
        if not packets:
            return None
        reader = SsiReader()
        # without an ACK the same packet comes again and again
        codes += [
            code.raw.decode("utf-8", "replace") for packet in packets[:1] for code in reader.take(packet)[0]
        ]
    return Proposal("zebra_ssi", codes=tuple(codes))


def _as_rdm6300(labels: list[bytes]) -> Proposal | None:
    tags = [rdm6300_decoder().feed(label) for label in labels]
    if not all(tags):
        return None
    return Proposal("rdm6300", codes=tuple(found[0].tag for found in tags))


def _garbled(label: bytes) -> bool:
    """More than a few bytes that are neither text nor a usual control character."""
    try:
        text = label.decode("utf-8")
    except UnicodeDecodeError:
        text = label.decode("latin-1")
    odd = sum(
        not (sign.isprintable() or sign in "\r\n\t\x02\x03\x04\x00\x1d\x1e\x1c\x1f\x06\x15") for sign in text
    )
    odd += sum(0x80 <= ord(sign) < 0xA0 for sign in text)
    high = sum(byte >= 0x80 for byte in label)
    return odd > 0 or high * 2 > len(label)


def _framing(labels: list[bytes]) -> dict[str, str | bool]:
    settings: dict[str, str | bool] = {}
    if all(label.startswith(_STX) and label.rstrip(b"\r\n").endswith(_ETX) for label in labels):
        settings["framing"] = "stx_etx"
        inside = [label.rstrip(b"\r\n")[1:-1] for label in labels]
    else:
        end = next((each for each in _ENDS if all(label.endswith(each) for label in labels)), b"")
        if not end:
            settings["framing"] = "gap"
        elif end != b"\r":
            settings["terminator"] = escape(end)
        inside = [label.removesuffix(end) if end else label for label in labels]
    prefix, suffix = _common(inside), _common([part[::-1] for part in inside])[::-1]
    if prefix:
        settings["prefix"] = escape(prefix)
    if suffix:
        settings["suffix"] = escape(suffix)
    texts = [_text(part[len(prefix) : len(part) - len(suffix)]) for part in inside]
    if not all(split_aim(text)[1] for text in texts):
        settings["aim"] = False
    if any(not _is_utf8(part) for part in inside):
        settings["encoding"] = "latin-1"
    return settings


def _common(parts: list[bytes]) -> bytes:
    """Control characters that every code begins with; a separator of GS1 is content."""
    length = 0
    while (
        all(length < len(part) and part[length] in _CONTROL and part[length] != _GS for part in parts)
        and len({part[length] for part in parts}) == 1
    ):
        length += 1
    return parts[0][:length]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _text(data: bytes) -> str:
    return data.decode("utf-8" if _is_utf8(data) else "latin-1")


def _read(labels: list[bytes], settings: dict[str, str | bool]) -> tuple[str, ...] | None:
    """The codes as the driver would read them; None when one label is not exactly one code."""
    chosen = BarcodeSettings.model_validate({"port": "learned", "repeat_ms": 0, **settings})
    codes: list[str] = []
    for label in labels:
        decoder, reader = chosen.decoder(), CodeReader(chosen)
        frames = [*decoder.feed(label), *(decoder.silence() if settings.get("framing") == "gap" else [])]
        read = [text for frame in frames for text, _ in reader.codes(frame, 0)]
        if len(frames) != 1 or not read or any(UNREADABLE in text for text in read):
            return None
        codes += read
    return tuple(codes)
