"""Each page looks as it did when somebody last looked at it: small pictures, with a tolerance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from screens.kit.theme import Theme
from screens.registry import SCREENS
from tests.screens.pictures import GOLDENS, LOOKS, draw, small

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints", extend=True), pytest.mark.slow]
STEP = 40  # of 255: a pixel that differs by more is another one
SHARE = 0.012  # of all pixels that may be others


def pixels(image: QImage) -> NDArray[np.int16]:
    flat = np.frombuffer(bytes(image.constBits()), np.uint8)
    return flat.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, :, :3].astype(np.int16)


def difference(one: QImage, other: QImage) -> float:
    """The share of pixels that are others."""
    if one.size() != other.size():
        return 1.0
    return float((np.abs(pixels(one) - pixels(other)).max(axis=2) > STEP).mean())


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("look", "state"), LOOKS, ids=[f"{look.name}-{state}" for look, state in LOOKS])
def test_every_page_looks_as_it_did(look: Theme, state: str, tmp_path: Path, qapp: object) -> None:
    """Look at the new picture in tmp_path; if it is better, `python -m tests.screens.pictures --goldens`."""
    others: dict[str, str] = {}
    for picture in draw(SCREENS, tmp_path, state, looks=(look,)):
        golden = GOLDENS / f"{picture.page}_{state}_{look.name}.png"
        if not golden.exists():
            others[golden.name] = "there is no golden picture of this page yet"
            continue
        kept = QImage(str(golden)).convertToFormat(QImage.Format.Format_RGB32)
        share = difference(small(picture.image), kept)
        if share > SHARE:
            picture.image.save(str(tmp_path / golden.name))
            others[golden.name] = f"{share:.1%} of the pixels are others: see {tmp_path / golden.name}"
    assert others == {}


def test_a_page_that_looks_otherwise_is_noticed() -> None:
    name = next(iter(sorted(GOLDENS.glob("run_normal_*.png"))))
    kept = QImage(str(name)).convertToFormat(QImage.Format.Format_RGB32)
    assert difference(kept, kept) == 0
    moved = kept.copy(0, 4, kept.width(), kept.height())
    assert difference(kept, moved) > SHARE
    assert difference(kept, kept.copy(0, 0, 10, 10)) == 1.0
