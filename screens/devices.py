"""Devices: every link in words, when it was last heard, what comes through it, and this terminal itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from hmi.domain.changes import Family
from hmi.domain.entries import QueueCounts
from hmi.domain.machine_payloads import EquipmentWriteAsked, EquipmentWritten, TrustDecided
from hmi.domain.payloads import PinChosen, PinLocked
from hmi.domain.personnel import Permission
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.devices_cards import LinkCard, MesCard, Standing, TerminalCard
from screens.kit import theme
from screens.kit.cards import Card
from screens.kit.heading import PageHeading
from screens.kit.scroll import TouchScroll
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Screen

_CARD_WIDTH = 340


@dataclass(frozen=True, slots=True)
class DevicesView:
    """What the records say of the MES and of this terminal; the offset is MES minus terminal in ms."""

    now: datetime
    queue: QueueCounts
    pulled_at: datetime | None
    offset_ms: int | None
    entries: int
    epoch: int | None
    newest: datetime | None


def devices_loader(now: datetime) -> Callable[[Records], DevicesView]:
    """A loader for what does not come over the links."""

    def load(records: Records) -> DevicesView:
        rows = records.journal.newest(1)
        newest = rows[0].entry if rows else None
        return DevicesView(
            now=now,
            queue=records.journal.queue(),
            pulled_at=records.plans.state().pulled_at,
            offset_ms=newest.clock_offset_ms if newest else None,
            entries=newest.seq if newest else 0,
            epoch=newest.epoch if newest else None,
            newest=newest.terminal_time if newest else None,
        )

    return load


def program_version() -> str:
    """The version of this program; empty when it runs without having been installed."""
    try:
        return version("lineside")
    except PackageNotFoundError:
        return ""


class CardColumns(QWidget):
    """Cards in as many columns as fit; each next card goes where most room is."""

    def __init__(self) -> None:
        """Without cards."""
        super().__init__()
        self._cards: list[Card] = []
        self._count = 0
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.PAD)
        self._columns: list[QVBoxLayout] = []

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Show these cards, the tallest first where the order leaves a choice."""
        self._cards = list(cards)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may hold another number of columns."""
        super().resizeEvent(event)
        if self._fitting() != self._count:
            self._place()

    def _fitting(self) -> int:
        gap = theme.PAD
        return min(max((self.width() + gap) // (_CARD_WIDTH + gap), 1), max(len(self._cards), 1))

    def _place(self) -> None:
        self._count = self._fitting()
        for column in self._columns:
            while column.count():
                column.takeAt(0)
            self._row.removeItem(column)
            column.deleteLater()
        self._columns = [QVBoxLayout() for _ in range(self._count)]
        heights = [0] * self._count
        for column in self._columns:
            column.setSpacing(theme.PAD)
            self._row.addLayout(column, 1)
        for card in self._cards:
            shortest = heights.index(min(heights))
            self._columns[shortest].addWidget(card)
            heights[shortest] += card.sizeHint().height() + theme.PAD
        for column in self._columns:
            column.addStretch(1)


class DevicesScreen(Screen[DevicesView]):
    """A card for each link, for the MES and for the terminal; ages go on by themselves."""

    families = frozenset({Family.PLANS, Family.JOURNAL, Family.RECEIPTS})
    rail = "devices"
    declared = (
        BACK,
        Action("waiting", "rail.waiting", "outbox", key="F2"),
        Action("theme", "keys.do.other_colours", "moon", key="F9"),
        Action("map_tags", "map_tags.open", "list", key="F3", permission=Permission.MAP_TAGS, hides=True),
        *(
            Action(
                f"{decision}_server",
                f"devices.trust.{decision}",
                permission=Permission.TRUST_SERVERS,
                writes=(TrustDecided,),
                on_page=True,
            )
            for decision in ("accept", "refuse")
        ),
        Action(
            "write_tag",
            "devices.write.next",
            permission=Permission.WRITE_TAGS,
            writes=(EquipmentWriteAsked, EquipmentWritten, PinChosen, PinLocked),
            on_page=True,
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Make the cards of the configuration; a link that only shows up later gets one then."""
        super().__init__(terminal)
        self._mes = MesCard(terminal, terminal.t("devices.kind.mes"))
        self._own = TerminalCard(terminal, program_version())
        self._links: dict[str, LinkCard] = {}
        self._heading = PageHeading(
            eyebrow=terminal.t("devices.eyebrow", terminal=terminal.config.terminal.id)
        )
        self._heading.setObjectName("devices.headline")
        self._columns = CardColumns()
        self._columns.set_cards([self._mes, self._own])
        scroll = TouchScroll(
            self._columns,
            name="devices.cards",
            up_text=terminal.t("kit.up"),
            down_text=terminal.t("kit.down"),
        )
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        page.setSpacing(theme.GAP)
        page.addWidget(self._heading)
        page.addWidget(scroll, 1)
        self.tick()

    def loader(self) -> Callable[[Records], DevicesView]:
        """See Screen."""
        return devices_loader(self.terminal.clock.now())

    def show_view(self, view: DevicesView) -> None:
        """See Screen."""
        self._mes.show_records(view.queue, view.pulled_at, view.offset_ms)
        self._own.show_records(view.entries, view.epoch, view.newest, view.now)
        self.tick()

    def show_readings(self, tags: frozenset[str]) -> None:
        """See Screen."""
        for card in self._links.values():
            card.show_readings(tags)

    def tick(self) -> None:
        """See Screen."""
        self._make_cards()
        for card in self._links.values():
            card.refresh()
        self._mes.refresh()
        self._mes.refresh_plans()
        self._show_headline()

    def changeEvent(self, event: QEvent) -> None:
        """Another theme is offered once this one is worn."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.actions_changed.emit()

    def offers(self) -> Sequence[Offer]:
        """See Screen; whoever looks after machines may make a tag map of one."""
        mapper, night = self.terminal.mapper, theme.current() is theme.DAY
        words = self.terminal.t("kit.night" if night else "kit.day")
        other = Offer("theme", words, "moon" if night else "sun")
        mapping = (Offer("map_tags"),) if mapper is not None and mapper.links() else ()
        return (Offer("back"), Offer("waiting"), other, *mapping)

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "back": lambda: self.goes_to.emit("run", ""),
            "waiting": lambda: self.goes_to.emit("waiting", ""),
            "theme": self._change_theme,
            "map_tags": self._map_tags,
        }

    def _map_tags(self) -> None:
        if self.terminal.mapper is not None:
            self.goes_to.emit("map_tags", self.terminal.mapper.links()[0])

    def _change_theme(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application, theme.NIGHT if theme.current() is theme.DAY else theme.DAY)
        self.actions_changed.emit()

    def _make_cards(self) -> None:
        others = [name for name, status in self.terminal.links.items() if status.kind != "mes"]
        wanted = dict.fromkeys([*self.terminal.config.links, *others])
        new = [name for name in wanted if name not in self._links]
        for name in new:
            self._links[name] = self._link_card(name)
        if new:
            self._columns.set_cards([*self._links.values(), self._mes, self._own])

    def _link_card(self, name: str) -> LinkCard:
        settings = self.terminal.config.links.get(name, {})
        status = self.terminal.links.get(name)
        kind = status.kind if status else str(settings.get("driver", ""))
        tags = [tag for tag in self.terminal.tags.values() if tag.link == name]
        return LinkCard(self.terminal, name, kind, str(settings.get("label", name)), tags)

    def _show_headline(self) -> None:
        t = self.terminal.t
        cards = [*self._links.values(), self._mes]
        waiting = {Standing.CONNECTING, Standing.UNKNOWN}
        troubled = [card.label for card in cards if card.standing not in {Standing.UP, *waiting}]
        if troubled:
            words = t("devices.title_trouble", names=", ".join(troubled))
        elif any(card.standing in waiting for card in cards):
            words = t("devices.title_waiting")
        else:
            words = t("devices.title")
        self._heading.set_title(words)
