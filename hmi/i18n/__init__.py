"""Texts in the person's language, by key; numbers and times written its way."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from importlib import resources
from string import Formatter

from babel import Locale

Value = object
FIRST = "en"  # the language in which every text is written first, and that fills the gaps of the others
PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})  # the categories of CLDR
_GROUP = "\u202f"  # ISO 80000-1: a space; a point or a comma would mean something else to the next reader


class MissingTextError(KeyError):
    """A text key that no language file has: a bug, found by the tests."""


def _flatten(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= _flatten({str(inner): item for inner, item in value.items()}, f"{path}.")
        else:
            flat[path] = str(value)
    return flat


@cache
def languages() -> tuple[str, ...]:
    """The codes of all languages, the first one first: a folder with `kit.toml` is a language."""
    folders = [file for file in resources.files("hmi.i18n").iterdir() if file.joinpath("kit.toml").is_file()]
    return (FIRST, *sorted(folder.name for folder in folders if folder.name != FIRST))


@cache
def read_language(language: str) -> Mapping[str, str]:
    """The texts of one language by key: `run.toml` holds the keys that begin with `run.`.

    FileNotFoundError when there is no such language.
    """
    texts: dict[str, str] = {}
    for file in resources.files("hmi.i18n").joinpath(language).iterdir():
        if file.name.endswith(".toml"):
            table = tomllib.loads(file.read_text(encoding="utf-8"))
            texts |= _flatten(table, f"{file.name.removesuffix('.toml')}.")
    return texts


def places(text: str) -> frozenset[str]:
    """The names of the places that a text leaves to be filled."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


class Texts:
    """The texts of one language; `t(key, n=3)` takes `key.one`, `key.few`, ... by the rules of CLDR."""

    def __init__(self, language: str) -> None:
        """Load a language; FileNotFoundError when there is no such language."""
        self.language = language
        self._own = read_language(language)
        self._first = read_language(FIRST)

    @cached_property
    def locale(self) -> Locale:
        """The rules of the language as CLDR has them."""
        return Locale.parse(self.language, sep="-")

    def keys(self) -> frozenset[str]:
        """Every key of the files."""
        return frozenset(self._own)

    @property
    def name(self) -> str:
        """The language in its own words."""
        return self.t("language.name")

    @property
    def decimal_sign(self) -> str:
        """What stands before the decimals."""
        return str(self.locale.number_symbols["latn"]["decimal"])

    def t(self, key: str, **values: Value) -> str:
        """The text with its places filled; one that is not translated yet comes in the first language.

        MissingTextError for a key that is not there.
        """
        text = self._find(self._own, key, values.get("n"))
        if text is None:
            text = self._find(self._first, key, values.get("n"))
        if text is None:
            raise MissingTextError(key)
        return text.format_map({name: str(value) for name, value in values.items()})

    def _find(self, texts: Mapping[str, str], key: str, count: Value) -> str | None:
        text = texts.get(key)
        if text is not None or count is None:
            return text
        form = self.locale.plural_form(count) if isinstance(count, int | float | Decimal) else "other"
        return texts.get(f"{key}.{form}", texts.get(f"{key}.other"))

    def number(self, value: Decimal | int | float, decimals: int | None = None) -> str:
        """A number with narrow spaces between thousands; `decimals` digits, or as many as it has."""
        amount = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        if decimals is None:
            decimals = max(0, -int(amount.as_tuple().exponent)) if amount.is_finite() else 0
        written = f"{amount:,.{decimals}f}".replace(",", _GROUP).replace("-", "\u2212")
        return written.replace(".", self.decimal_sign)

    def date(self, day: date) -> str:
        """A day as the language writes it, in figures, with a year of four."""
        return day.strftime(self.t("language.date"))
