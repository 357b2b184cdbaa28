"""Every widget of the kit as pictures: `python -m tests.screens.gallery FOLDER [WIDTHxHEIGHT]`."""

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from screens.kit import theme
from screens.kit.buttons import ActionButton
from screens.kit.choice_field import TouchField
from screens.kit.theme import Theme
from tests.screens.gallery_pages import (
    choice_page,
    quality_page,
    reason_page,
    repair_page,
    run_page,
    search_page,
)
from tests.screens.gallery_states import (
    empty_page,
    icon_page,
    keyboard_page,
    keypad_page,
    table_page,
    touch_page,
    value_page,
)

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


if __name__ == "__main__":
    wanted = sys.argv[2] if len(sys.argv) > 2 else "1280x800"
    wide, high = (int(number) for number in wanted.split("x"))
    for picture in render(Path(sys.argv[1]), (wide, high)):
        print(picture)
