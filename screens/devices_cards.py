"""One card for each far end: how the link stands, since when, when it was last heard, what went wrong."""

from datetime import datetime, timedelta
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hmi.domain.entries import QueueCounts
from hmi.domain.signals import CLOCK_OFF_MS, LinkState, LinkStatus
from hmi.domain.tags import TagInfo
from hmi.terminal import Terminal
from screens.devices_tags import TagList, age_words
from screens.devices_trust import TrustBox
from screens.devices_write import WriteSheet, open_sheet
from screens.entry_words import day_and_time
from screens.kit import labels, theme
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.readout import Readout
from screens.kit.theme import Scale, Tone
from screens.times import spoken

MES = "mes"
_CERTIFICATE_DAYS = 60  # how long before its end a certificate is warned of


class Standing(StrEnum):
    """How a link stands for people; SILENT is up without a word, UNKNOWN was never told of."""

    CONNECTING = "connecting"
    UP = "up"
    LOST = "lost"
    NOT_ADMITTED = "not_admitted"
    SILENT = "silent"
    UNKNOWN = "unknown"


_STANDING = {
    LinkState.CONNECTING: Standing.CONNECTING,
    LinkState.UP: Standing.UP,
    LinkState.LOST: Standing.LOST,
    LinkState.NOT_ADMITTED: Standing.NOT_ADMITTED,
}
_TONE = {
    Standing.CONNECTING: Tone.LOW,
    Standing.UP: Tone.NORMAL,
    Standing.LOST: Tone.HIGH,
    Standing.NOT_ADMITTED: Tone.HIGH,
    Standing.SILENT: Tone.HIGH,
    Standing.UNKNOWN: Tone.LOW,
}


def kind_words(terminal: Terminal, kind: str) -> str:
    """What a link leads to; a driver that the texts do not know is called by its own name."""
    key, known = f"devices.kind.{kind}", terminal.texts.keys()
    return terminal.t(key) if key in known else kind


