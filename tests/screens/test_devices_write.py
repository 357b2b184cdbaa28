"""Writing a tag on the Devices page: who may, limits, a second touch, one sending, every end in words."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hmi.device_ports import Witness
from hmi.domain.machine import AlarmAnswer, CallOutcome, Verdict, WriteOutcome, WriteWish
from hmi.domain.signals import Alarm
from hmi.domain.tags import WriteClass
from hmi.errors import LinkError
from hmi.people import People
from local_db.credentials import CredentialFile
from local_db.heads import TerminalKey
from screens.devices import DevicesScreen
from screens.kit.buttons import ActionButton
from screens.shell.registry_types import ScreenSpec
from tests.fakes.people import PEPPER, QUICK
from tests.screens.stand import TAGS, Stand, plans, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("devices", "link", DevicesScreen)]
WRITES = {
    "force": {"write": WriteClass.CONFIRMED, "write_low": 100.0, "write_high": 500.0},
    "cycle": {"write": WriteClass.FREE},
    "guard": {"write": WriteClass.CONFIRMED},
    "die": {"write": WriteClass.GUARDED},
    "coil": {"write": WriteClass.CONFIRMED, "label": "Recipe", "unit": ""},
}
PIN, WORDS = "481516", "devices.write.words"
WRITABLE = [replace(tag, **WRITES.get(tag.name, {})) for tag in TAGS]
TECHNICIAN = record("person", "P5", name="T. Nowak", badge="B-7399", roles=["technician"])


class Press:
    """A machine that answers when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, WriteWish, Future[WriteOutcome]]] = []

    def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float
    ) -> Future[CallOutcome]:
        raise AssertionError("no alarm stands here")

    def write(self, link: str, wish: WriteWish, witness: Witness) -> Future[WriteOutcome]:
        answer: Future[WriteOutcome] = Future()
        self.asked.append((link, wish, answer))
        return answer

    @property
    def wishes(self) -> list[tuple[str, object, bool]]:
        """What was asked of it."""
        return [(wish.tag, wish.value, wish.confirmed) for _, wish, _ in self.asked]

    def ends(self, verdict: Verdict, read: float | None, words: str = "") -> None:
        """Answer the newest wish."""
        _, wish, answer = self.asked[-1]
        answer.set_result(WriteOutcome(wish.tag, wish.value, verdict, None, read, 0, words))


