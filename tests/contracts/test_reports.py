"""What every report of the registry owes its reader, asked of each: the real ones, from a real journal."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from hmi import config as configuration
from hmi.domain.entries import Entry
from hmi.i18n import Texts, languages
from hmi.ports import Records
from screens.reports.asked import Asked, Proof, ReportSpec, shift_at
from screens.reports.journal_parts import head_code
from screens.reports.paper import printed
from screens.reports.registry import REPORTS
from screens.reports.sheet import Head, Sheet, Table
from screens.reports.voice import Voice
from tests.fakes.shift_story import Shift

ZONE = ZoneInfo("Europe/Berlin")
ORDER = "WO-1"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    """A shift of which the MES has 25 entries, refused two and knows nothing of the others."""
    made = Shift(tmp_path_factory.mktemp("story"))
    made.play()
    made.answer(25, 2)
    yield made
    made.close()


@pytest.fixture(params=REPORTS, ids=lambda spec: spec.id)
def spec(request: pytest.FixtureRequest) -> ReportSpec:
    """Each report."""
    found = request.param
    assert isinstance(found, ReportSpec)
    return found


def newest(story: Shift) -> Entry:
    """The newest entry of the journal."""
    return story.floor.read(lambda records: records.journal.newest(1))[0].entry


def sheet_of(story: Shift, spec: ReportSpec, language: str = "en", proof: Proof | None = None) -> Sheet:
    """The report of the story, as the command asks for it."""
    terminal, head = configuration.load(story.config), newest(story)
    asked = Asked(
        terminal.terminal,
        proof or Proof(head.epoch, head.seq),
        head.terminal_time,
        shift_at(terminal.shifts, head.terminal_time, ZONE) if spec.about == "span" else None,
        ORDER if spec.about == "order" else "",
    )

    def write(records: Records) -> Sheet:
        return spec.write(records, asked, Voice(Texts(language), ZONE))

    return story.floor.read(write)


def streams(pdf: bytes) -> bytes:
    """What the pages draw, and all that stands beside it, unpacked where it is packed."""
    found = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(base64.a85decode(packed.strip().removesuffix(b"~>"))))
        except (ValueError, zlib.error):
            found.append(packed)
    return b"\n".join(found)


@pytest.mark.parametrize("language", languages())
def test_it_says_where_when_and_how_complete_in_every_language(
    story: Shift, spec: ReportSpec, language: str
) -> None:
    sheet, texts = sheet_of(story, spec, language), Texts(language)
    said = "\n".join(sheet.texts())
    unsent = next(int(found) for found in re.findall(r"\d+", sheet.mark))
    assert unsent > 0
    assert texts.t("report.unsent", count=unsent) == sheet.mark
    for told in ("T-1", "PRESS-1", "Plant A/Stamping/Line 3/Press 1"):
        assert told in sheet.footer
    assert "Europe/Berlin (UTC+01:00)" in said
    assert texts.t("report.proven", seq=newest(story).seq, epoch=1) in said
    assert "1" in sheet.page.format(page=1, pages=3)
    assert not re.search(r"\breport\.\w+|\{\w+\}", said)


def test_its_head_is_the_newest_entry_as_text_and_as_code(story: Shift, spec: ReportSpec) -> None:
    head = newest(story)
    (told,) = [
        block
        for section in sheet_of(story, spec).sections
        for block in section.blocks
        if isinstance(block, Head)
    ]
    assert told.code == head_code(head)
    assert told.code.split()[1:5] == ["T-1", str(head.epoch), str(head.seq), head.hash]
    assert head.hash in "".join(value for _, value in told.pairs).replace(" ", "")


def test_it_tells_what_happened(story: Shift, spec: ReportSpec) -> None:
    said = "\n".join(sheet_of(story, spec).texts())
    for told in (
        "Burr (S-BURR)",
        "Tool broken (R-TOOL) · punch 3 <cracked> & chipped",
        "12.17\u00a0▲",
        "11.84\u00a0▼",
        "11.90\u00a0…\u00a012.10 mm",
        "Press (PRESS-1)",
        "Seal (M-SEAL)",
        "16 min 40 s",
        "Olu Ade",
        "Sue Ung",
        "approved",
        "holds",
        "six from the set-up, looked at by hand",
    ):
        assert told in said, told


def test_rows_have_a_cell_for_each_column(story: Shift, spec: ReportSpec) -> None:
    tables = [b for section in sheet_of(story, spec).sections for b in section.blocks if isinstance(b, Table)]
    assert any(table.rows for table in tables)
    for table in tables:
        assert {len(row) for row in (*table.rows, *([table.total] if table.total else []))} <= {
            len(table.columns)
        }


def test_a_journal_that_does_not_prove_itself_is_said_to(story: Shift, spec: ReportSpec) -> None:
    said = "\n".join(sheet_of(story, spec, proof=Proof(1, 11, "entry 12 was changed")).texts())
    assert "THE JOURNAL DOES NOT PROVE ITSELF" in said
    assert "up to entry 11 of epoch 1" in said
    assert "entry 12 was changed" in said


def test_the_same_data_are_the_same_bytes(story: Shift, spec: ReportSpec) -> None:
    sheet = sheet_of(story, spec)
    pdf = printed(sheet)
    assert printed(sheet_of(story, spec)) == pdf
    assert printed(replace(sheet, title="Another")) != pdf
    stamp = f"{newest(story).terminal_time:%Y%m%d%H%M%S}".encode()
    dates = re.findall(rb"/(?:Creation|Mod)Date \(D:(\d+)", pdf)
    assert set(dates) == {stamp}


def test_the_file_carries_its_typefaces_and_does_nothing(story: Shift, spec: ReportSpec) -> None:
    whole = streams(printed(sheet_of(story, spec, "zh")))
    fonts = set(re.findall(rb"/BaseFont /(\S+)", whole))
    fonts.discard(b"Helvetica")  # every page of reportlab begins by naming it, and prints nothing in it
    assert b"/F1 12 Tf 14.4 TL ET" in whole
    assert not re.search(rb"/F1 [\d.]+ Tf[^/]*T[jJ]\s", whole)
    assert fonts
    assert all(b"Lineside" in font for font in fonts), fonts
    assert whole.count(b"/FontFile2") >= len(fonts)
    for act in (
        b"/URI",
        b"/Launch",
        b"/JavaScript",
        b"/JS",
        b"/EmbeddedFile",
        b"/AA",
        b"/OpenAction",
        b"/Annot",
    ):
        assert not re.search(act + rb"\b", whole), act


def test_every_report_has_a_name_of_its_own() -> None:
    assert len({spec.id for spec in REPORTS}) == len(REPORTS)
    assert {spec.about for spec in REPORTS} <= {"span", "order"}
