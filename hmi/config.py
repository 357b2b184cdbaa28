"""The configuration of one terminal: one TOML file, read strictly, each mistake told in one line."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from hmi.domain.codes import code_pattern
from hmi.errors import ConfigError

M = TypeVar("M", bound=BaseModel)


class Settings(BaseModel):
    """Settings that are declared once; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StationSettings(Settings):
    """[terminal]: who this terminal is and where it stands."""

    id: str = Field(description="name of this terminal at the MES", pattern=r"^[A-Za-z0-9._-]{1,64}$")
    station: str = Field(description="ISA-95 path: site/area/line/work unit, parts joined by /")
    equipment: str = Field(description="id of the work unit in the MES")
    time_zone: str = Field(default="UTC", description="zone of the plant's wall clocks, e.g. Europe/Berlin")
    language: str = Field(default="en", description="language while nobody is signed in")
    data_dir: Path | None = Field(
        default=None, description="where entries are kept; default: the system's place"
    )
    copies_dir: Path | None = Field(
        default=None, description="where copies of the entries are kept, best on another disk"
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone for showing times."""
        return ZoneInfo(self.time_zone)


class MachineSettings(Settings):
    """[machine]: how its counts are booked."""

    fastest_cycle_s: float = Field(default=0.2, gt=0, description="shortest time in which a part is made, s")
    count_every_ms: int = Field(default=2000, ge=100, le=60000, description="how often counts are booked, ms")
    shared_counter: bool = Field(
        default=False, description="other terminals count here too: only the one with the MES's lease counts"
    )
    target_per_hour: float | None = Field(default=None, gt=0, description="planned good parts per hour")


class ShiftSettings(Settings):
    """[[shifts]]: a shift by the plant's wall clock; it may go over midnight."""

    name: str
    start: time
    end: time
    theme: str = Field(
        default="day",
        pattern="^(day|night)$",
        description="colours where the screens follow the shifts",
    )


class ScreenSettings(Settings):
    """[screens]: what is shown and how."""

    show: tuple[str, ...] = Field(default=(), description="ids of the screens in the rail; empty: all")
    theme: str = Field(
        default="day", pattern="^(day|night|shift)$", description="day, night, or as the shift says"
    )
    stale_after_ms: int = Field(
        default=3000, ge=500, description="silence of a link that makes its values old, ms"
    )
    kiosk: bool = Field(default=True, description="keep everybody inside the full screen")
    idle_sign_out_s: int = Field(default=120, ge=10, description="seconds without a touch until sign-out")


class PeopleSettings(Settings):
    """[people]: how people prove who they are, and for how long without the MES."""

    sign_in: str = Field(
        default="badge",
        pattern="^(badge|badge_and_pin)$",
        description="badge (or name and PIN), or badge_and_pin: both",
    )
    key_file: Path | None = Field(
        default=None, description="public key (PEM, Ed25519) of the MES: only people it signed are admitted"
    )
    cache_hours: int = Field(
        default=72, ge=8, le=720, description="hours without the MES after which nobody is admitted"
    )
    pin_digits: int = Field(default=6, ge=6, le=12, description="fewest digits of a PIN")
    sign_offline: bool = Field(default=True, description="whether records may be signed without the MES")
    pepper_file: Path | None = Field(
        default=None, description="secret for PINs; default: LINESIDE_PEPPER, or one made at the first start"
    )


class CodeSettings(Settings):
    """[codes]: how the plant's own codes are written, where a plain number does not say what it is."""

    patterns: tuple[str, ...] = Field(
        default=(),
        description="regular expressions with groups badge, order, asset, material, gtin, lot, serial",
    )

    keyboard: Literal["off", "timing", "prefix"] = Field(
        default="off",
        description="readers that act as a keyboard: off, timing, or prefix (told by their first sign)",
    )
    keyboard_gap_ms: int = Field(
        default=30, ge=5, le=200, description="with timing: longest time between two signs of a reader, in ms"
    )
    keyboard_prefix: str = Field(
        default="~", min_length=1, max_length=1, description="with prefix: this first sign"
    )

    @field_validator("patterns")
    @classmethod
    def _patterns_hold(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            code_pattern(pattern)
        return value

    @property
    def compiled(self) -> tuple[re.Pattern[str], ...]:
        """The patterns, in their order."""
        return tuple(code_pattern(pattern) for pattern in self.patterns)


class HistorySettings(Settings):
    """[history]: what is kept of the tags' values, beside the journal."""

    max_mb: int = Field(default=4096, ge=16, description="size of the file in MB; the oldest values go first")


class JournalSettings(Settings):
    """[journal]: how long entries stay in it; older ones leave for archives that prove themselves."""

    keep_days: int = Field(
        default=400, ge=0, description="days that entries stay in the journal (90 or more); 0: they all stay"
    )
    archive_every_days: int = Field(
        default=31, ge=1, le=366, description="days that leave together, as one archive or a few"
    )
    archive_dir: Path | None = Field(
        default=None, description="where archives are kept, best on another disk; default: in data_dir"
    )

    @field_validator("keep_days")
    @classmethod
    def _longer_than_backups(cls, value: int) -> int:
        if 0 < value < 90:
            raise ValueError("an MES that is put back from a backup needs 90 days or more")
        return value


class TerminalConfig(BaseModel):
    """The whole file; `links` and `mes` are checked by the driver and connector that they name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    terminal: StationSettings
    machine: MachineSettings = MachineSettings()
    screens: ScreenSettings = ScreenSettings()
    codes: CodeSettings = CodeSettings()
    people: PeopleSettings = PeopleSettings()
    history: HistorySettings = HistorySettings()
    journal: JournalSettings = JournalSettings()
    shifts: tuple[ShiftSettings, ...] = ()
    links: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]])
    mes: dict[str, Any]

    @model_validator(mode="after")
    def _named_kinds(self) -> "TerminalConfig":
        for name, link in self.links.items():
            if not isinstance(link.get("driver"), str):
                raise ValueError(f"links.{name} names no driver")
        if not isinstance(self.mes.get("connector"), str):
            raise ValueError("mes names no connector")
        return self


def load(file: Path) -> TerminalConfig:
    """Read a terminal's configuration; ConfigError says where the mistake is and what to do."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            str(file),
            "",
            "there is no such file",
            "Name an existing file, or copy packaging/default/terminal.toml",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), "", f"cannot be read ({error})", "Make it readable, as UTF-8") from error
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(file), "", f"is no TOML: {error}", "Mend the line that is named") from error
    return read_settings(TerminalConfig, raw, file, "")


