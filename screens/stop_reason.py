"""Stop reason: why the machine stopped, in one more touch."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout

from hmi.domain.changes import Family
from hmi.domain.entries import Entry
from hmi.domain.equipment import Stop
from hmi.domain.payloads import RepairOpened, StopClassified
from hmi.domain.personnel import Permission
from hmi.domain.plans import Fault, Reason
from hmi.ids import new_id
from hmi.operations.downtime import ClassifyStop, classify_stop, suggested_reasons
from hmi.operations.maintenance import OpenRepair, open_repair
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.kit import theme
from screens.kit.chip import Chip
from screens.kit.empty_state import EmptyState
from screens.kit.heading import PageHeading
from screens.kit.reason_tiles import Reason as Tile
from screens.kit.reason_tiles import ReasonTiles
from screens.kit.theme import Tone
from screens.kit_words import reason_words
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Screen
from screens.times import clock, spoken


@dataclass(frozen=True, slots=True)
class StopView:
    """The stop, what the PLC says of it, and the reasons with the suggested ones first."""

    stop: Stop | None
    fault: Fault | None
    reasons: Sequence[Reason]


class StopReasonScreen(Screen[StopView]):
    """One touch on a tile saves the reason; another tile later corrects it."""

    families = frozenset({Family.STOPS, Family.PLANS, Family.REPAIRS})
    rail = "run"
    declared = (
        BACK,
        Action(
            "repair",
            "stop_reason.open_repair",
            "wrench",
            key="F2",
            permission=Permission.REPAIR,
            writes=(RepairOpened,),
            slot="repair",
        ),
        Action("to_repair", "stop_reason.to_repair", "wrench", key="F2", slot="repair"),
        Action(
            "classify",
            "keys.do.classify",
            "badge",
            permission=Permission.CLASSIFY_STOPS,
            writes=(StopClassified,),
            on_page=True,
            denied="stop_reason.scan_badge",
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Build heading, tiles and the empty state."""
        super().__init__(terminal)
        self._stop = ""
        # of a reason, and of the repair under ""
        self._entry_ids = defaultdict[str, str](lambda: str(new_id()))
        self._view: StopView | None = None
        self._fault = Chip(name="stop_reason.fault", breaking=True)
        self._heading = PageHeading(terminal.t("stop_reason.title"))
        self._heading.add_right(self._fault)
        self._tiles = ReasonTiles("reason", reason_words(terminal), language=terminal.texts.language)
        self._tiles.picked.connect(self._picked)
        self._empty = EmptyState(
            "check", terminal.t("stop_reason.none"), terminal.t("stop_reason.none_detail")
        )
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.PAD, theme.PAD, theme.PAD)
        page.setSpacing(theme.PAD)
        page.addWidget(self._heading)
        page.addWidget(self._tiles, 1)
        page.addWidget(self._empty, 1)

    def open_subject(self, subject: str) -> None:
        """Show this stop; the entry ids of its choices are new with each opening."""
        self._stop = subject
        self._entry_ids.clear()

    def take_over(self, before: Screen[StopView]) -> None:
        """See Screen; the letters of a search go on."""
        assert isinstance(before, StopReasonScreen)
        self._stop, self._entry_ids = before._stop, before._entry_ids
        self._tiles.search(before._tiles.searched)

    def loader(self) -> Callable[[Records], StopView]:
        """See Screen."""
        wanted = self._stop

        def load(records: Records) -> StopView:
            stop = records.equipment.stop(wanted) if wanted else None
            if stop is None:
                unclassified = records.equipment.unclassified()
                stop = unclassified[-1] if unclassified else None
            fault = records.plans.fault(stop.fault) if stop and stop.fault else None
            reasons = suggested_reasons(records.plans.reasons("stop"), stop.fault if stop else 0)
            return StopView(stop, fault, reasons)

        return load

    def show_view(self, view: StopView) -> None:
        """See Screen."""
        t, stop = self.terminal.t, view.stop
        self._view = view
        self._tiles.setVisible(stop is not None)
        self._empty.setVisible(stop is None)
        self._fault.setVisible(stop is not None and stop.fault != 0)
        if stop is None:
            return
        self._stop = stop.id
        machine = self.terminal.config.terminal.station.rpartition("/")[2]
        self._heading.set_title(t("stop_reason.why", machine=machine))
        self.tick()
        if stop.fault:
            text = view.fault.text if view.fault else t("stop_reason.unknown_fault")
            self._fault.set(t("stop_reason.plc_says", code=stop.fault, text=text), tone=Tone.NORMAL)
        planned = {True: t("stop_reason.planned"), False: t("stop_reason.unplanned")}
        self._tiles.set_reasons(
            [
                Tile(
                    reason.id,
                    reason.name,
                    f"{planned[reason.planned]} · {reason.group}",
                    stop.fault in reason.suggested_by,
                )
                for reason in view.reasons
            ]
        )
        self._tiles.select(stop.reason)

    def tick(self) -> None:
        """The stop goes on while it is open."""
        stop = self._view.stop if self._view else None
        if stop is None:
            return
        t, now = self.terminal.t, self.terminal.clock.now()
        end = clock(self.terminal, stop.ended_at, seconds=True) if stop.ended_at else t("stop_reason.still")
        lasted = spoken(self.terminal, stop.duration(now))
        begin = clock(self.terminal, stop.began_at, seconds=True)
        self._heading.set_eyebrow(t("stop_reason.eyebrow", begin=begin, end=end, lasted=lasted))

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        stop, offered = self._view.stop if self._view else None, [Offer("back")]
        if stop is not None:
            offered.append(Offer("repair" if stop.repair is None else "to_repair"))
        return (*offered, Offer("classify"))

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "back": lambda: self.goes_to.emit("run", ""),
            "repair": self._open_repair,
            "to_repair": self._to_repair,
        }

    def _open_repair(self) -> None:
        stop = self._view.stop if self._view else None
        if stop is not None:
            self.wish(
                open_repair,
                OpenRepair(stop.id),
                self.terminal.t("stop_reason.repair_saved"),
                lambda entries: self.goes_to.emit("repair", entries[0].subject.id if entries else ""),
                entry_id=self._entry_ids[""],
            )

    def _to_repair(self) -> None:
        stop = self._view.stop if self._view else None
        if stop is not None:
            self.goes_to.emit("repair", stop.repair or "")

    def _saved(self, _entries: Sequence[Entry]) -> None:
        self._entry_ids.clear()
        self.goes_to.emit("run", "")

    def _picked(self, reason: str) -> None:
        stop = self._view.stop if self._view else None
        if stop is None or self._view is None:
            return
        names = {known.id: known.name for known in self._view.reasons}
        words = self.terminal.t("stop_reason.saved", reason=names.get(reason, reason))
        self.wish(
            classify_stop,
            ClassifyStop(stop.id, reason),
            words,
            self._saved,
            entry_id=self._entry_ids[reason],
        )
