"""The screen check: every page x language x size x theme x state; `python -m tests.screens.check.run`."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from hmi.i18n import MissingTextError, Texts, languages
from screens.kit import theme
from screens.registry import SCREENS
from screens.shell.registry_types import ScreenSpec
from tests.screens.check.eye import Eye, open_eye
from tests.screens.check.findings import Report, check_contrast, check_focus, check_texts, check_touch
from tests.screens.check.pages import Page, leave, pages, resize, show
from tests.screens.check.states import STATES, stand_in
from tests.screens.stand import Stand

SIZES = ((1024, 768), (1280, 800), (1366, 768), (1920, 1080), (1080, 1920))
THEMES = (theme.DAY, theme.NIGHT)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@contextmanager
def listen(report: Report) -> Generator[None]:
    """Note a key that is missing instead of failing at it, and how many texts were asked for."""
    plain, patch = Texts.t, pytest.MonkeyPatch()

    def t(texts: Texts, key: str, **values: object) -> str:
        try:
            said = plain(texts, key, **values)
        except MissingTextError:
            report.ask("text there", False, f"texts {texts.language} {key}", "no text has this key")
            return key
        report.checks["text there"] += 1
        return said

    patch.setattr(Texts, "t", t)
    try:
        yield
    finally:
        patch.undo()


def check_page(
    stand: Stand,
    page: Page,
    eye: Eye,
    *,
    sizes: Sequence[tuple[int, int]],
    themes: Sequence[theme.Theme],
    shortening: bool,
    focus: bool,
) -> tuple[Report, int]:
    """Look at one page, as it is shown now, in every size and theme; how many pictures that were."""
    whole, looked = Report(), 0
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for look in themes:
        theme.apply(app, look)
        for number, size in enumerate(sizes):
            resize(stand.window, size)
            eye.look(stand.window)
            looked += 1
            report = Report()
            if look is themes[0]:
                check_texts(eye, stand.window, report, shortening=shortening)
                touched = check_touch(stand.window, report)
                if focus and number == 0:
                    check_focus(stand.window, touched, report)
            check_contrast(eye, stand.window, report)
            whole.checks += report.checks
            place = f"{size[0]}x{size[1]}"
            whole.found += [(kind, f"{place} {where}", what) for kind, where, what in report.found]
    return whole, looked


def check_screens(
    specs: Sequence[ScreenSpec],
    folder: Path,
    *,
    states: Sequence[str],
    spoken: Sequence[str],
    sizes: Sequence[tuple[int, int]] = SIZES,
    themes: Sequence[theme.Theme] = THEMES,
    behind: bool = True,
) -> tuple[Report, int]:
    """Look at every page of these screens; each finding says where it was made. Also how many pictures."""
    whole, pictures = Report(), 0
    for state, language in product(states, spoken):
        place = folder / f"{state}-{language}"
        place.mkdir(parents=True)
        with listen(whole), open_eye() as eye:
            stand = stand_in(state, place, specs, sizes[0], language)
            try:
                for page in pages(stand.window.screens):
                    resize(stand.window, sizes[0])
                    if (page.name != page.screen and not behind) or not show(stand, page):
                        continue
                    found, looked = check_page(
                        stand,
                        page,
                        eye,
                        sizes=sizes,
                        themes=themes,
                        shortening=state == "long",
                        focus=language == spoken[0],
                    )
                    pictures += looked
                    whole.checks += found.checks
                    leave(stand, page)
                    seen = f"{page.name} {state} {language}"
                    whole.found += [(kind, f"{seen} {where}", what) for kind, where, what in found.found]
            finally:
                stand.close()
    return whole, pictures


def told(report: Report, pictures: int, seconds: float) -> str:
    """The report in lines: findings that are the same in several places once, then the counts."""
    lines: list[str] = []
    same: dict[tuple[str, str, str], list[str]] = {}
    for kind, where, what in report.found:
        *place, widget = _ID.sub("#", where).split(" ")
        what = _ID.sub("#", what)
        same.setdefault((kind, widget, what), []).append(" ".join(place))
    for (kind, widget, what), places in sorted(same.items()):
        more = f" and {len(set(places)) - 2} more" if len(set(places)) > 2 else ""
        lines.append(f"{kind}: {widget}: {what}  [{'; '.join(sorted(set(places))[:2])}{more}]")
    lines += [f"{count:>9,} x {kind}" for kind, count in sorted(report.checks.items())]
    lines.append(
        f"{sum(report.checks.values()):,} checks on {pictures:,} pictures in {seconds:.0f} s: "
        f"{len(report.found)} findings"
    )
    return "\n".join(lines)


@dataclass(frozen=True)
class Share:
    """A part of the whole that one process looks at: one state in one language."""

    state: str
    language: str
    screens: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    themes: tuple[theme.Theme, ...]


def look_at(share: Share) -> tuple[Report, int]:
    """Look at a share in this process."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, theme.DAY)
    specs = [spec for spec in SCREENS if not share.screens or spec.id in share.screens]
    with tempfile.TemporaryDirectory() as folder:
        return check_screens(
            specs,
            Path(folder),
            states=[share.state],
            spoken=[share.language],
            sizes=share.sizes,
            themes=share.themes,
        )


def _in_its_own_process(share: Share) -> tuple[Report, int]:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(look_at, share).result()


def look_at_all(shares: Sequence[Share], processes: int) -> tuple[Report, int]:
    """Look at every share, so many at a time, and say how each went; one that breaks off is a finding."""
    whole, pictures = Report(), 0
    with ThreadPoolExecutor(processes) as pool:
        going = {pool.submit(_in_its_own_process, share): share for share in shares}
        for done in as_completed(going):
            share, broken = going[done], done.exception()
            report, looked = (Report(), 0) if broken is not None else done.result()
            if broken is not None:
                told_by = "".join(traceback.format_exception(broken))
                report.ask("broke off", False, f"{share.state} {share.language} check", told_by)
            whole.checks += report.checks
            whole.found += report.found
            pictures += looked
            found = len(report.found)
            print(f"{share.state} {share.language}: {looked} pictures, {found} findings", flush=True)
    return whole, pictures


def _size(word: str) -> tuple[int, int]:
    wide, _, high = word.partition("x")
    return int(wide), int(high)


def main(words: Sequence[str] | None = None) -> int:
    """Check what the command line asks for, by default everything; exit code 1 when something was found."""
    parser = argparse.ArgumentParser(
        description="Look at every screen in every state, size, theme, language."
    )
    parser.add_argument("--screens", nargs="*", default=[], help="ids; default: all")
    parser.add_argument("--states", nargs="*", default=list(STATES), choices=list(STATES))
    parser.add_argument("--languages", nargs="*", default=list(languages()))
    parser.add_argument("--sizes", nargs="*", type=_size, default=list(SIZES), help="such as 1024x768")
    parser.add_argument("--day", action="store_true", help="the day theme only")
    parser.add_argument("--jobs", type=int, default=2, help="processes that look at the same time")
    asked = parser.parse_args(words)
    began = time.monotonic()
    shares = [
        Share(
            state,
            language,
            tuple(asked.screens),
            tuple(asked.sizes),
            THEMES[:1] if asked.day else THEMES,
        )
        for state, language in product(asked.states, asked.languages)
    ]
    report, pictures = look_at_all(shares, asked.jobs)
    print(told(report, pictures, time.monotonic() - began))
    return 1 if report.found else 0


if __name__ == "__main__":
    sys.exit(main())
