"""`lineside gallery`: every widget of the kit in all its states, on the screen or as pictures."""

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPalette
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from screens.gallery.pages import (
    choice_page,
    quality_page,
    reason_page,
    repair_page,
    run_page,
    search_page,
)
from screens.gallery.states import (
    empty_page,
    entry_page,
    icon_page,
    keyboard_page,
    keypad_page,
    table_page,
    touch_page,
    value_page,
    work_page,
)
from screens.kit import theme
from screens.kit.buttons import ActionButton
from screens.kit.choice_field import TouchField
from screens.kit.theme import Theme
from screens.kit.touch import retire

PAGES: dict[str, Callable[[], QWidget]] = {
    "run": run_page,
    "stop_reason": reason_page,
    "stop_reason_search": search_page,
    "quality": quality_page,
    "maintenance": repair_page,
    "choice_open": choice_page,
    "values": value_page,
    "touch": touch_page,
    "icons": icon_page,
    "entry": entry_page,
    "work": work_page,
    "keyboard": keyboard_page,
    "keypad": keypad_page,
    "empty": empty_page,
    "table": table_page,
}


def shown(page: str, size: QSize) -> QWidget:
    """One page, laid out at a size and ready to be looked at; the caller closes it."""
    window = PAGES[page]()
    palette = QPalette(window.palette())
    palette.setColor(QPalette.ColorRole.Window, QColor(theme.current().ground))
    window.setPalette(palette)
    window.setAutoFillBackground(True)
    window.resize(size)
    window.show()
    for _ in range(3):
        QApplication.processEvents()
    for key in ("open_field", "press"):
        if wanted := window.property(key):
            button = window.findChild(QWidget, str(wanted))
            if isinstance(button, TouchField | ActionButton):
                button.click()
    for _ in range(3):
        QApplication.processEvents()
    return window


def render(
    folder: Path, size: tuple[int, int] = (1280, 800), looks: tuple[Theme, ...] = (theme.DAY, theme.NIGHT)
) -> list[Path]:
    """Draw every page in every theme into `folder`; returns the pictures."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([])
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for look in looks:
        theme.apply(app, look)
        for name in PAGES:
            window = shown(name, QSize(*size))
            target = folder / f"{name}_{look.name}_{size[0]}x{size[1]}.png"
            window.grab().save(str(target))
            window.close()
            window.deleteLater()
            made.append(target)
    return made


class Gallery(QWidget):
    """The pages one after the other: Page up and Page down turn, F9 changes between day and night."""

    def __init__(self, size: QSize) -> None:
        """Begin with the first page."""
        super().__init__()
        self._number = 0
        self._page: QWidget | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self.resize(size)
        self.turn(0)

    def turn(self, pages: int) -> None:
        """Show the page so many further on."""
        names = list(PAGES)
        self._number = (self._number + pages) % len(names)
        if self._page is not None:
            self._box.removeWidget(self._page)
            retire(self._page)
        self._page = PAGES[names[self._number]]()
        self._box.addWidget(self._page)
        self.setWindowTitle(f"{names[self._number]} ({self._number + 1} / {len(names)})")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn, change the colours, or leave."""
        app = QApplication.instance()
        if event.key() in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.turn(1 if event.key() == Qt.Key.Key_PageDown else -1)
        elif event.key() == Qt.Key.Key_F9 and isinstance(app, QApplication):
            theme.apply(app, theme.NIGHT if theme.current() is theme.DAY else theme.DAY)
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


def run_gallery(folder: Path | None, size: tuple[int, int]) -> int:
    """Show the gallery, or draw all of it into a folder; the exit code of the program."""
    if folder is not None:
        for picture in render(folder, size):
            print(picture)
        return 0
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    theme.apply(app, theme.DAY)
    gallery = Gallery(QSize(*size))
    gallery.show()
    return app.exec()
