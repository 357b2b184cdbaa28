"""The kit as eyes meet it: contrast, sizes, text that is never cut, icons, pages at five sizes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from screens.commands import gallery
from screens.kit import icons, labels, painting, theme
from screens.kit.buttons import ActionButton
from screens.kit.theme import Scale, Theme, Tone
from tests.screens.hands import colours_of, findings, pixels, shown
from tests.screens.theme_rule import offences

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
KIT = Path(theme.__file__).parent
SHELL = [KIT.parent / "shell" / f"{name}.py" for name in ("header", "rail", "strip", "action_bar")]
ROOM = KIT.parent
ALL_SCREENS = sorted(ROOM.rglob("*.py"))
# the theme, its typefaces, and the page of pictures that a browser shows
LOOK_ITSELF = {KIT / "theme.py", KIT / "fonts.py", ROOM / "demo" / "play.py"}
SOURCES = [*sorted(KIT.glob("*.py")), *SHELL]
LOOKS = [theme.DAY, theme.NIGHT]
SIZES = [(1024, 768), (1280, 800), (1366, 768), (1920, 1080), (1080, 1920)]
GROUNDS = ("ground", "panel", "card", "field", "selected")


@pytest.fixture(autouse=True)
def _day(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, theme.DAY)
    yield
    theme.apply(qapp, theme.DAY)


class TestTheme:
    @pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
    def test_text_reaches_seven_to_one_on_every_ground(self, look: Theme) -> None:
        inks = {"ink": look.ink, "muted": look.muted}
        inks |= {tone.value: look.signal(tone).text for tone in Tone}
        short = {
            (name, ground): round(theme.contrast(ink, getattr(look, ground)), 2)
            for name, ink in inks.items()
            for ground in GROUNDS
            if theme.contrast(ink, getattr(look, ground)) < 7
            and not (ground == "selected" and name not in ("ink",))
        }
        assert short == {}

    @pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
    def test_words_on_a_coloured_ground_reach_seven_to_one(self, look: Theme) -> None:
        for tone in Tone:
            signal = look.signal(tone)
            assert theme.contrast(signal.on, signal.strip) >= 7, tone
        assert theme.contrast(look.action.on, look.action.fill) >= 7
        assert theme.contrast(look.action.on, look.action_pressed) >= 7
        assert theme.contrast(look.ink, look.pressed) >= 7

    @pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
    def test_graphics_with_a_meaning_reach_three_to_one(self, look: Theme) -> None:
        for ground in GROUNDS:
            for tone in Tone:
                assert theme.contrast(look.signal(tone).edge, getattr(look, ground)) >= 3, (tone, ground)
        for graphic in (look.calm, look.bar, look.edge):
            assert theme.contrast(graphic, look.card) >= 3
        assert theme.contrast(look.disabled, look.panel) >= 3

    def test_contrast_agrees_with_known_pairs(self) -> None:
        assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
        assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)

    def test_every_tone_but_normal_and_action_has_its_own_shape(self) -> None:
        shapes = [icons.sign_of(tone) for tone in Tone if tone not in (Tone.NORMAL, Tone.ACTION)]
        assert "" not in shapes
        assert len(set(shapes)) == len(shapes)

    def test_figures_are_of_equal_width(self, qapp: QApplication) -> None:
        for scale in Scale:
            font = theme.font(scale)
            assert painting.text_width("1111", font) == pytest.approx(
                painting.text_width("8888", font), abs=0.6
            )

    def test_a_live_switch_repaints_what_is_shown(self, qtbot: QtBot, qapp: QApplication) -> None:
        window = gallery.shown("touch", QSize(1280, 800))
        qtbot.addWidget(window)
        assert theme.DAY.field.lower() in colours_of(pixels(window))
        theme.apply(qapp, theme.NIGHT)
        QApplication.processEvents()
        after = colours_of(pixels(window))
        assert theme.current() is theme.NIGHT
        assert theme.NIGHT.field.lower() in after
        assert theme.DAY.field.lower() not in after - {"#ffffff"}

    def test_no_colour_no_typeface_and_no_size_outside_the_theme(self) -> None:
        found = {
            str(path.relative_to(ROOM)): told
            for path in ALL_SCREENS
            if path not in LOOK_ITSELF and (told := offences(path.read_text("utf-8")))
        }
        assert found == {}

    @pytest.mark.parametrize(
        "planted",
        [
            'colour = "#c8102e"',
            'colour = "#fff"',
            'style = "color: rgb(200, 16, 46)"',
            'QColor("red")',
            "QColor(200, 16, 46)",
            "QColor.fromRgb(200, 16, 46)",
            "Qt.GlobalColor.red",
            'QFont("Arial")',
            'font.setFamilies(["Arial"])',
            "font.setPointSize(9)",
            "font.setPixelSize(13)",
            "font.setBold(True)",
            "font.setWeight(QFont.Weight.Bold)",
            "box.setSpacing(7)",
            "button.setFixedHeight(40)",
            'label.setStyleSheet("")',
        ],
    )
    def test_what_is_planted_in_any_room_is_found(self, planted: str) -> None:
        rooms = {path.parent: path for path in ALL_SCREENS if path not in LOOK_ITSELF}
        assert {room.name for room in rooms} >= {"screens", "kit", "shell", "gallery", "reports", "demo"}
        for path in rooms.values():
            text = path.read_text("utf-8")
            assert len(offences(f"{text}\n{planted}\n")) == 1, path

    def test_the_theme_follows_the_plan_and_leaves_a_hand_its_choice_until_the_plan_changes(
        self, qapp: QApplication
    ) -> None:
        theme.follow(qapp, theme.NIGHT)
        theme.follow(qapp, theme.DAY)
        theme.apply(qapp, theme.NIGHT)
        theme.follow(qapp, theme.DAY)
        assert theme.current() is theme.NIGHT
        theme.follow(qapp, theme.NIGHT)
        theme.follow(qapp, theme.DAY)
        assert theme.current() is theme.DAY


class TestHouse:
    def test_the_kit_imports_no_other_room(self) -> None:
        pattern = re.compile(r"^\s*(?:from|import) (devices|local_db)\b", re.MULTILINE)
        assert [path.name for path in SOURCES if pattern.search(path.read_text("utf-8"))] == []

    def test_labels_are_made_in_one_place_only(self) -> None:
        makers = [path.name for path in SOURCES if re.search(r"\bQLabel\b", path.read_text("utf-8"))]
        assert makers == ["labels.py"]

    def test_labels_show_markup_as_it_was_written(self, qtbot: QtBot) -> None:
        text = '<b>lot</b> <a href="x">L-1</a>'
        for made in (labels.label(text), labels.wrapped(text), labels.eyebrow(text)):
            qtbot.addWidget(made)
            assert made.textFormat() == Qt.TextFormat.PlainText
            assert not made.openExternalLinks()
            assert made.text() == text


class TestPages:
    @pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
    @pytest.mark.parametrize("page", list(gallery.PAGES))
    def test_nothing_is_too_small_cut_unnamed_or_overlapping(
        self, qtbot: QtBot, page: str, size: tuple[int, int]
    ) -> None:
        window = gallery.shown(page, QSize(*size))
        qtbot.addWidget(window)
        assert findings(window) == []

    @pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
    def test_the_frame_fits_every_screen(self, qtbot: QtBot, size: tuple[int, int]) -> None:
        for page in ("run", "stop_reason", "stop_reason_search", "quality", "maintenance", "table"):
            window = gallery.shown(page, QSize(*size))
            qtbot.addWidget(window)
            assert (window.width(), window.height()) == size, page

    def test_the_check_finds_planted_faults(self, qtbot: QtBot) -> None:
        window = QWidget()
        small = ActionButton("", name="", parent=window)
        small.setMinimumSize(10, 10)
        small.setGeometry(0, 0, 40, 40)
        over = ActionButton("Over", name="over", parent=window)
        over.setGeometry(20, 20, 80, 80)
        cut = labels.wrapped("Many words that need more than one line")
        cut.setParent(window)
        cut.setGeometry(0, 120, 90, 12)
        rich = QLabel("<b>rich</b>", window)
        rich.setTextFormat(Qt.TextFormat.RichText)
        shown(qtbot, window)
        text = "\n".join(findings(window))
        for fault in ("40 x 40", "without a name", "no accessible name", "overlaps", "cut:", "not plain"):
            assert fault in text, fault

    def test_render_writes_one_picture_a_page_and_look(self, tmp_path: Path) -> None:
        made = gallery.render(tmp_path, (1280, 800))
        assert len(made) == 2 * len(gallery.PAGES)
        for path in made:
            picture = QImage(str(path))
            assert len({picture.pixelColor(x, 400).name() for x in range(0, picture.width(), 3)}) > 1, (
                path.name
            )


class TestText:
    @pytest.mark.parametrize("width", [40, 80, 160, 320])
    @pytest.mark.parametrize(
        "text",
        [
            "Donaudampfschifffahrtsgesellschaftskapitän meldet Störung",
            "液压压力过低，请立即联系维修人员并等待处理完成后再继续运行设备",
            "a",
            "X̄ chart 🔧 of a very long name",
        ],
    )
    def test_lines_are_never_wider_than_their_room_and_lose_nothing(
        self, qapp: QApplication, text: str, width: int
    ) -> None:
        font = theme.font(Scale.STRONG)
        made = painting.lines(text, font, width)
        assert all(painting.text_width(line, font) <= width + 1 for line in made)
        assert "".join(made).replace(" ", "") == text.replace(" ", "")
        limited = painting.lines(text, font, width, 2)
        assert len(limited) <= 2
        assert len(made) <= 2 or limited[-1].endswith("…")

    def test_a_wrapping_label_claims_the_height_of_its_width(self, qtbot: QtBot) -> None:
        page = QWidget()
        text = labels.wrapped(
            "The hydraulic pressure was low for six minutes and twelve seconds this morning"
        )
        box = QVBoxLayout(page)
        box.addWidget(text)
        box.addStretch(1)
        shown(qtbot, page, 900, 400)
        one = text.height()
        page.resize(200, 400)
        for _ in range(3):
            QApplication.processEvents()
        assert text.height() == text.height_at(text.width())
        assert text.height() > 2 * one
        text.setText("Short")
        for _ in range(3):
            QApplication.processEvents()
        assert text.height() == one

    def test_an_elided_label_keeps_its_whole_text_for_readers(self, qtbot: QtBot) -> None:
        text = labels.label("A rather long line that will not fit")
        shown(qtbot, text, 80, 30)
        assert text.text() == "A rather long line that will not fit"
        assert text.minimumSizeHint().width() < 60


class TestIcons:
    @pytest.mark.parametrize("name", sorted(icons.NAMES))
    def test_every_icon_draws_inside_its_square(self, qapp: QApplication, name: str) -> None:
        for size, ratio in ((16, 1.0), (24, 1.0), (64, 1.0), (24, 2.0)):
            picture = icons.pixmap(name, theme.DAY.ink, size, ratio).toImage()
            assert picture.width() == round(size * ratio)
            inked = [
                (x, y)
                for x in range(picture.width())
                for y in range(picture.height())
                if picture.pixelColor(x, y).alpha() > 128
            ]
            assert len(inked) > picture.width() / 2

    def test_an_icon_takes_the_colour_it_is_given(self, qapp: QApplication) -> None:
        picture = icons.icon("square", "#123456", 24).pixmap(24, 24).toImage()
        assert picture.pixelColor(12, 12) == QColor("#123456")
