"""The journal as a table for spreadsheets (RFC 4180), in which no cell is a formula and nothing is hidden."""

import csv
import json
from typing import Any, TextIO

from hmi.domain.codes import visible

BYTE_ORDER_MARK = "\ufeff"  # by it a spreadsheet knows that a file is UTF-8
# what a spreadsheet takes for the beginning of a formula, or skips to find one; also in full width
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_ENTRY = ("terminal", "epoch", "seq", "id", "kind", "version")
_AFTER = ("source_time", "quality", "terminal_time", "boot", "monotonic_ms", "clock_offset_ms", "corrects")
_RECEIPT = ("state", "attempts", "mes_id", "code", "words", "who_decides", "settled_at")
COLUMNS = (
    *_ENTRY,
    *("subject_kind", "subject", "person", "person_name", "person_how"),
    *_AFTER,
    *("payload", "carried_from", "prev", "hash"),
    *_RECEIPT,
)


def safe_cell(value: object) -> str:
    """A value as a cell: control signs are shown, and what might be a formula begins with an apostrophe."""
    text = "" if value is None else str(value)
    seen = visible(text)
    return f"'{seen}" if text.startswith(_FORMULA) else seen


class CsvLines:
    """Takes the lines of JSON of an export and writes each as a row, after a row of names."""

    def __init__(self, out: TextIO) -> None:
        """`out` must not change line ends: rows end with CR LF, as RFC 4180 says."""
        self._rows = csv.writer(out, dialect="excel", lineterminator="\r\n")
        self._rows.writerow(COLUMNS)

    def write(self, line: str, /) -> int:
        """Write one entry; the length of its line."""
        told: dict[str, Any] = json.loads(line)
        self._rows.writerow([safe_cell(value) for value in _cells(told["entry"], told["receipt"])])
        return len(line)


def _cells(entry: dict[str, Any], receipt: dict[str, Any]) -> list[object]:
    person: dict[str, Any] = entry["person"] or {}
    subject = entry["subject"]
    carried = entry.get("carried_from")
    return [
        *(entry[name] for name in _ENTRY),
        *(subject["kind"], subject["id"], person.get("id"), person.get("name"), person.get("how")),
        *(entry[name] for name in _AFTER),
        json.dumps(entry["payload"], ensure_ascii=False),
        None if carried is None else json.dumps(carried),
        *(entry["prev"], entry["hash"]),
        *(receipt[name] for name in _RECEIPT),
    ]
