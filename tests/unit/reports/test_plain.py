"""What data say is printed as it stands: it is never markup, opens nothing and hides nothing."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from reportlab.platypus import Paragraph

from screens.reports.plain import marked, shown
from screens.reports.typefaces import PLAIN, chinese, latin, printable, wanted_of_chinese

HOSTILE = (
    "<img src=/etc/passwd>",
    '<img src="http://127.0.0.1:9/x.png"/>',
    "<font size=90 color=red>big</font>",
    "a < b > c & d",
    "</font></para>",
    "<b>bold",
    "&lt;b&gt; &#60;",
    "<a href='file:///etc/passwd'>x</a>",
    "]]><!-- x -->",
    "<para><onDraw name=x label=y/>",
)


def words(text: str) -> str:
    """What the letters of a paragraph say."""
    face = latin(PLAIN)
    paragraph = Paragraph(marked(text, (face,)))
    assert {frag.fontName for frag in paragraph.frags} <= {face.name}
    assert not any(getattr(frag, "cbDefn", None) or getattr(frag, "link", None) for frag in paragraph.frags)
    return "".join(frag.text for frag in paragraph.frags)


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_of_data_is_printed_as_text(text: str) -> None:
    assert words(text) == text


def test_control_the_same_text_without_the_escape_is_markup_or_breaks_the_report() -> None:
    assert Paragraph("a <font size='90'>big</font>").frags[-1].fontSize == 90
    with pytest.raises(ValueError, match="Parse error"):
        Paragraph("a < b <b>")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x00b\x1b[2J", "a<0000>b<001B>[2J"),
        ("\u202eRTL\u200b", "<202E>RTL<200B>"),
        ("1\u202f000\u00a0mm", "1\u202f000\u00a0mm"),
        ("line\r\nline", "line<000D><000A>line"),
        ("\U0001f600", "<1F600>"),
        ("\ud800", "<D800>"),
        ("zażółć 班次", "zażółć 班次"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, seen: str) -> None:
    assert shown(text) == seen


def test_a_very_long_text_is_cut_and_says_so() -> None:
    assert shown("x" * 70_000).endswith("x… (+68000)")
    assert len(shown("x" * 70_000)) < 2_020


def test_each_stretch_is_in_a_typeface_that_has_its_signs() -> None:
    wanted = wanted_of_chinese("Zażółć 班次 <b>")
    assert wanted == "".join(sorted("班次"))
    faces = (latin(PLAIN), chinese(PLAIN, wanted))
    tree = ET.fromstring(f"<p>{marked('Ża 班次 <b>', faces)}</p>")  # noqa: S314  our own text
    assert [(run.get("name"), run.text) for run in tree] == [
        (faces[0].name, "Ża "),
        (faces[1].name, "班次"),
        (faces[0].name, " <b>"),
    ]


def test_both_typefaces_together_print_every_language_of_the_house() -> None:
    assert all(printable(sign) for sign in "äößÄÖÜñ¿¡áéíóúąćęłńóśźżĄĆĘŁŃÓŚŹŻ停机质量±≤≥▲▼◆–…·")
    assert not printable("\ue000")
