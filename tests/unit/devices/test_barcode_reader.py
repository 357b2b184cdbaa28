"""From bytes to codes: published frames, settings, and everything that is no code."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from devices.barcode_reader import UNREADABLE, BarcodeSettings, CodeReader
from devices.framing import Frame
from devices.line_text import escape, unescape
from hmi.domain.gs1 import parse_gs1


class Vector(BaseModel):
    """Bytes as a scanner sends them, and the codes they mean as `(AIM identifier, text)`."""

    name: str
    hex: str
    framing: str
    terminator: str
    scans: list[tuple[str | None, str]]
    source: str


VECTORS = TypeAdapter(list[Vector]).validate_json(
    (Path(__file__).with_name("scanner_frames.json")).read_text(encoding="utf-8")
)


def settings(**more: object) -> BarcodeSettings:
    return BarcodeSettings.model_validate({"port": "/dev/ttyACM0", **more})


def codes_of(chosen: BarcodeSettings, data: bytes, now_ms: int = 0) -> list[tuple[str | None, str]]:
    decoder, reader = chosen.decoder(), CodeReader(chosen)
    frames = decoder.feed(data) + decoder.silence()
    return [(aim, text) for frame in frames for text, aim in reader.codes(frame, now_ms)]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_published_frames(vector: Vector) -> None:
    chosen = settings(framing=vector.framing, terminator=vector.terminator)
    assert codes_of(chosen, bytes.fromhex(vector.hex)) == vector.scans


def test_gs1_frames_can_be_parsed_further() -> None:
    ((aim, text),) = codes_of(settings(), bytes.fromhex(VECTORS[3].hex))
    elements = parse_gs1(text)
    assert aim == "]Q3"
    assert (elements.gtin, elements.lot) == ("12312312312333", "ABC123")


def test_prefix_and_suffix_are_taken_off() -> None:
    chosen = settings(prefix="<\\t", suffix="\\x7e")
    assert codes_of(chosen, b"<\t]C0WO-1~\r") == [("]C0", "WO-1")]
    assert codes_of(chosen, b"WO-1\r") == [(None, "WO-1")]


def test_without_aim_the_text_stays_whole() -> None:
    assert codes_of(settings(aim=False), b"]C1WO|]e0X\r") == [(None, "]C1WO|]e0X")]


def test_a_bar_in_a_plain_code_splits_nothing() -> None:
    assert codes_of(settings(), b"A|]e0B\r") == [(None, "A|]e0B")]
    assert codes_of(settings(), b"]Q1A|B\r") == [("]Q1", "A|B")]


def test_cr_alone_reads_cr_lf_too() -> None:
    assert codes_of(settings(), b"WO-1\r\nWO-2\r\n") == [(None, "WO-1"), (None, "WO-2")]


def test_a_code_ends_with_silence_when_so_configured() -> None:
    chosen = settings(framing="gap")
    decoder, reader = chosen.decoder(), CodeReader(chosen)
    assert decoder.feed(b"WO-") + decoder.feed(b"1") == []
    assert [reader.codes(frame, 0) for frame in decoder.silence()] == [[("WO-1", None)]]


def test_invalid_text_is_a_scan_that_means_nothing() -> None:
    ((aim, text),) = codes_of(settings(), b"WO-\xff\xfe1\r")
    assert aim is None
    assert UNREADABLE in text


def test_latin_1_is_read_when_so_configured() -> None:
    assert codes_of(settings(encoding="latin-1"), "Prüfung\r".encode("latin-1")) == [(None, "Prüfung")]


def test_a_code_without_end_is_told_and_not_kept() -> None:
    ((_, text),) = codes_of(settings(max_length=16), b"X" * 70_000 + b"\r")
    assert text.startswith(UNREADABLE)
    assert "70000 bytes, more than 16" in text


def test_half_a_code_is_told_as_one() -> None:
    assert codes_of(settings(), b"WO-1") == [(None, f"{UNREADABLE} not readable: cut off before its end")]


def test_the_same_code_again_is_a_scan_after_the_repeat_time() -> None:
    reader = CodeReader(settings(repeat_ms=500))
    frame = Frame(b"WO-1")
    heard = [bool(reader.codes(frame, now_ms)) for now_ms in (1000, 1300, 1700, 2300)]
    assert heard == [True, False, False, True]
    assert reader.codes(Frame(b"WO-2"), 2301)
    assert reader.codes(frame, 2302)


def test_no_repeat_time_lets_every_frame_through() -> None:
    reader = CodeReader(settings(repeat_ms=0))
    assert [len(reader.codes(Frame(b"WO-1"), 1000)) for _ in range(3)] == [1, 1, 1]


@given(st.binary(max_size=200), st.booleans(), st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252"]))
def test_no_bytes_crash_it(data: bytes, aim: bool, encoding: str) -> None:
    for _, text in codes_of(settings(aim=aim, encoding=encoding), data + b"\r"):
        assert isinstance(text, str)


def test_escapes() -> None:
    assert unescape("\\r\\n\\t\\0\\\\\\x1d]") == "\r\n\t\0\\\x1d]"
    with pytest.raises(ValueError, match="not known"):
        unescape("\\q")


@given(st.binary(max_size=20))
def test_bytes_are_written_as_they_are_read(data: bytes) -> None:
    assert unescape(escape(data)).encode("latin-1") == data


@pytest.mark.parametrize(
    "wrong",
    [
        {"baud": 0},
        {"parity": "N"},
        {"terminator": ""},
        {"terminator": "\\q"},
        {"terminator": "€"},
        {"encoding": "no such"},
        {"encoding": "hex"},
        {"port": ""},
        {"speed": 9600},
    ],
    ids=json.dumps,
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_the_line_is_told_as_on_a_type_plate() -> None:
    assert str(settings(baud=9600, data_bits=7, parity="even", stop_bits=2).line) == "9600 7E2"
