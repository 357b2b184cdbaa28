"""Labels: values stay values, the printer says why it does not print, and nothing is printed later."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.labels.printer import LabelPrinter, PrinterSettings, answer_decoder
from devices.labels.zpl import PrinterStatus, Trouble, host_query_errors, host_status, label, places, zpl_text
from hmi.domain.label_drawing import drawing
from hmi.errors import LinkError
from hmi.times import SystemClock
from tests.fakes.devices import RecordingSink, Running, until
from tests.fakes.readers import ZplAtPty, ZplAtSocket

TEMPLATE = (
    "^XA^PW600^LL300^FO20,20^A0N,40,40^FD{material}^FS^FO20,80^BY2^BCN,80,Y,N,N^FD{serial}^FS"
    "^FO400,60^BXN,6,200^FD{serial}^FS^FO10,10^GB580,280,2^FS^FO20,220^FDMade here^FS^XZ"
)


def test_a_template_is_filled() -> None:
    zpl = label(TEMPLATE, {"material": "Bracket", "serial": "0815"}).decode()
    assert zpl.startswith("^XA^CI28")
    assert "^FH^FDBracket^FS" in zpl
    assert "^FDMade here^FS" in zpl
    assert places(TEMPLATE) == {"material", "serial"}


@given(st.text(max_size=40))
def test_no_value_becomes_a_command(value: str) -> None:
    zpl = label("^XA^FD{value}^FS^XZ", {"value": value}).decode()
    inside = zpl.removeprefix("^XA^CI28^FH^FD").removesuffix("^FS^XZ")
    assert "^" not in inside
    assert "~" not in inside
    assert inside.isascii()
    assert inside.isprintable() or not inside
    (part,) = drawing(zpl.encode()).parts
    assert part.text == value.encode("utf-8", "replace").decode("utf-8", "replace")


def test_what_a_label_lacks_is_named() -> None:
    with pytest.raises(ValueError, match="'serial'"):
        label(TEMPLATE, {"material": "x"})
    with pytest.raises(ValueError, match=r"\^XA"):
        label("^FD{a}^FS", {"a": "x"})
    with pytest.raises(ValueError, match="outside of a field"):
        label("^XA^FO{a},1^FDx^FS^XZ", {"a": "1"})


def test_commands_in_values_are_spelled_out() -> None:
    assert zpl_text("^XZ~HS_\\é") == "_5EXZ_7EHS_5F_5C_C3_A9"


@pytest.mark.parametrize(
    ("errors", "troubles"),
    [
        ("0 00000000 00000000", ()),
        ("1 00000000 00000001", (Trouble.PAPER_OUT,)),
        ("1 00000000 00000005", (Trouble.PAPER_OUT, Trouble.HEAD_OPEN)),
        ("1 00000000 00010004", (Trouble.HEAD_OPEN, Trouble.PAUSED)),
        ("1 00000000 00000002", (Trouble.RIBBON_OUT,)),
        ("1 00000000 00200000", (Trouble.OTHER,)),
        ("1 00000001 00000000", (Trouble.OTHER,)),
    ],
)
def test_the_answer_to_hqes(errors: str, troubles: tuple[Trouble, ...]) -> None:
    text = f"\r\n\r\nPRINTER STATUS   \r\n   ERRORS:   {errors}  \r\n   WARNINGS:  1 00000000 00000100   \r\n"
    assert host_query_errors(text) == PrinterStatus(troubles)


def test_the_answer_to_hs() -> None:
    """An example of a printer with paper out, paused, head up and ribbon out, as its makers document it."""
    strings = ("030,1,1,1225,003,0,0,0,000,0,0,0", "001,0,1,1,1,2,6,0,00000100,1,000", "1234,0")
    answer = "".join(f"\x02{string}\x03\r\n" for string in strings).encode()
    troubles = (Trouble.PAPER_OUT, Trouble.RIBBON_OUT, Trouble.HEAD_OPEN, Trouble.PAUSED)
    assert host_status(answer) == PrinterStatus(troubles, 3)
    assert host_status(answer[:40]) is None


@given(st.binary(max_size=120))
def test_no_answer_crashes_it(data: bytes) -> None:
    host_status(data)
    host_query_errors(data.decode("latin-1"))
    decoder = answer_decoder()
    whole = [*decoder.feed(data), *decoder.silence()]
    pieces = answer_decoder()
    assert [each for byte in data for each in pieces.feed(bytes([byte]))] + pieces.silence() == whole


def test_the_drawing_of_a_label() -> None:
    found = drawing(label(TEMPLATE, {"material": "Bracket", "serial": "0815"}))
    assert (found.width, found.height, found.unknown) == (600, 300, ())
    assert [(part.kind, part.x, part.y, part.text) for part in found.parts] == [
        ("text", 20, 20, "Bracket"),
        ("code128", 20, 80, "0815"),
        ("datamatrix", 400, 60, "0815"),
        ("box", 10, 10, ""),
        ("text", 20, 220, "Made here"),
    ]
    assert drawing(b"^XA^GFA,1,1,1,00^FS^XZ").unknown == ("^GF",)


@given(st.binary(max_size=200))
def test_no_label_crashes_its_drawing(data: bytes) -> None:
    drawing(data)


FarEnd = ZplAtSocket | ZplAtPty


@pytest.fixture(params=["network", "serial"])
def far_end(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FarEnd]:
    if request.param == "serial" and sys.platform == "win32":
        pytest.skip("no pseudo-terminals")
    printer = ZplAtSocket() if request.param == "network" else ZplAtPty(tmp_path)
    printer.start()
    yield printer
    printer.close()


def made(far_end: FarEnd) -> LabelPrinter:
    return LabelPrinter("printer", PrinterSettings.model_validate(far_end.settings()), SystemClock())


async def outcome(job: Future[PrinterStatus]) -> PrinterStatus:
    return await asyncio.wait_for(asyncio.wrap_future(job), 8)


@pytest.mark.wire
def test_a_label_is_printed_once_and_trouble_keeps_it_from_being_sent(far_end: FarEnd) -> None:
    async def story() -> None:
        printer, sink = made(far_end), RecordingSink()
        running = Running(printer, sink)
        try:
            await until(lambda: sink.ups == 1, 3)
            assert (await outcome(printer.print_label(b"^XA^FDone^FS^XZ"))).ready
            assert far_end.printer.printed == [b"^XA^FDone^FS^XZ"]
            far_end.printer.errors = 0x1
            await until(lambda: sink.all_readings[-1].value == "paper_out", 3)
            refused = await outcome(printer.print_label(b"^XA^FDtwo^FS^XZ"))
            assert refused.troubles == (Trouble.PAPER_OUT,)
            far_end.printer.errors = 0
            await until(lambda: sink.all_readings[-1].value == "ready", 3)
            assert far_end.printer.printed == [b"^XA^FDone^FS^XZ"]
        finally:
            await running.stop()

    asyncio.run(story())


@pytest.mark.wire
def test_a_printer_that_is_not_there_prints_nothing_later(far_end: FarEnd) -> None:
    async def story() -> None:
        printer = made(far_end)
        with pytest.raises(LinkError, match="nothing was printed"):
            await outcome(printer.print_label(b"^XA^XZ"))
        sink = RecordingSink()
        running = Running(printer, sink)
        await until(lambda: sink.ups == 1, 3)
        await running.stop()
        assert far_end.printer.printed == []

    asyncio.run(story())


@pytest.mark.wire
def test_a_mute_printer_is_lost_with_a_remedy(far_end: FarEnd) -> None:
    far_end.printer.mute = True
    printer = made(far_end)
    with pytest.raises(LinkError, match="does not answer ~HQES: "):
        printer.run(RecordingSink(), threading.Event())


@pytest.mark.wire
def test_the_check_says_what_is_wrong_with_the_printer(far_end: FarEnd) -> None:
    async def findings() -> list[tuple[bool, str]]:
        return [(finding.ok, finding.words) async for finding in made(far_end).probe()]

    assert [ok for ok, _ in asyncio.run(findings())] == [True, True]
    far_end.printer.errors = 0x4
    assert asyncio.run(findings())[-1] == (False, "does not print (head open)")
