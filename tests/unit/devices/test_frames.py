"""Frames with their sources: decoded whole, cut at every byte, joined, and with noise between."""

import json
import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from devices.frames import feig, llrp, ssi, thingmagic, uhfreader18
from devices.frames.digimatic import digimatic, digimatic_line, nibbles_of_bits
from devices.frames.measurement import Measurement
from devices.frames.millimar import millimar
from devices.frames.mt_sics import mt_sics
from devices.frames.rdm6300 import rdm6300_decoder
from devices.frames.sartorius_sbi import sartorius_sbi
from devices.frames.tags import SeenTag
from devices.framing import TerminatorDecoder
from hmi.domain.signals import MeasuringFault

Means = dict[str, Any]


class Vector(BaseModel):
    """Bytes of a device, what they mean, and where they come from; `ok` False: no frame, and why."""

    device: str
    name: str
    hex: str
    means: Means
    ok: bool
    line: str
    source: str

    @property
    def data(self) -> bytes:
        return bytes.fromhex(self.hex)


VECTORS = TypeAdapter(list[Vector]).validate_json(
    (Path(__file__).parents[2] / "vectors" / "frames.json").read_text(encoding="utf-8")
)


class Decoder(Protocol):
    """Any stream decoder; what it finds can be compared."""

    @property
    def pending(self) -> bool: ...
    def feed(self, data: bytes) -> Iterable[object]: ...
    def silence(self) -> Iterable[object]: ...


class Lines:
    """Lines of a scale, read by a parser; what is no weight is left out."""

    def __init__(self, terminator: bytes, parse: Callable[[str], Measurement | None]) -> None:
        self._lines = TerminatorDecoder(terminator, 64)
        self._parse = parse

    @property
    def pending(self) -> bool:
        return self._lines.pending

    def feed(self, data: bytes) -> list[object]:
        told = [self._parse(frame.raw.decode("latin-1")) for frame in self._lines.feed(data)]
        return [each for each in told if each is not None]

    def silence(self) -> list[object]:
        self._lines.silence()
        return []


DECODERS: dict[str, Callable[[], Decoder]] = {
    "rdm6300": rdm6300_decoder,
    "id12": rdm6300_decoder,
    "uhfreader18": uhfreader18.uhf_decoder,
    "feig": feig.feig_decoder,
    "thingmagic": lambda: thingmagic.mercury_decoder("commands"),
    "thingmagic-answer": thingmagic.mercury_decoder,
    "zebra-ssi": ssi.ssi_decoder,
    "mt-sics": lambda: Lines(b"\r\n", mt_sics),
    "sartorius-sbi": lambda: Lines(b"\r\n", sartorius_sbi),
    "millimar": lambda: Lines(b"\r", millimar),
    "llrp": llrp.llrp_decoder,
}
FRAMES = [vector for vector in VECTORS if vector.device in DECODERS]
GOOD = [vector for vector in FRAMES if vector.ok and vector.means]
each_vector = pytest.mark.parametrize("vector", FRAMES, ids=lambda v: f"{v.device}: {v.name}")
each_good = pytest.mark.parametrize("vector", GOOD, ids=lambda v: f"{v.device}: {v.name}")
each_device = pytest.mark.parametrize("device", list(DECODERS))
FAULTS = {
    "overload": MeasuringFault.OVER_RANGE,
    "underload": MeasuringFault.UNDER_RANGE,
    "syntax": MeasuringFault.NOT_UNDERSTOOD,
    "transmission": MeasuringFault.TRANSMISSION,
    "not_ready": MeasuringFault.NOT_READY,
    "device": MeasuringFault.DEVICE,
}


def whole(device: str, parts: Iterable[bytes]) -> list[object]:
    decoder = DECODERS[device]()
    found = [packet for part in parts for packet in decoder.feed(part)]
    return found + list(decoder.silence())


def tags_in(found: list[object]) -> list[SeenTag]:
    tags: list[SeenTag] = []
    for packet in found:
        match packet:
            case uhfreader18.UhfAnswer():
                tags += uhfreader18.tags_of(packet)
            case feig.FeigFrame():
                tags += feig.tags_of(packet)
            case thingmagic.MercuryPacket():
                tags += thingmagic.tags_of(packet)
            case _:
                pass
    return tags


def told(found: list[object]) -> Means:
    """Everything that a packet says, in the words of the vectors."""
    first = found[0]
    means: Means = {
        "tags": [tag.code for tag in tags_in(found)] or [getattr(each, "tag", "") for each in found]
    }
    for name in ("tag", "decimal", "address", "command", "status", "more", "opcode", "source", "control"):
        if hasattr(first, name):
            means[name] = getattr(first, name)
    means |= {"addr": means.get("address"), "cmd": means.get("command")}
    if tags := tags_in(found):
        means |= {"epc": tags[0].code, "rssi": tags[0].rssi, "antenna": tags[0].antenna}
    match first:
        case ssi.SsiPacket():
            means |= {"duplicate": first.resent, "text": first.data[1:].decode()}
        case Measurement():
            means |= {
                "value": str(first.value),
                "unit": first.unit,
                "stable": first.stable,
                "note": first.note,
            }
            means["error"] = first.fault
        case _:
            pass
    return means


