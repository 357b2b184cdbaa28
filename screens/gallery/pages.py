"""Pages composed from the kit like the screens they will become."""

from decimal import Decimal

from PySide6.QtWidgets import QWidget

from screens.gallery.parts import (
    BACK,
    DOWN,
    HELP,
    PAD_KEYS,
    UP,
    answer,
    card,
    choice,
    column,
    frame,
    hours,
    reason_words,
    row,
    tile,
    timeline,
)
from screens.kit import labels
from screens.kit.answer_line import Answer
from screens.kit.buttons import ActionButton, Kind
from screens.kit.chip import Chip
from screens.kit.data_moved import DataMoved, Movement
from screens.kit.folding import FoldingColumn
from screens.kit.heading import PageHeading
from screens.kit.keypad import Keypad
from screens.kit.limit_bar import LimitBar
from screens.kit.order_progress import OrderProgress
from screens.kit.part_row import Part, PartRow
from screens.kit.readout import Readout
from screens.kit.reason_tiles import Reason, ReasonTiles
from screens.kit.scroll import TouchScroll
from screens.kit.step_list import Step, StepList
from screens.kit.task_list import Task, TaskList
from screens.kit.theme import Scale, Tone
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit.xbar_chart import XbarChart
from screens.shell.action_bar import ActionButtonSpec, Align


def run_page() -> QWidget:
    """The Run screen of the mockup."""
    progress = OrderProgress("progress")
    progress.set_counts(
        1230,
        22,
        2000,
        good_text="1 230 good",
        scrap_text="22 scrap",
        plan_text="of 2 000 · about 52 min left",
    )
    heading = PageHeading(
        "WO-104233   Bracket 40-117 rev C",
        eyebrow="Order · operation 20 stamp",
        chip=Chip("On plan +38", sign="check"),
    )
    detail = labels.muted("Due 14:30 · Coil lot L-88213 · Die D-07 · Recipe 40-117/3 ✓ verified in PLC")
    order = card("", heading, detail, progress)
    oee = card(
        "OEE this shift",
        Readout("78.4", "%"),
        labels.muted("A 88.1 · P 90.6 · Q 98.2"),
        labels.muted("Target 82"),
    )
    oee.content.addStretch(1)
    hot = tile("Die temperature", "°C", "79.2", 74, 0.6, 0.12)
    hot.show_alarm(Tone.HIGH, "HIGH > 78")
    tiles = row(
        (tile("Ram force", "kN", "412", 410, 4), 1), (tile("Cycle time", "s", "2.41", 2.4, 0.02), 1), (hot, 1)
    )
    tasks = TaskList("tasks", up_text=UP, down_text=DOWN)
    tasks.set_tasks(
        [
            Task("stop", "note", "Why did it stop at 09:56?", "6 min 12 s · unclassified", Tone.CRITICAL),
            Task("check", "shield", "Check due: Hole Ø, 5 parts", "in 4 min or 96 parts"),
            Task("coil", "box", "Load next coil", "L-88213 ends in about 18 min"),
            Task("work", "list", "Work instruction, step 4 of 9", "Bracket 40-117 rev C"),
        ]
    )
    lower = FoldingColumn()
    lower.add(timeline())
    lower.add(hours(), 1, foldable=True)
    left = column(tiles, (card("", (lower, 1)), 1))
    content = column(row((order, 3), (oee, 1)), (row((left, 5), (card("Next for you", (tasks, 1)), 2)), 1))
    actions = [
        ActionButtonSpec("pause", "Pause order", "pause", Kind.PRIMARY),
        ActionButtonSpec("good", "Good", "plus"),
        ActionButtonSpec("scrap", "Scrap", "triangle"),
        ActionButtonSpec("reason", "Stop reason"),
        HELP,
    ]
    alarm = (Tone.HIGH, "HIGH · Die temperature 79.2 °C, limit 78 · since 10:39:12", "+1 more")
    return frame(content, actions, alarm=alarm, offline=True)


