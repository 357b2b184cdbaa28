"""The kinds of MES that a terminal can be connected to. A new one is a module and a line in CONNECTORS.

A connector is imported when it is made: the window is painted before the libraries of the wires are loaded.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hmi.ports import Connector
from local_db.mes.rest_settings import RestSettings


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """One kind of connector: what it is called, what may be set, and how it is made.

    `make` takes the settings, the terminal's id, and the folder that relative paths of the settings start
    from; TypeError when they are another connector's settings.
    """

    name: str
    settings: type[BaseModel]
    make: Callable[[BaseModel, str, Path], Connector]

    @property
    def example(self) -> str:
        """A commented [mes] table with every setting; optional ones are commented out."""
        lines = ["[mes]", f'connector = "{self.name}"']
        for name, field in self.settings.model_fields.items():
            lines.append(f"# {field.description}")
            lines.append(("" if _usual(field) else "# ") + f"{name} = {_toml(_shown(field))}")
        return "\n".join(lines) + "\n"


def _usual(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return field.is_required() or (isinstance(extra, dict) and extra.get("usual") is True)


def _shown(field: FieldInfo) -> object:
    if field.is_required() or field.default is None:
        return field.examples[0] if field.examples else ""
    return field.default


def _toml(value: object) -> str:
    return json.dumps(str(value) if isinstance(value, Path) else value)


def _rest(settings: BaseModel, terminal: str, folder: Path) -> Connector:
    if not isinstance(settings, RestSettings):
        raise TypeError(f"these are not the settings of rest: {type(settings).__name__}")
    from local_db.mes.rest import RestConnector

    return RestConnector(settings.beside(folder), terminal)


CONNECTORS: dict[str, ConnectorSpec] = {
    spec.name: spec for spec in (ConnectorSpec("rest", RestSettings, _rest),)
}