def check(vector: Vector, found: list[object]) -> None:
    if not vector.ok or not vector.means:
        assert found == []
        return
    said = told(found)
    for key, value in vector.means.items():
        if key == "why":
            continue
        if key in {"tags", "rssi", "antenna"} and isinstance(value, list):
            heard = {
                "tags": [tag.code for tag in tags_in(found)] or [each for each in said["tags"] if each],
                "rssi": [tag.rssi for tag in tags_in(found)],
                "antenna": [tag.antenna for tag in tags_in(found)],
            }
            assert heard[key] == value, key
        else:
            assert said[key] == (FAULTS[value] if key == "error" else value), key


@each_vector
def test_a_frame_means_what_its_source_says(vector: Vector) -> None:
    check(vector, whole(vector.device, [vector.data]))


@each_vector
def test_a_frame_cut_at_every_byte_is_the_same(vector: Vector) -> None:
    expected = whole(vector.device, [vector.data])
    for cut in range(1, len(vector.data)):
        assert whole(vector.device, [vector.data[:cut], vector.data[cut:]]) == expected
    assert whole(vector.device, [bytes([byte]) for byte in vector.data]) == expected


@each_good
def test_joined_frames_are_two_and_no_more(vector: Vector) -> None:
    one = whole(vector.device, [vector.data])
    assert whole(vector.device, [vector.data * 2]) == one * 2
    assert whole(vector.device, [vector.data, b"", vector.data]) == one * 2


@each_device
def test_all_frames_of_a_device_joined_in_any_order(device: str) -> None:
    vectors = [vector for vector in FRAMES if vector.device == device and vector.ok]
    rng = random.Random(12)
    for _ in range(20):
        rng.shuffle(vectors)
        expected = [packet for vector in vectors for packet in whole(device, [vector.data])]
        assert whole(device, [b"".join(vector.data for vector in vectors)]) == expected


@each_good
@given(before=st.binary(max_size=12), after=st.binary(max_size=12), silent=st.booleans())
@settings(max_examples=60)
def test_noise_neither_hides_nor_doubles_a_frame(
    vector: Vector, before: bytes, after: bytes, silent: bool
) -> None:
    """Silence before the frame ends whatever noise began; without it, noise may claim bytes of a line."""
    decoder = DECODERS[vector.device]()
    of_noise = [*decoder.feed(before)]
    if silent or vector.device in {"mt-sics", "sartorius-sbi", "millimar"}:
        of_noise += decoder.silence()
    expected = whole(vector.device, [vector.data])
    found = [*decoder.feed(vector.data), *decoder.feed(after), *decoder.silence()]
    rest = [packet for packet in found if packet not in expected]
    kept = [packet for packet in found if packet in expected]
    assert kept[: len(expected)] == expected
    assert len(of_noise) + len(rest) + len(kept) - len(expected) <= 1


PIECES = st.lists(
    st.one_of(
        st.sampled_from([vector.data for vector in VECTORS]),
        st.sampled_from([vector.data[:-1] for vector in VECTORS]),
        st.binary(max_size=40),
        st.sampled_from([b"\x02", b"\xff", b"\x00", b"\r", b"\r\n", b"\x04", b"\xf3\x00", b"\x04\x3d"]),
    ),
    max_size=12,
).map(b"".join)


@each_device
@given(stream=PIECES, cuts=st.lists(st.integers(0, 400), max_size=8))
@settings(max_examples=80)
def test_no_stream_raises_or_depends_on_its_cuts(device: str, stream: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    parts = [stream[start:end] for start, end in pairwise(places)]
    found = whole(device, parts)
    assert found == whole(device, [stream])
    tags_in(found)


@each_device
def test_no_stream_makes_it_grow_or_repeat(device: str) -> None:
    decoder = DECODERS[device]()
    rng = random.Random(7)
    found = 0
    for _ in range(200):
        found += len(list(decoder.feed(rng.randbytes(500))))
    assert found <= 20, "noise is taken for frames"
    list(decoder.silence())
    assert not decoder.pending
    assert list(decoder.silence()) == []
    assert list(decoder.feed(b"")) == []


def test_the_longest_claim_of_noise_is_bounded() -> None:
    decoder = llrp.llrp_decoder()
    assert decoder.feed(bytes.fromhex("043d00020000")) == []
    assert decoder.feed(bytes(200_000)) == []
    decoder.silence()
    assert not decoder.pending


def test_every_vector_has_a_source_and_is_used() -> None:
    known = {*DECODERS, "digimatic", "scanner"}
    assert {vector.device for vector in VECTORS} <= known
    assert all(vector.source and vector.line for vector in VECTORS)


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v.device == "digimatic"], ids=lambda vector: vector.name
)
def test_digimatic_digits(vector: Vector) -> None:
    digits = [int(digit, 16) for digit in vector.hex[:13]]
    bits = [digit >> place & 1 for digit in digits for place in range(4)]
    measured = digimatic(digits)
    assert measured is not None
    assert (str(measured.value), measured.unit) == (vector.means["value"], vector.means["unit"])
    assert nibbles_of_bits(bits) == digits
    assert digimatic_line(vector.hex[:13]) == measured


