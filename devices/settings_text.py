"""Help and an example for people, made from the fields of a driver's settings and their descriptions."""

import json
import types
from enum import Enum
from pathlib import Path
from typing import Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from devices.registry import DRIVERS

_TABLE_OF_ONE = "example"


def help_text(kind: str) -> str:
    """What a driver is and every setting: name, type, default, meaning; KeyError for an unknown kind."""
    spec = DRIVERS[kind]
    return "\n".join([f"{kind}: {spec.summary}", *_help_lines(spec.settings, "  ")])


def example_toml(kind: str, table: str) -> str:
    """A TOML table with every setting; `table` is its dotted name, such as `links.press`.

    The text can be loaded as it stands: what has a default is commented out.
    """
    head, *lines = _example_lines(DRIVERS[kind].settings, table)
    return "\n".join([head, f"driver = {_toml(kind)}", *lines]) + "\n"


def _help_lines(model: type[BaseModel], indent: str) -> list[str]:
    lines: list[str] = []
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else f"default {_toml(_default(field))}"
        lines.append(f"{indent}{name} ({_type_words(field.annotation)}, {default}): {field.description}")
        if (inner := _table_model(field)) is not None:
            lines += _help_lines(inner, indent + "  ")
    return lines


def _example_lines(model: type[BaseModel], table: str) -> list[str]:
    lines = [f"[{table}]"]
    inner_lines: list[str] = []
    for name, field in model.model_fields.items():
        inner = _table_model(field)
        if inner is not None:
            of_one = _example_lines(inner, f"{table}.{name}.{_TABLE_OF_ONE}")
            inner_lines += ["", f"# {field.description}", *of_one]
            continue
        lines.append(f"# {field.description}")
        if field.is_required():
            lines.append(f"{name} = {_toml(_example(field))}")
        else:
            default = _default(field)
            told = f"{name} = {_toml(default)}" if default is not None else f"{name} ="
            lines.append(f"# {told}")
    return lines + inner_lines


def _default(field: FieldInfo) -> object:
    return field.get_default(call_default_factory=True, validated_data={})


def _example(field: FieldInfo) -> object:
    if not field.examples:
        raise ValueError(f"a setting without a default needs an example: {field.description}")
    return field.examples[0]


def _table_model(field: FieldInfo) -> type[BaseModel] | None:
    """The model of each entry when the field is a table of named tables."""
    arguments = get_args(field.annotation)
    if get_origin(field.annotation) is dict and isinstance(arguments[1], type):
        return arguments[1] if issubclass(arguments[1], BaseModel) else None
    return None


def _type_words(annotation: object) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(str(each) for each in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_type_words(each) for each in arguments if each is not type(None))
    if origin is dict:
        return "table of tables"
    if origin is tuple:
        return f"list of {_type_words(arguments[0])}s"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(str(each.value) for each in annotation)
    if not isinstance(annotation, type):
        return str(annotation)
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
    return names.get(annotation, annotation.__name__)


def _toml(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return _toml(value.value)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    if isinstance(value, dict):
        return "{}"
    return json.dumps(str(value), ensure_ascii=False)
