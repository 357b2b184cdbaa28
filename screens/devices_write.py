"""Writing a tag: what the machine holds, the new value, a second touch, a PIN if need be, and its end."""

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from hmi.domain.machine import Verdict, WriteOutcome, WriteWish
from hmi.domain.personnel import Permission
from hmi.domain.plans import Person
from hmi.domain.signals import Scalar
from hmi.domain.tags import TagInfo, WriteClass
from hmi.errors import OperatorError
from hmi.terminal import FaultReport, Refusal, Terminal
from screens.devices_tags import value_words
from screens.kit import labels, painting, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.heading import PageHeading
from screens.kit.keyboard import Keyboard
from screens.kit.keypad import Keypad
from screens.kit.readout import Readout
from screens.kit.theme import Scale, Tone
from screens.kit_words import keyboard_words, keypad_words
from screens.proving import Proving
from screens.roles import role_names
from screens.shell.screen import Screen

_KEYPAD_WIDTH = 340
_LONGEST_TEXT = 200
_TONES = {
    Verdict.DONE: Tone.NORMAL,
    Verdict.DIFFERENT: Tone.HIGH,
    Verdict.REFUSED: Tone.HIGH,
    Verdict.UNKNOWN: Tone.CRITICAL,
}


class WriteSheet(QWidget):
    """Covers the page of its tag until it is closed; one value at a time, nothing is sent twice by itself.

    What is to be confirmed takes two touches at two places: the second says value and name once more. What
    is guarded takes the PIN of whoever is signed in after that.
    """

    def __init__(self, terminal: Terminal, tag: TagInfo, page: QWidget) -> None:
        """Stand over `page` at once."""
        super().__init__(page)
        self.setObjectName("devices.write")
        self._terminal, self._tag, self._page = terminal, tag, page
        self._value: Scalar | None = None
        self._sending = False
        reading = terminal.readings.get(tag.name)
        self._held = reading.value if reading is not None else None
        t = terminal.t
        self._heading = PageHeading(tag.label, eyebrow=t("devices.write.eyebrow"))
        self._close = ActionButton(t("kit.close"), name="devices.write.close", icon="cross", main=False)
        self._close.clicked.connect(self.leave)
        self._heading.add_right(self._close)
        self._now = Readout(caption="", name="devices.write.now")
        self._limits = labels.wrapped(_limit_words(terminal, tag), Scale.BODY, name="devices.write.limits")
        self._limits.setVisible(bool(self._limits.text()))
        self._verdict = Chip(name="devices.write.verdict")
        self._words = labels.wrapped(scale=Scale.STRONG, name="devices.write.words")
        self._change = ActionButton(t("devices.write.change"), name="devices.write.change", main=False)
        self._change.clicked.connect(self._begin)
        self._sure = ActionButton("", name="devices.write.sure", kind=Kind.PRIMARY)
        self._sure.clicked.connect(self._confirmed)
        self._keypad = Keypad("devices.write.keypad", keypad_words(terminal))
        self._keypad.entered.connect(self._take_number)
        self._switch = QWidget()
        self._letters = Keyboard(
            "devices.write.letters",
            keyboard_words(terminal),
            language=terminal.texts.language,
            placeholder=tag.label,
            max_length=_LONGEST_TEXT,
            digits=False,
        )
        self._letters.set_main_text(t("devices.write.next"))
        self._letters.entered.connect(self._take)
        self._proving = Proving(terminal, "devices.write.prove")
        self._proving.proven.connect(self._proven)
        self._proving.refused.connect(lambda words: self._say(None, words))
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lay_out()
        self._begin()
        page.installEventFilter(self)
        self._covered = [
            child
            for child in page.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
            if child is not self and child.isEnabled()
        ]
        for child in self._covered:  # neither a key nor Tab reaches what cannot be seen
            child.setEnabled(False)
        self.setGeometry(page.rect())
        self.show()
        self.raise_()
        (self._letters if self._is_text else self._keypad).setFocus()

    def _lay_out(self) -> None:
        t = self._terminal.t
        card = Card()
        for item in (self._now, self._limits, self._verdict, self._words):
            card.add(item)
        card.content.addStretch(1)
        touched = QVBoxLayout()
        touched.setSpacing(theme.GAP)
        touched.addWidget(self._sure)
        touched.addWidget(self._change)
        card.add(touched)
        choices = QVBoxLayout(self._switch)
        choices.setContentsMargins(0, 0, 0, 0)
        choices.setSpacing(theme.GAP)
        for value, key in ((True, "yes"), (False, "no")):
            button = ActionButton(t(f"devices.{key}"), name=f"devices.write.{key}", scale=Scale.TITLE)
            button.clicked.connect(lambda _checked=False, value=value: self._take(value))
            choices.addWidget(button)
        choices.addStretch(1)
        side = QHBoxLayout()
        side.addWidget(self._keypad, 1)
        side.addWidget(self._switch, 1)
        side.addWidget(self._letters, 1)
        side.addWidget(self._proving, 1)
        self._keypad.setMinimumWidth(_KEYPAD_WIDTH)
        self._switch.setMinimumWidth(_KEYPAD_WIDTH)
        self._body.setSpacing(theme.PAD)
        told = QVBoxLayout()
        told.setSpacing(theme.GAP)
        told.addWidget(self._heading)
        told.addWidget(card, 1)
        self._body.addLayout(told, 1)
        self._body.addLayout(side, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        box.setSpacing(theme.GAP)
        box.addLayout(self._body, 1)

    # ------------------------------------------------------------- what a person does

    @property
    def _is_text(self) -> bool:
        return isinstance(self._held, str)

    def _begin(self) -> None:
        """Ask for a value, or say why there is none to be asked for."""
        tag, t = self._tag, self._terminal.t
        self._value = None
        forbidden = self._forbidden()
        is_switch = isinstance(self._held, bool)
        self._keypad.setVisible(not forbidden and not is_switch and not self._is_text)
        self._switch.setVisible(not forbidden and is_switch)
        self._letters.setVisible(not forbidden and self._is_text)
        self._proving.hide()
        self._turn()
        decimals = 0 if isinstance(self._held, int) else tag.decimals
        low = None if tag.write_low is None else Decimal(str(tag.write_low))
        high = None if tag.write_high is None else Decimal(str(tag.write_high))
        self._keypad.set_field(
            main_text=t("devices.write.next"),
            unit=tag.unit,
            decimals=decimals,
            low=low,
            high=high,
            signed=low is None or low < 0,
            label=tag.label,
            limit_text=self._limits.text(),
        )
        self._allow(entering=True)
        self._say(None, forbidden)
        self.show_newest()

    def _forbidden(self) -> str:
        """Why this page writes no value of this tag now; empty where it does."""
        t = self._terminal.t
        if not self._terminal.may(Permission.WRITE_TAGS):
            return t("devices.write.who", roles=role_names(self._terminal, Permission.WRITE_TAGS))
        without = self._tag.write is WriteClass.GUARDED and self._terminal.people is None
        return t("devices.write.guarded") if without else ""

    def _take_number(self, number: Decimal) -> None:
        whole = isinstance(self._held, int) or number == number.to_integral_value()
        self._take(int(number) if whole else float(number))

    def _take(self, value: Scalar) -> None:
        if self._sending or self._value is not None:
            return
        self._value = value
        if self._tag.write is WriteClass.FREE:
            self._send()
            return
        t, shown = self._terminal.t, self._shown(value)
        self._sure.set_text(t("devices.write.confirm", value=shown))
        self._say(None, t("devices.write.sure", value=shown, label=self._tag.label))
        self._allow(sure=True, change=True)

    def _confirmed(self) -> None:
        """The second touch; what is guarded is not sent before the PIN."""
        session = self._terminal.session
        if self._tag.write is not WriteClass.GUARDED or session is None:
            self._send()
            return
        self._say(None, self._terminal.t("devices.write.prove", value=self._shown(self._value)))
        self._allow(change=True)
        for part in (self._keypad, self._switch, self._letters):
            part.hide()
        self._proving.show()
        self._turn()
        self._terminal.read(lambda records: records.plans.people(), self._ask_pin)

    def _ask_pin(self, people: Sequence[Person]) -> None:
        """Of whoever is signed in, and of nobody else."""
        session = self._terminal.session
        if isValid(self) and session is not None and not self._proving.isHidden():
            self._proving.show_people([one for one in people if one.id == session.person])
            self._proving.begin(session.person)

    def _proven(self, person: str, _how: str) -> None:
        session = self._terminal.session
        if session is None or session.person != person:
            self._not_sent(self._terminal.refusal(OperatorError("write_other_person")))
        else:
            self._send(proven=True)

    def _send(self, *, proven: bool = False) -> None:
        value = self._value
        if self._sending or value is None:
            return
        self._sending = True
        self._proving.hide()
        self._say(None, self._terminal.t("devices.write.sending", value=self._shown(value)))
        self._allow()
        confirmed = self._tag.write is not WriteClass.FREE
        wish = WriteWish(self._tag.name, value, confirmed=confirmed, proven=proven)
        self._terminal.write_tag(wish, self._told, self._not_sent)

    def leave(self) -> None:
        """Close; what is under way goes on, and its end stands in the journal."""
        self._page.removeEventFilter(self)
        for child in self._covered:
            child.setEnabled(True)
        self.hide()
        self.deleteLater()

    # ------------------------------------------------------------- what became of it

    def _told(self, outcome: WriteOutcome) -> None:
        if not isValid(self):
            return
        t = self._terminal.t
        read = "–" if outcome.read_back is None else self._shown(outcome.read_back)
        said = t(
            f"devices.write.{outcome.verdict}",
            label=self._tag.label,
            value=self._shown(outcome.wanted),
            read=read,
            words=outcome.words,
        )
        self._end(outcome.verdict, said)

    def _not_sent(self, why: Refusal | FaultReport) -> None:
        if isValid(self):
            self._end(Verdict.REFUSED, self._terminal.t("devices.write.not_sent", words=why.words))

    def _end(self, verdict: Verdict, words: str) -> None:
        self._sending = False
        self._say(verdict, words)
        self._allow(change=True)
        self._close.setFocus()

    # ------------------------------------------------------------- what is shown

    def show_newest(self) -> None:
        """Show what the machine holds now."""
        t, shown = self._terminal.t, self._terminal.shown(self._tag.name)
        if shown is not None and not shown.stale:
            self._held = shown.reading.value
        text = value_words(self._terminal, self._tag, None if shown is None else shown.reading.value)
        quality = "none" if shown is None else "stale" if shown.stale else str(shown.reading.quality)
        self._now.set_value(text, self._tag.unit)
        self._now.set_caption(t(f"devices.quality.{quality}"))

    def _say(self, verdict: Verdict | None, words: str) -> None:
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._verdict.setVisible(verdict is not None)
        if verdict is not None:
            sign = "check" if verdict is Verdict.DONE else None
            words = self._terminal.t(f"devices.write.chip_{verdict}")
            self._verdict.set(words, tone=_TONES[verdict], sign=sign)

    def _allow(self, *, entering: bool = False, sure: bool = False, change: bool = False) -> None:
        for part in (self._keypad, self._switch, self._letters):
            part.setEnabled(entering)
        if self._is_text and not entering:
            self._letters.hide()
        self._sure.setVisible(sure)
        self._change.setVisible(change)
        self._close.setEnabled(not self._sending)

    def _shown(self, value: Scalar | None) -> str:
        return f"{value_words(self._terminal, self._tag, value)} {self._tag.unit}".strip()

    # ------------------------------------------------------------- its place

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the page whatever its size becomes, and close with it when nothing is under way."""
        if watched is self._page and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._page.rect())
        elif watched is self._page and event.type() == QEvent.Type.Hide and not self._sending:
            self.leave()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The keypad stands below the words on a page that is higher than wide."""
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """Letters need the whole width, so they always stand below."""
        upright = self.height() > self.width() or self._letters.isVisibleTo(self)
        self._body.setDirection(
            QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """The page below is not to be seen."""
        QPainter(self).fillRect(self.rect(), painting.brush(theme.current().ground))


def _limit_words(terminal: Terminal, tag: TagInfo) -> str:
    def said(limit: float) -> str:
        return f"{terminal.texts.number(limit, tag.decimals)} {tag.unit}".strip()

    low, high, t = tag.write_low, tag.write_high, terminal.t
    if low is not None and high is not None:
        number = terminal.texts.number(low, tag.decimals)
        return t("devices.write.limits", low=number, high=said(high))
    if low is not None:
        return t("devices.write.limits_low", low=said(low))
    return "" if high is None else t("devices.write.limits_high", high=said(high))


def open_sheet(terminal: Terminal, tag: TagInfo, beside: QWidget) -> WriteSheet:
    """Open the sheet over the page on which `beside` stands."""
    page = beside
    while not isinstance(page, Screen) and (above := page.parentWidget()) is not None:
        page = above
    return WriteSheet(terminal, tag, page)
