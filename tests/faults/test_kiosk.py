"""What F17 relies on: builds that let somebody out are seen, and no source asks for more than plain text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QVBoxLayout, QWidget

from screens.kit.buttons import ActionButton
from screens.registry import SCREENS
from screens.shell.kiosk import Kiosk, LinkTrap
from tests.faults.kiosk_attempts import not_plain, other_windows, try_everything
from tests.screens.stand import Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "requestActivate", extend=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    yield made
    made.close()


class TestControls:
    """What must be caught in builds that are broken on purpose."""

    def test_an_unguarded_window_is_closed_and_minimised(self, stand: Stand) -> None:
        try_everything(stand.window)
        assert not stand.window.isVisible() or stand.window.isMinimized()

    def test_a_rich_label_opens_its_link(self, qapp: object) -> None:
        trap, page = LinkTrap(), QWidget()
        label = QLabel('<a href="file:///etc/passwd">XXXXXXXXXXXXXXXX</a>')
        label.setOpenExternalLinks(True)
        QVBoxLayout(page).addWidget(label)
        page.resize(300, 100)
        page.show()
        QApplication.processEvents()
        assert list(not_plain(page))
        for x in range(12, 120, 12):
            QTest.mouseClick(label, Qt.MouseButton.LeftButton, pos=QPoint(x, label.height() // 2))
        trap.end()
        page.close()
        assert trap.opened
        assert set(trap.opened) == {"file:///etc/passwd"}

    def test_a_dialog_is_a_second_window_and_is_closed(self, stand: Stand) -> None:
        dialog = QDialog()
        dialog.show()
        assert other_windows(stand.window) == ["QDialog"]
        dialog.close()
        kiosk = Kiosk(stand.window)
        dialog.show()
        stand.settle()
        kiosk.release()
        assert other_windows(stand.window) == []


def test_an_ampersand_in_a_text_is_no_key(qapp: object) -> None:
    button = ActionButton("R&D", name="x", shortcut="F2")
    assert button.shortcut() == QKeySequence("F2")
    button.setText("&Open")
    assert button.shortcut() == QKeySequence("F2")
    assert ActionButton("&Open", name="y").shortcut().isEmpty()


BANNED = frozenset(
    {
        *(
            "QMessageBox",
            "QTextBrowser",
            "QTextEdit",
            "QFileDialog",
            "QInputDialog",
            "QErrorMessage",
            "QMenu",
        ),
        *("QPrintDialog", "QPrintPreviewDialog", "QColorDialog", "QFontDialog", "QDialog", "QSystemTrayIcon"),
        *("QWebEngineView", "QToolTip", "QWhatsThis", "QMenuBar", "QWizard", "QProgressDialog", "QLineEdit"),
        *("setToolTip", "setWhatsThis", "setHtml", "setMarkdown", "setOpenExternalLinks", "openUrl"),
    }
)
MAKES_LABELS = "screens/kit/labels.py"


def offences(source: str) -> list[str]:
    """Names that would read a text as more than text, or open something beside the window; bare labels."""
    found = list[str]()
    for node in ast.walk(ast.parse(source)):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name in BANNED or (isinstance(node, ast.Call) and called(node) == "QLabel"):
            found.append(name or "QLabel")
        if isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id == "QLabel" for base in node.bases
        ):
            found.append(f"class {node.name}(QLabel)")
    return found


def called(node: ast.Call) -> str:
    """The name that is called."""
    return node.func.id if isinstance(node.func, ast.Name) else ""


def test_labels_are_made_in_one_place_and_nothing_reads_text_as_more() -> None:
    found = {
        str(file.relative_to(ROOT)): names
        for file in sorted((ROOT / "screens").rglob("*.py"))
        if (names := offences(file.read_text("utf-8")))
    }
    assert found.pop(MAKES_LABELS) == ["class InkLabel(QLabel)", "setOpenExternalLinks"]
    assert found == {}


@pytest.mark.parametrize(
    "source", ["QLabel('x')", "QMessageBox.about(None, '', x)", "w.setToolTip(x)", "class A(QLabel): ..."]
)
def test_control_what_is_forbidden_is_found(source: str) -> None:
    assert offences(source)