class LinkCard(Card):
    """A card that keeps its ages alive; `refresh` paints what the terminal knows now."""

    def __init__(self, terminal: Terminal, link: str, kind: str, label: str, tags: list[TagInfo]) -> None:
        """`kind` is the driver's or connector's name; `tags` are the values that come through this link."""
        super().__init__(name=f"devices.link.{link}")
        self.link = link
        self.label = label
        self._terminal = terminal
        self._is_mes = kind == MES
        self._watched = bool(tags)
        self._chip = Chip(name=f"devices.link.{link}.state")
        self._since = labels.wrapped(scale=Scale.BODY, name=f"devices.link.{link}.since")
        self._advice = labels.wrapped(scale=Scale.STRONG, name=f"devices.link.{link}.advice")
        self._address = labels.wrapped(scale=Scale.SMALL, muted=True)
        self._heard = Readout(caption=terminal.t("devices.heard"), name=f"devices.link.{link}.heard")
        self._losses = Readout(caption=terminal.t("devices.losses"), name=f"devices.link.{link}.losses")
        self._error = labels.wrapped(scale=Scale.SMALL, name=f"devices.link.{link}.error")
        self._clock = labels.wrapped(scale=Scale.SMALL, name=f"devices.link.{link}.clock")
        self._alarms = labels.wrapped(scale=Scale.SMALL, name=f"devices.link.{link}.alarms")
        self._alarms.setText(terminal.t("devices.earlier_alarms_unknown"))
        self._trust = TrustBox(terminal, link)
        self._tags = TagList(terminal, tags)
        self._tags.wished.connect(self._write)
        self._sheet: WriteSheet | None = None
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(labels.wrapped_eyebrow(kind_words(terminal, kind)))
        names.addWidget(labels.wrapped(label, Scale.HEADING))
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addLayout(names, 1)
        head.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignTop)
        figures = QHBoxLayout()
        figures.setSpacing(theme.GAP)
        figures.addWidget(self._heard, 1)
        figures.addWidget(self._losses, 1)
        for item in (
            head,
            self._address,
            self._since,
            self._advice,
            figures,
            self._error,
            self._trust,
            self._clock,
            self._alarms,
        ):
            self.add(item)
        if tags:
            self.content.addSpacing(theme.GAP)
            self.add(labels.eyebrow(terminal.t("devices.tags")))
            self.add(self._tags)
        self.refresh()

    @property
    def standing(self) -> Standing:
        """How the link stands now."""
        status = self._status()
        if status is None:
            return Standing.UNKNOWN
        standing = _STANDING[status.state]
        if standing is Standing.UP and self._watched:
            heard = self._heard_ms(status)
            limit = self._terminal.config.screens.stale_after_ms
            if heard is None or self._terminal.clock.monotonic_ms() - heard > limit:
                return Standing.SILENT
        return standing

    def refresh(self) -> None:
        """Paint state, ages and values."""
        t, status, standing = self._terminal.t, self._status(), self.standing
        tone = Tone.OFFLINE if self._is_mes and standing is Standing.LOST else _TONE[standing]
        self.set_tone(tone if standing not in (Standing.CONNECTING, Standing.UNKNOWN) else Tone.NORMAL)
        sign = "check" if standing is Standing.UP else None
        self._chip.set(t(f"devices.state.{standing}"), tone=tone, sign=sign)
        key = "lost_mes" if self._is_mes and standing is Standing.LOST else str(standing)
        if standing is Standing.NOT_ADMITTED and status is not None and status.certificate is not None:
            key = "untrusted"
        self._advice.setVisible(standing is not Standing.UP)
        self._advice.setText("" if standing is Standing.UP else t(f"devices.advice.{key}"))
        self._since.setVisible(status is not None)
        self._address.setVisible(status is not None and bool(status.address))
        self._clock.setVisible(False)
        self._alarms.setVisible(False)
        if status is not None:
            self._show_status(status)
        self._tags.show_newest()
        if self._sheet is not None and self._sheet.isVisible():
            self._sheet.show_newest()

    def show_readings(self, tags: frozenset[str]) -> None:
        """Paint the newest of these values."""
        self._tags.show_newest(tags)

    def _write(self, tag: str) -> None:
        self._sheet = open_sheet(self._terminal, self._terminal.tags[tag], self)
        self._sheet.destroyed.connect(self._forget)

    def _forget(self) -> None:
        self._sheet = None

    def _show_status(self, status: LinkStatus) -> None:
        terminal, t = self._terminal, self._terminal.t
        now = terminal.clock.now()
        since = day_and_time(terminal, status.since, now, seconds=True)
        duration = spoken(terminal, now - status.since)
        self._since.setText(t("devices.since", time=since, duration=duration))
        self._address.setText(status.address)
        heard = self._heard_ms(status)
        if heard is None:
            self._heard.set_value("–", "")
            self._heard.set_caption(t("devices.not_heard"))
        else:
            self._heard.set_value(age_words(terminal, terminal.clock.monotonic_ms() - heard), "")
            self._heard.set_caption(t("devices.heard"))
        self._losses.set_value(terminal.texts.number(status.losses))
        self._trust.show_certificate(status.certificate)
        self._alarms.setVisible(status.earlier_alarms_unknown and status.state is LinkState.UP)
        offset_ms = status.clock_offset_ms
        self._clock.setVisible(offset_ms is not None and abs(offset_ms) >= CLOCK_OFF_MS)
        if offset_ms is not None:
            key = "devices.clock_ahead" if offset_ms > 0 else "devices.clock_behind"
            self._clock.setText(t(key, time=spoken(terminal, timedelta(milliseconds=abs(offset_ms)))))
        self._error.setVisible(bool(status.last_error))
        if status.last_error:
            at = status.last_error_at or status.since
            time = day_and_time(terminal, at, now, seconds=True)
            key = "devices.error" if status.state is LinkState.UP else "devices.trouble"
            self._error.setText(t(key, time=time, words=status.last_error))
            self._error.set_muted(status.state is LinkState.UP)

    def _status(self) -> LinkStatus | None:
        if self._is_mes:
            return next((one for one in self._terminal.links.values() if one.kind == MES), None)
        return self._terminal.links.get(self.link)

    def _heard_ms(self, status: LinkStatus) -> int | None:
        known = [ms for ms in (status.heard_ms, self._terminal.heard.get(status.name)) if ms is not None]
        return max(known, default=None)