class Writing(Stand):
    """A stand with a press whose tags may be written."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 800)) -> None:
        super().__init__(folder, SCREENS, size, tags=WRITABLE, first_plans=[*plans(), TECHNICIAN])
        self.press = Press()
        self.terminal.requests.machines = self.press
        self.all_up()
        for tag, value in (
            ("force", 400),
            ("cycle", 2.5),
            ("guard", False),
            ("die", 60.0),
            ("coil", "R-210"),
        ):
            self.reading(tag, value)

    def opens(self, tag: str) -> None:
        """Touch the pen beside a tag, wherever the page is turned to."""
        self.go(0.3)
        self.click(f"devices.tag.{tag}.write")

    def click(self, name: str) -> None:
        """Touch a button that may be scrolled out of sight."""
        QTest.mouseClick(self.find(name), Qt.MouseButton.LeftButton)
        self.settle()


def give_pins(stand: Stand, folder: Path, *people: str) -> CredentialFile:
    """These people have chosen a PIN at this terminal before."""
    kept = CredentialFile(folder / "credentials.json", PEPPER, stand.clock, QUICK)
    kept.start()
    stand.terminal.people = People(kept, TerminalKey.of(folder / "terminal-key.pem"))
    for person in people:
        kept.choose(person, PIN).result(10)
    return kept


def key_pin(stand: Stand, digits: str) -> None:
    """Key a PIN on the sheet."""
    stand.key("devices.write.prove.pad", digits)
    stand.touch("devices.write.prove.pad.main")


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Writing]:
    made = Writing(tmp_path, (1280, 1600))
    yield made
    made.close()


def test_only_who_may_write_sees_that_a_tag_can_be_written(stand: Writing) -> None:
    stand.sign_in("B-7341")
    stand.go(0.3)
    assert not stand.sees("devices.tag.force.write")
    stand.sign_in("B-7399")
    stand.go(0.3)
    assert stand.find("devices.tag.force.write").accessibleName() == "Write Ram force"
    assert not stand.sees("devices.tag.oil.write"), "it is only shown"


def test_a_value_takes_a_second_touch_at_another_place_and_is_sent_once(stand: Writing) -> None:
    stand.sign_in("B-7399")
    stand.opens("force")
    assert stand.text("devices.write.limits") == "100 to 500 kN"
    assert "400" in stand.find("devices.write.now").accessibleName()
    stand.key("devices.write.keypad", "420")
    stand.touch("devices.write.keypad.main")
    assert not stand.press.asked
    assert stand.text("devices.write.words").startswith("Write 420 kN to Ram force?")
    sure = stand.find("devices.write.sure")
    assert stand.text("devices.write.sure") == "Yes, write 420 kN"
    keyed = stand.find("devices.write.keypad.main")
    assert not sure.rect().contains(sure.mapFromGlobal(keyed.mapToGlobal(keyed.rect().center())))
    QTest.mouseClick(sure, Qt.MouseButton.LeftButton)
    QTest.mouseClick(sure, Qt.MouseButton.LeftButton)
    stand.settle()
    assert stand.press.wishes == [("force", 420, True)]
    assert stand.text("devices.write.words") == "420 kN is being sent …"
    assert not stand.find("devices.write.close").isEnabled()
    stand.press.ends(Verdict.DONE, 420)
    stand.settle()
    assert stand.text("devices.write.verdict") == "written"
    assert stand.text("devices.write.words").startswith("Ram force is 420 kN now.")
    stand.touch("devices.write.close")
    assert not stand.sees("devices.write")


def test_beyond_its_limits_nothing_can_be_sent(stand: Writing) -> None:
    stand.sign_in("B-7399")
    stand.opens("force")
    stand.key("devices.write.keypad", "501")
    assert not stand.find("devices.write.keypad.main").isEnabled()
    stand.touch("devices.write.keypad.main")
    assert not stand.sees("devices.write.sure")


@pytest.mark.parametrize(
    ("verdict", "read", "chip", "words"),
    [
        (Verdict.DIFFERENT, 450.0, "another value", "the machine holds 450 kN"),
        (Verdict.REFUSED, None, "refused", "The machine refused 420 kN: BadNotWritable"),
        (Verdict.UNKNOWN, None, "not known", "Look at the machine before you do it again"),
    ],
)
def test_every_end_is_told_and_another_value_begins_anew(
    stand: Writing, verdict: Verdict, read: float | None, chip: str, words: str
) -> None:
    stand.sign_in("B-7399")
    stand.opens("force")
    stand.key("devices.write.keypad", "420")
    stand.touch("devices.write.keypad.main")
    stand.touch("devices.write.sure")
    stand.press.ends(verdict, read, "BadNotWritable")
    stand.settle()
    assert stand.text("devices.write.verdict") == chip
    assert words in stand.text("devices.write.words")
    assert len(stand.press.asked) == 1, "nothing is repeated by itself"
    stand.touch("devices.write.change")
    assert not stand.sees("devices.write.verdict")
    stand.key("devices.write.keypad", "300")
    stand.touch("devices.write.keypad.main")
    assert stand.text("devices.write.sure") == "Yes, write 300 kN"


def test_a_lost_link_says_that_nothing_was_sent(stand: Writing) -> None:
    stand.sign_in("B-7399")
    stand.opens("cycle")
    stand.key("devices.write.keypad", "2.25")
    stand.touch("devices.write.keypad.main")
    assert stand.press.wishes == [("cycle", 2.25, False)], "free: one touch"
    stand.press.asked[-1][2].set_exception(LinkError("opc.tcp://plc is not connected: nothing was written"))
    stand.settle()
    assert stand.text("devices.write.words").startswith("Nothing was sent. The machine was not reached")


def test_a_switch_has_two_keys(stand: Writing) -> None:
    stand.sign_in("B-7399")
    stand.opens("guard")
    assert not stand.sees("devices.write.keypad")
    stand.touch("devices.write.yes")
    stand.touch("devices.write.sure")
    assert stand.press.wishes == [("guard", True, True)]
    assert not stand.press.asked[-1][1].proven


def test_a_guarded_value_is_sent_after_the_pin_of_whoever_is_there(stand: Writing, tmp_path: Path) -> None:
    kept = give_pins(stand, tmp_path, "P5")
    try:
        stand.sign_in("B-7399")
        stand.opens("die")
        stand.key("devices.write.keypad", "65")
        stand.touch("devices.write.keypad.main")
        stand.touch("devices.write.sure")
        stand.until(lambda: stand.sees("devices.write.prove.pad"))
        assert not stand.press.asked
        key_pin(stand, "000000")
        stand.until(lambda: "PIN" in stand.text("devices.write.words") and "65" not in stand.text(WORDS))
        assert not stand.press.asked, "a wrong PIN sends nothing"
        key_pin(stand, PIN)
        stand.until(lambda: bool(stand.press.asked))
        assert stand.press.wishes == [("die", 65, True)]
        assert stand.press.asked[-1][1].proven
        assert not stand.sees("devices.write.prove")
        stand.press.ends(Verdict.DONE, 65)
        stand.settle()
        assert stand.text("devices.write.verdict") == "written"
    finally:
        kept.stop()


def test_a_guarded_value_is_not_sent_when_somebody_else_has_come(stand: Writing, tmp_path: Path) -> None:
    kept = give_pins(stand, tmp_path, "P5")
    try:
        stand.sign_in("B-7399")
        stand.opens("die")
        stand.key("devices.write.keypad", "65")
        stand.touch("devices.write.keypad.main")
        stand.touch("devices.write.sure")
        stand.until(lambda: stand.sees("devices.write.prove.pad"))
        stand.sign_in("B-7300")
        key_pin(stand, PIN)
        stand.until(lambda: stand.sees("devices.write.verdict"))
        assert "Somebody else has signed in" in stand.text(WORDS)
        assert not stand.press.asked
    finally:
        kept.stop()


def test_a_terminal_without_pins_says_so_for_a_guarded_value(stand: Writing) -> None:
    stand.sign_in("B-7399")
    stand.opens("die")
    assert not stand.sees("devices.write.keypad")
    assert "needs a PIN" in stand.text("devices.write.words")


def test_a_text_is_typed_on_letters(stand: Writing) -> None:
    stand.sign_in("B-7399")
    stand.opens("coil")
    assert not stand.sees("devices.write.keypad")
    assert "R-210" in stand.find("devices.write.now").accessibleName()
    QTest.keyClicks(stand.find("devices.write.letters"), "R-211")
    stand.touch("devices.write.letters.enter")
    assert stand.text("devices.write.sure") == "Yes, write R-211"
    stand.touch("devices.write.sure")
    assert stand.press.wishes == [("coil", "R-211", True)]


@pytest.mark.parametrize("size", [(1280, 800), (1024, 600), (1920, 1080), (800, 1280)])
def test_the_sheet_fits_every_size(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    made = Writing(tmp_path, size)
    try:
        made.sign_in("B-7399")
        made.go(0.3)
        pen = made.find("devices.tag.force.write")
        assert isinstance(pen, ActionButton)
        pen.click()
        made.settle()
        made.key("devices.write.keypad", "420")
        made.touch("devices.write.keypad.main")
        for name in ("devices.write.sure", "devices.write.change", "devices.write.close"):
            assert made.inside(name), name
        assert made.inside("devices.write.keypad.main")
        for key in ("7", "0", "5", "clear", "backspace"):
            assert made.inside(f"devices.write.keypad.{key}"), key
        made.touch("devices.write.sure")
        made.press.ends(Verdict.UNKNOWN, None, "BadTimeout: The operation timed out")
        made.settle()
        assert made.inside("devices.write.change")
    finally:
        made.close()


def test_tab_stays_before_what_the_sheet_covers(stand: Writing) -> None:
    stand.sign_in("B-7399")
    stand.opens("force")
    assert not stand.find("devices.tag.cycle.write").isEnabled()
    stand.touch("devices.write.close")
    assert stand.find("devices.tag.cycle.write").isEnabled()
