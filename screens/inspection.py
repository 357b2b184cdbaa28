"""Inspection: one characteristic at a time, part by part, judged at once and saved as one sample."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from hmi.domain.changes import Family
from hmi.domain.entries import Entry
from hmi.domain.measuring import in_unit_of
from hmi.domain.payloads import NonconformanceOpened, SampleRecorded
from hmi.domain.personnel import Permission, Session
from hmi.domain.signals import Measured
from hmi.ids import new_id
from hmi.operations.quality import RecordSample, record_sample
from hmi.ports import Draft, Records
from hmi.terminal import Terminal
from screens.inspection_cards import NonconformanceCard
from screens.inspection_form import FORM, PART, TYPED, SampleForm, subject_of
from screens.inspection_page import InspectionPage
from screens.inspection_view import InspectionView, Measuring, Nothing, load_inspection
from screens.kit import theme
from screens.kit.empty_state import EmptyState
from screens.roles import role_names
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Said, Screen
from screens.shell.second_touch import SecondTouch


class InspectionScreen(Screen[InspectionView]):
    """The checks of the running order; a value comes from the keypad or from a gauge (`take_measured`).

    Each value and each key of the next one is kept as a draft of its author at once. The sample has its
    entry's id from the opening of the form on, so that nothing is lost and nothing is saved twice, whenever
    the program ends.
    """

    families = frozenset({Family.QUALITY, Family.ORDERS, Family.COUNTS, Family.PLANS, Family.PEOPLE})
    rail = "inspection"
    declared = (
        BACK,
        Action("next_check", "inspection.next_check", "right", key="F2"),
        Action("clear", "inspection.clear", "cross", key="F3", permission=Permission.RECORD_SAMPLES),
        Action(
            "save",
            "inspection.save_sample",
            key="Enter",
            permission=Permission.RECORD_SAMPLES,
            writes=(SampleRecorded, NonconformanceOpened),
            on_page=True,
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._wanted: tuple[str, str] | None = None
        self._view: InspectionView | None = None
        self._measuring: Measuring | None = None
        self._form: SampleForm | None = None
        self._person: str | None = None
        self._clears = SecondTouch(terminal)
        self._saves = SecondTouch(terminal)
        self._kept: tuple[str, dict[str, str]] = ("", {})
        # subject and keyed number of the same page in another language, while nobody could save it
        self._carried = ("", "")
        self._empty = EmptyState("shield", "", name="inspection.nothing")
        self._left_open = NonconformanceCard(terminal)
        nothing = QWidget()
        box = QVBoxLayout(nothing)
        box.setContentsMargins(theme.PAD, theme.PAD, theme.PAD, theme.PAD)
        box.addWidget(self._empty, 1)
        box.addWidget(self._left_open)
        self._page = InspectionPage(terminal)
        self._page.check_touched.connect(self._choose)
        self._page.part_touched.connect(self._touch_part)
        self._page.keyed.connect(self._keyed)
        self._page.entered.connect(self._entered)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(nothing)
        self._pages.addWidget(self._page)

    def showEvent(self, event: QShowEvent) -> None:
        """A physical keyboard types into the keypad."""
        super().showEvent(event)
        self._page.keypad.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        """Whoever comes back with nothing begun is shown the most urgent check."""
        super().hideEvent(event)
        if self._form is not None and not self._form.values:
            self._wanted = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits reach the keypad wherever the focus stands."""
        if self._form is None or not self._page.keypad.take_key(event):
            super().keyPressEvent(event)

    # ------------------------------------------------------------- view

    def loader(self) -> Callable[[Records], InspectionView]:
        """Read the chosen check, or the most urgent one."""
        wanted, now = self._wanted, self.terminal.clock.now()
        return lambda records: load_inspection(records, wanted, now)

    def open_subject(self, subject: str) -> None:
        """Show the check of this characteristic."""
        checks = self._view.checks if self._view else ()
        keys = [(check.plan, check.characteristic.id) for check in checks]
        self._wanted = next((key for key in keys if key[1] == subject), None)

    def show_view(self, view: InspectionView) -> None:
        """Show the check, and take over what its author had measured before."""
        self._view, self._measuring = view, view.measuring
        if view.measuring is None:
            self._form = None
            self._show_nothing(view)
            return
        check = view.measuring.check
        if self.isVisible():
            self._wanted = (check.plan, check.characteristic.id)
        self._page.show_check(view, view.measuring, self._rule(view.session))
        form = self._bind(view.measuring, view.session)
        self._page.show_form(form, view.measuring)
        self._pages.setCurrentWidget(self._page)

    def _bind(self, measuring: Measuring, session: Session | None) -> SampleForm:
        person, form = session.person if session else None, self._form
        same = form is not None and form.subject == subject_of(measuring.check)
        if form is not None and same and person == self._person:
            form.check = measuring.check
            return form
        subject, carried = self._carried
        self._carried = ("", "")
        typed = carried if subject == subject_of(measuring.check) else ""
        typed = self._page.keypad.typed if same and self._person is None else typed
        kept = measuring.draft
        content = kept.content if kept else {}
        made = SampleForm(measuring.check, kept.entry_id if kept else str(new_id()), content)
        if TYPED in content:
            made.go_to(min(int(content[PART]), made.size))
        self._form, self._person = made, person
        self._kept = (made.entry_id, content)
        if (typed and made.current not in made.values) or TYPED in content:
            self._page.show_form(made, measuring)
            self._page.keypad.retype(content.get(TYPED, typed))
        return made

    def take_over(self, before: Screen[InspectionView]) -> None:
        """See Screen; what somebody may save is a draft and comes back as one."""
        assert isinstance(before, InspectionScreen)
        self._wanted = before._wanted
        if before._form is not None and before._person is None:
            self._carried = (before._form.subject, before._page.keypad.typed)

    def _rule(self, session: Session | None) -> str:
        t = self.terminal.t
        if session is None:
            return t("inspection.nobody")
        if session.may(Permission.RECORD_SAMPLES):
            return ""
        roles = role_names(self.terminal, Permission.RECORD_SAMPLES)
        return t("inspection.may_not", person=session.name, roles=roles)

    @property
    def _forbidden(self) -> str:
        return self._rule(self._view.session if self._view else None)

    def _show_nothing(self, view: InspectionView) -> None:
        t, why = self.terminal.t, view.nothing or Nothing.NO_ORDER
        values = {"order": view.order, "name": view.order_name, "plan": view.missing_plan}
        title = t(f"inspection.nothing.{why}.title", **values)
        self._empty.set("shield", title, t(f"inspection.nothing.{why}.text", **values))
        self._left_open.show_open(view.nonconformances)
        self._left_open.setVisible(bool(view.nonconformances))
        self._pages.setCurrentIndex(0)

    # ------------------------------------------------------------- what people do

    def offers(self) -> Sequence[Offer]:
        """Back, clear, and the next of several checks."""
        offered, form = [Offer("back")], self._form
        if self._view is not None and len(self._view.checks) > 1:
            offered.append(Offer("next_check"))
        if form is not None:
            words = self.terminal.t("inspection.clear_sure") if self._clears.asks(form.entry_id) else ""
            offered.append(Offer("clear", words, enabled=bool(form.values)))
        return offered

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "back": lambda: self.goes_to.emit("run", ""),
            "next_check": self._choose_next,
            "clear": self._clear,
        }

    def _choose_next(self) -> None:
        following = self._page.next_check()
        if following is not None:
            self._choose(*following)

    def tick(self) -> None:
        """A question that nobody answered is taken back."""
        if self._clears.ran_out():
            self.actions_changed.emit()

    def take_measured(self, value: Decimal) -> None:
        """Take a value of a gauge or a scan for the part that is due, as if it had been keyed."""
        form = self._form
        if form is None and self._view is not None:
            self.says.emit(Said.REFUSED, self.terminal.t("inspection.nothing_to_measure"))
        elif form is None or self._forbidden:
            self.says.emit(Said.REFUSED, self._forbidden)
        elif form.complete and not form.correcting:
            self.says.emit(Said.NOTE, self.terminal.t("inspection.all_measured"))
        else:
            self._accept(form, value)

    def take_measurement(self, measured: Measured) -> bool:
        """Take a gauge's value in the unit of the characteristic; what cannot be converted is refused."""
        form = self._form
        if form is None:
            self.says.emit(Said.REFUSED, self.terminal.t("inspection.nothing_to_measure"))
            return True
        taken = in_unit_of(measured, form.check.characteristic)
        if isinstance(taken, Decimal):
            self.take_measured(taken)
        else:
            words = self.terminal.t(f"inspection.gauge_says.{taken.key}", **taken.values)
            self.says.emit(Said.REFUSED, words)
        return True

    def _keyed(self, value: Decimal | None) -> None:
        if self._form is not None:
            self._page.show_value(self._form)
            self._keep(self._form, self._page.keypad.typed, value)

    def _keep(self, form: SampleForm, typed: str = "", value: Decimal | None = None) -> None:
        """Keep what was measured, and the number that is being keyed, as a draft of its author."""
        content = form.content()
        if typed and (value is None or value != form.values.get(form.current)):
            content |= {TYPED: typed, PART: str(form.current)}
        before = self._kept[1] if self._kept[0] == form.entry_id else {}
        if self._person is None or self._forbidden or content == before:
            return
        self._kept = (form.entry_id, content)
        now = self.terminal.clock.now()
        self.terminal.save_draft(Draft(FORM, form.subject, self._person, form.entry_id, content, now))

    def _entered(self, value: Decimal) -> None:
        form = self._form
        if form is None or self._forbidden:
            return
        if not form.complete or value != form.values[form.current]:
            self._saves.forget()
            self._saves.touch(form.entry_id)
            self._accept(form, value)
        elif not self._saves.bounces(form.entry_id):
            self._save(form)

    def _accept(self, form: SampleForm, value: Decimal) -> None:
        form.accept(value)
        self._clears.forget()
        self._keep(form)
        self._show_form(form)

    def _save(self, form: SampleForm) -> None:
        check, number = form.check, self._measuring.number if self._measuring else 1

        def saved(entries: Sequence[Entry]) -> None:
            if any(isinstance(entry.payload, NonconformanceOpened) for entry in entries):
                self.says.emit(Said.SAVED, self.terminal.t("inspection.saved_and_opened", number=number))
            if self._form is form:
                self._show_form(SampleForm(check, str(new_id()), {}))

        self.wish(
            record_sample,
            RecordSample(check.order, check.plan, check.characteristic.id, form.in_order()),
            self.terminal.t("inspection.saved", number=number),
            saved,
            entry_id=form.entry_id,
            draft=(FORM, form.subject, self._person or ""),
        )

    def _touch_part(self, part: int) -> None:
        if self._form is not None:
            self._form.go_to(part)
            self._show_form(self._form)

    def _clear(self) -> None:
        form, person = self._form, self._person
        if form is None or person is None:
            return
        if self._clears.touch(form.entry_id):
            self.terminal.drop_draft(FORM, form.subject, person)
            self._show_form(SampleForm(form.check, str(new_id()), {}))
            return
        self.actions_changed.emit()

    def _show_form(self, form: SampleForm) -> None:
        self._form = form
        if self._measuring is not None:
            self._page.forget_field()
            self._page.show_form(form, self._measuring)
        self.actions_changed.emit()

    def _choose(self, plan: str, characteristic: str) -> None:
        self._wanted = (plan, characteristic)
        self.refresh()
