"""The window: where a scan leads from anywhere, and a page that fails takes nothing else with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hmi.domain.changes import Changes, Family
from hmi.domain.signals import Scan
from hmi.ports import Records
from screens.orders import OrdersScreen
from screens.registry import SCREENS
from tests.screens.stand import Stand, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    yield made
    made.close()


def scan(stand: Stand, text: str, aim: str | None = None) -> None:
    """Read a code at the scanner."""
    stand.hub.post(Scan("scanner", text.encode(), text, aim, stand.clock.now(), stand.clock.ticks))
    stand.settle()


class TestScanAnywhere:
    def test_an_asset_opens_its_own_repairs(self, stand: Stand) -> None:
        stand.plan([record("asset", "PUMP-3", name="Pump 3", path="A/P", asset_class="pump")])
        stand.window.show_screen("devices")
        scan(stand, "PUMP-3")
        assert stand.window.shown_screen == "repair"
        assert "Maintenance · Pump 3" in " ".join(stand.texts_in("screen.repair"))
        stand.touch("action.back")
        assert "Maintenance · Pump 3" not in " ".join(stand.texts_in("screen.repair"))
        stand.touch("action.back")
        assert stand.window.shown_screen == "run"


class TestFaults:
    @pytest.mark.log_errors
    def test_a_page_that_cannot_be_read_says_so_and_reads_again(
        self, stand: Stand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_self: OrdersScreen) -> Callable[[Records], object]:
            return lambda records: 1 / 0

        with monkeypatch.context() as patched:
            patched.setattr(OrdersScreen, "loader", broken)
            stand.window.show_screen("orders")
            stand.settle()
        assert "report 1" in stand.answer()
        stand.hub.post(Changes(frozenset({Family.ORDERS})))
        stand.settle()
        assert any("WO-104233" in text for text in stand.texts_in("screen.orders"))

    @pytest.mark.log_errors
    def test_a_page_that_cannot_be_shown_keeps_nothing_from_the_rest(
        self, stand: Stand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_self: OrdersScreen, _view: object) -> None:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr(OrdersScreen, "show_view", broken)
        stand.window.show_screen("orders")
        stand.settle()
        assert "report 1" in stand.answer()
        stand.window.show_screen("devices")
        stand.sign_in("B-7341")
        assert stand.text("header.person") == "M. Okafor"
