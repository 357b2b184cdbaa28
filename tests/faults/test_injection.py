"""F20 I1 in the window: whatever the MES calls things, a reader says or somebody types is shown as text."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from hmi.domain.signals import Scan
from hmi.operations.production import Declare, OrderWish, declare_parts, start_order
from screens.registry import SCREENS
from screens.shell.kiosk import LinkTrap
from tests.faults.guard import watched
from tests.faults.kiosk_attempts import children_of_this_process, not_plain, other_windows
from tests.faults.payloads import LEAST, VECTORS, corpus, written
from tests.faults.reader_texts import hidden_signs
from tests.screens.stand import ORDER, Stand, plans, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
_A_SCREEN = 60  # payloads that stand in the plans at one time
_ON_LABELS = 20  # so many at least have to be seen, or nothing was tried


def test_the_vectors_are_those_of_the_generator() -> None:
    assert VECTORS.read_text("ascii") == written()
    texts: list[str] = json.loads(written())
    assert len(set(texts)) == len(texts) >= LEAST
    assert all(text.encode("utf-8") for text in texts)


def test_the_guard_sees_what_it_is_to_see(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    with watched(inside) as guard:
        (inside / "mine").write_text("x", "utf-8")
        assert guard.seen == []
        outside.write_text("x", "utf-8")
        outside.unlink()
        with socket.socket() as wire:
            wire.settimeout(0.1)
            assert wire.connect_ex(("127.0.0.1", 9)) != 0
    assert [seen.split()[0] for seen in guard.seen] == ["open", "os.remove", "socket.connect"]
    outside.write_text("x", "utf-8")
    assert len(guard.seen) == 3, "it goes on watching"


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    yield made
    made.close()


def rename(stand: Stand, texts: list[str]) -> None:
    """Let the MES call everything by payloads: orders, reasons, people, faults, assets."""
    at = iter(texts * 3)
    renamed = [
        record(one.family, one.id, **{**(one.record or {}), **{key: next(at) for key in _NAMES[one.family]}})
        for one in plans()
        if one.family in _NAMES
    ]
    more = [
        record("job_order", f"X{number}", operation=next(at), material="M", material_name=next(at),
               quantity="9", unit="pcs", equipment="PRESS12", note=next(at), priority=1)
        for number in range(3)
    ]  # fmt: skip
    stand.plan([*renamed, *more])


_NAMES = {
    "job_order": ("operation", "material_name", "note", "tool"),
    "person": ("name",),
    "reason": ("name", "group"),
    "fault": ("text", "guidance"),
    "asset": ("name", "path"),
    "failure_code": ("name",),
    "material": ("name",),
}


def found_on(stand: Stand) -> Iterator[str]:
    """What is wrong on the screen that is shown."""
    yield from other_windows(stand.window)
    yield from not_plain(stand.window)
    for label in stand.window.findChildren(QLabel):
        if label.isVisible() and label.textFormat().name != "PlainText":
            yield f"{label.objectName()} reads markup"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_whatever_is_called_by_payloads_is_shown_as_text(
    stand: Stand, tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    texts, bad, trap = corpus(), list[str](), LinkTrap()
    stand.sign_in("B-7341")
    stand.do(start_order, OrderWish(ORDER))
    children, seen = children_of_this_process(), set[str]()
    with watched(tmp_path) as guard:
        for first in range(0, len(texts), _A_SCREEN):
            some = texts[first : first + _A_SCREEN]
            rename(stand, some)
            for text in some:
                stand.ledger.do(declare_parts, Declare(ORDER, Decimal(1), text)).result(10)
                stand.hub.post(Scan("scanner", b"", text, None, stand.clock.now(), stand.clock.ticks))
            stand.settle()
            bad += [f"answer {first}: shows {sign}" for sign in hidden_signs(stand.answer())]
            for screen in ("orders", "scrap", "stop_reason", "waiting", "repair", "devices", "run"):
                stand.window.show_screen(screen)
                stand.settle()
                bad += [f"{screen} {first}: {words}" for words in found_on(stand)]
                labels = stand.window.findChildren(QLabel)
                seen |= {text for label in labels if label.isVisible() and (text := label.text()) in some}
    bad += guard.seen
    bad += [f"opened {url}" for url in trap.opened]
    bad += [f"started {child}" for child in children_of_this_process() - children]
    trap.end()
    tell_figures(f"F20 I1: {len(texts)} payloads as names, remarks and scans in the window: {len(bad)} read")
    tell_figures(f"F20 I1: {len(seen)} of them stood on a label as they are")
    assert len(seen) >= _ON_LABELS
    assert len(texts) >= LEAST
    assert bad == []


def test_control_a_label_that_reads_markup_is_seen(stand: Stand) -> None:
    label = QLabel("<img src=x>", stand.window)
    label.show()
    assert any("is not plain" in words for words in found_on(stand))
