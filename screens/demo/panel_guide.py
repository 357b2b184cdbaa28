"""The guide of the demo: the main job in numbered steps, as far as the plant can see them done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from devices.plant.client import PlantState
from hmi.i18n import Texts
from screens.kit import icons, labels, painting, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import Card
from screens.kit.theme import Scale

EXECUTE = 6
MEASURED = "measured"
_ROW = 34


class Do(StrEnum):
    """What the plant's part of a step is."""

    SCAN = "scan"
    START = "start"
    FAULT = "fault"
    MEASURE = "measure"


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One step: its texts are `panel.step.<id>`; `label` is what is scanned."""

    id: str
    do: Do
    label: str = ""


STEPS: tuple[GuideStep, ...] = (
    GuideStep("operator", Do.SCAN, "badge-operator"),
    GuideStep("order", Do.SCAN, "order-104233"),
    GuideStep("run", Do.START),
    GuideStep("fault", Do.FAULT),
    GuideStep("inspector", Do.SCAN, "badge-inspector"),
    GuideStep("measure", Do.MEASURE),
    GuideStep("technician", Do.SCAN, "badge-technician"),
    GuideStep("seal", Do.SCAN, "seal"),
    GuideStep("again", Do.START),
    GuideStep("back", Do.SCAN, "badge-operator"),
)
FAULT = 312


class Guide:
    """How far the story has come, told by what was scanned and measured and by the press itself."""

    def __init__(self, steps: Sequence[GuideStep] = STEPS) -> None:
        """Begin at the first step."""
        self._steps = tuple(steps)
        self.done = 0

    @property
    def steps(self) -> tuple[GuideStep, ...]:
        """All steps in their order."""
        return self._steps

    @property
    def next(self) -> GuideStep | None:
        """The step to be done now; None when all are done."""
        return self._steps[self.done] if self.done < len(self._steps) else None

    def begin_again(self) -> None:
        """Back to the first step."""
        self.done = 0

    def scanned(self, label: str) -> bool:
        """A label was read by somebody who listens; True when that was the next step."""
        return self._advance(lambda step: step.do is Do.SCAN and step.label == label)

    def measured(self) -> bool:
        """Five parts were measured."""
        return self._advance(lambda step: step.do is Do.MEASURE)

    def looked(self, state: PlantState) -> bool:
        """The plant was looked at: the press runs, or stands with a fault."""
        press = state.press
        if press is None:
            return False
        return self._advance(
            lambda step: (
                (step.do is Do.START and press.state == EXECUTE) or (step.do is Do.FAULT and press.fault != 0)
            )
        )

    def _advance(self, came: Callable[[GuideStep], bool]) -> bool:
        step = self.next
        if step is None or not came(step):
            return False
        self.done += 1
        return True


class StepLine(QWidget):
    """A number, the step in one line, and a tick or an arrow in front."""

    def __init__(self, number: int, text: str, name: str) -> None:
        """Not done yet, and not the next."""
        super().__init__()
        self.setObjectName(name)
        self._number, self._text = number, text
        self._done, self._next = False, False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_ROW)

    @property
    def is_next(self) -> bool:
        """Whether this is the step to be done now."""
        return self._next

    def mark(self, *, done: bool, is_next: bool) -> None:
        """Show how the step stands."""
        self._done, self._next = done, is_next
        self.setAccessibleName(
            f"{self._number} {self._text} {'✓' if done else '→' if is_next else ''}".strip()
        )
        self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(theme.RAIL * 3, _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line; the next one stands on the ground of what is selected."""
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        if self._next:
            painting.surface(
                painter, rect, colours.field, colours.action.edge, theme.STROKE, theme.RADIUS - 4
            )
        font = theme.font(Scale.SMALL_STRONG if self._next else Scale.SMALL)
        ink = colours.ink if self._next else colours.muted
        box = QRectF(8, rect.center().y() - 9, 18, 18)
        if self._done:
            icons.paint_icon(painter, "check", box, colours.ink)
        elif self._next:
            icons.paint_icon(painter, "right", box, colours.action.edge)
        number = QRectF(32, 0, 26, rect.height())
        painting.draw_text(painter, number, str(self._number), font, ink, Qt.AlignmentFlag.AlignCenter)
        words = QRectF(64, 0, rect.width() - 72, rect.height())
        painting.draw_text(painter, words, self._text, font, ink)


class GuideCard(Card):
    """All steps, the next one as a button, and what to do at the terminal meanwhile."""

    wanted = Signal(object)
    again = Signal()

    def __init__(self, texts: Texts, guide: Guide) -> None:
        """`wanted` carries the GuideStep whose button was touched."""
        super().__init__(texts.t("panel.guide.title"), name="panel.guide")
        self._texts, self._guide = texts, guide
        self._place = labels.label(scale=Scale.SMALL_STRONG, muted=True, name="panel.guide.place")
        self._lines = [
            StepLine(number, texts.t(f"panel.step.{step.id}.text"), f"panel.step.{step.id}")
            for number, step in enumerate(guide.steps, 1)
        ]
        self._at = labels.eyebrow(texts.t("panel.guide.at_terminal"))
        self._then = labels.wrapped(scale=Scale.STRONG, name="panel.guide.then")
        self._values = labels.wrapped(scale=Scale.TITLE, name="panel.guide.values")
        self._values.hide()
        self._do = ActionButton("", name="panel.guide.do", kind=Kind.PRIMARY)
        self._do.clicked.connect(self._touched)
        self._again = ActionButton(
            texts.t("panel.guide.again"), name="panel.guide.again", icon="refresh", main=False
        )
        self._again.clicked.connect(self._begin_again)
        steps = QVBoxLayout()
        steps.setSpacing(0)
        for line in self._lines:
            steps.addWidget(line)
        self.add(self._place)
        self.add(steps)
        self.add(self._do)
        self.content.addSpacing(theme.GAP)
        for part in (self._at, self._then, self._values, self._again):
            self.add(part)
        self.content.addStretch(1)
        self.show_progress()

    def show_progress(self) -> None:
        """Mark what is done and what is next."""
        t, guide = self._texts.t, self._guide
        self._place.setText(t("panel.guide.place", done=guide.done, all=len(guide.steps)))
        for number, line in enumerate(self._lines):
            line.mark(done=number < guide.done, is_next=number == guide.done)
        step = guide.next
        self._do.setVisible(step is not None)
        self._again.setVisible(step is None)
        if step is not None:
            what = t(f"panel.step.{step.id}.text")
            self._do.set_text(f"{guide.done + 1} · {what}")
        before = guide.steps[guide.done - 1] if guide.done else None
        self._at.setVisible(before is not None)
        words = t(f"panel.step.{before.id}.then") if before else ""
        if step is None:
            words = f"{words} {t('panel.guide.all_done')} {t('panel.guide.try')}"
        self._then.setVisible(bool(words))
        self._then.setText(words)
        self._values.setVisible(before is not None and before.do is Do.MEASURE and bool(self._values.text()))

    def show_values(self, values: Sequence[str]) -> None:
        """Keep the measured values in sight while they are keyed in."""
        self._values.setText("   ".join(values))
        self.show_progress()

    def set_busy(self, busy: bool) -> None:
        """One thing after the other."""
        self._do.setEnabled(not busy)

    def _touched(self) -> None:
        step = self._guide.next
        if step is not None:
            self.wanted.emit(step)

    def _begin_again(self) -> None:
        self._guide.begin_again()
        self.show_progress()
        self.again.emit()
