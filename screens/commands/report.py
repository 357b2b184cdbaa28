"""`lineside report`: a shift or an order on paper, from the journal of a terminal that runs or not."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from hmi import config as configuration
from hmi.config import TerminalConfig
from hmi.domain.entries import Entry
from hmi.errors import ConfigError, OperatorError, StoreError
from hmi.i18n import Texts, languages
from hmi.ports import Records
from hmi.times import SystemClock
from local_db.archives import Behind, behind, prove_together, records_with
from local_db.heads import HEADS_SUFFIX, read_heads
from local_db.read_only import records_of
from screens.commands.journal import journal_of
from screens.reports.asked import Asked, Proof, ReportSpec, Span, shift_at, shift_span
from screens.reports.paper import printed
from screens.reports.registry import REPORTS
from screens.reports.sheet import Sheet
from screens.reports.voice import Voice
from screens.settings import archive_folder

_PDF = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; empty where it does not say.

    `shift` is a shift's name and `day` the day on which it begins; `begin` and `end` are times by the plant's
    wall clock, or with an offset of their own.
    """

    report: str
    order: str = ""
    shift: str = ""
    day: str = ""
    begin: str = ""
    end: str = ""
    language: str = ""


def run_report(wanted: Wanted, config: Path, out: Path) -> int:
    """Write a report as a PDF; 0 it is written, 1 it is and the journal does not prove itself."""
    terminal = configuration.load(config)
    spec = next(one for one in REPORTS if one.id == wanted.report)
    language = _language(wanted, terminal)
    file = journal_of(config, None)
    _refuse_to_overwrite(out)
    folders = (archive_folder(terminal, config), file.parent / "archive", file.parent)
    with records_of(file, SystemClock()) as records:
        older = behind(file, folders, _since(spec, records, wanted, terminal))
    with records_with(file, older.here, SystemClock()) as records:
        sheet, proof = _written(spec, records, wanted, terminal, file, older, Texts(language))
    _save(printed(sheet), out)
    print(f"{out}: {sheet.title} · {sheet.subtitle}")
    if sheet.mark:
        print(sheet.mark)
    for archive in older.here:
        print(f"Older entries were read from {archive}.")
    for name in proof.missing:
        print(f"Older entries are in {name}, which was not found: what they say is not in the report.")
    if proof.words:
        print(f"The journal does not prove itself: {proof.words}.")
        return 1
    print(f"The journal is proven up to entry {proof.seq} of epoch {proof.epoch}.")
    return 0


def _since(spec: ReportSpec, records: Records, wanted: Wanted, terminal: TerminalConfig) -> datetime:
    """The moment from which on entries may say something for the report."""
    if spec.about == "span":
        return _span(wanted, terminal, _newest(records).terminal_time).start
    progress = records.production.progress(wanted.order)
    return datetime.max.replace(tzinfo=UTC) if progress is None else progress.started_at


def _newest(records: Records) -> Entry:
    newest = records.journal.newest(1)
    if not newest:
        raise StoreError("the journal holds no entry yet: there is nothing to report")
    return newest[0].entry


def _written(
    spec: ReportSpec,
    records: Records,
    wanted: Wanted,
    terminal: TerminalConfig,
    file: Path,
    older: Behind,
    texts: Texts,
) -> tuple[Sheet, Proof]:
    head = _newest(records)
    found = prove_together(file, older.here, heads=read_heads(file.with_suffix(HEADS_SUFFIX)))
    proof = Proof(head.epoch, head.seq, missing=older.missing)
    if not found.ok:
        proof = replace(proof, epoch=found.epoch, seq=found.proven_to, words=found.words)
    span = _span(wanted, terminal, head.terminal_time) if spec.about == "span" else None
    asked = Asked(terminal.terminal, proof, head.terminal_time, span, wanted.order)
    try:
        return spec.write(records, asked, Voice(texts, terminal.terminal.zone)), proof
    except OperatorError as error:
        words = texts.t(f"error.{error.key}", **error.values)
        raise ConfigError("report", "", words.rstrip("."), "Ask about another time or order") from None


def _language(wanted: Wanted, terminal: TerminalConfig) -> str:
    language = wanted.language or terminal.terminal.language
    if language not in languages():
        known = ", ".join(languages())
        raise ConfigError("report", "--language", f"there is no language {language!r}", f"Known: {known}")
    return language


def _span(wanted: Wanted, terminal: TerminalConfig, newest: datetime) -> Span:
    """The span that was asked for; without a word about it the shift of the newest entry."""
    zone = terminal.terminal.zone
    if wanted.begin or wanted.end:
        if wanted.shift or wanted.day:
            raise ConfigError("report", "", "a shift and a time are asked for", "Give one of the two")
        if not (wanted.begin and wanted.end):
            raise ConfigError("report", "", "one end of the time is not said", "Give both --from and --to")
        begin, end = _moment("--from", wanted.begin, terminal), _moment("--to", wanted.end, terminal)
        if begin >= end:
            raise ConfigError("report", "--to", "the time ends before it begins", "Give a later --to")
        return Span(begin, end)
    if not terminal.shifts:
        raise ConfigError(
            "report", "shifts", "the configuration names no shift", "Add [[shifts]], or give --from and --to"
        )
    if wanted.shift:
        known = {shift.name: shift for shift in terminal.shifts}
        if wanted.shift not in known:
            names = ", ".join(known)
            raise ConfigError("report", "--shift", f"there is no shift {wanted.shift!r}", f"Known: {names}")
        day = _day(wanted.day) if wanted.day else newest.astimezone(zone).date()
        return shift_span(known[wanted.shift], day, zone)
    if wanted.day:
        raise ConfigError("report", "--day", "which shift of the day is not said", "Give --shift NAME too")
    span = shift_at(terminal.shifts, newest, zone)
    if span is None:
        moment = f"{newest.astimezone(zone):%Y-%m-%d %H:%M}"
        raise ConfigError(
            "report",
            "shifts",
            f"the newest entry, {moment}, lies in no shift",
            "Give --shift, or --from and --to",
        )
    return span


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError("report", "--day", f"{text!r} is no day", "Write it as 2026-11-21") from None


def _moment(option: str, text: str, terminal: TerminalConfig) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError("report", option, f"{text!r} is no time", "Write it as 2026-11-21T06:00") from None
    local = moment if moment.tzinfo else moment.replace(tzinfo=terminal.terminal.zone)
    return local.astimezone(UTC)


def _refuse_to_overwrite(out: Path) -> None:
    """A PDF may be written anew; anything else that stands there was not meant."""
    try:
        if out.exists() and not (out.is_file() and out.read_bytes()[: len(_PDF)] == _PDF):
            raise ConfigError("report", "--out", f"{out} is there and is no PDF", "Name another file")
    except OSError as error:
        raise ConfigError(
            "report", "--out", f"{out} cannot be looked at: {error}", "Name another file"
        ) from error


def _save(data: bytes, out: Path) -> None:
    """Write beside and put in place, so that nobody finds half a report."""
    try:
        fresh = out.with_name(f".{out.name}.{os.getpid()}.new")
        with fresh.open("wb") as made:
            made.write(data)
            made.flush()
            os.fsync(made.fileno())
        fresh.replace(out)
    except OSError as error:
        raise ConfigError(
            "report", "--out", f"{out} cannot be written: {error}", "Name another file"
        ) from error
