"""Repair: opened from a stop with one touch, made safe, found, mended, and given back to production."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QStackedLayout

from hmi.domain.changes import Family
from hmi.domain.codes import MaterialCode, Meaning
from hmi.domain.entries import Entry
from hmi.domain.payloads import (
    RepairFindingsRecorded,
    RepairOpened,
    RepairPartUsed,
    RepairReturnedToService,
    RepairStepConfirmed,
)
from hmi.domain.personnel import Permission, Session
from hmi.ids import new_id
from hmi.operations.maintenance import (
    ConfirmStep,
    OpenRepair,
    RecordFindings,
    ReturnToService,
    UsePart,
    confirm_step,
    open_repair,
    record_findings,
    return_to_service,
    use_part,
)
from hmi.ports import Draft, Records
from hmi.terminal import Terminal
from screens.kit.buttons import Kind
from screens.repair_list import RepairListPage
from screens.repair_page import RepairPage
from screens.repair_view import FORM, KINDS, PART_FORM, RepairDetail, RepairView, load_repair
from screens.roles import role_names
from screens.shell.action_bar import Align
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Screen
from screens.shell.second_touch import SecondTouch

_MAY = Permission.REPAIR


class RepairScreen(Screen[RepairView]):
    """The list of repairs and stops, or one repair.

    What a touch saves has its entry's id before the touch, so that a second touch saves nothing twice;
    findings are kept as a draft until all three are chosen.
    """

    families = frozenset(
        {Family.REPAIRS, Family.STOPS, Family.EQUIPMENT, Family.PLANS, Family.PEOPLE, Family.RECEIPTS}
    )
    rail = "repair"
    declared = (
        BACK,
        Action("open", "keys.do.open_repair", permission=_MAY, writes=(RepairOpened,), on_page=True),
        Action("step", "keys.do.confirm_step", permission=_MAY, writes=(RepairStepConfirmed,), on_page=True),
        Action(
            "findings",
            "keys.do.findings",
            permission=_MAY,
            writes=(RepairFindingsRecorded,),
            on_page=True,
        ),
        Action("part", "keys.do.use_part", permission=_MAY, writes=(RepairPartUsed,), on_page=True),
        Action(
            "return_to_service",
            "repair.return",
            "check",
            Kind.PRIMARY,
            "F2",
            Align.RIGHT,
            permission=_MAY,
            writes=(RepairReturnedToService,),
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._wanted = ""
        self._view: RepairView | None = None
        self._entry_ids: dict[tuple[str, str], str] = {}
        self._author: tuple[str, str] | None = None
        self._chosen: dict[str, str] = {}
        self._sure = SecondTouch(terminal)
        self._list = RepairListPage(terminal)
        self._list.repair_touched.connect(self._show_repair)
        self._list.stop_touched.connect(self._open_repair)
        self._page = RepairPage(terminal)
        self._page.step_touched.connect(self._confirm_step)
        self._page.finding_chosen.connect(self._choose)
        self._page.quantity_touched.connect(self._keep_quantity)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._list)
        self._pages.addWidget(self._page)

    def hideEvent(self, event: QHideEvent) -> None:
        """Whoever comes back after a repair has ended is shown the list."""
        super().hideEvent(event)
        detail = self._view.detail if self._view else None
        if detail is not None and detail.repair.returned_at is not None:
            self._wanted = ""

    # ------------------------------------------------------------- view

    def loader(self) -> Callable[[Records], RepairView]:
        """Read the repair that is wanted, else the list."""
        wanted, clock = self._wanted, self.terminal.clock
        return lambda records: load_repair(records, wanted, clock.now())

    def open_subject(self, subject: str) -> None:
        """Show this repair, or the repair of this stop; the list where there is none."""
        self._wanted = subject
        self._sure.forget()

    def take_over(self, before: Screen[RepairView]) -> None:
        """See Screen; findings and what an author stepped are drafts."""
        assert isinstance(before, RepairScreen)
        self._wanted, self._entry_ids = before._wanted, before._entry_ids
        if before._author is not None and not before._author[1]:
            self._author = before._author
            self._page.set_quantity(before._page.quantity)

    def show_view(self, view: RepairView) -> None:
        """Show the list or the repair."""
        self._view = view
        rule = self._rule(view.session)
        if view.detail is None:
            self._list.show_list(view, rule)
            self._pages.setCurrentWidget(self._list)
            return
        detail = view.detail
        self._bind(detail, view.session)
        if detail.repair.returned_at is not None:
            words = ""
        else:
            words = rule or self._missing(detail) or self.terminal.t("repair.ready")
        self._page.show_detail(detail, {**detail.recorded, **self._chosen}, words, may=not rule)
        self._pages.setCurrentWidget(self._page)

    def _bind(self, detail: RepairDetail, session: Session | None) -> None:
        author = (detail.repair.id, session.person if session else "")
        if author == self._author:
            return
        adopted = self._author == (detail.repair.id, "") and self._page.quantity > 1
        self._author = author
        self._chosen = dict(detail.draft.content) if detail.draft else {}
        part = detail.part_draft
        if part is not None or not adopted:
            self._page.set_quantity(Decimal(part.content["quantity"]) if part else Decimal(1))
        self._entry_ids.pop(("part", detail.repair.id), None)
        if part is not None:
            self._entry_ids["part", detail.repair.id] = part.entry_id
        elif adopted:
            self._keep_quantity()
        if detail.draft is not None:
            self._entry_ids["findings", detail.repair.id] = detail.draft.entry_id
            if all(kind in self._chosen for kind in KINDS):
                self._record(detail)

    def _rule(self, session: Session | None) -> str:
        t = self.terminal.t
        if session is None:
            return t("repair.nobody")
        if session.may(Permission.REPAIR):
            return ""
        return t("repair.may_not", person=session.name, roles=role_names(self.terminal, Permission.REPAIR))

    def _missing(self, detail: RepairDetail) -> str:
        t = self.terminal.t
        missing = [t("repair.missing_steps", n=detail.steps_left)] if detail.steps_left else []
        known = {**detail.recorded, **self._chosen}
        absent = ", ".join(t(f"repair.missing.{kind}") for kind in KINDS if kind not in known)
        missing += [t("repair.missing.choose", what=absent)] if absent else []
        return t("repair.before_return", missing=", ".join(missing)) if missing else ""

    def tick(self) -> None:
        """Let durations run; a question that nobody answered is taken back."""
        now = self.terminal.clock.now()
        if self._pages.currentWidget() is self._page:
            self._page.show_time(now)
        elif self._view is not None:
            self._list.show_time(now)
        if self._sure.ran_out():
            self.actions_changed.emit()

    # ------------------------------------------------------------- actions

    def offers(self) -> Sequence[Offer]:
        """Back to the list or to Run; the return to service of an open repair."""
        t, view = self.terminal.t, self._view
        detail = view.detail if view else None
        if view is None or detail is None:
            return (Offer("back", t("repair.list") if view is not None and view.asset else ""),)
        back = Offer("back", t("repair.list"))
        if detail.repair.returned_at is not None:
            return (back,)
        ready = not detail.steps_left and len(detail.recorded) == len(KINDS)
        if self._sure.asks(detail.repair.id):
            sure = Offer("return_to_service", t("repair.return_sure"), "shield", Kind.WARNING, enabled=ready)
            return (back, sure)
        return (back, Offer("return_to_service", enabled=ready))

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {"back": self._back, "return_to_service": self._return}

    def _back(self) -> None:
        if self._view is not None and self._view.detail is None and not self._wanted:
            self.goes_to.emit("run", "")
        else:
            self._show_repair("")

    def take_scan(self, meaning: Meaning) -> bool:
        """A spare part is taken for the open repair that is shown."""
        detail = self._view.detail if self._view else None
        if not isinstance(meaning, MaterialCode) or detail is None or detail.repair.returned_at is not None:
            return False
        quantity, material = self._page.quantity, meaning.material
        self.wish(
            use_part,
            UsePart(detail.repair.id, material.id, meaning.lot, meaning.serial, quantity, meaning.scanned),
            self.terminal.t(
                "repair.part_saved",
                quantity=self.terminal.texts.number(quantity),
                unit=material.unit,
                part=material.name,
            ),
            lambda entries: self._page.set_quantity(Decimal(1)),
            entry_id=self._entry_ids.pop(("part", detail.repair.id), str(new_id())),
            draft=(PART_FORM, detail.repair.id, self._author[1] if self._author else ""),
        )
        return True

    def _keep_quantity(self) -> None:
        if self._author is None or not self._author[1]:
            return
        repair, person = self._author
        content = {"quantity": str(self._page.quantity)}
        entry, now = self._entry_id("part", repair), self.terminal.clock.now()
        self.terminal.save_draft(Draft(PART_FORM, repair, person, entry, content, now))

    def _show_repair(self, repair: str) -> None:
        self.open_subject(repair)
        self.refresh()

    def _open_repair(self, stop: str) -> None:
        def opened(entries: Sequence[Entry]) -> None:
            if entries:
                self._show_repair(entries[0].subject.id)

        self.wish(
            open_repair,
            OpenRepair(stop),
            self.terminal.t("repair.opened"),
            opened,
            entry_id=self._entry_id("stop", stop),
        )

    def _confirm_step(self, step: int) -> None:
        detail = self._view.detail if self._view else None
        if detail is None or any(done.step == step for done in detail.repair.steps):
            return
        repair = detail.repair.id
        self.wish(
            confirm_step,
            ConfirmStep(repair, step),
            self.terminal.t("repair.step_confirmed", step=step),
            entry_id=self._entry_id(f"step {step}", repair),
        )

    def _choose(self, kind: str, code: str) -> None:
        detail, author = self._view.detail if self._view else None, self._author
        if detail is None or author is None:
            return
        self._chosen[kind] = code
        known = {**detail.recorded, **self._chosen}
        repair, person = author
        now = self.terminal.clock.now()
        draft = Draft(FORM, repair, person, self._entry_id("findings", repair), known, now)
        self.terminal.save_draft(draft)
        if all(one in known for one in KINDS):
            self._chosen = known
            self._record(detail)
        elif self._view is not None:
            self.show_view(self._view)

    def _record(self, detail: RepairDetail) -> None:
        repair, chosen = detail.repair.id, self._chosen
        person = self._author[1] if self._author else ""
        self.wish(
            record_findings,
            RecordFindings(repair, chosen["problem"], chosen["cause"], chosen["remedy"]),
            self.terminal.t("repair.findings_saved"),
            entry_id=self._entry_ids.pop(("findings", repair), None),
            draft=(FORM, repair, person),
        )

    def _return(self) -> None:
        detail = self._view.detail if self._view else None
        if detail is None:
            return
        repair = detail.repair.id
        if not self._sure.touch(repair):
            self.actions_changed.emit()
            return
        self.wish(
            return_to_service,
            ReturnToService(repair),
            self.terminal.t("repair.returned"),
            entry_id=self._entry_id("return", repair),
        )

    def _entry_id(self, what: str, subject: str) -> str:
        return self._entry_ids.setdefault((what, subject), str(new_id()))
