"""What an OPC UA status code says: severity, overflow, and words (OPC UA part 4, 7.39)."""

from functools import lru_cache

from asyncua.ua.status_codes import StatusCodes, get_name_and_doc

from hmi.domain.signals import Quality

_INFO_TYPE_AND_OVERFLOW = 0x0C80
_DATA_VALUE_OVERFLOW = 0x0480
_OPEN = frozenset(
    {
        StatusCodes.BadTimeout,
        StatusCodes.BadCommunicationError,
        StatusCodes.BadInternalError,
        StatusCodes.BadUnexpectedError,
        StatusCodes.BadNoCommunication,
        StatusCodes.BadDeviceFailure,
    }
)


def quality(status: int) -> Quality:
    """Severity from the top two bits; the reserved 0xC counts as bad."""
    severity = status >> 30
    if severity == 0:
        return Quality.GOOD
    return Quality.UNCERTAIN if severity == 1 else Quality.BAD


def overflow(status: int) -> bool:
    """Whether the server dropped values before this one: InfoType DataValue with bit 7 of InfoBits."""
    return status & _INFO_TYPE_AND_OVERFLOW == _DATA_VALUE_OVERFLOW


@lru_cache(maxsize=512)
def words(status: int) -> str:
    """Name and meaning of the code in the top 16 bits, empty for plain Good."""
    code = status & 0xFFFF0000
    if code == 0:
        return ""
    name, meaning = get_name_and_doc(code)
    if meaning.startswith("Unknown StatusCode"):
        return f"{name} 0x{code:08X}"
    return f"{name}: {meaning}"


def leaves_open(status: int) -> bool:
    """Whether a machine that answers a wish so may have done it all the same."""
    return status & 0xFFFF0000 in _OPEN
