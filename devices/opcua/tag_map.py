"""Writes the tags that were picked as the table of a link, ready for a terminal's configuration."""

import json
from collections.abc import Sequence

from devices.opcua.companions import Proposal
from hmi.domain.tags import TagRole


def tag_map(link: str, endpoint: str, picked: Sequence[Proposal]) -> str:
    """A TOML table of the link with its tags; what is known of a node beside its address is a comment."""
    lines = [f"[links.{link}]", 'driver = "opcua"', f"endpoint = {_text(endpoint)}"]
    for each in picked:
        about = ", ".join(word for word in (each.why, each.kind, each.value and f"now {each.value}") if word)
        lines += [
            "",
            f"[links.{link}.tags.{each.name}]",
            *([f"# {_one_line(about)}"] if about else []),
            f"node = {_text(each.address)}",
            f"label = {_text(each.label)}",
        ]
        if each.sub_states:
            lines.append(f"sub_states = [{', '.join(_text(one) for one in each.sub_states)}]")
        if each.element is not None:
            lines += [f"element = {each.element}", f"member = {_text(each.member)}"]
        if each.role is not TagRole.VALUE:
            lines.append(f"role = {_text(each.role.value)}")
        if each.unit:
            lines.append(f"unit = {_text(each.unit)}")
        if each.low is not None and each.high is not None and each.low < each.high:
            lines += [f"low = {each.low!r}", f"high = {each.high!r}"]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
