"""Makes readings of what a PLC sent: quality and words, the first of a connection, and its clock's offset."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from devices.opcua import status_codes
from devices.opcua.packml_values import GROUPS, deepest
from devices.opcua.settings import OpcUaSettings, TagSettings
from devices.opcua.tag_values import TagValue
from devices.opcua.wire import Change
from hmi.domain.signals import Quality, Reading, Scalar
from hmi.errors import LinkError

_JITTER_MS = 250


class TagReadings:
    """The readings of one connection; the handle of a tag is its place in the settings."""

    def __init__(self, link: str, settings: OpcUaSettings, values: Mapping[str, TagValue]) -> None:
        """`values` judge over all connections; nothing was heard of this one yet."""
        self._link = link
        self._nodes = {name: [tag.node, *tag.sub_states] for name, tag in settings.tags.items()}
        self._values = values
        self.tags = list(settings.tags)
        self._first = set(self.tags)
        self._states = {name: _Nested(tag) for name, tag in settings.tags.items() if tag.sub_states}
        self.parts = [(name, level) for name, each in self._states.items() for level in each.levels]
        self.offset_ms: int | None = None

    def measure(self, device_now: datetime, before: datetime, after: datetime) -> bool:
        """Take the offset of the PLC's clock from an answer between two terminal times; whether it changed.

        The clock is taken to have been read half-way. What lies within the doubt is not a change, so that
        durations are not shaken by the network.
        """
        half_ms = (after - before).total_seconds() * 500
        offset_ms = round((device_now - before).total_seconds() * 1000 - half_ms)
        if self.offset_ms is not None and abs(offset_ms - self.offset_ms) <= _JITTER_MS + half_ms:
            return False
        self.offset_ms = offset_ms
        return True

    def taken(self, changes: Sequence[Change], now: datetime, heard_ms: int) -> list[Reading]:
        """A reading for each change, in order; LinkError for one that nobody asked for."""
        link, tags, first, offset_ms = self._link, self.tags, self._first, self.offset_ms
        made: list[Reading] = []
        for handle, raw, kind, is_array, status, source_time, server_time in changes:
            if not 0 <= handle < len(tags) + len(self.parts):
                raise LinkError(f"the PLC sent a value for item {handle}, which nobody asked for")
            if handle < len(tags):
                tag, level = tags[handle], 0
            else:
                tag, level = self.parts[handle - len(tags)]
            if status:
                quality, words = status_codes.quality(status), status_codes.words(status)
                overflow = status_codes.overflow(status)
            else:
                quality, words, overflow = Quality.GOOD, "", False
            value: Scalar | None = None
            if quality is not Quality.BAD:
                value, wrong = self._values[tag].judge(raw, kind, is_array)
                if tag in self._states:
                    value, wrong = self._states[tag].said(level, value, wrong)
                    if value is None and not wrong:
                        continue
                if wrong:
                    quality, words = Quality.BAD, f"tag {tag}, node {self._nodes[tag][level]}: {wrong}"
            made.append(
                Reading(
                    link,
                    tag,
                    value,
                    quality,
                    source_time,
                    server_time,
                    now,
                    heard_ms,
                    status,
                    words,
                    overflow,
                    bool(first) and self._is_first(tag, quality),
                    offset_ms,
                )
            )
        return made

    def refused(self, tag: str, level: int, status: int, words: str, now: datetime, heard_ms: int) -> Reading:
        """A BAD reading for a tag that cannot be heard, or not all of it: level n is its nth sub-state."""
        setting = "sub_states" if level else "node"
        return Reading(
            link=self._link,
            tag=tag,
            value=None,
            quality=Quality.BAD,
            source_time=None,
            server_time=None,
            terminal_time=now,
            heard_ms=heard_ms,
            status=status,
            status_words=f"tag {tag}, node {self._nodes[tag][level]}: {words}; "
            f"look at {setting} = in the configuration and at the PLC's program",
            first=self._is_first(tag, Quality.BAD),
        )

    def _is_first(self, tag: str, quality: Quality) -> bool:
        """BAD says nothing of the tag yet: what follows it is still the first."""
        if tag not in self._first:
            return False
        if quality is not Quality.BAD:
            self._first.discard(tag)
        return True


class _Nested:
    """A state that is told by several nodes: a group says only that the next one knows more."""

    def __init__(self, tag: TagSettings) -> None:
        self.levels = range(1, len(tag.sub_states) + 1)
        self._states: list[int | None] = [None] * (len(tag.sub_states) + 1)

    def said(self, level: int, value: Scalar | None, wrong: str) -> tuple[Scalar | None, str]:
        """What is known once one node said something; nothing while the one that counts has not spoken.

        A node below a group may hold nothing while another state is on: only what counts can be wrong.
        """
        self._states[level] = int(value) if isinstance(value, int | float) else None
        known = deepest(self._states)
        counts = next(
            (at for at, each in enumerate(self._states) if each not in GROUPS), len(self._states) - 1
        )
        return known, wrong if known is None and level == counts else ""
