"""The command line: what `lineside` can do, each with its help."""

import argparse
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def program_version() -> str:
    """The version of this distribution; a checkout that was never installed says so."""
    try:
        return version("lineside")
    except PackageNotFoundError:
        return "0 (not installed)"


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write 1280x800") from None


class _Command(argparse.ArgumentParser):
    """A command whose options are written out: a shortened one might mean another in the next version."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words, allow_abbrev=False)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="lineside", description="The terminal beside a production line.", allow_abbrev=False
    )
    top.add_argument("--version", action="version", version=f"lineside {program_version()}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Command)

    run = commands.add_parser("run", help="run this terminal", description="Run a terminal.")
    run.add_argument("--config", type=Path, required=True, metavar="FILE", help="the terminal's TOML file")
    run.add_argument(
        "--size", type=_size, default=None, metavar="WxH", help="window size; default: full screen"
    )
    run.add_argument("--at", type=_size, default=None, metavar="XxY", help="window position")
    run.add_argument(
        "--drive",
        metavar="SOCKET",
        default=None,
        help="let a local test program of the same user touch and look (never in a plant)",
    )

    demo = commands.add_parser(
        "demo",
        help="the terminal against a demo plant",
        description="Start the demo plant (press, PLC, readers, MES) and a terminal, to play with. "
        "Without a display the story plays itself, once as it should go and once with every trouble.",
    )
    demo.add_argument("--play", action="store_true", help="let the story play by itself before your eyes")
    demo.add_argument(
        "--dir", type=Path, default=None, help="folder of the plant and terminal; default: a new one"
    )
    demo.add_argument("--pictures", type=Path, default=None, help="where to leave the pictures of the story")
    demo.add_argument(
        "--cycle-s",
        type=float,
        default=None,
        help="seconds a part takes (default: 2.4 for you, 0.4 for the story)",
    )
    demo.add_argument(
        "--troubles", action="store_true", help="play only the story in which everything breaks"
    )
    demo.add_argument(
        "--size", type=_size, default=(1280, 800), metavar="WxH", help="size of the terminal's window"
    )
    demo.add_argument(
        "--pins",
        action="store_true",
        help="people come signed, and prove by badge and PIN (to play yourself)",
    )
    demo.add_argument("--theme", choices=("day", "night"), default="day", help="colours of the terminal")

    check = commands.add_parser(
        "check",
        help="check a terminal's configuration and try every wire in it",
        description="Validate FILE, then try every PLC node, port and the MES in it: one line each. "
        "Exit code 0: all is well, 1: something is not, 2: the file cannot be used.",
    )
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("--no-wires", action="store_true", help="validate the file only")

    label = commands.add_parser(
        "label",
        help="print one label from a template, or look at it",
        description="Fill a ZPL template with NAME=VALUE and print it now, or not at all. Exit code 0: done.",
    )
    label.add_argument("template", type=Path, metavar="TEMPLATE", help="ZPL with places such as {serial}")
    label.add_argument("values", nargs="*", metavar="NAME=VALUE", help="what the places are filled with")
    label.add_argument("--picture", type=Path, metavar="FILE", help="write it as a PNG instead of printing")
    label.add_argument("--config", type=Path, metavar="FILE", help="the terminal's TOML file")
    label.add_argument(
        "--printer", default="Labels", metavar="NAME", help="link of the printer; default: Labels"
    )

    learn = commands.add_parser(
        "learn",
        help="find out how a reader speaks, from three labels",
        description="Scan three different labels at the reader on PORT; its table for the configuration is "
        "printed. Exit code 0: found.",
    )
    learn.add_argument("port", metavar="PORT", help="device path, COM name, or usb:VID:PID")
    learn.add_argument("--name", default="Scanner", metavar="NAME", help="name of the link; default: Scanner")
    learn.add_argument("--labels", type=int, default=3, metavar="N", help="how many labels; default: 3")

    browse = commands.add_parser(
        "browse",
        help="look at a machine's OPC UA server and propose its tags",
        description="Show the tree of a server with types, units and ranges, and propose the tags of a link: "
        "what PackML, Machinery, Job Control and AutoID name, and what its name speaks for.",
    )
    browse.add_argument("endpoint", metavar="ENDPOINT", help="opc.tcp://HOST:PORT")
    browse.add_argument(
        "--config", type=Path, metavar="FILE", help="use the protection and user of this file's link"
    )
    browse.add_argument("--out", type=Path, metavar="FILE", help="where to write the proposed tags")
    browse.add_argument("--everything", action="store_true", help="propose every value that can be shown")

    trust = commands.add_parser(
        "trust",
        help="which machines' certificates this terminal trusts",
        description="List, accept or refuse the certificates that OPC UA servers showed, show what a server "
        "shows now, and show or renew the terminal's own.",
    )
    wishes = trust.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, words, what in (
        ("list", "every certificate that was shown, and what was decided", ""),
        ("accept", "trust a certificate; look at its fingerprint at the machine first", "FINGERPRINT"),
        ("refuse", "never trust a certificate", "FINGERPRINT"),
        ("authority", "trust an authority of the plant: every server that it issued for its host", "FILE"),
        ("revoked", "take in an authority's list of revoked certificates", "FILE"),
        ("forget", "trust an authority no more", "FINGERPRINT"),
        ("show", "ask a server which certificate it shows now", "ENDPOINT"),
        ("own", "the terminal's own certificate, made where there is none", ""),
        ("renew", "make the terminal's own certificate anew; servers have to be told", ""),
    ):
        wish = wishes.add_parser(name, help=words, description=words.capitalize() + ".")
        wish.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the terminal's TOML file"
        )
        if what:
            wish.add_argument("what", metavar=what)

    gallery = commands.add_parser(
        "gallery",
        help="show every widget of the kit in its states",
        description="Page up and Page down turn, F9 changes day and night. With a FOLDER: draw all pages.",
    )
    gallery.add_argument("folder", type=Path, nargs="?", default=None, metavar="FOLDER")
    gallery.add_argument("--size", type=_size, default=(1280, 800), metavar="WxH")

    journal = commands.add_parser("journal", help="verify or export the journal")
    actions = journal.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, words in (
        ("verify", "check every link of the chain, and that the tables follow from it"),
        ("export", "write every entry with its receipt, as JSON lines or CSV"),
        ("copy", "take a copy now, beside the terminal that runs, and prove it"),
    ):
        action = actions.add_parser(name, help=words, description=words.capitalize() + ".")
        action.add_argument("--config", type=Path, metavar="FILE", help="the terminal's TOML file")
        action.add_argument("--journal", type=Path, metavar="FILE", help="a journal file itself")
        if name == "export":
            action.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
            action.add_argument(
                "--form", choices=("json", "csv"), default="json", help="JSON lines, or for a spreadsheet"
            )
            action.add_argument(
                "--archive", type=Path, action="append", default=[], metavar="FILE", help="what left before"
            )
            action.add_argument("--all", action="store_true", help="with every archive that is found")
        if name == "verify":
            action.add_argument(
                "--archive", type=Path, action="append", default=[], metavar="FILE", help="what left before"
            )
            action.add_argument("--tables", action="store_true", help="make the tables anew and compare")
            action.add_argument("--mes", action="store_true", help="ask the MES of --config what it holds")

    _add_report(commands.add_parser("report", help="write a shift or an order as a PDF"))

    retire = actions.add_parser(
        "retire",
        help="let old entries leave the journal for an archive that proves itself",
        description="Move whole days of received entries that are older than N days into a dated file. "
        "What has no receipt stays, with all that follows it. The terminal must not run. Exit code 0: "
        "done, or nothing is old enough.",
    )
    retire.add_argument("--config", type=Path, required=True, metavar="FILE", help="the terminal's TOML file")
    retire.add_argument("--journal", type=Path, help=argparse.SUPPRESS)
    retire.add_argument("--keep-days", type=int, metavar="N", help="default: as configured, 400")
    retire.add_argument("--into", type=Path, metavar="FOLDER", help="default: as configured, 'archive'")

    mes_check = commands.add_parser(
        "mes-check",
        help="check whether an MES holds the contract",
        description="Ask an MES everything that docs/mes-contract promises, one line for each rule. It "
        "leaves entries there: use a terminal id that exists for this check alone. Exit code 0: every rule "
        "holds.",
    )
    mes_check.add_argument("url", metavar="URL", help="address of the MES up to its base path")
    mes_check.add_argument("--terminal", required=True, metavar="ID", help="whom the token admits")
    mes_check.add_argument("--token-file", type=Path, required=True, metavar="FILE", help="holds its token")

    counter = commands.add_parser(
        "counter",
        help="count here by a shared counter, as the terminal that counted is out of order",
        description="With the terminal stopped. Asks for a supervisor's badge and PIN, or a sealed code.",
    )
    counter.add_argument("action", choices=["take"])
    counter.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="the terminal's TOML file"
    )
    counter.add_argument("--counter", default="", metavar="TAG", help="where there is more than one")
    counter.add_argument("--reason", required=True, metavar="WORDS", help="why; it is kept in the journal")
    rescue = commands.add_parser(
        "rescue",
        help="send what a replaced terminal had not sent",
        description="Read the journal on the old disk of a replaced terminal, and send what it had not sent "
        "under the old terminal's name and places. The old disk is only read. Exit code 0: nothing is left.",
    )
    rescue.add_argument("old", type=Path, metavar="OLD", help="the old terminal's journal (journal.db)")
    rescue.add_argument("--config", type=Path, required=True, metavar="FILE", help="the new terminal's file")
    rescue.add_argument("--token-file", type=Path, metavar="FILE", help="the old terminal's token")
    rescue.add_argument("--look", action="store_true", help="only say what stands in it")

    bundle = commands.add_parser(
        "support-bundle",
        help="pack what a supporter needs, without secrets",
        description="Write versions, redacted settings and logs, and the state of journal and copies into a "
        "ZIP file. What entries say is not in it.",
    )
    bundle.add_argument("out", type=Path, metavar="FILE", help="the ZIP file to write")
    bundle.add_argument("--config", type=Path, required=True, metavar="FILE", help="the terminal's TOML file")

    restore = commands.add_parser(
        "restore",
        help="put a copy of the journal back",
        description="Set a damaged journal aside, put the newest good copy back, save every entry that "
        "still proves itself, and name what is missing. The terminal must not run. Exit code 0: nothing is "
        "missing.",
    )
    restore.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="the terminal's TOML file"
    )
    restore.add_argument("--copy", type=Path, default=None, metavar="FILE", help="this copy, not the newest")
    restore.add_argument("--look", action="store_true", help="only show the copies and what they prove")
    restore.add_argument("--offline", action="store_true", help="do not ask the MES what it holds")
    return top


def _add_report(report: argparse.ArgumentParser) -> None:
    abouts = report.add_subparsers(dest="about", required=True, metavar="REPORT", parser_class=_Command)
    for name, words in (
        ("shift", "what happened in one shift or time; by default the shift of the newest entry"),
        ("order", "everything that was made, measured, stopped and signed for one order"),
    ):
        about = abouts.add_parser(name, help=words, description=f"{words.capitalize()}, from the journal.")
        if name == "order":
            about.add_argument("order", metavar="ORDER", help="number of the order")
        else:
            about.add_argument("--shift", default="", metavar="NAME", help="a shift of the configuration")
            about.add_argument("--day", default="", metavar="DATE", help="the day it begins; default: newest")
            about.add_argument("--from", default="", dest="begin", metavar="TIME", help="2026-11-21T06:00")
            about.add_argument("--to", default="", dest="end", metavar="TIME", help="up to this time")
        about.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the terminal's TOML file"
        )
        about.add_argument("--out", type=Path, required=True, metavar="FILE", help="the PDF to write")
        about.add_argument("--language", default="", metavar="CODE", help="default: the terminal's own")
