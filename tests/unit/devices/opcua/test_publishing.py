"""The publish requests of a session: two ahead, acknowledged once, in order, and no gap passed over."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from asyncua import ua
from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.utils import Buffer
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary
from asyncua.ua.uaerrors import UaStatusCodeError

from devices.opcua.connection import new_client
from devices.opcua.session import OpcUaSession
from devices.opcua.settings import OpcUaSettings
from devices.opcua.wire import Published, decode
from hmi.errors import LinkError

SETTINGS = OpcUaSettings(endpoint="opc.tcp://plc")


class PlayedProtocol(UASocketProtocol):
    """Answers each publish request with the next of its answers; keeps what was acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.acknowledged: list[list[int]] = []
        self.open_requests = 0
        self._answers: asyncio.Queue[Buffer | Exception] = asyncio.Queue()

    def answer(self, *answers: Buffer | Exception) -> None:
        for each in answers:
            self._answers.put_nowait(each)

    async def send_request(
        self,
        request: object,
        timeout: float | None = None,  # noqa: ASYNC109 - the stack's own signature
        message_type: object = None,
    ) -> Buffer:
        assert isinstance(request, ua.PublishRequest)
        assert timeout == 0
        acknowledged = request.Parameters.SubscriptionAcknowledgements
        self.acknowledged.append([each.SequenceNumber for each in acknowledged])
        self.open_requests += 1
        try:
            answer = await self._answers.get()
        finally:
            self.open_requests -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer


def notification(sequence: int, *values: int, ended: int | None = None) -> Buffer:
    response = ua.PublishResponse()
    data: list[object] = []
    if values:
        items = [
            ua.MonitoredItemNotification(
                ua.IntegerId(0), ua.DataValue(ua.Variant(value, ua.VariantType.Int32))
            )
            for value in values
        ]
        data.append(ua.DataChangeNotification(MonitoredItems=items))
    if ended is not None:
        status = ua.StatusCode(ua.UInt32(ended))
        data.append(ua.StatusChangeNotification(Status=status))
    response.Parameters.SubscriptionId = ua.IntegerId(7)
    response.Parameters.NotificationMessage = replace(
        ua.NotificationMessage(), SequenceNumber=sequence, NotificationData=data
    )
    return Buffer(struct_to_binary(response))


async def listen(protocol: PlayedProtocol, enough: Callable[[list[Published]], bool]) -> list[Published]:
    before = asyncio.all_tasks()
    session = OpcUaSession(new_client(SETTINGS), protocol, SETTINGS)
    heard: list[Published] = []
    messages = session.published()
    try:
        async with asyncio.timeout(3):
            async for message in messages:
                heard.append(message)
                if enough(heard):
                    await asyncio.sleep(0)
                    break
    finally:
        await messages.aclose()
        assert protocol.open_requests == 0
        assert asyncio.all_tasks() == before
    return heard


def test_in_order_and_each_acknowledged_once() -> None:
    async def story() -> None:
        protocol = PlayedProtocol()
        protocol.answer(notification(1, 10, 11), notification(2), notification(2, 12), notification(3, 13))
        heard = await listen(protocol, lambda heard: len(heard) == 4)
        assert [[change.value for change in each.changes] for each in heard] == [[10, 11], [], [12], [13]]
        assert [each.keep_alive for each in heard] == [False, True, False, False]
        sent = [number for numbers in protocol.acknowledged for number in numbers]
        assert sent == sorted(set(sent))
        assert set(sent) <= {1, 2, 3}
        assert 1 in sent

    asyncio.run(story())


def test_one_request_more_than_subscriptions_waits_at_the_server() -> None:
    async def story() -> None:
        protocol = PlayedProtocol()
        listening = asyncio.create_task(listen(protocol, lambda heard: len(heard) == 1))
        await asyncio.sleep(0.05)
        assert protocol.open_requests == 1
        protocol.answer(notification(1, 1))
        await listening

    asyncio.run(story())


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([notification(1, 1), notification(3, 3)], "notification 2 of the PLC never came"),
        ([notification(1, 1), notification(2, ended=StatusCodes.BadTimeout)], "ended the subscription"),
        ([UaStatusCodeError(StatusCodes.BadNoSubscription)], "BadNoSubscription"),
        ([ConnectionResetError("reset")], "broke"),
        ([Buffer(b"\x01\x00\x3d\x03nonsense")], "cannot be read"),
    ],
    ids=["gap", "ended", "no subscription", "reset", "nonsense"],
)
def test_what_ends_the_link(answers: list[Buffer | Exception], words: str) -> None:
    async def story() -> None:
        protocol = PlayedProtocol()
        protocol.answer(*answers)
        with pytest.raises(LinkError, match=words):
            await listen(protocol, lambda heard: False)

    asyncio.run(story())


def test_sequence_numbers_begin_again_after_the_highest() -> None:
    async def story() -> None:
        protocol = PlayedProtocol()
        protocol.answer(notification(0xFFFFFFFF, 1), notification(1, 2))
        assert len(await listen(protocol, lambda heard: len(heard) == 2)) == 2

    asyncio.run(story())


@pytest.mark.parametrize("code", [StatusCodes.BadTimeout, StatusCodes.BadTooManyPublishRequests])
def test_a_request_that_timed_out_at_the_server_is_sent_again(code: int) -> None:
    async def story() -> None:
        protocol = PlayedProtocol()
        protocol.answer(UaStatusCodeError(code), notification(1, 5))
        heard = await listen(protocol, lambda heard: len(heard) == 1)
        assert heard[0].changes[0].value == 5

    asyncio.run(story())


def test_times_and_types_are_decoded() -> None:
    decoded = decode(notification(4, 42))
    (change,) = decoded.changes
    assert (decoded.subscription, decoded.sequence) == (7, 4)
    assert (change.handle, change.value, change.kind, change.status) == (0, 42, "Int32", 0)
    assert (change.source_time, change.server_time, change.is_array) == (None, None, False)
