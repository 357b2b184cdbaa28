"""The one way of a text onto paper: what data say is printed as it stands and is never read as markup."""

from xml.sax.saxutils import escape

from screens.reports.typefaces import Face, printable

_LONGEST = 2000  # signs of one text; what is cut off stands in the journal
_SPACES = "\u00a0\u202f"  # between thousands, and before a unit


def shown(text: str) -> str:
    """The text as it is printed: a sign that cannot be seen as itself by its number, a very long text cut."""
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… (+{len(text) - _LONGEST})"
    return "".join(sign if _seen(sign) else f"<{ord(sign):04X}>" for sign in cut)


def _seen(sign: str) -> bool:
    return sign in _SPACES or (sign.isprintable() and printable(sign))


def marked(text: str, faces: tuple[Face, ...]) -> str:
    """The text as reportlab's markup: escaped, each stretch in the first typeface that has its signs."""
    made: list[str] = []
    run, of = "", faces[0]
    for sign in shown(text):
        face = next((face for face in faces if ord(sign) in face.signs), faces[0])
        if face is not of and run:
            made.append(_run(run, of))
            run = ""
        run, of = run + sign, face
    return "".join([*made, _run(run, of)])


def _run(text: str, face: Face) -> str:
    return f'<font name="{face.name}">{escape(text)}</font>' if text else ""
