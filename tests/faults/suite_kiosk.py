"""F17: every key, button and touch is tried on every page; nothing leads out of the program."""

from __future__ import annotations

import os

from PySide6.QtWidgets import QApplication, QLabel

from hmi.i18n import languages
from screens.registry import SCREENS
from screens.shell.kiosk import Kiosk
from tests.faults.figure import FULL, Outcome, Trial
from tests.faults.kiosk_attempts import (
    children_of_this_process,
    not_plain,
    other_windows,
    try_everything,
)
from tests.screens.stand import Stand, record

LINK = '<a href="file:///etc/passwd">tap &here</a>'
_SOME = 12  # widgets of a page that are tried in the quick tier
_LEAST = 60  # attempts on each page
_SIZES = ((1280, 800), (1024, 768), (1920, 1080))


def attempts(trial: Trial) -> Outcome:
    """Every page while the MES calls everything by links; the full tier tries each widget, word and size."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    full = trial.effort is FULL
    count, bad = 0, list[str]()
    spoken = languages() if full else languages()[:1]
    for size in _SIZES if full else _SIZES[:1]:
        stand = tricky_stand(trial, size)
        try:
            for language in spoken:
                tried, found = _try_pages(stand, language, None if full else _SOME)
                count += tried
                bad += [f"{language} {size[0]}: {what}" for what in found]
                trial.say(f"{size[0]} x {size[1]}, {language}: {count} attempts")
        finally:
            stand.close()
    control = _controls(trial)
    application.processEvents()
    words = ", ".join(f"{name}: {'seen' if seen else 'not seen'}" for name, seen in control.items())
    values: dict[str, float | int | str] = {
        "pages": len(SCREENS),
        "languages": len(spoken),
        "got out": len(bad),
    }
    return Outcome(count, values, tuple(bad[:8]), words, all(control.values()))


def tricky_stand(trial: Trial, size: tuple[int, int]) -> Stand:
    """A terminal that runs an order, whose plans try to be more than text."""
    stand = Stand(trial.place(f"stand{size[0]}"), SCREENS, size)
    names = {"name": LINK, "group": LINK}
    order = dict.fromkeys(("operation", "material", "material_name", "note"), LINK)
    stand.plan(
        [
            record("person", "P1", name=LINK, badge="B-7341", roles=["operator"]),
            record("reason", "BURR", **names, applies_to="scrap", rank=1),
            record("reason", "HYD", **names, applies_to="stop", suggested_by=[312]),
            record("job_order", "WO-X", **order, quantity="10", unit="pcs", equipment="PRESS12"),
        ]
    )
    stand.start_order(5)
    return stand


def _try_pages(stand: Stand, language: str, most: int | None) -> tuple[int, list[str]]:
    """How many attempts were made on all pages, and what got out."""
    kiosk = Kiosk(stand.window)
    stand.window.showFullScreen()
    stand.window.speak(language)
    stand.settle()
    before, count, found = children_of_this_process(), 0, list[str]()
    try:
        for spec in SCREENS:
            stand.window.show_screen(spec.id)
            stand.settle()
            found += [f"{spec.id}: {what}" for what in not_plain(stand.window)]
            tried = try_everything(stand.window, most)
            count += tried
            if tried < _LEAST:
                found.append(f"{spec.id}: only {tried} attempts")
            stand.settle()
            found += [f"{spec.id}: a window {name}" for name in other_windows(stand.window)]
            if not stand.window.isVisible() or stand.window.isMinimized():
                found.append(f"{spec.id}: the window is gone")
        found += [f"opened {url}" for url in kiosk.trap.opened]
        found += [f"process {child}" for child in children_of_this_process() - before]
    finally:
        kiosk.release()
    return count, found


def _controls(trial: Trial) -> dict[str, bool]:
    """Broken on purpose: nobody guards the window, a label reads markup, a second window stands there."""
    stand = Stand(trial.place("control"), SCREENS)
    try:
        label = QLabel(LINK, stand.window)
        label.show()
        second = QLabel("second")
        second.show()
        seen = {
            "a label reads markup": any("is not plain" in words for words in not_plain(stand.window)),
            "a second window": other_windows(stand.window) == ["QLabel"],
        }
        second.close()
        try_everything(stand.window, _SOME)
        seen["no guard"] = not stand.window.isVisible() or stand.window.isMinimized()
    finally:
        stand.close()
    return seen
