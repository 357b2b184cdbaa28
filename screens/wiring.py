"""From configuration to links: which driver and which connector, with the settings of their tables."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel

from devices.opcua.settings import OpcUaSettings
from devices.registry import DRIVERS, DriverSpec
from hmi import config as configuration
from hmi.config import TerminalConfig, beside
from hmi.device_ports import AsyncDriver, BlockingDriver
from hmi.domain.people_file import PeopleBook
from hmi.domain.tags import TagInfo, TagRole
from hmi.errors import ConfigError
from hmi.people import Admission, People
from hmi.ports import Connector
from hmi.times import Clock
from local_db.credentials import CredentialFile, pepper_of
from local_db.heads import TerminalKey
from local_db.mes.registry import CONNECTORS, ConnectorSpec
from local_db.mes.signed_people import SignedPeopleConnector, read_key
from local_db.retention import Cuts, Retention, Rule
from local_db.store import KEY_FILE
from screens.settings import archive_folder, data_folder, journal_file

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


def opcua_links(config: TerminalConfig, file: Path) -> dict[str, OpcUaSettings]:
    """The links that lead to OPC UA servers."""
    every = link_settings(config, file)
    return {name: settings for name, _, settings in every if isinstance(settings, OpcUaSettings)}


def tags_of(config: TerminalConfig, file: Path) -> list[TagInfo]:
    """The tags of all links, without making a driver; ConfigError names what is wrong in a link."""
    return [tag for name, spec, settings in link_settings(config, file) for tag in spec.tags(name, settings)]


def shared_counters(config: TerminalConfig, file: Path) -> list[str]:
    """The counters that other terminals count by too, if this one says so."""
    if not config.machine.shared_counter:
        return []
    return [tag.name for tag in tags_of(config, file) if tag.role is TagRole.PRODUCED_COUNT]


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


def connector_settings(config: TerminalConfig, file: Path) -> tuple[ConnectorSpec, BaseModel]:
    """The connector to the MES and its checked settings; ConfigError names what is wrong in its table."""
    spec = CONNECTORS.get(config.mes["connector"])
    if spec is None:
        known = ", ".join(sorted(CONNECTORS))
        raise ConfigError(
            str(file), "mes.connector", f"no connector {config.mes['connector']!r}", f"Known: {known}"
        )
    own = {key: value for key, value in config.mes.items() if key != "connector"}
    return spec, configuration.read_settings(spec.settings, own, file, "mes")


def make_connector(config: TerminalConfig, file: Path) -> Connector:
    """Make the connector to the MES; ConfigError as above."""
    spec, settings = connector_settings(config, file)
    return spec.make(settings, config.terminal.id, file.resolve().parent)


def people_book(config: TerminalConfig, file: Path) -> PeopleBook | None:
    """What reads the MES's people files; None where the configuration names no key."""
    if config.people.key_file is None:
        return None
    return PeopleBook(read_key(beside(file.resolve(), config.people.key_file), file), config.terminal.id)


def with_signed_people(connector: Connector, book: PeopleBook | None, folder: Path) -> Connector:
    """The connector, with people from the signed file alone where there is a key for it."""
    return connector if book is None else SignedPeopleConnector(connector, book, folder / "people.signed")


def make_retention(config: TerminalConfig, file: Path, ledger: Cuts, clock: Clock) -> Retention | None:
    """What lets old entries leave by itself; None where the configuration keeps them all."""
    told = config.journal
    if told.keep_days == 0:
        return None
    rule = Rule(
        archive_folder(config, file), timedelta(days=told.keep_days), timedelta(days=told.archive_every_days)
    )
    return Retention(
        journal_file(config, file),
        ledger,
        rule,
        clock=clock,
        quiet=[shift.end for shift in config.shifts],
        zone=config.terminal.zone,
    )


def make_people(
    config: TerminalConfig, file: Path, folder: Path, book: PeopleBook | None, clock: Clock
) -> tuple[People, CredentialFile]:
    """The people of a terminal; the credentials have to be started and stopped by who asked."""
    settings = config.people
    configured = None if settings.pepper_file is None else beside(file.resolve(), settings.pepper_file)
    credentials = CredentialFile(
        folder / "credentials.json", pepper_of(folder, configured, os.environ), clock
    )
    people = People(
        credentials=credentials,
        signer=TerminalKey.of(folder / KEY_FILE),
        admission=Admission(timedelta(hours=settings.cache_hours), book),
        pin_with_badge=settings.sign_in == "badge_and_pin",
        pin_digits=settings.pin_digits,
        sign_offline=settings.sign_offline,
    )
    return people, credentials
