"""Every page to be looked at: each screen of the registry, and what stands behind its touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from screens.kit.touch import Touchable
from tests.screens.stand import Stand


@dataclass(frozen=True)
class Page:
    """One page: its name, and the touches that lead there from the screen (True: it is to be seen)."""

    name: str
    screen: str
    open: Callable[[Stand], bool]


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
}


def pages(screens: Mapping[str, object]) -> list[Page]:
    """Every screen of these, and what stands behind them."""
    made = [Page(screen, screen, _stay) for screen in screens]
    for name, touches in BEHIND.items():
        screen = name.partition(".")[0]
        if screen in screens:
            made.append(Page(name, screen, _touch(*touches)))
    return made


def show(stand: Stand, page: Page) -> bool:
    """Show a page as someone would who comes from Run; False when there is no such page in this state."""
    stand.window.show_screen(page.screen)
    stand.settle()
    shown = page.open(stand)
    stand.settle()
    return shown


def resize(window: QWidget, size: tuple[int, int]) -> None:
    """Give the window a size, and everything the time to find its place."""
    window.resize(*size)
    for _ in range(3):
        QTest.qWait(1)