class MesCard(LinkCard):
    """The MES: also how old its plans are, how many entries wait, and how its clock stands to ours."""

    def __init__(self, terminal: Terminal, label: str) -> None:
        """Counts come with `show_records`."""
        super().__init__(terminal, MES, MES, label, [])
        self._pulled_at: datetime | None = None
        self._plans = labels.wrapped(scale=Scale.BODY, name="devices.mes.plans")
        self._offset = labels.wrapped(scale=Scale.BODY, name="devices.mes.offset")
        self._counts = {
            key: Readout(caption=terminal.t(f"devices.mes.{key}"), name=f"devices.mes.{key}")
            for key in ("waiting", "decision", "received")
        }
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for readout in self._counts.values():
            row.addWidget(readout, 1)
        self.add(row)
        self.add(self._plans)
        self.add(self._offset)

    def show_records(self, queue: QueueCounts, pulled_at: datetime | None, offset_ms: int | None) -> None:
        """Show what the journal and the plans say."""
        t, number = self._terminal.t, self._terminal.texts.number
        self._pulled_at = pulled_at
        counts = {"waiting": queue.waiting, "decision": queue.needs_decision, "received": queue.received}
        tones = {"waiting": Tone.OFFLINE, "decision": Tone.HIGH, "received": Tone.NORMAL}
        for key, readout in self._counts.items():
            readout.set_value(number(counts[key]))
            readout.set_tone(tones[key] if counts[key] else Tone.NORMAL)
        if offset_ms is None:
            self._offset.setText(t("devices.mes.no_offset"))
        else:
            key = "offset" if offset_ms >= 0 else "offset_behind"
            self._offset.setText(t(f"devices.mes.{key}", offset=number(abs(offset_ms))))
        self.refresh_plans()

    def refresh_plans(self) -> None:
        """Keep the age of the plans alive."""
        t = self._terminal.t
        if self._pulled_at is None:
            self._plans.setText(t("devices.mes.no_plans"))
            return
        now = self._terminal.clock.now()
        time = day_and_time(self._terminal, self._pulled_at, now, seconds=True)
        age = spoken(self._terminal, max(now - self._pulled_at, timedelta(0)))
        self._plans.setText(t("devices.mes.plans", time=time, age=age))


class TerminalCard(Card):
    """This terminal itself: its journal and its program."""

    def __init__(self, terminal: Terminal, version: str) -> None:
        """`version` is the program's version, empty when it was not installed."""
        super().__init__(terminal.t("devices.terminal.kind"), name="devices.terminal")
        t, station = terminal.t, terminal.config.terminal
        self._terminal = terminal
        self._entries = Readout(caption=t("devices.terminal.entries"), name="devices.terminal.entries")
        self._newest = labels.wrapped(scale=Scale.BODY)
        self._epoch = labels.wrapped(scale=Scale.BODY)
        self._certificate = labels.wrapped(scale=Scale.STRONG, name="devices.terminal.certificate")
        self.add(labels.wrapped(station.id, Scale.HEADING))
        self.add(labels.wrapped(station.station.replace("/", " / "), Scale.SMALL, muted=True))
        self.add(self._entries)
        self.add(self._newest)
        self.add(self._epoch)
        self.add(self._certificate)
        self._certificate.hide()
        words = t("devices.terminal.version", version=version) if version else ""
        self.add(labels.wrapped(words or t("devices.terminal.version_unknown"), Scale.BODY))

    def show_records(self, entries: int, epoch: int | None, newest: datetime | None, now: datetime) -> None:
        """Show how far the journal has come."""
        t = self._terminal.t
        self._entries.set_value(self._terminal.texts.number(entries))
        self._epoch.setVisible(epoch is not None)
        self._epoch.setText(t("devices.terminal.epoch", epoch=epoch))
        own = self._terminal.trust.own() if self._terminal.trust is not None else None
        self._certificate.setVisible(own is not None and own.days_left(now) <= _CERTIFICATE_DAYS)
        if own is not None:
            key = "ends" if own.not_after > now else "ended"
            date = f"{own.not_after:%Y-%m-%d}"
            self._certificate.setText(t(f"devices.terminal.certificate_{key}", date=date))
        if newest is None:
            self._newest.setText(t("devices.terminal.empty_journal"))
        else:
            time = day_and_time(self._terminal, newest, now, seconds=True)
            self._newest.setText(t("devices.terminal.journal_since", time=time))
