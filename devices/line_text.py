"""Bytes in a configuration, written as text."""

import re

_ESCAPES = {"\\r": "\r", "\\n": "\n", "\\t": "\t", "\\\\": "\\", "\\0": "\0"}
_ESCAPE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|.)", re.DOTALL)


def unescape(text: str) -> str:
    r"""Read `\r`, `\n`, `\t`, `\0`, `\\` and `\xHH` as the signs they mean; ValueError for another one."""

    def sign(found: re.Match[str]) -> str:
        escape = found[0]
        if escape.startswith("\\x") and len(escape) == 4:
            return chr(int(escape[2:], 16))
        if escape not in _ESCAPES:
            raise ValueError(f"{escape} is not known; write \\r, \\n, \\t, \\0, \\\\ or \\xHH")
        return _ESCAPES[escape]

    return _ESCAPE.sub(sign, text)


def escape(data: bytes) -> str:
    """Write bytes as `unescape` reads them."""
    known = {"\r": "\\r", "\n": "\\n", "\t": "\\t", "\0": "\\0", "\\": "\\\\"}
    signs = data.decode("latin-1")
    return "".join(
        known.get(each, each if 0x20 <= ord(each) < 0x7F else f"\\x{ord(each):02x}") for each in signs
    )
