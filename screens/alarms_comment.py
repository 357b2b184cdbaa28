"""What somebody knows of an alarm, typed on letters over the whole page."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmi.ids import new_id
from hmi.operations.alarms import LONGEST_COMMENT, CommentAlarm
from hmi.ports import Draft
from hmi.terminal import Terminal
from screens.alarm_words import name_of
from screens.alarms_view import COMMENT_FORM, AlarmDetail
from screens.kit import labels, theme
from screens.kit.heading import PageHeading
from screens.kit.keyboard import Keyboard
from screens.kit_words import keyboard_words


class CommentPage(QWidget):
    """The name of the alarm over a keyboard; every key is kept as a draft of its author."""

    entered = Signal()

    def __init__(self, terminal: Terminal) -> None:
        """Without an alarm."""
        super().__init__()
        t = terminal.t
        self._terminal = terminal
        self._about: tuple[str, str] = ("", "")
        self._filling = False
        self.entry_id = str(new_id())
        self._heading = PageHeading(eyebrow=t("alarms.comment_eyebrow"))
        self._letters = Keyboard(
            "alarms.letters",
            keyboard_words(terminal),
            language=terminal.texts.language,
            max_length=LONGEST_COMMENT,
            digits=False,
        )
        self._letters.set_main_text(t("alarms.comment_save"))
        self._letters.changed.connect(self._keep)
        self._letters.entered.connect(self.entered)
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        page.setSpacing(theme.GAP)
        page.addWidget(self._heading)
        page.addWidget(labels.wrapped(t("alarms.comment_hint")))
        page.addStretch(1)
        page.addWidget(self._letters)

    def begin(self, detail: AlarmDetail) -> None:
        """Ask for a comment on an alarm, with what its author had begun."""
        draft = detail.comment
        self._about = (detail.record.key, detail.session.person if detail.session else "")
        self.entry_id = draft.entry_id if draft else str(new_id())
        self._heading.set_title(name_of(detail.record))
        self._fill(draft.content["text"] if draft else "")
        self._letters.setFocus()

    @property
    def wish(self) -> CommentAlarm:
        """What was typed, for the alarm that it is about."""
        return CommentAlarm(self._about[0], self._letters.text)

    @property
    def draft(self) -> tuple[str, str, str]:
        """Where what was typed is kept until it is saved."""
        key, person = self._about
        return (COMMENT_FORM, key, person)

    def give_up(self) -> None:
        """Forget what was typed."""
        self._terminal.drop_draft(*self.draft)
        self.clear()

    def clear(self) -> None:
        """Begin with nothing."""
        self.entry_id = str(new_id())
        self._fill("")

    def _fill(self, text: str) -> None:
        self._filling = True
        self._letters.set_text(text)
        self._filling = False

    def _keep(self, text: str) -> None:
        key, person = self._about
        if person and not self._filling:
            now = self._terminal.clock.now()
            draft = Draft(COMMENT_FORM, key, person, self.entry_id, {"text": text}, now)
            self._terminal.save_draft(draft)
