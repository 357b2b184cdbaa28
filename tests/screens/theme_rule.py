"""What may not be written outside the theme: colours, typefaces, sizes; found in the syntax of a module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

SIZE_SETTERS = frozenset(
    f"{verb}{what}"
    for verb in ("setFixed", "setMinimum", "setMaximum")
    for what in ("Height", "Width", "Size")
) | {"setContentsMargins", "setSpacing", "addSpacing", "setHorizontalSpacing", "setVerticalSpacing"}
_FONT_SETTERS = frozenset(
    {"setFamily", "setFamilies", "setPointSize", "setPointSizeF", "setPixelSize", "setBold", "setWeight"}
)
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})\b|\brgba?\(|\bhsla?\(")
_CLEAR = "transparent"  # no colour at all


def offences(source: str) -> list[str]:
    """Line and text of everything in a module that only the theme may say."""
    return [f"{line}: {words}" for line, words in _offences(ast.parse(source))]


def _offences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _COLOUR.search(node.value):
            yield node.lineno, repr(node.value)
        elif _is_qt_colour(node) or _says_a_look(node):
            yield node.lineno, ast.unparse(node)


def _is_qt_colour(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and ast.unparse(node.value).endswith("GlobalColor")
        and node.attr != _CLEAR
    )


def _says_a_look(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rpartition(".")[2]
    plain = [part for part in node.args if _is_written_out(part)]
    if name == "setStyleSheet":
        return True
    if name in SIZE_SETTERS:
        return any(isinstance(part, ast.Constant) and part.value not in (0, "") for part in node.args)
    if ast.unparse(node.func).startswith("QColor.from"):
        return bool(plain)
    return bool(plain) and (name in {"QColor", "QFont", *_FONT_SETTERS})


def _is_written_out(part: ast.expr) -> bool:
    """A number, a name of a colour or typeface; not what is reckoned from something else."""
    if isinstance(part, ast.List | ast.Tuple):
        return any(_is_written_out(one) for one in part.elts)
    return (isinstance(part, ast.Constant) and part.value is not None) or _is_weight(part)


def _is_weight(part: ast.expr) -> bool:
    return "QFont.Weight" in ast.unparse(part)