@given(st.lists(st.integers(0, 15), max_size=16))
def test_no_digits_crash_digimatic(digits: list[int]) -> None:
    measured = digimatic(digits)
    assert measured is None or (len(digits) == 13 and measured.value is not None)


@given(st.text(max_size=30))
def test_no_line_crashes_a_parser(line: str) -> None:
    for parse in (mt_sics, sartorius_sbi, millimar, digimatic_line):
        parse(line)


def test_a_retransmitted_packet_is_acknowledged_and_no_second_scan() -> None:
    reader = ssi.SsiReader()
    first = ssi.SsiPacket(ssi.DECODE_DATA, ssi.DECODER, 0, b"\x0b4006381333931")
    again = ssi.SsiPacket(ssi.DECODE_DATA, ssi.DECODER, 1, b"\x0b4006381333931")
    ack = bytes.fromhex("04d00400ff28")
    assert reader.take(first) == ([ssi.SsiCode(b"4006381333931", "]E0")], ack)
    assert reader.take(again) == ([], ack)
    assert reader.take(first)[0], "the same label read once more is a scan"


def test_a_retransmission_whose_first_was_lost_is_the_scan() -> None:
    reader = ssi.SsiReader()
    again = ssi.SsiPacket(ssi.DECODE_DATA, ssi.DECODER, 1, b"\x0fABC")
    assert [code.raw for code in reader.take(again)[0]] == [b"ABC"]


def test_a_long_code_in_several_packets_is_one() -> None:
    reader = ssi.SsiReader()
    assert reader.take(ssi.SsiPacket(ssi.DECODE_DATA, 0, 2, b"\x1bAAA"))[0] == []
    assert reader.take(ssi.SsiPacket(ssi.DECODE_DATA, 0, 0, b"\x1bBBB"))[0] == [ssi.SsiCode(b"AAABBB", None)]


def test_ssi_commands_are_those_of_the_vectors() -> None:
    wanted = {v.name: v.data for v in VECTORS if v.device == "zebra-ssi"}
    assert ssi.ssi_packet(ssi.CMD_ACK) == wanted["CMD_ACK host to decoder"]
    assert ssi.ssi_packet(ssi.CMD_NAK, b"\x01") == wanted["CMD_NAK host, cause 1 = checksum, resend"]
    assert ssi.ssi_packet(0xA3) == wanted["REQUEST_REVISION"]


def test_commands_are_those_of_the_vectors() -> None:
    assert uhfreader18.uhf_command(uhfreader18.READER_INFORMATION).hex() == "04ff211995"
    assert feig.feig_command(feig.SOFTWARE_VERSION).hex() == "05ff65e5cb"
    assert thingmagic.mercury_command(thingmagic.VERSION).hex() == "ff00031d0c"
    assert thingmagic.mercury_command(thingmagic.SET_ANTENNA, b"\x02\x01\x01").hex() == "ff039102010142c5"


def test_llrp_reports_and_events_are_read_back() -> None:
    tags = [SeenTag("3074257BF7194E4000001A85", 1, -50), SeenTag("E280689400", 2, None)]
    stream = llrp.llrp_message(llrp.RO_ACCESS_REPORT, 7, llrp.tag_report(tags))
    stream += llrp.llrp_message(llrp.READER_EVENT, 8, llrp.connection_event(0))
    stream += llrp.llrp_message(llrp.ADD_ROSPEC_RESPONSE, 9, llrp.status_body(100, "no"))
    for step in (1, 3, len(stream)):
        decoder = llrp.llrp_decoder()
        heard = [m for at in range(0, len(stream), step) for m in decoder.feed(stream[at : at + step])]
        assert llrp.tags_of(heard[0]) == tags
        assert llrp.connection_attempt(heard[1]) == 0
        assert llrp.status_of(heard[2]) == (100, "no")
        assert [message.number for message in heard] == [7, 8, 9]


@given(st.binary(max_size=80))
def test_no_body_crashes_llrp(body: bytes) -> None:
    for kind in (llrp.RO_ACCESS_REPORT, llrp.READER_EVENT, llrp.ADD_ROSPEC_RESPONSE):
        message = llrp.LlrpMessage(kind, 1, body)
        llrp.tags_of(message)
        llrp.status_of(message)
        llrp.connection_attempt(message)


def test_vectors_are_one_a_line() -> None:
    """A change of one vector is a change of one line."""
    text = (Path(__file__).parents[2] / "vectors" / "frames.json").read_text(encoding="utf-8")
    assert len(json.loads(text)) == len(text.splitlines()) - 2