def reason_page(count: int = 8) -> QWidget:
    """The stop reason screen of the mockup."""
    tiles = ReasonTiles("reasons", reason_words())
    names = [
        "Coil change",
        "Die change",
        "Jam",
        "No material",
        "Electrical",
        "Quality hold",
        "Break",
        "Tool setting",
    ]
    reasons = [Reason(f"r{i}", names[i % 8], "Unplanned · technical") for i in range(count)]
    tiles.set_reasons([*reasons, Reason("hyd", "Hydraulics", "Unplanned · technical", suggested=True)])
    tiles.select("hyd")
    heading = PageHeading(
        "Why did Press 12 stop?",
        eyebrow="Stop 09:56:03 – 10:02:15 · 6 min 12 s",
        chip=Chip("PLC says F-312 hydraulic pressure low"),
    )
    actions = [
        BACK,
        ActionButtonSpec("note", "Note", "note"),
        ActionButtonSpec("maintenance", "Call maintenance", "wrench", Kind.WARNING),
        ActionButtonSpec("save", "Save reason", "check", Kind.PRIMARY, align=Align.RIGHT),
    ]
    return frame(column(heading, (tiles, 1)), actions)


def search_page() -> QWidget:
    """Reason tiles with the search open."""
    window = reason_page(40)
    window.setProperty("press", "reasons.search")
    return window


def quality_page() -> QWidget:
    """The inspection screen of the mockup."""
    parts = PartRow("parts")
    texts = ("1 · 12.04", "2 · 12.05", "3 · 12.07", "4", "5")
    parts.set_parts([Part(str(i), text, done=i < 3) for i, text in enumerate(texts)], "2")
    limits = LimitBar("limits")
    limits.set_limits(11.9, 12.0, 12.1, low_text="11.90", high_text="12.10", near=(11.94, 12.06))
    limits.set_value(12.07, tone=Tone.HIGH, text="In tolerance, near the limit")
    chart = XbarChart("chart")
    points = [12.0, 11.99, 12.005, 12.01, 11.985, 11.995, 12.015, 12.003, 11.987, 11.998]
    chart.set_chart(
        [*points, 12.004, 12.01, 12.02, 12.03, 12.04, 12.05],
        ucl=12.06,
        centre=12.0,
        lcl=11.94,
        highlighted=range(10, 16),
    )
    measured = card("Measured", row((Readout("12.07", "mm", scale=Scale.READOUT), 1), (limits, 1)), parts)
    rule = row(
        (labels.eyebrow("X̄ chart · last 16 subgroups · n = 5", exact=True), 1),
        Chip("Rule 3: 6 points rising", tone=Tone.HIGH),
    )
    verdict = row(
        (labels.label("Mean 12.041   Cp 1.42   Cpk 0.84", Scale.SMALL), 1),
        labels.label("Drifting toward USL. Adjust punch or hold?", Scale.SMALL_STRONG, tone=Tone.HIGH),
    )
    keypad = Keypad("keypad", PAD_KEYS, readout=False)
    keypad.set_field(main_text="Save part 3", unit="mm", decimals=2, low=Decimal("10"), high=Decimal("14"))
    keypad.set_value(Decimal("12.07"))
    side = column(
        (keypad, 1),
        ActionButton("Read gauge", name="gauge", icon="refresh"),
        ActionButton("Reject, open nonconformance", name="reject", kind=Kind.WARNING),
    )
    heading = PageHeading(
        "Hole diameter Ø12.00",
        eyebrow="Inspection plan IP-117/4 · sample 17 of this shift · part 3 of 5",
        aside="+0.10 / −0.10 mm",
        chip=Chip("Gauge CAL-204 calibrated to 2027-02-11", sign="check"),
    )
    body = row((column(measured, (card("", rule, (chart, 1), verdict), 1)), 5), (side, 2))
    actions = [BACK, ActionButtonSpec("note", "Note", "note"), ActionButtonSpec("drawing", "Drawing", "list")]
    window = frame(column(heading, (body, 1)), actions, selected="quality", person="R. Lindqvist · Inspector")
    answer(window, "Saved on this terminal", Answer.SAVED)
    return window


