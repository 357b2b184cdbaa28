"""ISO/IEC 15434 envelopes with data identifiers, as they stand on labels of suppliers."""

import re
from dataclasses import dataclass

_HEAD = "[)>"
_RS, _GS, _EOT = "\x1e", "\x1d", "\x04"
_IDENTIFIER = re.compile(r"([0-9]{0,3}[A-Z])(.*)", re.DOTALL)
_APPLICATION_IDENTIFIERS, _DATA_IDENTIFIERS = "05", "06"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The fields of a label as `(data identifier, value)`, and its GS1 element strings where it has some."""

    fields: tuple[tuple[str, str], ...]
    element_strings: str = ""

    def first(self, *identifiers: str) -> str | None:
        """The value of the first of these data identifiers that the label has."""
        known = dict(reversed(self.fields))
        return next((known[each] for each in identifiers if each in known), None)


def is_envelope(text: str) -> bool:
    """Whether a text begins as an envelope."""
    return text.startswith(_HEAD)


def parse_envelope(text: str) -> Envelope:
    """Parse an envelope; a missing end of transmission is forgiven. ValueError names what does not hold."""
    if not is_envelope(text) or text[len(_HEAD) : len(_HEAD) + 1] != _RS:
        raise ValueError("no ISO 15434 envelope")
    fields: list[tuple[str, str]] = []
    elements = ""
    for part in text[len(_HEAD) + 1 :].rstrip(_EOT).rstrip(_RS).split(_RS):
        form, content = part[:2], part[2:].lstrip(_GS)
        if form == _APPLICATION_IDENTIFIERS:
            elements = content
        elif form == _DATA_IDENTIFIERS:
            fields += [_field(each) for each in content.split(_GS) if each]
        else:
            raise ValueError(f"format {form!r} is not read here")
    if not fields and not elements:
        raise ValueError("the envelope is empty")
    return Envelope(tuple(fields), elements)


def _field(text: str) -> tuple[str, str]:
    found = _IDENTIFIER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} has no data identifier")
    return found[1], found[2]
