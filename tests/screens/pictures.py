"""Every page as a picture, with an index to look at: `python -m tests.screens.pictures FOLDER`.

`--goldens` draws the small pictures anew that the test compares with: look at them before they are committed.
"""

from __future__ import annotations

import argparse
import html
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from hmi.i18n import languages
from screens.kit import theme
from screens.kit.theme import Theme
from screens.registry import SCREENS
from screens.shell.registry_types import ScreenSpec
from tests.screens.check.pages import leave, pages, resize, show
from tests.screens.check.states import STATES, stand_in

GOLDENS = Path(__file__).parent.parent / "goldens"
SIZE = (1280, 800)
SMALL = QSize(320, 200)
LOOKS = ((theme.DAY, "normal"), (theme.NIGHT, "alarm"))  # what the goldens show of each page


@dataclass(frozen=True)
class Picture:
    """One page in one state."""

    page: str
    state: str
    look: str
    language: str
    size: tuple[int, int]
    image: QImage

    @property
    def name(self) -> str:
        """A name for its file."""
        return f"{self.page}_{self.state}_{self.look}_{self.language}_{self.size[0]}x{self.size[1]}"


def draw(
    specs: Sequence[ScreenSpec],
    folder: Path,
    state: str,
    *,
    language: str = "en",
    looks: Sequence[Theme] = (theme.DAY,),
    sizes: Sequence[tuple[int, int]] = (SIZE,),
) -> Iterator[Picture]:
    """Draw every page of these screens in one state."""
    place = folder / f"{state}-{language}"
    place.mkdir(parents=True)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    stand = stand_in(state, place, specs, sizes[0], language)
    try:
        for page in pages(stand.window.screens):
            if not show(stand, page):
                continue
            for look in looks:
                theme.apply(app, look)
                for size in sizes:
                    resize(stand.window, size)
                    image = stand.window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
                    yield Picture(page.name, state, look.name, language, size, image)
            resize(stand.window, sizes[0])
            leave(stand, page)
    finally:
        stand.close()
        theme.apply(app, theme.DAY)


def small(image: QImage) -> QImage:
    """The picture as it is kept as a golden one."""
    mode = Qt.TransformationMode.SmoothTransformation
    return image.scaled(SMALL, Qt.AspectRatioMode.IgnoreAspectRatio, mode).convertToFormat(
        QImage.Format.Format_RGB32
    )


def write_goldens(folder: Path) -> list[Path]:
    """Draw all golden pictures anew."""
    GOLDENS.mkdir(exist_ok=True)
    made: list[Path] = []
    for look, state in LOOKS:
        for picture in draw(SCREENS, folder, state, looks=(look,)):
            target = GOLDENS / f"{picture.page}_{state}_{look.name}.png"
            small(picture.image).save(str(target))
            made.append(target)
    return made


def write_all(
    folder: Path, states: Sequence[str], spoken: Sequence[str], sizes: Sequence[tuple[int, int]]
) -> int:
    """Draw everything into a folder, with `index.html`; how many pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[Picture]] = {}
    with tempfile.TemporaryDirectory() as data:
        for state in states:
            for language in spoken:
                looks = (theme.DAY, theme.NIGHT) if language == spoken[0] else (theme.DAY,)
                for picture in draw(SCREENS, Path(data), state, language=language, looks=looks, sizes=sizes):
                    picture.image.save(str(folder / f"{picture.name}.png"))
                    rows.setdefault(picture.page, []).append(picture)
    parts = ["<!doctype html><meta charset=utf-8><title>Lineside</title>"]
    for page, pictures in sorted(rows.items()):
        parts.append(f"<h2>{html.escape(page)}</h2>")
        for picture in pictures:
            words = html.escape(f"{picture.state} · {picture.look} · {picture.language} · {picture.size}")
            file = html.escape(f"{picture.name}.png")
            parts.append(f'<a href="{file}"><img src="{file}" width=420 title="{words}"></a>')
    (folder / "index.html").write_text("\n".join(parts), encoding="utf-8")
    return sum(len(pictures) for pictures in rows.values())


def main(words: Sequence[str] | None = None) -> int:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(description="Draw every page of the terminal.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("out/pictures"))
    parser.add_argument("--states", nargs="*", default=list(STATES), choices=list(STATES))
    parser.add_argument("--languages", nargs="*", default=list(languages()))
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--goldens", action="store_true", help="draw the golden pictures of the tests anew")
    asked = parser.parse_args(words)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    if asked.goldens:
        with tempfile.TemporaryDirectory() as data:
            print(f"{len(write_goldens(Path(data)))} golden pictures in {GOLDENS}")
        return 0
    width, _, height = asked.size.partition("x")
    count = write_all(asked.folder, asked.states, asked.languages, [(int(width), int(height))])
    print(f"{count} pictures: open {asked.folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
