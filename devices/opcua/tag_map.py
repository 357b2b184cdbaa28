"""Writes the tags that were picked as the table of a link, ready for a terminal's configuration."""

import json
from collections.abc import Sequence

from devices.opcua.companions import JobsProposal, Proposal
from hmi.domain.tags import TagRole


def tag_map(link: str, endpoint: str, picked: Sequence[Proposal], jobs: JobsProposal | None = None) -> str:
    """A TOML table of the link with its tags; what is known of a node beside its address is a comment.

    So are the job orders that it takes: whoever switches them on lets a touch on Start start the machine.
    """
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
    if jobs is not None:
        lines += [
            "",
            "# This machine takes job orders itself. Without the signs before these lines it is told of it",
            "# when a person starts, pauses or ends an order here, and may then start or stop by itself.",
            f"# [links.{link}.jobs]",
            f"# receiver = {_text(jobs.receiver)}",
            *([f"# provider = {_text(jobs.provider)}"] if jobs.provider else []),
            '# on_start = "start" # or "store": it has the order, and somebody starts it at the machine',
        ]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
