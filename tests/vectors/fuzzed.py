"""What the fuzzer tries: every decoder of bytes and every parser of codes, with any stream and any cut."""

from collections.abc import Callable
from contextlib import suppress

from devices.barcode_reader import BarcodeSettings, CodeReader
from devices.framing import Frame, GapDecoder, StxEtxDecoder, TerminatorDecoder
from devices.labels import zpl
from devices.opcua import job_control
from hmi.domain import codes, envelopes, epc, gs1
from tests.unit.devices.test_frames import DECODERS, VECTORS, Decoder, tags_in

MAKERS: dict[str, Callable[[], Decoder]] = {
    **DECODERS,
    "terminator": lambda: TerminatorDecoder(b"\r\n", 64),
    "stx_etx": lambda: StxEtxDecoder(64),
    "gap": lambda: GapDecoder(64),
}
NAMES = sorted(MAKERS)


def one_input(data: bytes) -> None:
    """The first byte names the decoder, the second one a cut; the rest is the stream."""
    if len(data) < 2:
        return
    make, stream = MAKERS[NAMES[data[0] % len(NAMES)]], data[2:]
    cut = data[1] % (len(stream) + 1)
    found = _found(make(), [stream])
    assert _found(make(), [stream[:cut], stream[cut:]]) == found, "it depends on its cuts"
    assert _found(make(), [bytes([byte]) for byte in stream]) == found, "it depends on its cuts"
    assert len(found) <= len(stream), "more frames than bytes"
    tags_in(found)
    text = stream.decode("utf-8", "replace")
    CodeReader(BarcodeSettings(port="p")).codes(Frame(stream), 0)
    codes.split_aim(text)
    codes.visible(text)
    zpl.host_query_errors(text)
    zpl.host_status(stream)
    job_control.read_response(stream)
    for parse in (gs1.parse_gs1, gs1.parse_digital_link, envelopes.parse_envelope, epc.decode_epc):
        with suppress(ValueError):  # how each says that it is none
            parse(stream.hex() if parse is epc.decode_epc else text)


def _found(decoder: Decoder, parts: list[bytes]) -> list[object]:
    told = [packet for part in parts for packet in decoder.feed(part)] + list(decoder.silence())
    assert not decoder.pending, "it holds on to what silence ended"
    return told


def seeds() -> list[bytes]:
    """Every vector, for its decoder."""
    return [
        bytes([NAMES.index(vector.device), 3]) + vector.data for vector in VECTORS if vector.device in MAKERS
    ]
