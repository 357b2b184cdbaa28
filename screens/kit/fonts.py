"""The typefaces of the screens, from packages, so that a picture is the same on every machine.

Inter draws everything that is not Chinese, Noto Sans SC the rest; both have figures of equal width. They are
loaded under names of our own, so that a copy that the system has too is never mixed in.

Under these names they are kept as files in the cache of whoever runs the program: Qt maps a file and reads of
it what is drawn, where a typeface in memory takes twice its size (Noto Sans SC has 18 MB) and 60 ms of each
start. Qt knows one weight of a file: the others are asked for by the axis (`theme.font`).
"""

import logging
import os
import struct
from importlib import resources
from pathlib import Path

from platformdirs import user_cache_path
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFontDatabase

FAMILY = "Lineside Inter"
FAMILY_CHINESE = "Lineside Noto SC"
_SOURCES = (
    (FAMILY, "fontpkg_inter", "files/Inter[opsz,wght].ttf", "Inter"),
    (
        FAMILY_CHINESE,
        "justmytype_intl_cjk",
        "fonts/ofl/notosanssc/NotoSansSC[wght].ttf",
        "Noto Sans SC",
    ),
)
_log = logging.getLogger(__name__)
_HEAD, _ENTRY = 12, 16  # bytes of an sfnt header, and of each entry of its table directory
_NAME_HEAD, _NAME_RECORD = 6, 12
_FAMILY_IDS = frozenset({1, 16})
_WIDE_PLATFORMS = frozenset({0, 3})  # Unicode and Windows: two bytes a letter


def install() -> None:
    """Make the typefaces known to Qt; a second call does nothing. OSError when a package lost its file."""
    known = set(QFontDatabase.families())
    for family, package, file, _ in _SOURCES:
        if family in known:
            continue
        source = Path(str(resources.files(package).joinpath(file)))
        try:
            QFontDatabase.addApplicationFont(str(kept(source, family, user_cache_path("lineside") / "fonts")))
        except OSError as error:
            _log.warning("%s is held in memory, since it cannot be kept as a file: %s", family, error)
            QFontDatabase.addApplicationFontFromData(QByteArray(renamed(source.read_bytes(), family)))


def kept(source: Path, family: str, folder: Path) -> Path:
    """The file of the renamed typeface, made whole before it stands there. OSError when it cannot be."""
    size = source.stat().st_size
    made = folder / f"{family}-{size}.ttf"
    if not made.exists() or made.stat().st_size < size:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"{made.name}.{os.getpid()}"
        with fresh.open("wb") as file:
            file.write(renamed(source.read_bytes(), family))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(made)
    return made


def renamed(font: bytes, family: str) -> bytes:
    """The same TrueType font under another family name.

    The `name` table, with its family names replaced, is appended anew and the directory of tables points
    there (OpenType 1.9, chapters "otff" and "name"). ValueError for a file without that table.
    """
    count = struct.unpack_from(">H", font, 4)[0]
    for entry in range(_HEAD, _HEAD + count * _ENTRY, _ENTRY):
        if font[entry : entry + 4] == b"name":
            offset, length = struct.unpack_from(">LL", font, entry + 8)
            table = _renamed_table(font[offset : offset + length], family)
            start = len(font) + (-len(font) % 4)
            made = bytearray(font.ljust(start, b"\0") + table)
            struct.pack_into(">LL", made, entry + 8, start, len(table))
            return bytes(made)
    raise ValueError("the font has no table of names")


def _renamed_table(table: bytes, family: str) -> bytes:
    version, count, storage = struct.unpack_from(">3H", table)
    head, texts = bytearray(struct.pack(">3H", version, count, storage)), bytearray(table[storage:])
    for number in range(count):
        record = struct.unpack_from(">6H", table, _NAME_HEAD + number * _NAME_RECORD)
        if record[3] in _FAMILY_IDS:
            text = family.encode("utf-16-be" if record[0] in _WIDE_PLATFORMS else "ascii")
            record = (*record[:4], len(text), len(texts))
            texts += text
        head += struct.pack(">6H", *record)
    return bytes(head + table[len(head) : storage] + texts)
