"""The words that the kit's own controls need, in the person's language."""

from hmi.terminal import Terminal
from screens.kit.keyboard import KeyboardWords
from screens.kit.keypad import KeypadWords
from screens.kit.reason_tiles import ReasonWords
from screens.kit.table_head import SortWords


def keyboard_words(terminal: Terminal) -> KeyboardWords:
    """The words on the on-screen keyboard."""
    t = terminal.t
    return KeyboardWords(t("kit.shift"), t("kit.space"), t("kit.backspace"), t("kit.enter"), t("kit.clear"))


def keypad_words(terminal: Terminal) -> KeypadWords:
    """The spoken names of the keypad's keys."""
    t = terminal.t
    return KeypadWords(t("kit.clear"), t("kit.backspace"), t("kit.sign"), terminal.texts.decimal_sign)


def reason_words(terminal: Terminal) -> ReasonWords:
    """The words of the reason tiles' own controls."""
    t = terminal.t
    return ReasonWords(
        search=t("kit.search"),
        up=t("kit.up"),
        down=t("kit.down"),
        suggested=t("kit.suggested"),
        nothing_found=t("kit.nothing_found"),
        close=t("kit.close"),
        keyboard=keyboard_words(terminal),
    )


def sort_words(terminal: Terminal) -> SortWords:
    """How the head of a column says that it is sorted."""
    t = terminal.t
    return SortWords(t("kit.sorted_up"), t("kit.sorted_down"), t("kit.sorted_none"))