def repair_page() -> QWidget:
    """The repair screen of the mockup."""
    steps = StepList("lock")
    steps.set_steps(
        [
            Step("1", "Main isolator Q1 locked", True, "J. Haddad", "10:02:11"),
            Step("2", "Accumulator bled, 0 bar read back from PLC", False),
        ]
    )
    findings = row(
        (choice("Problem", "problem", "Low output pressure"), 1),
        (choice("Cause", "cause", "Seal worn"), 1),
        (choice("Remedy", "remedy", None), 1),
    )
    table = TouchTable(
        "parts",
        [Column("Part", 2), Column("Lot / serial", 1.6), Column("Qty", 0.7, right=True)],
        empty_text="No part yet. Scan the part's label.",
        up_text=UP,
        down_text=DOWN,
        touchable=False,
    )
    table.set_rows(
        [
            Row("1", ["Rod seal 80×95", "scanned L-5521", "1"]),
            Row("2", ["Hydraulic oil HLP 46", "bulk", "3 l"]),
        ]
    )
    moved = DataMoved("moved")
    moved.set_movements(
        [
            Movement("09:56:03.120", "PLC stop, F-312", "source"),
            Movement("09:56:03.161", "on this screen", "+41 ms"),
            Movement("09:56:03.170", "stored here", "+9 ms"),
            Movement("09:58:40", "classified by M. Okafor", "+2:37"),
            Movement("10:02:11", "technician arrived", "+3:30"),
            Movement("waiting", "MES acknowledgement", "offline", Tone.OFFLINE),
        ]
    )
    asset = card(
        "This asset",
        row(
            (Readout("3", "in 90 d", caption="same failure", scale=Scale.TITLE), 1),
            (Readout("61", "h", caption="MTBF", scale=Scale.TITLE), 1),
            (Readout("38", "min", caption="MTTR", scale=Scale.TITLE), 1),
        ),
    )
    heading = PageHeading(
        "Ram does not return · alarm F-312 hydraulic pressure low",
        eyebrow="Repair order M-2041 · Press 12 · opened from stop 09:56",
        chip=Chip("MACHINE DOWN", tone=Tone.CRITICAL, time="00:46:10"),
    )
    inner = QWidget()
    below = column(
        card("1 · Lock out", steps),
        card("2 · Findings", findings),
        (card("3 · Parts and labour", (table, 1)), 1),
    )
    below.setContentsMargins(0, 0, 0, 0)
    inner.setLayout(below)
    left = TouchScroll(inner, name="left", up_text=UP, down_text=DOWN)
    scrolled = TouchScroll(moved, name="moved.scroll", up_text=UP, down_text=DOWN)
    right = column((card("How the data moved", (scrolled, 1)), 1), asset)
    actions = [
        BACK,
        ActionButtonSpec("scan", "Scan a part", "scan"),
        ActionButtonSpec("wait", "Wait for part", "clock"),
        ActionButtonSpec("test", "Test run", "play", align=Align.RIGHT),
        ActionButtonSpec("close", "Return to service", "check", Kind.PRIMARY, align=Align.RIGHT),
    ]
    alarm = (Tone.CRITICAL, "CRITICAL · F-312 hydraulic pressure low · since 09:56:03", "")
    content = column(heading, (row((left, 5), (right, 3)), 1))
    return frame(
        content,
        actions,
        selected="maintain",
        alarm=alarm,
        stopped=True,
        offline=True,
        person="J. Haddad · Technician",
    )


def choice_page() -> QWidget:
    """The repair screen with its options open."""
    window = repair_page()
    window.setProperty("open_field", "remedy")
    return window
