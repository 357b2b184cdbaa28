"""What stands at the far ends while pages are looked at: a machine that takes its time, its certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta

from hmi.device_ports import Witness
from hmi.domain.machine import AlarmAnswer, CallOutcome, Verdict, WriteOutcome, WriteWish
from hmi.domain.mapping import ProposedTag
from hmi.domain.signals import Alarm, LinkState, LinkStatus
from hmi.domain.tags import TagInfo, TagRole, WriteClass
from hmi.domain.trust import OwnCertificate, ServerCertificate, TrustState
from hmi.report_desk import ReportFile, ReportWish
from tests.screens.stand import START, TAGS

ADDRESS = "opc.tcp://192.168.10.12:4840"
_WRITTEN: Mapping[str, tuple[WriteClass, float | None, float | None]] = {
    "force": (WriteClass.CONFIRMED, 100, 500),
    "cycle": (WriteClass.FREE, None, None),
    "die": (WriteClass.GUARDED, 20, 80),
    "guard": (WriteClass.CONFIRMED, None, None),
}
_NODES = (
    ("state", "State", "Int32", "", "6", "PackML"),
    ("mode", "Unit mode", "Int32", "", "1", "PackML"),
    ("speed", "Machine speed", "Double", "1/min", "41.8", "PackML"),
    ("produced", "Products processed", "Int32", "pcs", "118 204", "PackML"),
    ("force", "Ram force", "Double", "kN", "412", ""),
    ("die", "Die temperature", "Double", "°C", "71.2", ""),
    ("oil", "Hydraulic pressure", "Double", "bar", "158", ""),
    ("coil", "Coil remaining", "Double", "m", "184.5", ""),
    ("guard", "Guard closed", "Boolean", "", "true", ""),
    ("recipe", "Recipe in use", "String", "", "R-210 Bracket 40-117", ""),
)


def written_tags() -> list[TagInfo]:
    """The tags of the stand with what may be written to them, and one that is a text."""
    made = [
        replace(tag, write=write, write_low=low, write_high=high)
        for tag in TAGS
        for write, low, high in (_WRITTEN.get(tag.name, (None, None, None)),)
    ]
    recipe = TagInfo("recipe", "plc", "Recipe", "", 0, TagRole.VALUE, None, None, None, None, False, None)
    return [*made, replace(recipe, write=WriteClass.CONFIRMED)]


class Unhurried:
    """Machines that do not answer before they are told to."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._asked: list[tuple[WriteWish, Future[WriteOutcome]]] = []

    def end(self) -> None:
        """What was asked stays open: nobody knows whether it was done."""
        for wish, answer in self._asked:
            words = "BadTimeout: the answer did not come in time"
            answer.set_result(WriteOutcome(wish.tag, wish.value, Verdict.UNKNOWN, None, None, 0, words))
        self._asked.clear()

    def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float
    ) -> Future[CallOutcome]:
        """Never."""
        return Future()

    def write(self, link: str, wish: WriteWish, witness: Witness) -> Future[WriteOutcome]:
        """Later."""
        answer: Future[WriteOutcome] = Future()
        self._asked.append((wish, answer))
        return answer


class Nodes:
    """A machine with ten nodes."""

    def links(self) -> Sequence[str]:
        """One machine."""
        return ["plc"]

    def propose(self, link: str) -> Future[Sequence[ProposedTag]]:
        """All of them; what a companion model speaks for is picked."""
        done: Future[Sequence[ProposedTag]] = Future()
        done.set_result(
            [
                ProposedTag(name, label, f"/Objects/{name}", kind, unit, value, why, bool(why))
                for name, label, kind, unit, value, why in _NODES
            ]
        )
        return done

    def values(self, link: str, names: Sequence[str]) -> Future[Mapping[str, str]]:
        """As proposed."""
        done: Future[Mapping[str, str]] = Future()
        done.set_result({name: value for name, _, _, _, value, _ in _NODES if name in names})
        return done

    def save(self, link: str, names: Sequence[str]) -> Future[str]:
        """Nothing is written."""
        return Future()


class Desk:
    """Two reports were made; the next one is still being made."""

    def make(self, wish: ReportWish) -> Future[ReportFile]:
        """Never."""
        return Future()

    def cancel(self) -> None:
        """Nothing stops."""

    def made(self) -> Sequence[ReportFile]:
        """An order and a shift."""
        folder = "/var/lib/lineside/T-PRESS12/reports"
        names = ("WO-104231-20261121-081500.pdf", "shift-20261121-060102.pdf")
        return [
            ReportFile(name, folder, START - timedelta(hours=hours)) for hours, name in enumerate(names, 2)
        ]


class NewCertificate:
    """A trust list that knew another certificate of the press."""

    def servers(self) -> Sequence[ServerCertificate]:
        """None."""
        return []

    def accept(self, certificate: ServerCertificate, by: str) -> None:
        """Nothing is kept."""

    def refuse(self, certificate: ServerCertificate, by: str) -> None:
        """Nothing is kept."""

    def own(self) -> OwnCertificate | None:
        """None yet."""
        return None


def not_admitted(now: datetime) -> LinkStatus:
    """The press shows another certificate than the one that was trusted."""
    shown = ServerCertificate(
        endpoint=ADDRESS,
        fingerprint="3fa9" * 16,
        subject="CN=Press 12, O=Plant A",
        application_uri="urn:plant-a:press-12",
        not_before=now - timedelta(days=2),
        not_after=now + timedelta(days=700),
        state=TrustState.CHANGED,
        seen_at=now,
        before="be07" * 16,
    )
    return LinkStatus(
        "plc", "opcua", ADDRESS, LinkState.NOT_ADMITTED, now, None, "certificate not accepted", now,
        certificate=shown,
    )  # fmt: skip
