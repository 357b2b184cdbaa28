"""The parts of a report about the journal: what the MES has, how complete it is, where it had got to."""

from dataclasses import dataclass

from hmi.domain.entries import Entry, ReceiptState
from hmi.domain.payloads import EpochOpened, ProductionCounted, StopOpened
from hmi.ports import JournalRecords
from screens.reports.asked import Asked, Proof
from screens.reports.gathered import Gathered, moment_of
from screens.reports.sheet import Block, Column, Facts, Head, Section, Sheet, Table, Words
from screens.reports.voice import Voice, utc_text

_STATES = (
    ReceiptState.RECEIVED,
    ReceiptState.WAITING,
    ReceiptState.REFUSED,
    ReceiptState.PARKED,
    ReceiptState.SET_ASIDE,
)


@dataclass(frozen=True, slots=True)
class Title:
    """What stands at the top of a report."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]


def bound(
    title: Title, gathered: Gathered, asked: Asked, voice: Voice, sections: tuple[Section, ...]
) -> Sheet:
    """A report from its title and parts: with what must be seen first, and what stands on every page."""
    station, unsent = asked.station, gathered.unsent
    return Sheet(
        language=voice.texts.language,
        title=title.title,
        subtitle=title.subtitle,
        mark=voice.t("unsent", count=voice.number(unsent)) if unsent else "",
        facts=Facts(title.facts),
        sections=sections,
        footer=voice.t("footer", terminal=station.id, station=station.station, equipment=station.equipment),
        page=voice.t("page", page="{page}", pages="{pages}"),
        at=asked.until,
        keywords=(station.id, station.equipment),
    )


def receipts_section(gathered: Gathered, voice: Voice) -> Section:
    """What became of the entries at the MES."""
    t, say = voice.t, voice.number
    pairs = [(t(f"state_{state.value}"), say(gathered.receipts.get(state, 0))) for state in _STATES]
    pairs.insert(0, (t("entries"), say(len(gathered.rows))))
    words = t("not_all_sent", count=say(gathered.unsent)) if gathered.unsent else t("all_sent")
    return Section(t("receipts"), (Facts(tuple(pairs)), Words(words, strong=bool(gathered.unsent))))


def completeness_section(gathered: Gathered, proof: Proof, voice: Voice) -> Section:
    """How far the journal is proven, and what was not seen as it happened."""
    t = voice.t
    columns = (Column(t("time"), 3.0), Column(t("gap"), 9.0), Column(t("place"), 3.4, figures=True))
    rows = [
        (
            voice.clock(moment_of(entry)),
            _gap(entry, voice),
            t("place_words", seq=entry.seq, epoch=entry.epoch),
        )
        for entry in gathered.gaps
    ]
    if proof.words:
        words = Words(t("not_proven", seq=proof.seq, epoch=proof.epoch, words=proof.words), strong=True)
    else:
        words = Words(t("proven", seq=proof.seq, epoch=proof.epoch))
    blocks: list[Block] = [words]
    if proof.missing:
        blocks.append(Words(t("archive_missing", names=", ".join(proof.missing)), strong=True))
    if gathered.rows:
        first, last = gathered.rows[0].entry, gathered.rows[-1].entry
        blocks.append(
            Words(
                t(
                    "covers",
                    count=voice.number(len(gathered.rows)),
                    first=t("place_words", seq=first.seq, epoch=first.epoch),
                    last=t("place_words", seq=last.seq, epoch=last.epoch),
                )
            )
        )
    return Section(t("completeness"), (*blocks, Table(columns, tuple(rows), t("no_gaps"))))


def _gap(entry: Entry, voice: Voice) -> str:
    t, say = voice.t, voice.number
    match entry.payload:
        case ProductionCounted() as said if said.evidence == "gap":
            return t(
                "gap_counted",
                count=say(said.quantity),
                begin=voice.clock(said.from_time),
                end=voice.clock(said.to_time),
            )
        case ProductionCounted() as said:
            return t("gap_leap", before=say(said.counter_from), after=say(said.counter_to))
        case StopOpened():
            return t("gap_stop")
        case EpochOpened() as said:
            return t("gap_epoch", epoch=said.epoch, missing=say(said.missing), carried=say(said.carried))
        case _:
            return t("gap_cut_off")


def head_section(journal: JournalRecords, voice: Voice) -> Section:
    """The newest entry of the journal, as text and as a QR code, so that its end cannot be cut off unseen."""
    newest = journal.newest(1)
    if not newest:
        return Section(voice.t("head"), (Words(voice.t("head_empty")),))
    entry = newest[0].entry
    at = utc_text(entry.terminal_time)
    pairs = (
        (voice.t("place"), voice.t("place_words", seq=entry.seq, epoch=entry.epoch)),
        (voice.t("head_time"), f"{voice.full(entry.terminal_time)} · {at}"),
        (voice.t("head_hash"), _in_groups(entry.hash)),
    )
    told = Head(voice.t("head_of", terminal=entry.terminal), voice.t("head_why"), pairs, head_code(entry))
    return Section(voice.t("head"), (told,))


def head_code(entry: Entry) -> str:
    """What the QR code says: a word of its own, then terminal, epoch, seq, hash and time, apart by spaces."""
    at = utc_text(entry.terminal_time)
    return f"lineside-head-1 {entry.terminal} {entry.epoch} {entry.seq} {entry.hash} {at}"


def _in_groups(link: str) -> str:
    return " ".join(link[first : first + 8] for first in range(0, len(link), 8))
