"""The right side of a repair: how its data moved, and what is known of the asset."""

from datetime import timedelta

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.terminal import Terminal
from screens.kit import theme
from screens.kit.cards import Card
from screens.kit.data_moved import DataMoved, Movement
from screens.kit.readout import Readout
from screens.kit.scroll import TouchScroll
from screens.kit.theme import Scale, Tone
from screens.repair_moved import Moved, Way
from screens.repair_view import HISTORY, RepairDetail

_TONES = {Way.DONE: Tone.NORMAL, Way.RECEIVED: Tone.NORMAL, Way.WAITING: Tone.OFFLINE, Way.REFUSED: Tone.HIGH}
_EXACT_BELOW = timedelta(seconds=10)


class RepairSide(QWidget):
    """Two cards: the way of the data, and three figures of the asset."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        t = terminal.t
        self._terminal = terminal
        self._moved = DataMoved("repair.moved")
        self._at_mes = DataMoved("repair.at_mes")
        moved = Card(t("repair.moved_title"))
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._moved)
        box.addStretch(1)
        moved.add(
            TouchScroll(inner, name="repair.moved.scroll", up_text=t("kit.up"), down_text=t("kit.down")), 1
        )
        moved.add(self._at_mes)
        self._same = Readout(caption=t("repair.same_fault"), scale=Scale.VALUE, name="repair.same_fault")
        self._mtbf = Readout(caption=t("repair.mtbf"), scale=Scale.VALUE, name="repair.mtbf")
        self._mttr = Readout(caption=t("repair.mttr"), scale=Scale.VALUE, name="repair.mttr")
        asset = Card(t("repair.asset_title"))
        figures = QHBoxLayout()
        figures.setSpacing(theme.GAP)
        for readout in (self._same, self._mtbf, self._mttr):
            figures.addWidget(readout, 1)
        asset.add(figures)
        side = QVBoxLayout(self)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(theme.GAP)
        side.addWidget(moved, 1)
        side.addWidget(asset)

    def show_detail(self, detail: RepairDetail) -> None:
        """Show the way of the data and the figures."""
        t, number = self._terminal.t, self._terminal.texts.number
        way = [step for step in detail.moved if step.way is Way.DONE]
        at_mes = [step for step in detail.moved if step.way is not Way.DONE]
        self._moved.set_movements([self._movement(step) for step in way])
        self._at_mes.set_movements([self._movement(step) for step in at_mes])
        self._at_mes.setVisible(bool(at_mes))
        history, unknown = detail.history, t("repair.unknown")
        self._same.set_value(number(history.same_fault), t("repair.in_days", days=HISTORY.days))
        mtbf = None if history.mtbf_s is None else history.mtbf_s / 3600
        mttr = None if history.mttr_s is None else history.mttr_s / 60
        for readout, figure, unit in ((self._mtbf, mtbf, "hours"), (self._mttr, mttr, "minutes")):
            if figure is None:
                readout.set_value(unknown, "")
            else:
                readout.set_value(number(figure, 0 if figure >= 10 else 1), t(f"repair.{unit}"))

    def _movement(self, step: Moved) -> Movement:
        t = self._terminal.t
        if step.at is None:
            words = t(f"repair.moved.{step.key}", **step.values)
            return Movement(t(f"repair.way.{step.way}"), words, "", _TONES[step.way])
        local = step.at.astimezone(self._terminal.config.terminal.zone)
        time = f"{local:%H:%M:%S}" + (f".{local.microsecond // 1000:03}" if step.exact else "")
        if step.way is Way.RECEIVED:
            return Movement(time, t(f"repair.moved.{step.key}", **step.values))
        delta = t("repair.source") if step.since is None else self._delta(step.since)
        return Movement(time, t(f"repair.moved.{step.key}", **step.values), delta)

    def _delta(self, since: timedelta) -> str:
        t, number = self._terminal.t, self._terminal.texts.number
        seconds = since.total_seconds()
        if since < timedelta(seconds=1):
            return "+" + t("repair.ms", n=number(round(seconds * 1000)))
        if since < timedelta(minutes=1):
            return "+" + t("repair.s", n=number(seconds, 1 if since < _EXACT_BELOW else 0))
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"+{hours}:{minutes:02}:{rest:02}" if hours else f"+{minutes}:{rest:02}"
