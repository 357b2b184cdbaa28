"""Before anything is sent: does the MES hold what it once confirmed, and is this store the one it knows?"""

import asyncio
import logging

from hmi.domain.entries import ResultKind
from hmi.domain.standing import Known
from hmi.ports import Connector, PushAnswer, SyncStore
from local_db.link_voice import LinkVoice

_log = logging.getLogger(__name__)
_DIGEST_SPAN = 50_000  # entries of one question for digests
_FORKS_IN_A_ROW = 3  # a MES that still contradicts after so many epochs is wrong about something else


class Handshake:
    """Compares store and MES at the first contact, after each loss, and when an answer gives reason to."""

    def __init__(self, store: SyncStore, connector: Connector, voice: LinkVoice) -> None:
        """`voice` tells a person what was found."""
        self._store = store
        self._connector = connector
        self._voice = voice
        self._mes_epoch: str | None = None
        self._high: dict[int, int] = {}
        self._forks = 0
        self.due = True

    def ask_for(self) -> None:
        """Compare before the next entries are sent."""
        self.due = True

    def look_at(self, answer: PushAnswer) -> None:
        """A MES that is in another state, holds less than before or another entry, is reason to compare."""
        epoch, seq = answer.high_water
        if self._mes_epoch not in (None, answer.mes_epoch) or seq < self._high.get(epoch, 0):
            self.due = True
        self._high[epoch] = seq
        if any(result.result is ResultKind.MISMATCH for result in answer.results):
            self.due = self._forks < _FORKS_IN_A_ROW

    async def shake(self) -> None:
        """Compare, and put right what can be: LinkError when the MES does not answer."""
        known = await self._connector.known()
        if known is not None:
            await self._judge(known)
            self._mes_epoch = known.mes_epoch
            self._high = {one.epoch: one.seq for one in known.epochs}
        self.due = False

    async def _judge(self, known: Known) -> None:
        judged = await asyncio.wrap_future(self._store.judge(known))
        again = 0
        for epoch, first, last in judged.suspects:
            for at in range(first, last + 1, _DIGEST_SPAN):
                told = await self._connector.digest(epoch, at, min(last, at + _DIGEST_SPAN - 1))
                again += await asyncio.wrap_future(self._store.recount(epoch, told))
        if again:
            self._say(f"the MES was put back to an older state: {again} entries are sent again")
        if judged.renewed is not None:
            self._forks += 1
            self._say(
                f"this store and the MES differ: the journal goes on in epoch {judged.renewed}. "
                "If a copy of this terminal runs elsewhere, stop one of them"
            )
        elif judged.holds:
            self._forks = 0
        await asyncio.wrap_future(self._store.agree(known.mes_epoch))

    def _say(self, words: str) -> None:
        _log.warning("%s", words)
        self._voice.note(words)
