"""Reports: an order or this shift as a PDF, made beside the work, and where those stand that were made."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtWidgets import QVBoxLayout

from hmi.ports import Records
from hmi.report_desk import ReportFile, ReportWish
from hmi.terminal import FaultReport, Refusal, Terminal
from screens.entry_words import day_and_time
from screens.kit import labels, theme
from screens.kit.cards import Card
from screens.kit.heading import PageHeading
from screens.kit.progress import ProgressLine
from screens.kit.theme import Scale, Tone
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit_words import sort_words
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Said, Screen


class ReportingScreen(Screen[None]):
    """Two buttons, the progress of what is being made, and the list of what was made."""

    rail = "orders"
    declared = (
        BACK,
        Action("order", "reporting.order", "note", key="F2"),
        Action("shift", "reporting.shift", "clock", key="F3"),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Nothing is being made."""
        super().__init__(terminal)
        t = terminal.t
        self._order = ""
        self._making = ""
        self._chosen = ""
        self._heading = PageHeading(t("reporting.title"), eyebrow=t("reporting.eyebrow"))
        self._where = labels.wrapped(scale=Scale.STRONG, name="reporting.where")
        self._progress = ProgressLine("reporting.progress", t("reporting.cancel"))
        self._progress.cancelled.connect(self._cancel)
        self._table = TouchTable(
            "reporting.list",
            [Column(t("reporting.file"), 5), Column(t("reporting.made"), 2, muted=True)],
            empty_text=t("reporting.empty"),
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            empty_icon="note",
            sort=sort_words(terminal),
        )
        self._table.row_touched.connect(self._choose)
        card = Card()
        card.add(self._table, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        page.setSpacing(theme.GAP)
        page.addWidget(self._heading)
        page.addWidget(self._progress)
        page.addWidget(self._where)
        page.addWidget(card, 1)
        self._show_where(None)

    # ------------------------------------------------------------- what a screen does

    def open_subject(self, subject: str) -> None:
        """See Screen; the subject is an order."""
        self._order = subject

    def take_over(self, before: Screen[None]) -> None:
        """See Screen; what is being made goes on, and is told here."""
        assert isinstance(before, ReportingScreen)
        self._order, self._chosen = before._order, before._chosen

    def loader(self) -> Callable[[Records], None]:
        """See Screen; the files stand in a folder."""
        return lambda records: None

    def show_view(self, view: None) -> None:
        """See Screen."""
        self._show_files()

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        idle = not self._making and self.terminal.reports is not None
        words = self.terminal.t("reporting.order_of", order=self._order)
        of_order = (Offer("order", words, enabled=idle),) if self._order else ()
        return (Offer("back"), *of_order, Offer("shift", enabled=idle))

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "back": lambda: self.goes_to.emit("orders", self._order),
            "order": lambda: self._make(self._order),
            "shift": lambda: self._make(""),
        }

    # ------------------------------------------------------------- making one

    def _make(self, order: str) -> None:
        desk, t = self.terminal.reports, self.terminal.t
        if desk is None or self._making:
            return
        self._making = order or t("reporting.this_shift")
        self._where.hide()
        self._progress.show_progress(t("reporting.making", what=self._making))
        wish = ReportWish(self.terminal.texts.language, order)
        self.terminal.ask(desk.make(wish), self._made, self._not_made)
        self.actions_changed.emit()

    def _cancel(self) -> None:
        if self.terminal.reports is not None:
            self.terminal.reports.cancel()

    def _made(self, file: ReportFile) -> None:
        self._end()
        self._chosen = file.name
        self._show_where(file)
        self._show_files()
        self.says.emit(Said.NOTE, self.terminal.t("reporting.done", file=file.name))

    def _not_made(self, why: Refusal | FaultReport) -> None:
        self._end()
        self.says.emit(Said.REFUSED, why.words)

    def _end(self) -> None:
        self._making = ""
        self._progress.end()
        self.actions_changed.emit()

    # ------------------------------------------------------------- what is shown

    def _choose(self, name: str) -> None:
        self._chosen = name
        self._show_files()

    def _show_files(self) -> None:
        desk, now = self.terminal.reports, self.terminal.clock.now()
        files = list(desk.made()) if desk is not None else []
        rows: list[Row] = []
        for file in files:
            made = day_and_time(self.terminal, file.made_at, now)
            keys = (file.name, file.made_at)
            rows.append(Row(file.name, (file.name, made), selected=file.name == self._chosen, keys=keys))
            if file.name == self._chosen and self._where.isHidden() and not self._making:
                self._show_where(file)
        self._table.set_rows(rows)

    def _show_where(self, file: ReportFile | None) -> None:
        self._where.setVisible(file is not None)
        if file is not None:
            key = "where" if file.proven else "where_unproven"
            self._where.setText(self.terminal.t(f"reporting.{key}", file=file.name, folder=file.folder))
            self._where.set_tone(Tone.NORMAL if file.proven else Tone.CRITICAL)
