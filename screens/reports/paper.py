"""Prints a sheet: A4, ink on white with one accent, its typefaces in the file; same sheet, same bytes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from typing import Literal

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as Grid

from screens.kit import theme
from screens.reports.plain import marked, shown
from screens.reports.sheet import Block, Column, Facts, Head, Section, Sheet, Table, Words
from screens.reports.typefaces import PLAIN, STRONG, Face, chinese, latin, wanted_of_chinese

_Command = tuple[str, tuple[int, int], tuple[int, int], *tuple[object, ...]]
_Cell = Sequence[Flowable] | Flowable

_INK, _MUTED = HexColor(theme.DAY.ink), HexColor(theme.DAY.muted)
_LINE, _ACCENT = HexColor(theme.DAY.line), HexColor(theme.DAY.action.fill)
_MARGIN, _TOP, _BOTTOM = 18 * mm, 16 * mm, 22 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_HAIR, _RULE, _PAD = 0.4, 1.2, 3.0
_FACTS_A_ROW = 4
_QR = 36 * mm
_KEEP = 34 * mm  # a heading stands with at least so much of what it is about


@dataclass(frozen=True, slots=True)
class _Pens:
    """The typefaces of one sheet, the first of each pair for Latin."""

    plain: tuple[Face, ...]
    strong: tuple[Face, ...]

    def text(self, text: str, size: float, *, strong: bool = False, muted: bool = False) -> Paragraph:
        """A text in ink."""
        return self._text(text, size, self.strong if strong else self.plain, _MUTED if muted else _INK)

    def accent(self, text: str, size: float) -> Paragraph:
        """A text in the accent."""
        return self._text(text, size, self.strong, _ACCENT)

    def right(self, text: str, size: float, *, strong: bool = False, muted: bool = False) -> Paragraph:
        """A text that ends at the right edge, as figures do."""
        faces = self.strong if strong else self.plain
        return self._text(text, size, faces, _MUTED if muted else _INK, TA_RIGHT)

    def _text(
        self, text: str, size: float, faces: tuple[Face, ...], ink: Color, align: Literal[0, 2] = TA_LEFT
    ) -> Paragraph:
        style = ParagraphStyle(
            "text",
            fontName=faces[0].name,
            fontSize=size,
            leading=size * 1.36,
            textColor=ink,
            alignment=align,
            splitLongWords=1,
        )
        return Paragraph(marked(text, faces), style)


def printed(sheet: Sheet) -> bytes:
    """The sheet as a PDF file."""
    pens = _pens(sheet)
    pages = _build(sheet, pens, 0)[1]
    return _build(sheet, pens, pages)[0]


def _pens(sheet: Sheet) -> _Pens:
    wanted = wanted_of_chinese("".join([*map(shown, sheet.texts()), sheet.page]))
    more = [(chinese(weight, wanted),) if wanted else () for weight in (PLAIN, STRONG)]
    return _Pens((latin(PLAIN), *more[0]), (latin(STRONG), *more[1]))


def _build(sheet: Sheet, pens: _Pens, pages: int) -> tuple[bytes, int]:
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=shown(sheet.title),
        author=shown(sheet.footer),
        subject=shown(sheet.subtitle),
        creator="Lineside",
        producer="Lineside",
        keywords=[shown(word) for word in sheet.keywords],
        lang=sheet.language,
        invariant=1,
        pageCompression=1,
    )
    frame = Frame(_MARGIN, _BOTTOM, _WIDTH, A4[1] - _TOP - _BOTTOM, 0, 0, 0, 0, id="page")
    foot = partial(_foot, sheet, pens, pages)
    document.addPageTemplates([PageTemplate("page", [frame], onPage=foot)])
    document.build(_story(sheet, pens))
    return out.getvalue(), int(document.page)


def _foot(sheet: Sheet, pens: _Pens, pages: int, canvas: Canvas, document: BaseDocTemplate) -> None:
    moment = sheet.at.astimezone(UTC)
    canvas.setDateFormatter(lambda *_: f"D:{moment:%Y%m%d%H%M%S}+00'00'")
    canvas.saveState()
    canvas.setStrokeColor(_LINE)
    canvas.setLineWidth(_HAIR)
    line = _BOTTOM - 7 * mm
    canvas.line(_MARGIN, line, A4[0] - _MARGIN, line)
    page = sheet.page.format(page=document.page, pages=pages or document.page)
    for words, left, width in (
        (pens.text(sheet.footer, 7.5, muted=True), _MARGIN, _WIDTH * 0.8),
        (pens.right(page, 7.5, muted=True), _MARGIN + _WIDTH * 0.8, _WIDTH * 0.2),
    ):
        _, height = words.wrap(width, _BOTTOM)
        words.drawOn(canvas, left, line - 4 - height)
    canvas.restoreState()


def _story(sheet: Sheet, pens: _Pens) -> list[Flowable]:
    story: list[Flowable] = [_top(sheet, pens), Spacer(1, 4 * mm), _facts(sheet.facts, pens)]
    for section in sheet.sections:
        story += _section(section, pens)
    return story


def _top(sheet: Sheet, pens: _Pens) -> Flowable:
    words = [
        pens.text(sheet.title, 19, strong=True),
        Spacer(1, 1.5),
        pens.text(sheet.subtitle, 10.5, muted=True),
    ]
    if not sheet.mark:
        return _grid([[words]], [_WIDTH], [("LINEBELOW", (0, 0), (-1, -1), _RULE, _INK)])
    mark = _grid(
        [[pens.accent(sheet.mark, 13)]],
        [_WIDTH * 0.3],
        [("BOX", (0, 0), (-1, -1), _RULE, _ACCENT), ("LEFTPADDING", (0, 0), (-1, -1), 8)],
    )
    style: list[_Command] = [
        ("LINEBELOW", (0, 0), (-1, -1), _RULE, _INK),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return _grid([[words, mark]], [_WIDTH * 0.7, _WIDTH * 0.3], style)


def _section(section: Section, pens: _Pens) -> list[Flowable]:
    made: list[Flowable] = [CondPageBreak(_KEEP), Spacer(1, 6 * mm), pens.accent(section.title, 11.5)]
    for block in section.blocks:
        made += [Spacer(1, 1.6 * mm), _block(block, pens)]
    return made


def _block(block: Block, pens: _Pens) -> Flowable:
    match block:
        case Facts():
            return _facts(block, pens)
        case Table():
            return _table(block, pens) if block.rows else pens.text(block.empty, 9, muted=True)
        case Words():
            return pens.text(block.text, 9, strong=block.strong)
        case Head():
            return _head(block, pens)


def _facts(facts: Facts, pens: _Pens) -> Flowable:
    cells: list[_Cell] = [
        [pens.text(name, 7.5, muted=True), pens.text(value, 9.5, strong=True)] for name, value in facts.pairs
    ]
    cells += [[] for _ in range(-len(cells) % _FACTS_A_ROW)]
    rows = [cells[first : first + _FACTS_A_ROW] for first in range(0, len(cells), _FACTS_A_ROW)]
    width = _WIDTH / _FACTS_A_ROW
    return _grid(rows, [width] * _FACTS_A_ROW, [("VALIGN", (0, 0), (-1, -1), "TOP")])


def _table(table: Table, pens: _Pens) -> Flowable:
    shares = sum(column.share for column in table.columns)
    widths = [_WIDTH * column.share / shares for column in table.columns]
    head = [_cell(column, column.title, pens, 7.5, muted=True) for column in table.columns]
    rows = [head, *(_row(table.columns, row, pens) for row in table.rows)]
    style: list[_Command] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, _INK),
        ("LINEBELOW", (0, 1), (-1, -1), _HAIR, _LINE),
        ("RIGHTPADDING", (0, 0), (-2, -1), 7),
    ]
    if table.total:
        rows.append(_row(table.columns, table.total, pens, strong=True))
        style.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, _INK))
    return _grid(rows, widths, style, repeat=1)


def _row(
    columns: tuple[Column, ...], row: tuple[str, ...], pens: _Pens, *, strong: bool = False
) -> list[Paragraph]:
    return [_cell(column, text, pens, 8.5, strong=strong) for column, text in zip(columns, row, strict=True)]


def _cell(
    column: Column, text: str, pens: _Pens, size: float, *, strong: bool = False, muted: bool = False
) -> Paragraph:
    if column.figures:
        return pens.right(text, size, strong=strong, muted=muted)
    return pens.text(text, size, strong=strong, muted=muted)


def _head(head: Head, pens: _Pens) -> Flowable:
    code = QrCodeWidget(head.code, barLevel="M", barWidth=_QR, barHeight=_QR, barBorder=0, barFillColor=_INK)
    drawing = Drawing(_QR, _QR)
    drawing.add(code)
    told: list[Flowable] = [pens.text(head.title, 9, strong=True), Spacer(1, 2), pens.text(head.words, 8.5)]
    for name, value in head.pairs:
        told += [Spacer(1, 3), pens.text(name, 7.5, muted=True), pens.text(value, 8.5)]
    gap = 6 * mm
    style: list[_Command] = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("ALIGN", (1, 0), (1, 0), "RIGHT")]
    return _grid([[told, drawing]], [_WIDTH - _QR - gap, _QR + gap], style)


def _grid(
    cells: Sequence[list[_Cell] | list[Paragraph]],
    widths: list[float],
    style: Sequence[_Command],
    *,
    repeat: int = 0,
) -> Grid:
    pads: list[_Command] = [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), _PAD),
        ("BOTTOMPADDING", (0, 0), (-1, -1), _PAD),
    ]
    return Grid(
        cells, colWidths=widths, repeatRows=repeat, splitInRow=1, style=[*pads, *style], hAlign="LEFT"
    )
