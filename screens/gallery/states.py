"""Every widget of the kit in its states."""

from decimal import Decimal

from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QGridLayout, QWidget

from screens.gallery.parts import (
    BACK,
    DOWN,
    HELP,
    KEYS,
    PAD_KEYS,
    SORT,
    UP,
    card,
    choice,
    column,
    frame,
    row,
    tile,
)
from screens.kit import icons, labels, theme
from screens.kit.answer_line import Answer, AnswerLine
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import SelectableCard
from screens.kit.chip import Chip
from screens.kit.choice_field import TouchField
from screens.kit.empty_state import EmptyState
from screens.kit.flow import FlowLayout
from screens.kit.keyboard import Keyboard
from screens.kit.keypad import Keypad
from screens.kit.limit_bar import LimitBar
from screens.kit.order_progress import OrderProgress
from screens.kit.photo_note import PhotoNote, PhotoNoteWords
from screens.kit.progress import ProgressLine
from screens.kit.signature import SignatureField, Signing
from screens.kit.table_head import Sorting
from screens.kit.theme import Scale, Tone
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit.value_tile import Quality
from screens.kit.xbar_chart import XbarChart


def value_page() -> QWidget:
    """The value tile in every quality and priority."""
    grid = QGridLayout()
    grid.setSpacing(theme.GAP)
    made = [tile("Ram force", "kN", "412", 410, 4) for _ in range(4)]
    made[1].show_value("408", Quality.UNCERTAIN, "sensor not exact")
    made[2].show_value("412", Quality.STALE, "12 min old, PLC lost")
    made[3].show_value("412", Quality.BAD, "no answer from the sensor")
    for tone in (Tone.CRITICAL, Tone.HIGH, Tone.MEDIUM, Tone.LOW):
        raised = tile("Die temperature", "°C", "79.2", 74, 0.6, 0.12)
        raised.show_alarm(tone, f"{tone.value.upper()} > 78")
        made.append(raised)
    made[6].show_value("79.2", Quality.STALE, "3 min old")
    for number, widget in enumerate(made):
        grid.addWidget(widget, number // 4, number % 4)
    bars = []
    for value, tone, text in (
        (12.0, Tone.NORMAL, "In tolerance"),
        (12.13, Tone.CRITICAL, "Out of tolerance, above 12.10"),
        (None, Tone.NORMAL, "Not measured yet"),
    ):
        bar = LimitBar()
        bar.set_limits(11.9, 12.0, 12.1, low_text="11.90", high_text="12.10", near=(11.94, 12.06))
        bar.set_value(value, tone=tone, text=text)
        bars.append((card("Limits", bar), 1))
    chart = XbarChart()
    chart.set_empty_text("No subgroup yet. The first five measured parts will draw the first point.")
    more = OrderProgress()
    more.set_counts(
        2040, 0, 2000, good_text="2 040 good", scrap_text="0 scrap", plan_text="of 2 000 · plan reached"
    )
    return frame(
        column(
            (grid, 3),
            row(*bars),
            (row((card("X̄ chart", (chart, 1)), 1), (card("Progress", more, (QWidget(), 1)), 1)), 1),
        ),
        [BACK],
    )


def touch_page() -> QWidget:
    """Buttons, chips, fields, answers and cards in their states."""
    buttons = FlowLayout()
    for kind in Kind:
        buttons.addWidget(
            ActionButton(kind.value.title(), name=f"b.{kind}", kind=kind, icon="check", shortcut="F2")
        )
    off = ActionButton("Not allowed", name="b.off", icon="cross")
    off.setEnabled(False)
    pressed = ActionButton("Pressed", name="b.down")
    pressed.setDown(True)
    for button in (off, pressed):
        buttons.addWidget(button)
    chips = FlowLayout()
    for tone in Tone:
        chips.addWidget(Chip(tone.value.upper(), tone=tone, time="00:12:40"))
    answers = FlowLayout()
    for state, text in zip(
        Answer,
        ("Saved on this terminal", "Received by MES", "MES not reached, 12 wait", "Refused by MES"),
        strict=True,
    ):
        line = AnswerLine()
        line.show_answer(text, "10:41:52", state)
        answers.addWidget(line)
    chosen = SelectableCard("card.1", "Selected card")
    chosen.add(labels.label("Selected card", Scale.HEADING))
    chosen.set_selected(True)
    plain = SelectableCard("card.2", "Touch me")
    plain.add(labels.label("Card to touch", Scale.HEADING))
    fields = row(
        (TouchField("Lot", "Scan or type", name="lot"), 1),
        (choice("Remedy", "remedy2", "Seal worn"), 1),
        (chosen, 1),
        (plain, 1),
    )
    return frame(column(buttons, chips, answers, fields, (QWidget(), 1)), [BACK, HELP])


def icon_page() -> QWidget:
    """Every icon at two sizes."""
    small, large = FlowLayout(), FlowLayout()
    for name in sorted(icons.NAMES):
        small.addWidget(ActionButton("", name=f"icon.{name}", icon=name, main=False))
        large.addWidget(ActionButton("", name=f"large.{name}", icon=name, scale=Scale.TITLE))
    return frame(column(small, large, (QWidget(), 1)), [BACK])


def entry_page() -> QWidget:
    """Signatures in their states, and a keypad that steps."""
    signatures = FlowLayout()
    for state, words, time in (
        (Signing.OPEN, "Inspector: touch to sign", ""),
        (Signing.ASKED, "Scan your badge", ""),
        (Signing.SIGNED, "R. Lindqvist", "10:41:52"),
        (Signing.REFUSED, "M. Okafor made this entry", ""),
    ):
        field = SignatureField(f"sign.{state}", "Released by")
        field.show_signature(state, words, time)
        signatures.addWidget(field)
    pad = Keypad("step", PAD_KEYS)
    pad.set_field(
        main_text="Save",
        unit="mm",
        decimals=2,
        low=Decimal("-0.5"),
        high=Decimal("0.5"),
        signed=True,
        label="Offset",
        limit_text="−0.50 to 0.50",
        step=Decimal("0.05"),
    )
    pad.set_value(Decimal("0.15"))
    return frame(row((column(signatures, (QWidget(), 1)), 2), (pad, 1)), [BACK, HELP])


def work_page() -> QWidget:
    """A note with photos, and long work whose end is known or not."""
    seen = PhotoNote("seen", PhotoNoteWords("Note", "Write a note", "Photo", "Take back"))
    picture = QImage(64, 48, QImage.Format.Format_RGB32)
    picture.fill(QColor(theme.current().calm))
    seen.set_photos([picture, picture])
    seen.set_note("Seal was worn, replaced")
    known, unknown = ProgressLine("known", "Cancel"), ProgressLine("unknown", "Cancel")
    known.show_progress("Recipe R-210 is written to the press", 0.26, "11 of 42 values")
    unknown.show_progress("The MES is asked for plans")
    cards = column(card("Findings", seen), card("Long work", known, unknown), (QWidget(), 1))
    return frame(cards, [BACK, HELP])


def keyboard_page() -> QWidget:
    """The keyboards of two languages."""
    polish = Keyboard("polish", KEYS, language="pl", placeholder="What happened?")
    polish.set_text("Seal was worn, replaced")
    german = Keyboard("german", KEYS, language="de", readout=False, digits=False)
    return frame(column((QWidget(), 1), polish, german), [BACK])


def keypad_page() -> QWidget:
    """A keypad with a sign and a value out of its limits, and one for a whole number without a readout."""
    signed = Keypad("signed", PAD_KEYS)
    signed.set_field(
        main_text="Save",
        unit="mm",
        decimals=2,
        low=Decimal("-5"),
        high=Decimal("5"),
        signed=True,
        label="Offset",
        limit_text="−5 to 5",
    )
    signed.set_value(Decimal("-7.25"))
    whole = Keypad("whole", PAD_KEYS, readout=False)
    whole.set_field(main_text="Report 22 scrap")
    whole.set_value(Decimal(22))
    return frame(row((signed, 1), (whole, 1), (QWidget(), 1)), [BACK])


def table_page() -> QWidget:
    """A table with marks and pages, and one that is empty."""
    columns = [
        Column("Order", 1.1),
        Column("Product", 2.2),
        Column("Due", 1, muted=True),
        Column("Quantity", 1, right=True),
    ]
    table = TouchTable("orders", columns, empty_text="", up_text=UP, down_text=DOWN, sort=SORT)
    rows = [
        Row(f"{i}", [f"WO-1042{30 + i}", "Bracket 40-117 rev C", "14:30", f"{2000 - i * 40} pcs"])
        for i in range(14)
    ]
    rows[1] = Row(
        "1",
        ["WO-104231", "Side panel for the left door of a rather long name", "14:30", "400 pcs"],
        selected=True,
    )
    rows[2] = Row("2", ["WO-104232", "Bracket 40-118", "late since 09:00", "400 pcs"], Tone.HIGH)
    rows[3] = Row("3", ["WO-104233", "Bracket 40-119", "waits for the MES", "400 pcs"], Tone.OFFLINE)
    rows[4] = Row("4", ["WO-104234", "Bracket 40-120", "received", "400 pcs"], sign="check")
    table.set_rows(rows)
    table.sort_by("Order", Sorting.UP)
    empty = TouchTable(
        "none",
        columns,
        empty_text="No orders. They come with the next plan from the MES, asked for every minute.",
        up_text=UP,
        down_text=DOWN,
    )
    return frame(
        column((card("", (table, 1)), 3), (card("Refused", (empty, 1)), 2)), [BACK], selected="orders"
    )


def empty_page() -> QWidget:
    """What an empty screen says."""
    empty = EmptyState(
        "inbox",
        "Nothing waits.",
        "What is entered while the MES is away will stand here until its receipt comes.",
    )
    return frame(column((card("", (empty, 1)), 1)), [BACK])
