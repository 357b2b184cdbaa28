"""From configuration to links: which driver and which connector, with the settings of their tables."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from devices.registry import DRIVERS, DriverSpec
from hmi import config as configuration
from hmi.config import TerminalConfig
from hmi.device_ports import AsyncDriver, BlockingDriver
from hmi.domain.tags import TagInfo
from hmi.errors import ConfigError
from hmi.ports import Connector
from hmi.times import Clock
from local_db.mes.registry import CONNECTORS
from screens.settings import data_folder

PKI = "opcua"  # folder within the terminal's own


def pki_folder(config: TerminalConfig, file: Path) -> Path:
    """Where the terminal's own certificate and its trust list are, where a link names no other place."""
    return data_folder(config, file) / PKI


def link_settings(config: TerminalConfig, file: Path) -> Iterator[tuple[str, DriverSpec, BaseModel]]:
    """Name, driver and checked settings of each link; ConfigError names what is wrong in it."""
    for name, table in config.links.items():
        spec = DRIVERS.get(table["driver"])
        if spec is None:
            known = ", ".join(sorted(DRIVERS))
            raise ConfigError(
                str(file), f"links.{name}.driver", f"no driver {table['driver']!r}", f"Known: {known}"
            )
        own = {key: value for key, value in table.items() if key not in {"driver", "label"}}
        if "pki" in spec.settings.model_fields and "pki" not in own:
            own["pki"] = pki_folder(config, file)
        yield name, spec, configuration.read_settings(spec.settings, own, file, f"links.{name}")


def make_drivers(
    config: TerminalConfig, file: Path, clock: Clock
) -> tuple[list[AsyncDriver | BlockingDriver], list[TagInfo]]:
    """Make the driver of each link from its table; ConfigError names what is wrong in it."""
    drivers: list[AsyncDriver | BlockingDriver] = []
    tags: list[TagInfo] = []
    for name, spec, settings in link_settings(config, file):
        drivers.append(spec.make(name, settings, clock))
        tags.extend(spec.tags(name, settings))
    return drivers, tags


def make_connector(config: TerminalConfig, file: Path) -> Connector:
    """Make the connector to the MES; ConfigError names what is wrong in its table."""
    spec = CONNECTORS.get(config.mes["connector"])
    if spec is None:
        known = ", ".join(sorted(CONNECTORS))
        raise ConfigError(
            str(file), "mes.connector", f"no connector {config.mes['connector']!r}", f"Known: {known}"
        )
    own = {key: value for key, value in config.mes.items() if key != "connector"}
    settings = configuration.read_settings(spec.settings, own, file, "mes")
    return spec.make(settings, config.terminal.id, file.resolve().parent)
