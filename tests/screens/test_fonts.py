"""The typefaces are kept as whole files, and weigh the same from a file as from memory."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QApplication

from screens.kit import fonts, theme

INTER = Path(str(resources.files("fontpkg_inter").joinpath("files/Inter[opsz,wght].ttf")))


def test_a_file_is_made_once_and_again_when_it_is_not_whole(tmp_path: Path) -> None:
    made = fonts.kept(INTER, "Some Name", tmp_path / "fonts")
    assert made.read_bytes() == fonts.renamed(INTER.read_bytes(), "Some Name")
    before = made.stat()
    assert fonts.kept(INTER, "Some Name", tmp_path / "fonts").stat().st_ino == before.st_ino

    made.write_bytes(made.read_bytes()[:1000])
    assert fonts.kept(INTER, "Some Name", tmp_path / "fonts").stat().st_size == before.st_size
    assert [file.name for file in made.parent.iterdir()] == [made.name]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError, match="taken"):
        fonts.kept(INTER, "Some Name", tmp_path / "taken")


@pytest.mark.parametrize("scale", theme.Scale)
def test_each_step_has_its_own_weight_and_is_not_thickened(qapp: QApplication, scale: theme.Scale) -> None:
    """Qt makes a weight that it does not know by drawing twice: no wider letters, only thicker ones."""
    theme.apply(qapp, theme.DAY)
    _, weight = scale.value
    normal = QFont(theme.font(scale))
    normal.setVariableAxis(QFont.Tag("wght"), float(QFont.Weight.Normal.value))
    wider = _width(theme.font(scale)) > _width(normal)
    assert wider == (weight is not QFont.Weight.Normal)
    assert not QFontInfo(theme.font(scale)).bold()


def _width(font: QFont) -> float:
    return QFontMetricsF(font).horizontalAdvance("Größe 12,345 mm")
