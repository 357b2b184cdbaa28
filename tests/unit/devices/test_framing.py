"""Decoders of the stream: the same frames however it is cut, nothing that raises, bounded memory."""

import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.framing import Frame, FrameDecoder, GapDecoder, StxEtxDecoder, TerminatorDecoder

LIMIT = 32
MAKERS: dict[str, Callable[[], FrameDecoder]] = {
    "CR": lambda: TerminatorDecoder(b"\r", LIMIT),
    "CR LF": lambda: TerminatorDecoder(b"\r\n", LIMIT),
    "overlapping": lambda: TerminatorDecoder(b"aab", LIMIT),
    "STX ETX": lambda: StxEtxDecoder(LIMIT),
    "gap": lambda: GapDecoder(LIMIT),
}
STREAMS = st.lists(
    st.one_of(
        st.sampled_from(
            [b"\r", b"\n", b"\r\n", b"\x02", b"\x03", b"a", b"aa", b"aab", b"\x00", b"\xff", b"]C1"]
        ),
        st.binary(max_size=48),
    ),
    max_size=30,
).map(b"".join)
each_decoder = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def frames(decoder: FrameDecoder, parts: list[bytes]) -> list[Frame]:
    return [frame for part in parts for frame in decoder.feed(part)] + decoder.silence()


@each_decoder
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 1500), max_size=12))
def test_any_cut_gives_the_same_frames(
    make: Callable[[], FrameDecoder], stream: bytes, cuts: list[int]
) -> None:
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    parts = [stream[a:b] for a, b in pairwise(places)]
    whole = frames(make(), [stream])
    assert frames(make(), parts) == whole
    assert frames(make(), [bytes([byte]) for byte in stream]) == whole


@each_decoder
@given(stream=STREAMS)
def test_a_frame_is_whole_or_says_why_not(make: Callable[[], FrameDecoder], stream: bytes) -> None:
    for frame in frames(make(), [stream]):
        assert frame.raw
        assert len(frame.raw) <= LIMIT or frame.fault
        assert frame.raw in stream


@each_decoder
def test_memory_is_bounded_and_the_next_frame_is_read(make: Callable[[], FrameDecoder]) -> None:
    decoder = make()
    for start in (b"\x02", b""):
        decoder.feed(start)
    piece = b"x" * 1000
    tracemalloc.start()
    try:
        for _ in range(1000):
            assert decoder.feed(piece) == []
        assert tracemalloc.get_traced_memory()[1] < 20_000
    finally:
        tracemalloc.stop()
    ended = decoder.feed(b"\x03\r\naab") + decoder.silence()
    assert ended[0].fault.endswith(f"more than {LIMIT}")
    assert len(ended[0].raw) <= 64
    again = frames(decoder, [b"\x02OK\x03\r\naab"])
    assert any(b"OK" in frame.raw and not frame.fault for frame in again)


@given(st.lists(st.binary(min_size=1, max_size=LIMIT).filter(lambda code: b"\r" not in code), max_size=10))
def test_every_code_between_terminators_comes_out(codes: list[bytes]) -> None:
    stream = b"".join(code + b"\r" for code in codes)
    assert frames(TerminatorDecoder(b"\r", LIMIT), [stream]) == [Frame(code) for code in codes]


def test_a_frame_without_its_end_is_a_cut_one() -> None:
    decoder = TerminatorDecoder(b"\r\n", LIMIT)
    assert decoder.feed(b"WO-10\r") == []
    assert decoder.pending
    assert decoder.silence() == [Frame(b"WO-10\r", "cut off before its end")]
    assert not decoder.pending
    assert decoder.feed(b"WO-11\r\n") == [Frame(b"WO-11")]


def test_noise_around_stx_and_etx_is_left_out() -> None:
    decoder = StxEtxDecoder(LIMIT)
    assert decoder.feed(b"\xff\x03noise\x02WO-1\x03more\x02half\x02WO-2\x03") == [
        Frame(b"WO-1"),
        Frame(b"WO-2"),
    ]
    assert not decoder.pending


def test_an_empty_terminator_is_refused() -> None:
    with pytest.raises(ValueError, match="terminator"):
        TerminatorDecoder(b"", LIMIT)
