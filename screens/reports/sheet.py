"""What stands on a report before it is drawn: plain texts in parts, nothing of how they are printed."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values, side by side."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its share of the width, and whether it holds figures."""

    title: str
    share: float
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts, one for each column; `total` stands below a line. Without rows, `empty` says so."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    total: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; `strong` is one that must not be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """Where the journal had got to when the report was made, as text and as what the QR code says."""

    title: str
    words: str
    pairs: tuple[tuple[str, str], ...]
    code: str


Block = Facts | Table | Words | Head


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report with its heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole report. `at` is the newest time of the data (UTC): the only time that the file carries.

    `mark` is what must be seen before anything else ("unsent 14"); empty when there is no such thing.
    `page` has the places `page` and `pages`.
    """

    language: str
    title: str
    subtitle: str
    mark: str
    facts: Facts
    sections: tuple[Section, ...]
    footer: str
    page: str
    at: datetime
    keywords: tuple[str, ...] = ()

    def texts(self) -> list[str]:
        """Every text that is printed, in order, for those who look for one."""
        found = [self.title, self.subtitle, self.mark, *_of_facts(self.facts)]
        for section in self.sections:
            found.append(section.title)
            for block in section.blocks:
                found += _of_block(block)
        return [*found, self.footer]


def _of_facts(facts: Facts) -> list[str]:
    return [text for pair in facts.pairs for text in pair]


def _of_block(block: Block) -> list[str]:
    match block:
        case Facts():
            return _of_facts(block)
        case Table():
            cells = [text for row in (*block.rows, block.total) for text in row]
            return [
                *(column.title for column in block.columns),
                *cells,
                *([] if block.rows else [block.empty]),
            ]
        case Words():
            return [block.text]
        case Head():
            return [block.title, block.words, *(text for pair in block.pairs for text in pair)]
