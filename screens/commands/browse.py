"""`lineside browse`: what a machine's OPC UA server has, and a proposal of the tags for a terminal."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from devices.opcua.browsing import BrowsedNode, walk
from devices.opcua.companions import companion_of, propose, propose_jobs
from devices.opcua.session import open_session
from devices.opcua.settings import OpcUaSettings
from devices.opcua.tag_map import tag_map
from hmi import config as configuration
from hmi.errors import ConfigError, LinkError
from hmi.times import SystemClock
from screens.wiring import link_settings

_MOST = 20_000


def run_browse(endpoint: str, file: Path | None, out: Path | None, *, everything: bool) -> int:
    """Print the tree and write the proposal; 0 done, 1 the server is not to be reached.

    With a configuration, the settings of its link to this endpoint are used: its protection, its user.
    """
    link, settings = settings_for(endpoint, file)
    try:
        tree, whole, text = asyncio.run(look_around(link, settings, everything=everything))
    except LinkError as error:
        print(f"lineside: {error}", file=sys.stderr)
        return 1
    for line in tree_lines(tree):
        print(line)
    if not whole:
        print(f"... and more: only the first {_MOST} nodes were looked at")
    if out is None:
        print(f"\n# ---- a proposal for the configuration; look at every line\n{text}")
    else:
        out.write_text(text, encoding="utf-8")
        print(f"\nproposal written to {out}; look at every line before you use it")
    return 0


def settings_for(endpoint: str, file: Path | None) -> tuple[str, OpcUaSettings]:
    """The link's name and settings: of the configuration, or plain ones without protection."""
    try:
        plain = OpcUaSettings(endpoint=endpoint)
    except ValueError as error:
        raise ConfigError("browse", "", f"{endpoint}: {error}", "Write opc.tcp://HOST:PORT") from error
    if file is not None:
        for name, _, settings in link_settings(configuration.load(file), file):
            if isinstance(settings, OpcUaSettings) and settings.endpoint == plain.endpoint:
                return name, settings
        raise ConfigError(str(file), "links", f"no link leads to {endpoint}", "Leave out --config")
    host = urlsplit(plain.endpoint).hostname or "plc"
    return "".join(sign if sign.isalnum() else "_" for sign in host), plain


async def look_around(
    link: str, settings: OpcUaSettings, *, everything: bool
) -> tuple[list[BrowsedNode], bool, str]:
    """The server's tree, whether it is whole, and the tag map of what is proposed (or of everything)."""
    session = await open_session(settings, SystemClock())
    try:
        look = await session.look()
        tree, whole = await walk(session.services, look.namespaces, _MOST)
    finally:
        await session.close()
    proposed = propose(tree)
    picked = [each for each in proposed if everything or each.picked]
    return tree, whole, tag_map(link, settings.endpoint, picked or proposed, propose_jobs(tree))


def tree_lines(nodes: Sequence[BrowsedNode], depth: int = 0) -> list[str]:
    """One line for each node: its name, what it holds, and the companion model that it belongs to."""
    lines: list[str] = []
    for node in nodes:
        about: list[str] = []
        if node.is_variable:
            value = "" if node.value is None else f" = {node.value!s:.40}"
            array = "[]" if node.is_array else ""
            about.append(f"{node.kind or 'structure'}{array}{value}{' ' + node.unit if node.unit else ''}")
            if node.low is not None and node.high is not None:
                about.append(f"{node.low:g} to {node.high:g}")
            if node.writable:
                about.append("can be written")
        elif node.is_method:
            about.append("method")
        model = companion_of(node)
        if model:
            about.append(f"<{model}>")
        name = "".join(sign if sign.isprintable() else "?" for sign in node.name)
        lines.append("  " * depth + name + ("  " + ", ".join(about) if about else ""))
        lines += tree_lines(node.children, depth + 1)
    return lines
