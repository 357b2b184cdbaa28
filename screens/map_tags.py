"""Map tags: a line engineer picks by touch what a machine's nodes become, and sees their values live."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TypeVar

from PySide6.QtWidgets import QVBoxLayout

from hmi.domain.mapping import ProposedTag
from hmi.domain.personnel import Permission
from hmi.errors import LinkError
from hmi.hub import Answer
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.kit import theme
from screens.kit.buttons import Kind
from screens.kit.heading import PageHeading
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit_words import sort_words
from screens.shell.action_bar import Align
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Said, Screen

R = TypeVar("R")
_VALUES_MS = 2000


class MapTagsScreen(Screen[None]):
    """Every node of one machine that could be a tag; a touch picks it or lets it go."""

    rail = "devices"
    declared = (
        BACK,
        Action("again", "map_tags.again", key="F2"),
        Action("next", "map_tags.next", key="F3"),
        Action(
            "save",
            "keys.do.save_tags",
            kind=Kind.PRIMARY,
            key="F4",
            align=Align.RIGHT,
            permission=Permission.MAP_TAGS,
        ),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Nothing is asked of a machine before the page is opened."""
        super().__init__(terminal)
        t = terminal.t
        self._link = ""
        self._proposed: list[ProposedTag] = []
        self._picked: set[str] = set()
        self._values: dict[str, str] = {}
        self._carried: frozenset[str] | None = None  # what was picked on the same page in another language
        self._busy = False
        self._asked_ms = 0
        self._heading = PageHeading(eyebrow=t("map_tags.eyebrow"))
        self._heading.setObjectName("map_tags.headline")
        self._table = TouchTable(
            "map_tags.table",
            [
                Column(t("map_tags.tag"), 4),
                Column(t("map_tags.value"), 3, right=True, sorts=False),
                Column(t("map_tags.kind"), 2, muted=True),
                Column(t("map_tags.model"), 2, muted=True),
            ],
            empty_text=t("map_tags.empty"),
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            sort=sort_words(terminal),
        )
        self._table.row_touched.connect(self._toggle)
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        page.setSpacing(theme.GAP)
        page.addWidget(self._heading)
        page.addWidget(self._table, 1)
        self._show()

    def loader(self) -> Callable[[Records], None]:
        """See Screen; nothing here is kept in the journal."""
        return lambda records: None

    def show_view(self, view: None) -> None:
        """See Screen."""
        self._show()

    def open_subject(self, subject: str) -> None:
        """Look at the machine behind this link."""
        self._link, self._proposed, self._values = subject, [], {}
        self._picked.clear()
        self._look()

    def take_over(self, before: Screen[None]) -> None:
        """See Screen; the machine is asked anew, and what was picked stays picked."""
        assert isinstance(before, MapTagsScreen)
        if before._link:
            self._link = before._link
            self._carried = frozenset(before._picked) if before._proposed else None
            self._look()

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        idle, picked = not self._busy, len(self._picked)
        return (
            Offer("back"),
            Offer("again", enabled=idle and bool(self._link)),
            Offer("next", enabled=idle and len(self._links()) > 1),
            Offer("save", self.terminal.t("map_tags.save", n=picked), enabled=idle and picked > 0),
        )

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "back": lambda: self.goes_to.emit("devices", ""),
            "again": self._look,
            "next": self._look_at_next,
            "save": self._save,
        }

    def _look_at_next(self) -> None:
        links = self._links()
        place = links.index(self._link) if self._link in links else -1
        self.open_subject(links[(place + 1) % len(links)])

    def _save(self) -> None:
        mapper = self.terminal.mapper
        if mapper is not None:
            names = [each.name for each in self._proposed if each.name in self._picked]
            self._ask(mapper.save(self._link, names), self._saved)

    def tick(self) -> None:
        """Ask for the values of the page that is turned to."""
        mapper, now = self.terminal.mapper, self.terminal.clock.monotonic_ms()
        if mapper is None or self._busy or not self.isVisible() or now - self._asked_ms < _VALUES_MS:
            return
        shown = self._table.shown_ids()
        if shown:
            self._asked_ms = now
            self._ask(mapper.values(self._link, shown), self._heard, quietly=True)

    def _links(self) -> list[str]:
        return list(self.terminal.mapper.links()) if self.terminal.mapper is not None else []

    def _look(self) -> None:
        mapper = self.terminal.mapper
        if mapper is not None and self._link in self._links() and not self._busy:
            self._ask(mapper.propose(self._link), self._found)

    def _ask(self, future: "Future[R]", then: Callable[[R], None], *, quietly: bool = False) -> None:
        """Let `then` have the answer on this thread; a machine that is not reached is said."""
        self._busy = True
        link = self._link

        def deliver() -> None:
            self._busy = False
            error = future.exception()
            if link != self._link:
                self._look()
            elif error is None:
                then(future.result())
            elif not isinstance(error, LinkError):
                self.says.emit(Said.REFUSED, self.terminal.report(error).words)
            elif not quietly:
                self.says.emit(Said.REFUSED, str(error))
            self._show()

        future.add_done_callback(lambda _: self.terminal.hub.post(Answer(deliver)))
        self._show()

    def _found(self, proposed: Sequence[ProposedTag]) -> None:
        self._proposed = sorted(proposed, key=lambda each: not each.picked)
        names = {each.name for each in proposed if each.picked}
        if self._carried is not None:
            names, self._carried = self._carried & {each.name for each in proposed}, None
        self._picked = set(names)
        self._values = {each.name: each.value for each in proposed}
        self._asked_ms = self.terminal.clock.monotonic_ms()

    def _heard(self, values: Mapping[str, str]) -> None:
        self._values.update(values)

    def _saved(self, file: str) -> None:
        self.says.emit(Said.NOTE, self.terminal.t("map_tags.saved", file=file))

    def _toggle(self, name: str) -> None:
        self._picked ^= {name}
        self._show()

    def _show(self) -> None:
        t = self.terminal.t
        if self._busy and not self._proposed:
            self._heading.set_title(t("map_tags.looking", link=self._link))
        else:
            self._heading.set_title(
                t("map_tags.title", link=self._link or "–", n=len(self._picked), of=len(self._proposed))
            )
        self._table.set_rows([self._row(each) for each in self._proposed])
        self.actions_changed.emit()

    def _row(self, each: ProposedTag) -> Row:
        picked = each.name in self._picked
        value = f"{self._values.get(each.name, '')} {each.unit}".strip()
        return Row(
            each.name,
            (f"{each.label} · {each.name}", value, each.kind, each.why),
            selected=picked,
            sign="check" if picked else None,
        )
