"""Scrap: how many parts are no good, and why. Reason and save are two touches; one part is assumed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from hmi.domain.changes import Family
from hmi.domain.entries import Entry
from hmi.domain.payloads import ProductionScrapped, decimal_text
from hmi.domain.personnel import Permission, Session
from hmi.domain.plans import JobOrder, Reason
from hmi.domain.production import OrderProgress, OrderState
from hmi.ids import new_id
from hmi.operations.production import Scrap, scrap_parts
from hmi.ports import Draft, Records
from hmi.terminal import Terminal
from screens.kit import labels, theme
from screens.kit.chip import Chip
from screens.kit.empty_state import EmptyState
from screens.kit.heading import PageHeading
from screens.kit.keyboard import Keyboard
from screens.kit.keypad import Keypad
from screens.kit.reason_tiles import Reason as Tile
from screens.kit.reason_tiles import ReasonTiles
from screens.kit.theme import Scale
from screens.kit_words import keypad_words, reason_words
from screens.roles import role_names
from screens.shell.actions import BACK, Action
from screens.shell.screen import Screen

FORM = "scrap"
_KEYPAD_WIDTH = 340
_LOW = 580  # below this height of the page there is no room for words above the keypad


@dataclass(frozen=True, slots=True)
class ScrapView:
    """The order with its counts, the reasons by rank, who is signed in, and what that person had entered."""

    order: JobOrder | None
    progress: OrderProgress | None
    reasons: Sequence[Reason]
    session: Session | None
    draft: Draft | None

    @property
    def person(self) -> str:
        """Whose form it is; empty while nobody is signed in."""
        return self.session.person if self.session else ""

    @property
    def good(self) -> Decimal:
        """How many parts can become scrap, in the unit of the order."""
        return self.progress.good if self.progress else Decimal(0)


def scrap_loader(wanted: str) -> Callable[[Records], ScrapView]:
    """A loader for this order, or for the running one when none is named."""

    def load(records: Records) -> ScrapView:
        progress = records.production.progress(wanted) if wanted else records.production.running()
        session = records.journal.session()
        person = session.person if session else ""
        return ScrapView(
            order=records.plans.job_order(progress.order) if progress else None,
            progress=progress,
            reasons=sorted(records.plans.reasons("scrap"), key=lambda reason: (reason.rank, reason.name)),
            session=session,
            draft=records.journal.draft(FORM, progress.order, person) if progress else None,
        )

    return load


class ScrapScreen(Screen[ScrapView]):
    """Reasons as tiles at the left, the quantity on the keypad at the right with "Save scrap" below it."""

    families = frozenset({Family.COUNTS, Family.ORDERS, Family.PLANS, Family.PEOPLE})
    rail = "run"
    declared = (
        BACK,
        Action(
            "save",
            "scrap.save",
            key="Enter",
            permission=Permission.RUN_ORDERS,
            writes=(ProductionScrapped,),
            on_page=True,
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Build tiles and keypad; the order comes with the view."""
        super().__init__(terminal)
        t = terminal.t
        self._wanted = ""
        self._view: ScrapView | None = None
        self._owner: tuple[str, str] | None = None
        self._entry_id = str(new_id())
        self._filling = False
        self._touched = False
        # reason and keyed quantity of the same form in another language
        self._carried: tuple[str | None, str] | None = None
        self._booked = Chip(name="scrap.booked")
        self._heading = PageHeading(t("scrap.title"), chip=self._booked)
        self._tiles = ReasonTiles("scrap.reason", reason_words(terminal), language=terminal.texts.language)
        self._tiles.picked.connect(self._picked)
        self._keypad = Keypad("scrap.keypad", keypad_words(terminal))
        self._keypad.changed.connect(self._changed)
        self._keypad.entered.connect(self._save)
        self._hint = labels.wrapped(scale=Scale.STRONG, name="scrap.hint")
        self._left, self._side = QWidget(), QWidget()
        self._letters = self._tiles.findChildren(Keyboard)[0]
        self._form = QWidget()
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._form)
        self._empty = EmptyState(
            "triangle", t("scrap.no_order"), t("scrap.no_order_detail"), name="scrap.empty"
        )
        self._lay_out()

    def _lay_out(self) -> None:
        for column, widget in ((self._left, self._tiles), (self._side, self._keypad)):
            box = QVBoxLayout(column)
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(theme.GAP)
            box.addWidget(widget, 1)
        self._place_hint(low=False)
        self._keypad.setMinimumWidth(_KEYPAD_WIDTH)
        self._sides.setContentsMargins(0, 0, 0, 0)
        self._sides.setSpacing(theme.PAD)
        self._sides.addWidget(self._left, 2)
        self._sides.addWidget(self._side, 1)
        self._letters.installEventFilter(self)
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        page.setSpacing(theme.GAP)
        page.addWidget(self._heading)
        page.addWidget(self._form, 1)
        page.addWidget(self._empty, 1)
        self._form.hide()

    # ------------------------------------------------------------- what a screen does

    def open_subject(self, subject: str) -> None:
        """See Screen; the subject is the order. The form is opened anew."""
        self._wanted = subject
        self._owner = None

    def loader(self) -> Callable[[Records], ScrapView]:
        """See Screen."""
        return scrap_loader(self._wanted)

    def show_view(self, view: ScrapView) -> None:
        """See Screen."""
        before = self._view
        self._view = view
        open_ = self._show_empty(view)
        self._form.setVisible(open_)
        self._empty.setVisible(not open_)
        if before is None or before.reasons != view.reasons:
            self._tiles.set_reasons([Tile(reason.id, reason.name, reason.group) for reason in view.reasons])
        if view.progress is None:
            return
        self._carry(view)
        owner = (view.progress.order, view.person)
        if owner != self._owner:
            adopted = self._owner == (view.progress.order, "") and view.draft is None and self._touched
            self._owner = owner
            if adopted:
                self.terminal.drop_draft(FORM, view.progress.order, "")
                self._changed(None)
            else:
                self._open_form(view)
        self._judge()

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen; what was entered stays as a draft."""
        return {"back": lambda: self.goes_to.emit("run", "")}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The keypad stands below the tiles on a screen higher than wide; a low one moves the hint."""
        super().resizeEvent(event)
        upright = self.height() > self.width()
        self._sides.setDirection(
            QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight
        )
        self._place_hint(low=self.height() < _LOW)

    def _place_hint(self, *, low: bool) -> None:
        wanted, place = (self._left, 1) if low else (self._side, 0)
        box = wanted.layout()
        if self._hint.parentWidget() is not wanted and isinstance(box, QVBoxLayout):
            box.insertWidget(place, self._hint)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The letters of the search take the room of the keypad where there is not enough for both."""
        if watched is self._letters and event.type() in (
            QEvent.Type.ShowToParent,
            QEvent.Type.HideToParent,
        ):
            searching = event.type() == QEvent.Type.ShowToParent
            needed = self._letters.minimumWidth() + _KEYPAD_WIDTH + 3 * theme.PAD
            beside = self.width() >= needed or self.height() > self.width()
            self._side.setVisible(beside or not searching)
            self._hint.setVisible(beside or not searching)
        return super().eventFilter(watched, event)

    # ------------------------------------------------------------- the form

    def take_over(self, before: Screen[ScrapView]) -> None:
        """See Screen."""
        assert isinstance(before, ScrapScreen)
        self._wanted, self._owner, self._entry_id = before._wanted, before._owner, before._entry_id
        self._touched = before._touched
        self._carried = (before._tiles.selected_id, before._keypad.typed)
        self._tiles.search(before._tiles.searched)

    def _carry(self, view: ScrapView) -> None:
        if self._carried is None or self._owner is None:
            return
        reason, typed = self._carried
        self._carried, self._filling = None, True
        self._make_field(view)
        self._keypad.retype(typed)
        self._tiles.select(reason if reason in {known.id for known in view.reasons} else None)
        self._filling = False

    def _make_field(self, view: ScrapView) -> None:
        self._keypad.set_field(
            main_text=self.terminal.t("scrap.save"),
            unit=self._unit(view),
            low=Decimal(1),
            label=self.terminal.t("scrap.quantity"),
        )

    def _open_form(self, view: ScrapView) -> None:
        draft = view.draft
        self._entry_id = draft.entry_id if draft else str(new_id())
        self._filling, self._touched = True, draft is not None
        self._make_field(view)
        self._keypad.set_value(_quantity(draft))
        known = {reason.id for reason in view.reasons}
        reason = draft.content.get("reason", "") if draft else ""
        self._tiles.select(reason if reason in known else None)
        self._filling = False
        if draft is not None:
            self._hint.setText(self.terminal.t("scrap.restored"))

    def _picked(self, _reason: str) -> None:
        if not self._side.isVisibleTo(self):
            self._letters.entered.emit(self._letters.text)
        self._changed(None)

    def _changed(self, _what: object) -> None:
        if self._filling or self._view is None or self._owner is None:
            return
        self._touched = True
        self._judge()
        order, person = self._owner
        value = self._keypad.value
        content = {"reason": self._tiles.selected_id or ""}
        if value is not None:
            content["quantity"] = decimal_text(value)
        now = self.terminal.clock.now()
        self.terminal.save_draft(Draft(FORM, order, person, self._entry_id, content, now))

    def _judge(self) -> None:
        view = self._view
        if view is None:
            return
        words, ready = self._hint_of(view)
        self._hint.setText(words)
        self._hint.set_muted(ready)
        self._keypad.set_main_enabled(ready)
        good = self.terminal.texts.number(view.good)
        self._booked.set(self.terminal.t("scrap.booked", good=good, unit=self._unit(view)))

    def _hint_of(self, view: ScrapView) -> tuple[str, bool]:
        t, value, reason = self.terminal.t, self._keypad.value, self._tiles.selected_id
        if view.session is None:
            return t("scrap.scan_badge"), False
        if not view.session.may(Permission.RUN_ORDERS):
            roles = role_names(self.terminal, Permission.RUN_ORDERS)
            return t("scrap.not_permitted", person=view.session.name, roles=roles), False
        if view.good < 1:
            return t("scrap.none_good"), False
        if value is None or value < 1:
            return t("scrap.enter_quantity"), False
        if value > view.good:
            good = self.terminal.texts.number(view.good)
            return t("scrap.too_many", good=good, unit=self._unit(view)), False
        if reason is None:
            return t("scrap.choose_reason"), False
        quantity = self.terminal.texts.number(value)
        name = self._name(view, reason)
        return t("scrap.ready", quantity=quantity, unit=self._unit(view), reason=name), True

    def _save(self, quantity: Decimal) -> None:
        view, reason = self._view, self._tiles.selected_id
        if view is None or self._owner is None or reason is None:
            return
        order, person = self._owner
        words = self.terminal.t(
            "scrap.saved",
            quantity=self.terminal.texts.number(quantity),
            unit=self._unit(view),
            reason=self._name(view, reason),
        )
        self.wish(
            scrap_parts,
            Scrap(order, quantity, reason),
            words,
            self._saved,
            entry_id=self._entry_id,
            draft=(FORM, order, person),
        )

    def _saved(self, _entries: Sequence[Entry]) -> None:
        self._owner = None
        self.goes_to.emit("run", "")

    # ------------------------------------------------------------- words

    def _show_empty(self, view: ScrapView) -> bool:
        t, order = self.terminal.t, view.order
        name = order.material_name if order else ""
        number = view.progress.order if view.progress else ""
        self._heading.set_eyebrow(
            t("scrap.eyebrow", order=number, material=name) if number else t("scrap.eyebrow_no_order")
        )
        self._booked.setVisible(bool(number))
        if view.progress is None:
            self._empty.set("list", t("scrap.no_order"), t("scrap.no_order_detail"))
        elif view.progress.state is OrderState.ENDED:
            self._empty.set("check", t("scrap.order_ended", order=number), t("scrap.order_ended_detail"))
        elif not view.reasons:
            self._empty.set("list", t("scrap.no_reasons"), t("scrap.no_reasons_detail"))
        else:
            return True
        return False

    def _unit(self, view: ScrapView) -> str:
        return view.order.unit if view.order else ""

    def _name(self, view: ScrapView, reason: str) -> str:
        return next((known.name for known in view.reasons if known.id == reason), reason)


def _quantity(draft: Draft | None) -> Decimal | None:
    """The quantity of a draft, None where it was being typed; one part without a draft."""
    if draft is None:
        return Decimal(1)
    try:
        return Decimal(draft.content["quantity"])
    except (KeyError, InvalidOperation):
        return None
