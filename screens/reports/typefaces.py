"""The typefaces of paper: those of the screens, cut to what is printed and carried in the file.

Inter prints everything but Chinese, Noto Sans SC the rest; figures have equal width. Both come as variable
fonts, which PDF does not know: one weight is taken out of them (fontTools), with the signs that are needed.
"""

import io
import logging
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont as FontFile
from fontTools.varLib.instancer import instantiateVariableFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

INTER = ("fontpkg_inter", "files/Inter[opsz,wght].ttf")
CHINESE = ("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf")
PLAIN, STRONG = 400, 600
# Latin with its extensions, punctuation, arrows, and the marks of a value outside its limits
_LATIN = (
    "".join(
        chr(number)
        for first, last in ((0x20, 0x7E), (0xA0, 0x24F), (0x2010, 0x2027), (0x202F, 0x203A), (0x2190, 0x2193))
        for number in range(first, last + 1)
    )
    + "\u2212\u2264\u2265\u25b2\u25bc\u00d7\u20ac"
)
_UNKNOWN = "\ufffd"

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells every table that it drops


@dataclass(frozen=True, slots=True)
class Face:
    """A typeface that is known to the printer under `name`, and the signs that it has."""

    name: str
    signs: frozenset[int]


@cache
def _known_signs(package: str, file: str) -> frozenset[int]:
    font = FontFile(io.BytesIO(resources.files(package).joinpath(file).read_bytes()), lazy=True)
    try:
        return frozenset(font.getBestCmap() or {})
    finally:
        font.close()


@cache
def latin(weight: int) -> Face:
    """Inter in one weight; made once a program."""
    return _made(f"Lineside-Inter-{weight}", INTER, _LATIN, {"wght": weight, "opsz": 14})


@cache
def chinese(weight: int, signs: str) -> Face:
    """Noto Sans SC in one weight with just these signs (sorted), and the square for all that nobody has."""
    name = "-".join(["Lineside-Noto-SC", str(weight), f"{hash_of(signs):08x}"])
    return _made(name, CHINESE, signs, {"wght": weight})


def hash_of(text: str) -> int:
    """A short number of a text that is the same on every day and machine (FNV-1a, 32 bits)."""
    found = 0x811C9DC5
    for byte in text.encode("utf-8"):
        found = (found ^ byte) * 0x01000193 & 0xFFFFFFFF
    return found


def wanted_of_chinese(texts: str) -> str:
    """The signs of these texts that Inter does not print and Noto Sans SC does, sorted."""
    has, inter = _known_signs(*CHINESE), frozenset(map(ord, _LATIN))
    return "".join(sorted({sign for sign in texts if ord(sign) not in inter and ord(sign) in has}))


def printable(sign: str) -> bool:
    """Whether one of the two typefaces has the sign."""
    return sign in _LATIN or ord(sign) in _known_signs(*CHINESE)


def _made(name: str, source: tuple[str, str], signs: str, axes: dict[str, float]) -> Face:
    package, file = source
    font = FontFile(
        io.BytesIO(resources.files(package).joinpath(file).read_bytes()), lazy=True, recalcTimestamp=False
    )
    options = Options()
    options.layout_features = ["tnum"]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(text=signs)
    subsetter.subset(font)
    _use_tabular_figures(font)
    one = instantiateVariableFont(font, axes)
    for table in ("GSUB", "GPOS", "GDEF", "STAT"):
        if table in one:
            del one[table]
    for number in (1, 4, 6):  # by its names reportlab tells one typeface of a file from another
        one["name"].setName(name, number, 3, 1, 0x409)
    made = io.BytesIO()
    one.save(made)
    made.seek(0)
    pdfmetrics.registerFont(TTFont(name, made))
    return Face(name, frozenset(one.getBestCmap() or {}))


def _use_tabular_figures(font: FontFile) -> None:
    """Let every figure be drawn by its twin of equal width, which the font has under `tnum`."""
    if "GSUB" not in font:
        return
    table = font["GSUB"].table
    twins: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord if table.FeatureList else ():
        if record.FeatureTag == "tnum":
            for number in record.Feature.LookupListIndex:
                for part in table.LookupList.Lookup[number].SubTable:
                    twins |= getattr(getattr(part, "ExtSubTable", part), "mapping", {})
    for part in font["cmap"].tables:
        figures = {sign: part.cmap[sign] for sign in map(ord, "0123456789") if sign in part.cmap}
        part.cmap.update({sign: twins[glyph] for sign, glyph in figures.items() if glyph in twins})