def read_settings(model: type[M], raw: Mapping[str, Any], file: Path, place: str) -> M:
    """Check a table against a settings model; the first mistake becomes a ConfigError.

    `place` is the dotted path of the table. File paths in the settings are relative to the file.
    """
    try:
        settings = model.model_validate(raw)
    except ValidationError as error:
        found = error.errors(include_url=False)
        # a mistyped key is also missing under its right name; the typing mistake is what helps
        first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
        key = ".".join([*([place] if place else []), *(str(part) for part in first["loc"])])
        words, remedy = _say(model, first["type"], first["msg"], first["loc"], first.get("input"))
        raise ConfigError(str(file), key, words, remedy) from error
    paths = {name: value for name in model.model_fields if isinstance(value := getattr(settings, name), Path)}
    return settings.model_copy(update={name: beside(file.resolve(), path) for name, path in paths.items()})


def beside(file: Path, path: Path) -> Path:
    """A path of the configuration: absolute, or beside the file that names it."""
    return path if path.is_absolute() else file.parent / path


def _say(
    model: type[BaseModel], kind: str, message: str, place: tuple[int | str, ...], given: object
) -> tuple[str, str]:
    if kind == "extra_forbidden":
        known = _keys_at(model, place[:-1])
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(sorted(known))}"
        return "unknown key", hint
    if kind == "missing":
        return "is missing", "Add this key; packaging/default/terminal.toml shows each one"
    return f"{message.removeprefix('Value error, ')} (it says {given!r:.80})", "Correct the value"


def _keys_at(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    at: type[BaseModel] = model
    for part in place:
        field = at.model_fields.get(part) if isinstance(part, str) else None
        candidates = [] if field is None else _models_in(field.annotation)
        if candidates:
            at = candidates[0]
    return list(at.model_fields)


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found: list[type[BaseModel]] = []
    for part in getattr(annotation, "__args__", ()):
        found.extend(_models_in(part))
    return found
