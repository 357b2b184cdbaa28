"""The doors through which texts come in and go out, each with what is wrong behind it."""

from __future__ import annotations

import csv
import io
import itertools
import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from reportlab.platypus import Paragraph

from hmi import config as configuration
from hmi import log
from hmi.config import StationSettings
from hmi.domain.people_file import PeopleBook, PeopleFileError
from hmi.errors import ConfigError, LinkError
from hmi.i18n import Texts
from hmi.operations.production import Declare, Scrap, declare_parts, scrap_parts
from hmi.ports import PlanRecord
from local_db.mes import answers
from local_db.verify import export, verify
from screens.commands import journal_csv
from screens.reports import plain
from screens.reports.asked import Asked, Proof, Span
from screens.reports.paper import printed
from screens.reports.registry import REPORTS
from screens.reports.sheet import Sheet
from screens.reports.typefaces import PLAIN, latin
from screens.reports.voice import Voice
from tests.fakes.clock import START
from tests.fakes.people import PeopleOffice
from tests.faults.reader_texts import hidden_signs
from tests.unit.hmi.conftest import PLANS, Floor, job_order, record

ORDER = "WO-1"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")
_ACTS = (b"/URI", b"/Launch", b"/JavaScript", b"/EmbeddedFile", b"/OpenAction", b"/Annot", b"/Subtype /Image")


def hostile_plans(texts: Sequence[str]) -> list[PlanRecord]:
    """Plans of the MES in which every name is a payload: an order, reasons, people, faults, an asset."""
    at = itertools.cycle(texts)
    made = [
        job_order(ORDER, material_name=next(at), operation=next(at), note=next(at), tool=next(at)),
        record("asset", "PRESS-1", name=next(at), path=next(at), asset_class="press", lock_out=[next(at)]),
    ]
    for number in range(40):
        made += [
            record("reason", f"X{number}", name=next(at), group=next(at), applies_to="scrap"),
            record("person", f"Q{number}", name=next(at), badge=f"Q{number}", roles=["operator"]),
            record("fault", str(900 + number), text=next(at), guidance=next(at)),
        ]
    return made


def fill(floor: Floor, texts: Sequence[str]) -> None:
    """A journal in which each text is a remark, and in which people and reasons are called by payloads."""
    floor.plan(*PLANS, *hostile_plans(texts))
    floor.run(ORDER)
    floor.sign_in("Q0")
    for number, text in enumerate(texts):
        floor.saved(declare_parts, Declare(ORDER, Decimal(1), text))
        if number % 20 == 0:
            floor.sign_in(f"Q{number // 20 % 40}")
            floor.saved(scrap_parts, Scrap(ORDER, Decimal(1), f"X{number // 20 % 40}"))


def through_journal(floor: Floor, texts: Sequence[str]) -> list[str]:
    """Every remark stands in the journal as it was given, and the chain and the tables hold."""
    rows = floor.read(lambda records: records.journal.newest(10_000))
    kept = [row.entry.payload.to_wire().get("comment") for row in reversed(rows)]
    bad = [] if [one for one in kept if one] == list(texts) else ["journal: a remark is another one"]
    found = verify(floor.file, tables=True)
    return bad if found.ok else [*bad, f"journal: {found.words}"]


def through_csv(floor: Floor) -> list[str]:
    """No cell of the exported journal is a formula or hides a sign, and every row has its cells."""
    out = io.StringIO(newline="")
    count = export(floor.file, journal_csv.CsvLines(out))
    out.seek(0)
    head, *rows = csv.reader(out, strict=True)
    bad = [] if len(rows) == count else [f"csv: {len(rows)} rows of {count} entries"]
    for row in rows:
        if len(row) != len(head):
            bad.append("csv: a row has other cells")
        bad += [f"csv: formula {cell!r:.40}" for cell in row if cell.startswith(_FORMULA)]
        bad += [f"csv: shows {sign}" for cell in row for sign in hidden_signs(cell)]
    return bad


