"""Receipts: what became of each entry at the MES, and which ones are to be sent next."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from hmi.domain.entries import Entry, PushResult, QueueCounts, ReceiptState, ResultKind
from hmi.domain.payloads import PAYLOADS, EntryDecided
from local_db import tables as t
from local_db.journal import entry_of

# names the partial index; a bound value would not
OPEN = sa.text("receipt.state <> 'received'")
_ENVELOPE_BYTES = 80  # the hash, its key and a comma, beside the canonical text

_ADD = sa.insert(t.receipt)
_CANDIDATES = (
    sa.select(
        t.receipt.c.place,
        t.journal.c.kind,
        t.journal.c.subject_kind,
        t.journal.c.subject_id,
        t.journal.c.text,
        t.journal.c.hash,
    )
    .join(t.journal, t.journal.c.place == t.receipt.c.place)
    .where(OPEN, t.receipt.c.state == ReceiptState.WAITING.value)
    .where(t.receipt.c.place > sa.bindparam("after"))
    .order_by(t.receipt.c.place)
    .limit(sa.bindparam("limit"))
)
_UNDECIDED = (
    sa.select(t.receipt.c.place, t.journal.c.kind, t.journal.c.subject_kind, t.journal.c.subject_id)
    .join(t.journal, t.journal.c.place == t.receipt.c.place)
    .where(OPEN, t.receipt.c.state.in_([ReceiptState.REFUSED.value, ReceiptState.PARKED.value]))
)
_SUBJECTS = sa.select(
    t.journal.c.place, t.journal.c.kind, t.journal.c.subject_kind, t.journal.c.subject_id
).where(t.journal.c.place.in_(sa.bindparam("places", expanding=True)))
_PLACES = (
    sa.select(t.journal.c.id, t.journal.c.place)
    .where(t.journal.c.id.in_(sa.bindparam("entries", expanding=True)))
    .order_by(t.journal.c.place)
)
_SETTLE = (
    sa.update(t.receipt)
    .where(
        t.receipt.c.place == sa.bindparam("b_place"),
        t.receipt.c.state == ReceiptState.WAITING.value,
    )
    .values(
        state=sa.bindparam("b_state"),
        attempts=t.receipt.c.attempts + 1,
        mes_id=sa.bindparam("b_mes_id"),
        code=sa.bindparam("b_code"),
        words=sa.bindparam("b_words"),
        who_decides=sa.bindparam("b_who_decides"),
        settled_at=sa.bindparam("b_settled_at"),
    )
)
_SENT_AGAIN = (
    sa.update(t.receipt)
    .where(
        t.receipt.c.place == sa.bindparam("b_place"),
        t.receipt.c.state == ReceiptState.WAITING.value,
    )
    .values(attempts=t.receipt.c.attempts + 1)
)
_Subject = tuple[str, str]
_CUT = sa.select(t.cut.c.place, t.cut.c.entries).order_by(t.cut.c.place.desc()).limit(1)
_STATES = {
    ResultKind.RECEIVED: ReceiptState.RECEIVED,
    ResultKind.DUPLICATE: ReceiptState.RECEIVED,
    ResultKind.REFUSED: ReceiptState.REFUSED,
    ResultKind.MISMATCH: ReceiptState.PARKED,
}


def add_waiting(connection: sa.Connection, place: int) -> None:
    """Note that an entry is to be sent."""
    connection.execute(_ADD, {"place": place, "state": ReceiptState.WAITING.value, "attempts": 0})


def decide(connection: sa.Connection, said: EntryDecided) -> None:
    """Do what a person decided of a refused or parked entry; its attempts are kept."""
    again = said.decision == "send_again"
    values: dict[str, object] = {
        "state": (ReceiptState.WAITING if again else ReceiptState.SET_ASIDE).value,
    }
    if again:
        values |= {"code": None, "words": None, "who_decides": None, "mes_id": None, "settled_at": None}
    place = sa.select(sa.func.max(t.journal.c.place)).where(t.journal.c.id == said.entry).scalar_subquery()
    undecided = t.receipt.c.state.in_([ReceiptState.REFUSED.value, ReceiptState.PARKED.value])
    connection.execute(sa.update(t.receipt).where(t.receipt.c.place == place, undecided).values(values))


def waiting(connection: sa.Connection, limit: int, limit_bytes: int, later: frozenset[int]) -> list[Entry]:
    """The next entries to send, of one epoch and in order; at least one, if any may be sent.

    `later` are places that the MES wants to see later. They, and refused or parked entries that nobody
    decided on, hold back the followers of their subject; kinds that need no order neither hold nor wait, but
    a kind that sums them up waits for them.
    """
    unsettled = _unsettled(connection, later)
    held = _holders(unsettled)
    chosen: list[Entry] = []
    size, after = 0, 0
    while rows := connection.execute(_CANDIDATES, {"after": after, "limit": limit}).all():
        for row in rows:
            after = row.place
            subject, said = (row.subject_kind, row.subject_id), PAYLOADS[row.kind]
            if after in later or (said.ordered and held.get(subject, after) < after):
                continue
            parts = unsettled.get(subject, {}).items() if said.sums else ()
            if any(kind.startswith(said.sums) and place < after for kind, place in parts):
                held.setdefault(subject, after)
                continue
            size += len(row.text.encode("utf-8")) + _ENVELOPE_BYTES
            entry = entry_of(row.text, row.hash)
            if chosen and (size > limit_bytes or entry.epoch != chosen[0].epoch):
                return chosen
            chosen.append(entry)
            if len(chosen) == limit:
                return chosen
        if len(rows) < limit:
            break
    return chosen


def _unsettled(connection: sa.Connection, later: frozenset[int]) -> dict[_Subject, dict[str, int]]:
    """Of each subject the kinds that are not settled and are not sent now, with the first place of each."""
    rows = list(connection.execute(_UNDECIDED))
    if later:
        rows += list(connection.execute(_SUBJECTS, {"places": sorted(later)}))
    found: dict[_Subject, dict[str, int]] = {}
    for row in rows:
        kinds = found.setdefault((row.subject_kind, row.subject_id), {})
        kinds[row.kind] = min(row.place, kinds.get(row.kind, row.place))
    return found


def _holders(unsettled: Mapping[_Subject, Mapping[str, int]]) -> dict[_Subject, int]:
    """The first place of each subject that holds back what follows it."""
    held: dict[_Subject, int] = {}
    for subject, kinds in unsettled.items():
        places = [place for kind, place in kinds.items() if PAYLOADS[kind].ordered]
        if places:
            held[subject] = min(places)
    return held


def settle(
    connection: sa.Connection, results: Sequence[PushResult], sent: Sequence[str], now: datetime
) -> Mapping[int, float]:
    """Write down what the MES said of the entries that were sent; what it did not mention stays waiting.

    Returns the places that it asked to bring again, with the seconds to wait.
    """
    places = {row.id: row.place for row in connection.execute(_PLACES, {"entries": list(sent)})}
    settled: list[dict[str, object]] = []
    later: dict[int, float] = {}
    silent = set(places)
    for result in results:
        if result.entry_id not in silent:
            continue
        place = places[result.entry_id]
        state = _STATES.get(result.result)
        if state is None:
            later[place] = result.after_s or 0.0
            continue
        silent.remove(result.entry_id)
        settled.append(
            {
                "b_place": place,
                "b_state": state.value,
                "b_mes_id": result.mes_id,
                "b_code": result.code or ("mismatch" if state is ReceiptState.PARKED else None),
                "b_words": result.words,
                "b_who_decides": result.who_decides,
                "b_settled_at": now,
            }
        )
    if settled:
        connection.execute(_SETTLE, settled)
    if silent:
        connection.execute(_SENT_AGAIN, [{"b_place": places[entry]} for entry in sorted(silent)])
    return later


def queue(connection: sa.Connection) -> QueueCounts:
    """How many wait, need a person, or were received; quick however long the journal is."""
    counted = {
        row.state: row.n
        for row in connection.execute(
            sa.select(t.receipt.c.state, sa.func.count().label("n")).where(OPEN).group_by(t.receipt.c.state)
        )
    }
    waits = counted.get(ReceiptState.WAITING.value, 0)
    oldest = None
    if waits:
        oldest = connection.execute(
            sa.select(t.journal.c.terminal_time)
            .join(t.receipt, t.receipt.c.place == t.journal.c.place)
            .where(OPEN, t.receipt.c.state == ReceiptState.WAITING.value)
            .order_by(t.receipt.c.place)
            .limit(1)
        ).scalar()
    needs = counted.get(ReceiptState.REFUSED.value, 0) + counted.get(ReceiptState.PARKED.value, 0)
    return QueueCounts(
        waiting=waits,
        needs_decision=needs,
        received=_entries(connection) - sum(counted.values()),
        oldest_waiting=oldest,
    )


def _entries(connection: sa.Connection) -> int:
    """How many entries there were: those that left, and by the last seq of each epoch those that stay."""
    last = sa.func.max(t.journal.c.place)
    cut = connection.execute(_CUT).first()
    left = (0, 0) if cut is None else t.seq_of(cut.place)
    total, below = 0 if cut is None else cut.entries, None
    while True:
        query = sa.select(last) if below is None else sa.select(last).where(t.journal.c.place < below)
        place = connection.execute(query).scalar()
        if place is None:
            return total
        epoch, seq = t.seq_of(place)
        total += seq - left[1] if epoch == left[0] else seq
        below = t.place_of(epoch, 0)
