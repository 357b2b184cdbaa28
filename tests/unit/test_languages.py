"""Every language says everything: the same keys, the same places, the plural forms that CLDR asks for."""

from __future__ import annotations

import ast
from decimal import Decimal
from pathlib import Path

import pytest

from hmi.i18n import FIRST, PLURALS, MissingTextError, Texts, languages, places, read_language

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [language for language in languages() if language != FIRST]
ROOMS = ("hmi", "screens", "devices", "local_db")


def stems(texts: dict[str, str]) -> dict[str, dict[str, str]]:
    """The texts by key, plural forms gathered: key -> form ("" for none) -> text."""
    made: dict[str, dict[str, str]] = {}
    plain = {key.rpartition(".")[0] for key in texts if key.endswith(".other")}
    for key, text in texts.items():
        stem, _, form = key.rpartition(".")
        if stem in plain and form in PLURALS:
            made.setdefault(stem, {})[form] = text
        else:
            made[key] = {"": text}
    return made


def forms_of(language: str) -> frozenset[str]:
    """The plural forms that whole numbers take in a language."""
    rule = Texts(language).locale.plural_form
    return frozenset({"other", *(str(rule(number)) for number in range(201))})


def test_the_five_languages_are_there() -> None:
    assert {"en", "de", "es", "pl", "zh"} <= set(languages())


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    first, own = stems(dict(read_language(FIRST))), stems(dict(read_language(language)))
    assert sorted(set(first) - set(own)) == [], "not translated"
    assert sorted(set(own) - set(first)) == [], "no longer in English"


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_fills_the_same_places(language: str) -> None:
    first, own = stems(dict(read_language(FIRST))), stems(dict(read_language(language)))
    wrong: list[str] = []
    for key in set(first) & set(own):
        wanted = frozenset().union(*(places(text) for text in first[key].values()))
        for form, text in own[key].items():
            missing = wanted - places(text) - ({"n"} if form == "one" else frozenset())
            if missing or places(text) - wanted:
                wrong.append(f"{key}.{form}: {text!r} should name {sorted(wanted)}")
    assert wrong == []


@pytest.mark.parametrize("language", [FIRST, *OTHERS])
def test_every_plural_has_the_forms_of_its_language(language: str) -> None:
    wanted = forms_of(language)
    wrong = {
        key: sorted(texts)
        for key, texts in stems(dict(read_language(language))).items()
        if "" not in texts and frozenset(texts) != wanted
    }
    assert wrong == {}


@pytest.mark.parametrize("language", [FIRST, *OTHERS])
def test_the_forms_are_chosen_by_the_rules_of_cldr(language: str) -> None:
    texts = Texts(language)
    said = {number: texts.t("waiting.headline.sending", n=number) for number in (1, 2, 5, 22)}
    if language == "pl":
        assert said[1].startswith("Jeden wpis")
        assert said[2].startswith("2 wpisy są")
        assert said[5].startswith("5 wpisów")
        assert said[22].startswith("22 wpisy są")
    else:
        assert all(str(number) in said[number] for number in (2, 5, 22))
    assert texts.t("waiting.headline.sending", n=Decimal(2)) == said[2]


def test_numbers_have_the_decimal_sign_of_the_language_and_groups_that_cannot_be_misread() -> None:
    written = {language: Texts(language).number(Decimal("-1234567.80")) for language in languages()}
    assert written["en"] == written["zh"] == "\u22121\u202f234\u202f567.80"
    assert written["de"] == written["pl"] == written["es"] == "\u22121\u202f234\u202f567,80"


def test_a_text_that_nobody_wrote_is_a_bug() -> None:
    with pytest.raises(MissingTextError):
        Texts("de").t("run.no_such_key")


def test_every_key_that_stands_in_the_code_has_a_text() -> None:
    """Keys that are put together from parts are met by the screen check instead."""
    keys = stems(dict(read_language(FIRST)))
    missing: list[str] = []
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            key = node.args[0].value
            if name == "t" and isinstance(key, str) and "." in key and key not in keys:
                missing.append(f"{path.relative_to(ROOT)}:{node.lineno}: {key}")
    assert missing == []
