"""The window: where a scan leads from anywhere, and a page that fails takes nothing else with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from hmi.domain.changes import Changes, Family
from hmi.domain.entries import ResultKind
from hmi.domain.equipment import PackmlState
from hmi.domain.signals import Measured, Scan, TagsInField
from hmi.operations.maintenance import OpenRepair, UsePart, open_repair, use_part
from hmi.ports import Records
from screens.orders import OrdersScreen
from screens.registry import INNER, SCREENS, screens_for
from tests.screens.stand import ORDER, Stand, config, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
RAIL = [spec.id for spec in SCREENS if spec.id not in INNER]


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

    def test_a_tool_opens_the_order_that_it_is_planned_for(self, stand: Stand) -> None:
        order = {
            "operation": "20",
            "material": "M-1",
            "material_name": "Bracket",
            "quantity": "5",
            "unit": "pcs",
        }
        stand.plan([record("job_order", "WO-9", **order, equipment="PRESS12", tool="DIE-07")])
        scan(stand, "DIE-07")
        assert stand.window.shown_screen == "orders"
        assert stand.answer().startswith("Tool DIE-07: planned for WO-9.")
        assert stand.find("orders.row.WO-9").isVisible()
        assert "WO-9" in " ".join(stand.texts_in("orders.detail"))

    def test_a_spare_part_says_into_which_repair_it_fits(self, stand: Stand) -> None:
        spare = {"unit": "pcs", "use": "spare", "gtin": "09506000134352"}
        stand.plan([record("material", "SEAL-9", name="Rod seal", **spare)])
        label = "010950600013435210L-77"
        scan(stand, label, "]d2")
        assert stand.answer().startswith("Rod seal, lot L-77: a spare part. No repair is open")
        stand.sign_in("B-7300")
        self.break_down(stand)
        stand.window.show_screen("run")
        scan(stand, label, "]d2")
        assert stand.answer().startswith(
            "Rod seal, lot L-77: a spare part. It can be fitted in the open repair of Pr"
        )

    def test_a_bare_lot_says_what_it_is_and_where_it_was_fitted(self, stand: Stand) -> None:
        scan(stand, "10L-77", "]C1")
        assert "Lot (10) L-77: nothing known here has this code" in stand.answer()
        stand.sign_in("B-7300")
        repair = self.break_down(stand)
        stand.do(use_part, UsePart(repair, "SEAL", "L-77", None, Decimal(1), "SEAL L-77"))
        for text, aim in (("10L-77", "]C1"), ("L-77", None)):
            stand.window.show_screen("devices")
            scan(stand, text, aim)
            assert stand.answer().startswith("Lot L-77 is Rod seal 80x95, fitted 10:30: Press 12.")

    def break_down(self, stand: Stand) -> str:
        """Let the press stop and somebody open a repair; its id."""
        stand.state(PackmlState.EXECUTE)
        stand.state(PackmlState.ABORTED, 312)
        stop = stand.read(lambda records: records.equipment.unclassified()[-1])
        return stand.do(open_repair, OpenRepair(stop.id)).entries[0].subject.id

    def test_a_product_says_which_orders_make_it(self, stand: Stand) -> None:
        stand.plan([record("material", "40-117-C", name="Bracket", unit="pcs", use="product")])
        scan(stand, "40-117-C")
        assert stand.answer().startswith("Bracket: the product of WO-104233. Nothing was changed.")

    @pytest.mark.parametrize(
        ("language", "parts"),
        [("en", "GTIN (01) 0950"), ("de", "Charge (10) L-7"), ("zh", "净重 (3103) 001")],
    )
    def test_a_refusal_names_the_parts_of_what_was_read(
        self, stand: Stand, language: str, parts: str
    ) -> None:
        stand.window.speak(language)
        scan(stand, "010950600013437631030012001725110110L-7", "]d2")
        assert parts in stand.answer()


class TestGreeting:
    def test_it_is_said_while_the_records_change_all_the_time_and_stays_before_the_receipt(
        self, stand: Stand
    ) -> None:
        seen: set[str] = set()

        def greeted() -> bool:
            stand.hub.post(Changes(frozenset({Family.ORDERS})))
            for entry in stand.journal("person.signed_in"):
                if entry.id not in seen:
                    seen.add(entry.id)
                    stand.tell(entry.id, ResultKind.RECEIVED, mes_id="R-1")
            return stand.answer().startswith("M. Okafor")

        stand.hub.post(Scan("badges", b"B-7341", "B-7341", None, stand.clock.now(), stand.clock.ticks))
        stand.until(greeted)
        stand.settle()
        assert stand.answer().startswith("M. Okafor")
        stand.until(lambda: stand.answer().startswith("Received by MES"))


class TestPartOfTheRail:
    @pytest.fixture
    def stand(self, tmp_path: Path, qapp: object) -> Iterator[Stand]:
        made = Stand(tmp_path, screens_for(("waiting", "inspection")))
        yield made
        made.close()

    def test_what_is_named_stands_in_the_rail_in_its_order_and_the_first_is_shown(self, stand: Stand) -> None:
        assert stand.window.shown_screen == "waiting"
        rail = [name for name in RAIL if stand.sees(f"rail.{name}")]
        assert rail == ["inspection", "waiting"]

    def test_every_way_to_another_screen_still_leads_there(self, stand: Stand) -> None:
        stand.all_up()
        stand.touch("header.links")
        assert stand.window.shown_screen == "devices"
        scan(stand, ORDER)
        assert stand.window.shown_screen == "orders"
        scan(stand, "PRESS12")
        assert stand.window.shown_screen == "repair"
        stand.touch("rail.inspection")
        stand.touch("action.back")
        assert stand.window.shown_screen == "run"
        stand.touch("header.person")
        assert stand.window.shown_screen == "sign_in"


def test_a_scale_that_sends_on_its_own_keeps_nobody_signed_in(tmp_path: Path, qapp: object) -> None:
    stand = Stand(tmp_path, SCREENS, settings=config(idle_sign_out_s=60))
    try:
        stand.sign_in("B-7341")
        for _ in range(7):
            stand.clock.go(10)
            now, ticks = stand.clock.now(), stand.clock.ticks
            stand.hub.post(Measured("scale", b"", Decimal(1), "g", True, None, "", now, ticks))
            field = Scan("field", b"E2", "E2", None, now, ticks)
            stand.hub.post(TagsInField("field", (field, field)))
            stand.settle()
        stand.until(lambda: stand.terminal.session is None)
    finally:
        stand.close()


class TestFaults:
    @pytest.mark.log_errors
    @pytest.mark.parametrize(
        ("reader", "code"),
        [("screens.shell.window.understand", "B-7341"), ("screens.shell.unexpected.where_used", "40-117-C")],
    )
    def test_a_scan_that_cannot_be_looked_up_says_so(
        self, stand: Stand, monkeypatch: pytest.MonkeyPatch, reader: str, code: str
    ) -> None:
        def broken(*_: object) -> Callable[[Records], object]:
            def load(*_: object) -> object:
                raise sqlite3.OperationalError("disk I/O error")

            return load

        stand.plan([record("material", "40-117-C", name="Bracket", unit="pcs", use="product")])
        monkeypatch.setattr(reader, broken(None) if reader.endswith("understand") else broken)
        scan(stand, code)
        assert "report 1" in stand.answer()

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
