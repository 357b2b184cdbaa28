"""HTML that cannot forget to escape: what is not `Html` is text, and text is escaped where it is put in."""

from collections.abc import Iterable
from html import escape


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


Inside = str | Iterable[str]


def tag(name: str, *inside: Inside, **attributes: str | None) -> Html:
    """An element. `class_` writes `class`, other underscores become hyphens, None leaves an attribute out."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{told}>{joined(*inside)}</{name}>")


def joined(*inside: Inside) -> Html:
    """Pieces one after the other."""
    pieces: list[str] = []
    for piece in inside:
        for text in [piece] if isinstance(piece, str) else piece:
            pieces.append(text if isinstance(text, Html) else escape(text))
    return Html("".join(pieces))
