"""The preview of a label shows what will come out of the printer."""

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hmi.domain.label_drawing import drawing
from screens.kit.label_preview import LabelPreview, label_picture

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
ZPL = b"^XA^PW400^LL200^FO20,20^A0N,40,40^FDBracket^FS^FO20,80^BCN,80,Y^FD0815^FS^FO250,80^BXN,4^FD0815^FS^XZ"
PAPER = QColor("#ffffff")


def ink(zpl: bytes, x: int, y: int, width: int, height: int) -> int:
    """How many dots of a place are not paper."""
    picture = label_picture(drawing(zpl))
    return sum(
        picture.pixelColor(column, row) != PAPER
        for column in range(x, x + width, 2)
        for row in range(y, y + height, 2)
    )


def test_each_part_is_where_the_label_has_it(qapp: QApplication) -> None:
    picture = label_picture(drawing(ZPL))
    assert (picture.width(), picture.height()) == (400, 200)
    assert ink(ZPL, 20, 20, 200, 40) > 50
    assert ink(ZPL, 20, 80, 150, 80) > 500
    assert ink(ZPL, 250, 80, 96, 96) > 200
    assert ink(ZPL, 0, 170, 200, 30) == 0


def test_another_text_is_another_picture(qapp: QApplication) -> None:
    one, other = label_picture(drawing(ZPL)), label_picture(drawing(ZPL.replace(b"0815", b"0816")))
    assert one != other


def test_the_preview_is_read_out_and_fills_its_room(qtbot: QtBot) -> None:
    preview = LabelPreview()
    qtbot.addWidget(preview)
    preview.resize(300, 300)
    preview.show()
    preview.set_drawing(drawing(ZPL))
    assert preview.accessibleName() == "Bracket, 0815, 0815"
    shown = preview.grab().toImage()
    assert shown.pixelColor(150, 90) == PAPER or shown.pixelColor(150, 220) == PAPER
