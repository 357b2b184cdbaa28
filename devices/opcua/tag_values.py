"""Whether what a node holds can be the value of its tag, and in which words it is refused when not."""

import math
from datetime import datetime
from uuid import UUID

from asyncua import ua

from devices.opcua.packml_values import element_of, packml_number
from devices.opcua.settings import TagSettings
from hmi.domain.signals import Scalar
from hmi.domain.tags import TagRole
from hmi.times import to_text

_WHOLE = frozenset({"SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64"})
_BROKEN = frozenset({"Float", "Double"})


class TagValue:
    """Judges the values of one tag over all connections, so that a changed type is noticed."""

    def __init__(self, tag: TagSettings) -> None:
        """Nothing was heard yet."""
        self._numeric = tag.numeric
        self._whole = tag.whole
        self._role = tag.role
        self._element = tag.element
        self._member = tag.member
        self._kind = ""

    def judge(self, value: object, kind: str, is_array: bool) -> tuple[Scalar | None, str]:
        """The value as the terminal keeps it, or None with the reason in words.

        `kind` is the OPC UA name of the type; a time becomes RFC 3339 text, a localized text its text.
        """
        if kind == self._kind and not is_array and type(value) is float:
            return self._float(value)
        if self._element is not None:
            value, kind, wrong = element_of(value, kind, self._element, self._member)
            if wrong:
                return None, wrong
            is_array = False
        if self._role is TagRole.STATE and not is_array and (number := packml_number(value)) is not None:
            value, kind = number, "Int32"
        if is_array:
            return (
                None,
                f"the node holds an array of {kind}; a tag needs one value: name the node of one element",
            )
        scalar = scalar_of(value)
        if scalar is None:
            return None, f"the node holds a {kind or 'nothing'}; a tag needs a number, a text or a Boolean"
        if self._numeric and (isinstance(scalar, str) or kind == "Boolean"):
            return None, f"the node is a {kind}{self._before(kind)}; the role {self._role} needs a number"
        if self._kind and _family(kind) != _family(self._kind):
            return (
                None,
                f"the node is now a {kind} (was {self._kind}): if that is right, start the terminal anew",
            )
        self._kind = kind
        if isinstance(scalar, float):
            return self._float(scalar)
        return scalar, ""

    def _float(self, value: float) -> tuple[Scalar | None, str]:
        if not math.isfinite(value):
            return None, f"the PLC sent {value}, which is not a number"
        if self._whole:
            if not value.is_integer():
                return None, f"the PLC sent {value}; the role {self._role} needs a whole number"
            return int(value), ""
        return value, ""

    def _before(self, kind: str) -> str:
        return f" (was {self._kind})" if self._kind and self._kind != kind else ""


def _family(kind: str) -> str:
    if kind in _WHOLE or kind in _BROKEN:
        return "number"
    return "truth" if kind == "Boolean" else "text"


def scalar_of(value: object) -> Scalar | None:
    """A value of the stack as the terminal keeps it, None where it has no such form."""
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, ua.LocalizedText):
        return value.Text or ""
    if isinstance(value, ua.QualifiedName):
        return value.Name or ""
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, UUID):
        return str(value)
    return None
