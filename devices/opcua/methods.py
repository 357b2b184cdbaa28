"""Calls a method of a machine for a person: once, its outputs kept, and the state read before any repeat."""

from collections.abc import Sequence

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from devices.opcua import status_codes
from devices.opcua.services import OpcUaServices
from hmi.domain.machine import CallOutcome, Verdict
from hmi.errors import LinkError

# the server refused before the method began
_NEVER_BEGAN = frozenset(
    {
        StatusCodes.BadNodeIdUnknown,
        StatusCodes.BadNodeIdInvalid,
        StatusCodes.BadMethodInvalid,
        StatusCodes.BadArgumentsMissing,
        StatusCodes.BadTooManyArguments,
        StatusCodes.BadInvalidArgument,
        StatusCodes.BadNotExecutable,
        StatusCodes.BadUserAccessDenied,
        StatusCodes.BadSecurityModeInsufficient,
        StatusCodes.BadTypeMismatch,
        StatusCodes.BadOutOfRange,
    }
)


async def call(
    services: OpcUaServices, of: ua.NodeId, method: ua.NodeId, inputs: Sequence[ua.Variant]
) -> CallOutcome:
    """Call once. Uncertain keeps its outputs and is judged by whoever knows them: UNKNOWN with outputs.

    A Bad answer may come from a method that has acted: UNKNOWN, unless the server said that it never began.
    """
    try:
        result = await services.call(of, method, inputs)
    except LinkError as error:
        return CallOutcome(Verdict.UNKNOWN, int(StatusCodes.BadCommunicationError), str(error), ())
    code = result.StatusCode.value
    outputs = tuple(each.Value for each in result.OutputArguments or [])
    words = status_codes.words(code)
    if result.StatusCode.is_good():
        return CallOutcome(Verdict.DONE, code, words, outputs)
    if code & 0xFFFF0000 in _NEVER_BEGAN:
        return CallOutcome(Verdict.REFUSED, code, words, outputs)
    return CallOutcome(Verdict.UNKNOWN, code, words, outputs)
