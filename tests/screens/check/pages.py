"""Every page to be looked at: each screen of the registry, and what stands behind its touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from hmi.domain.signals import LinkState
from hmi.operations.production import OrderWish, pause_order
from screens.kit.touch import Touchable
from screens.trends_chart import TrendChart
from tests.screens.check.machines import Unhurried, not_admitted
from tests.screens.stand import ORDER, Stand


@dataclass(frozen=True)
class Page:
    """One page: its name, and the touches that lead there from the screen (True: it is to be seen)."""

    name: str
    screen: str
    open: Callable[[Stand], bool]
    leave: Callable[[Stand], None] = lambda stand: None


def _stay(_stand: Stand) -> bool:
    return True


def _touch(*wanted: str) -> Callable[[Stand], bool]:
    """Touch what begins with these names, one after the other, as far as it is there."""

    def open_(stand: Stand) -> bool:
        for begin in wanted:
            found = [
                widget
                for widget in stand.window.findChildren(Touchable)
                if widget.isVisible() and widget.isEnabled() and widget.objectName().startswith(begin)
            ]
            if not found:
                return False
            found[0].click()
            stand.settle()
        return True

    return open_


# what stands behind a touch on a screen: name of the page -> what is touched
BEHIND: Mapping[str, tuple[str, ...]] = {
    "repair.one": ("repair.show.",),
    "repair.choice": ("repair.show.", "repair.problem"),
    "waiting.decision": ("waiting.tab.decision", "waiting.entries.row."),
    "waiting.received": ("waiting.tab.received",),
    "scrap.search": ("scrap.reason.search",),
    "stop_reason.search": ("reason.search",),
    "run.sure": ("action.complete",),
    "waiting.sure": ("waiting.tab.decision", "waiting.entries.row.", "waiting.set_aside"),
    "alarms.one": ("alarms.list.row.",),
    "alarms.shelve": ("alarms.list.row.", "action.shelve"),
    "alarms.service": ("alarms.list.row.", "action.out_of_service"),
    "alarms.comment": ("alarms.list.row.", "alarms.detail.comment"),
    "reporting.file": ("reporting.list.row.",),
    "reporting.making": ("action.shift",),
    "orders.refused": ("orders.row.WO-104233",),
    "orders.sorted": ("orders.head.1",),
    "trends.tags": ("action.tags",),
    "devices.write": ("devices.tag.force.write",),
    "devices.switch": ("devices.tag.guard.write",),
    "devices.switch_sure": ("devices.tag.guard.write", "devices.write.yes"),
    "devices.text": ("devices.tag.recipe.write",),
    "sign_in.pin": ("sign_in.person.P1",),
    "sign_in.letter": ("sign_in.person.P2",),
    "signing.one": ("signing.list.row.",),
    "signing.second": ("signing.list.row.", "signing.prove.person.P4"),
    "inspection.sure": ("inspection.keypad.1", "inspection.keypad.main", "action.clear"),
}


def _guarded(*, pin: bool) -> Callable[[Stand], bool]:
    """A guarded value is keyed, and confirmed; `pin`: and the PIN is asked for."""

    def open_(stand: Stand) -> bool:
        begun = _touch("devices.tag.die.write")(stand)
        if not begun or not stand.sees("devices.write.keypad"):
            return False
        stand.key("devices.write.keypad", "65")
        last = ("devices.write.sure",) if pin else ()
        opened = _touch("devices.write.keypad.main", *last)(stand)
        if pin:
            stand.until(lambda: stand.sees("devices.write.prove.pad"))
        return opened

    return open_


def _end_writes(stand: Stand) -> None:
    machines = stand.terminal.requests.machines
    if isinstance(machines, Unhurried):
        machines.end()
        stand.settle()


def _written(*, ended: bool) -> Callable[[Stand], bool]:
    """A switch is being written; `ended`: and nobody knows what became of it."""

    def open_(stand: Stand) -> bool:
        sent = _touch("devices.tag.guard.write", "devices.write.yes", "devices.write.sure")(stand)
        if ended:
            _end_writes(stand)
        return sent

    return open_


def _untrusted(*touches: str) -> Callable[[Stand], bool]:
    """The press shows a certificate that nobody has accepted."""

    def open_(stand: Stand) -> bool:
        if stand.terminal.trust is None:
            return False
        stand.hub.post(not_admitted(stand.clock.now()))
        stand.settle()
        return _touch(*touches)(stand)

    return open_


def _admitted(stand: Stand) -> None:
    stand.link("plc", "opcua", LinkState.UP)


def _nodes(stand: Stand) -> bool:
    if stand.terminal.mapper is None:
        return False
    stand.window.show_screen("map_tags", "plc")
    return True


def _values(stand: Stand) -> bool:
    """A touch into the chart sets the cursor."""
    charts = [chart for chart in stand.window.findChildren(TrendChart) if chart.isVisible()]
    if not charts:
        return False
    QTest.mouseClick(charts[0], Qt.MouseButton.LeftButton)
    return True


def _refused(*, another: bool) -> Callable[[Stand], bool]:
    """What was refused of an order; `another` is open by now, and chosen."""

    def open_(stand: Stand) -> bool:
        if not stand.read(lambda records: records.journal.queue()).needs_decision:
            return False
        if another:
            stand.do(pause_order, OrderWish(ORDER))
            stand.run_order("WO-104235")
        stand.window.show_screen("rebooking", ORDER)
        stand.settle()
        sure = ("rebooking.to", "rebooking.to.option.", "rebooking.reason.late", "action.book")
        return not another or _touch(*sure)(stand)

    return open_


# what takes more than touches
OTHERS = (
    Page("devices.write_sure", "devices", _guarded(pin=False)),
    Page("devices.write_pin", "devices", _guarded(pin=True)),
    Page("devices.sending", "devices", _written(ended=False), _end_writes),
    Page("devices.unknown", "devices", _written(ended=True)),
    Page("devices.trust", "devices", _untrusted(), _admitted),
    Page("devices.trust_sure", "devices", _untrusted("devices.trust.plc.accept"), _admitted),
    Page("map_tags.nodes", "map_tags", _nodes),
    Page("trends.values", "trends", _values),
    Page("rebooking.nowhere", "rebooking", _refused(another=False)),
    Page("rebooking.chosen", "rebooking", _refused(another=True)),
)


def pages(screens: Mapping[str, object]) -> list[Page]:
    """Every screen of these, and what stands behind them."""
    made = [Page(screen, screen, _stay) for screen in screens]
    for name, touches in BEHIND.items():
        screen = name.partition(".")[0]
        if screen in screens:
            made.append(Page(name, screen, _touch(*touches)))
    return [*made, *(page for page in OTHERS if page.screen in screens)]


def show(stand: Stand, page: Page) -> bool:
    """Show a page as someone would who comes from Run; False when there is no such page in this state."""
    stand.window.show_screen(page.screen)
    stand.settle()
    shown = page.open(stand)
    stand.settle()
    return shown


def leave(stand: Stand, page: Page) -> None:
    """Go back, so that the next page begins as if nobody had been here."""
    page.leave(stand)
    if "run" not in stand.window.screens:  # a part of the screens, without the one that back leads to
        return
    for _ in range(4):
        if page.name == page.screen or stand.window.shown_screen != page.screen:
            return
        if not _touch("action.back")(stand):
            return


def resize(window: QWidget, size: tuple[int, int]) -> None:
    """Give the window a size, and everything the time to find its place."""
    window.resize(*size)
    for _ in range(3):
        QTest.qWait(1)
        QCoreApplication.sendPostedEvents()
