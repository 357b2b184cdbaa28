"""`lineside label`: print one label from a template, or look at it as a picture."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from devices.labels.printer import PrinterSettings, print_once
from devices.labels.zpl import label
from hmi import config as configuration
from hmi.domain.label_drawing import drawing
from hmi.errors import ConfigError, LinkError
from screens.kit.label_preview import label_picture


def filled(template: Path, words: Sequence[str]) -> bytes:
    """The template with its values, given as `name=value`; ConfigError names what is missing or wrong."""
    values = {name: value for name, _, value in (word.partition("=") for word in words)}
    try:
        return label(template.read_text(encoding="utf-8"), values)
    except OSError as error:
        raise ConfigError(
            str(template), "", f"cannot be read ({error})", "Name a template that is there"
        ) from error
    except ValueError as error:
        raise ConfigError(str(template), "", str(error), "Give every value as name=value") from error


def printer_of(config: Path, name: str) -> PrinterSettings:
    """The settings of the printer's link; ConfigError when there is none of this name."""
    links = configuration.load(config).links
    table = links.get(name, {})
    if table.get("driver") != "zpl_printer":
        known = ", ".join(key for key, each in links.items() if each.get("driver") == "zpl_printer") or "none"
        raise ConfigError(str(config), f"links.{name}", "is no label printer", f"Printers here: {known}")
    own = {key: value for key, value in table.items() if key != "driver"}
    return configuration.read_settings(PrinterSettings, own, config, f"links.{name}")


def run_preview(template: Path, words: Sequence[str], picture: Path) -> int:
    """Write the label as a PNG."""
    zpl = filled(template, words)
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        QGuiApplication(sys.argv[:1])
    found = drawing(zpl)
    if not label_picture(found).save(str(picture)):
        raise ConfigError(str(picture), "", "cannot be written", "Name another file")
    left_out = f"; left out: {', '.join(found.unknown)}" if found.unknown else ""
    print(f"{picture}: {found.width} x {found.height} dots{left_out}")
    return 0


def run_print(config: Path, name: str, template: Path, words: Sequence[str]) -> int:
    """Print one label; 0 it came out, 1 it did not, and why."""
    settings, zpl = printer_of(config, name), filled(template, words)
    try:
        status = print_once(settings, zpl)
    except LinkError as error:
        print(f"lineside: {error}", file=sys.stderr)
        return 1
    if status.ready:
        print(f"{name} printed the label.")
        return 0
    troubles = ", ".join(status.troubles).replace("_", " ")
    print(
        f"{name} does not print ({troubles}). Mend that, and look whether a label came out.", file=sys.stderr
    )
    return 1
