"""Looks at machines for whoever makes a tag map, on a thread of its own: proposals, live values, the file."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from devices.opcua import status_codes
from devices.opcua.browsing import walk
from devices.opcua.companions import JobsProposal, Proposal, propose, propose_jobs
from devices.opcua.node_address import parse
from devices.opcua.session import open_session
from devices.opcua.settings import OpcUaSettings
from devices.opcua.tag_map import tag_map
from devices.opcua.tag_values import scalar_of
from hmi.domain.mapping import ProposedTag
from hmi.times import Clock


class OpcUaMapper:
    """See TagMapper; each question opens a session of its own, beside the one that hears the tags."""

    def __init__(self, links: Mapping[str, OpcUaSettings], folder: Path, clock: Clock) -> None:
        """`folder` is where tag maps are written; nothing runs before the first question."""
        self._links = links
        self._folder = folder
        self._clock = clock
        self._found: dict[str, dict[str, Proposal]] = {}
        self._jobs: dict[str, JobsProposal | None] = {}
        self._thread: ThreadPoolExecutor | None = None

    def links(self) -> Sequence[str]:
        """See TagMapper."""
        return list(self._links)

    def propose(self, link: str) -> "Future[Sequence[ProposedTag]]":
        """See TagMapper."""
        return self._own().submit(lambda: asyncio.run(self._propose(link)))

    def values(self, link: str, names: Sequence[str]) -> "Future[Mapping[str, str]]":
        """See TagMapper."""
        return self._own().submit(lambda: asyncio.run(self._values(link, names)))

    def save(self, link: str, names: Sequence[str]) -> "Future[str]":
        """See TagMapper."""
        return self._own().submit(lambda: self._save(link, names))

    def close(self) -> None:
        """End the thread once its last question is answered."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)

    def _own(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="map-tags")
        return self._thread

    async def _propose(self, link: str) -> Sequence[ProposedTag]:
        session = await open_session(self._links[link], self._clock)
        try:
            nodes, _ = await walk(session.services, (await session.look()).namespaces)
        finally:
            await session.close()
        self._found[link] = {each.name: each for each in propose(nodes)}
        self._jobs[link] = propose_jobs(nodes)
        return [_shown(each) for each in self._found[link].values()]

    async def _values(self, link: str, names: Sequence[str]) -> Mapping[str, str]:
        session = await open_session(self._links[link], self._clock)
        try:
            addresses = {name: parse(self._found[link][name].address) for name in names}
            nodes, _ = await session.resolve(addresses, (await session.look()).namespaces)
            values = await session.services.read(list(nodes.values()))
        finally:
            await session.close()
        told: dict[str, str] = {}
        for name, data in zip(nodes, values, strict=True):
            value = scalar_of(data.Value.Value) if data.Value is not None else None
            status = data.StatusCode.value if data.StatusCode is not None else 0
            told[name] = str(value) if value is not None else status_codes.words(status)
        return told

    def _save(self, link: str, names: Sequence[str]) -> str:
        picked = [each for name, each in self._found[link].items() if name in set(names)]
        file = self._folder / f"tags-{link}.toml"
        beside = file.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as out:
            out.write(tag_map(link, self._links[link].endpoint, picked, self._jobs[link]))
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
        return str(file)


def _shown(each: Proposal) -> ProposedTag:
    return ProposedTag(
        each.name, each.label, each.address, each.kind, each.unit, each.value, each.why, each.picked
    )