def through_paper(texts: Sequence[str]) -> list[str]:
    """Each text is printed letter by letter: no other typeface, size, link or picture comes of it."""
    face, bad = latin(PLAIN), list[str]()
    for text in texts:
        try:
            frags = Paragraph(plain.marked(text, (face,))).frags
        except ValueError as error:
            bad.append(f"paper: {text!r:.40} breaks the report: {error!s:.40}")
            continue
        said = "".join(frag.text for frag in frags)
        wanted = plain.shown(text)
        if " ".join(said.split()) != " ".join(wanted.split()) or hidden_signs(wanted):
            bad.append(f"paper: {text!r:.40} is printed as {said!r:.40}")
        if any(getattr(frag, "cbDefn", None) or getattr(frag, "link", None) for frag in frags):
            bad.append(f"paper: {text!r:.40} is a picture or a link")
    return bad


def through_reports(floor: Floor, texts: Sequence[str]) -> list[str]:
    """Both reports of the journal tell every remark, and their files do nothing."""
    bad: list[str] = []
    for spec in REPORTS:
        sheet = _sheet(floor, spec.id)
        told = set(sheet.texts())
        bad += [f"{spec.id}: {text!r:.40} is not told" for text in texts if text not in told]
        pdf = printed(sheet)
        bad += [f"{spec.id}: {act.decode()} in the file" for act in _ACTS if act in pdf]
    return bad


def _sheet(floor: Floor, report: str) -> Sheet:
    spec = next(one for one in REPORTS if one.id == report)
    station = StationSettings(id="T-1", station="<b>A</b>/{page}/C & D", equipment="=PRESS-1")
    span = Span(START - timedelta(hours=1), START + timedelta(days=1))
    asked = Asked(station, Proof(1, 1), floor.clock.now(), span, ORDER)
    return floor.read(lambda records: spec.write(records, asked, Voice(Texts("en"), station.zone)))


def log_formatter() -> logging.Formatter:
    """What the program's log writes lines with."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    log.start(None, io.StringIO())
    (made,) = [handler for handler in root.handlers if handler not in before]
    root.removeHandler(made)
    root.setLevel(level)
    assert made.formatter is not None
    return made.formatter


def through_log(texts: Sequence[str], formatter: logging.Formatter) -> list[str]:
    """Each event is one line of JSON, without a control sign, that says what was logged."""
    bad: list[str] = []
    for text in texts:
        record_ = logging.LogRecord("lineside", logging.WARNING, "x.py", 1, "not read: %s", (text,), None)
        line = formatter.format(record_)
        try:
            said = json.loads(line)["event"]
        except (ValueError, TypeError, KeyError):
            said = ""
        if said != f"not read: {text}" or len(line.splitlines()) != 1 or hidden_signs(line):
            bad.append(f"log: {text!r:.40} is more than its line")
    return bad


def through_config(texts: Sequence[str], folder: Path) -> list[str]:
    """A value is the text that it is; as bare TOML it is that too, or refused in one line."""
    bad: list[str] = []
    file = folder / "terminal.toml"
    for text in texts:
        file.write_bytes(_toml(_quoted(text)).encode("utf-8"))
        if configuration.load(file).terminal.station != text:
            bad.append(f"config: {text!r:.40} is another value")
        file.write_bytes(_toml(text).encode("utf-8"))
        try:
            configuration.load(file)
        except ConfigError as error:
            if len(str(error).splitlines()) != 1:
                bad.append(f"config: {text!r:.40} is refused in several lines")
    return bad


def _toml(value: str) -> str:
    return f'[terminal]\nid = "T"\nequipment = "E"\nstation = {value}\n[mes]\nconnector = "rest"\n'


def _quoted(text: str) -> str:
    plain_ = (sign if sign.isprintable() and sign not in '"\\' else f"\\U{ord(sign):08X}" for sign in text)
    return f'"{"".join(plain_)}"'


def through_answers(texts: Sequence[str]) -> list[str]:
    """What an MES may answer, and a people file that somebody brings: nonsense is told as such."""
    bad: list[str] = []
    office = PeopleOffice()
    book = PeopleBook(office.key, "T-1")
    for text in texts:
        body = text.encode("utf-8")
        signed = office.record(body).record or {}
        try:
            book.read(signed["file"], signed["signature"])
            bad.append(f"people: {text!r:.40} was taken")
        except PeopleFileError:
            pass
        for read in (answers.read_health, answers.read_known, lambda body: answers.read_plans(body, None)):
            try:
                read(body)
                bad.append(f"answer: {text!r:.40} was taken")
            except LinkError:
                pass
    return bad
