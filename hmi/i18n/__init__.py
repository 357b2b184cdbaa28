"""Texts in the person's language, by key; numbers and times written its way."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources

Value = object


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


class Texts:
    """The texts of one language; `t(key, n=3)` takes `key.one` or `key.other` where the file has them."""

    def __init__(self, language: str) -> None:
        """Load the files of a language: `run.toml` holds the keys that begin with `run.`.

        FileNotFoundError when there is no such language.
        """
        self.language = language
        self._texts: dict[str, str] = {}
        for file in resources.files("hmi.i18n").joinpath(language).iterdir():
            if file.name.endswith(".toml"):
                table = tomllib.loads(file.read_text(encoding="utf-8"))
                self._texts |= _flatten(table, f"{file.name.removesuffix('.toml')}.")

    def keys(self) -> frozenset[str]:
        """Every key of the file."""
        return frozenset(self._texts)

    def t(self, key: str, **values: Value) -> str:
        """The text with its places filled; MissingTextError for a key that is not there."""
        count = values.get("n")
        text = self._texts.get(key)
        if text is None and count is not None:
            text = self._texts.get(f"{key}.{'one' if count in (1, Decimal(1)) else 'other'}")
        if text is None:
            raise MissingTextError(key)
        return text.format_map({name: str(value) for name, value in values.items()})

    def number(self, value: Decimal | int | float, decimals: int | None = None) -> str:
        """A number with thin spaces between thousands; `decimals` digits, or as many as it has."""
        amount = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        if decimals is None:
            decimals = max(0, -int(amount.as_tuple().exponent)) if amount.is_finite() else 0
        return f"{amount:,.{decimals}f}".replace(",", "\u202f").replace("-", "\u2212")
