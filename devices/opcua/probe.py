"""Tries every step of the way to a PLC's tags once, for `lineside check`."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

from devices.opcua import connection, status_codes
from devices.opcua.explained import explained
from devices.opcua.node_address import Address
from devices.opcua.session import OpcUaSession, open_session
from devices.opcua.settings import OpcUaSettings, SecurityPolicy
from devices.opcua.tag_values import TagValue
from devices.opcua.trust_list import TrustList, own_warning
from devices.opcua.wire import change_of
from hmi.domain.signals import Quality
from hmi.errors import LinkError
from hmi.ports import Finding
from hmi.times import Clock

_CONNECT_TIMEOUT_S = 3.0


async def probe(
    link: str, settings: OpcUaSettings, addresses: Mapping[str, Address], clock: Clock
) -> AsyncIterator[Finding]:
    """One finding each for socket, endpoint, session, namespaces and tags; ends at the first dead step."""
    reached = await _socket(link, settings)
    yield reached
    if not reached.ok:
        return
    endpoints = await _endpoints(link, settings)
    yield endpoints
    if not endpoints.ok:
        return
    what = f"{link}: session"
    try:
        session = await open_session(settings, clock)
    except LinkError as error:
        yield _failed(what, error)
        return
    try:
        who = settings.user or settings.user_certificate or "anybody"
        yield Finding(True, what, f"opened for {who}, security {settings.security}")
        if settings.security is not SecurityPolicy.NONE:
            yield _own_certificate(link, settings, clock)
        async for finding in _tags(link, settings, addresses, session):
            yield finding
    except LinkError as error:
        yield _failed(what, error)
    finally:
        await session.close()


async def _socket(link: str, settings: OpcUaSettings) -> Finding:
    what = f"{link}: {settings.endpoint}"
    parts = urlsplit(settings.endpoint)
    start = time.perf_counter()
    try:
        with explained(settings.endpoint):
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except LinkError as error:
        return _failed(what, error)
    took_ms = (time.perf_counter() - start) * 1000
    writer.transport.abort()
    await asyncio.sleep(0)
    return Finding(True, what, f"reached in {took_ms:.0f} ms")


async def _endpoints(link: str, settings: OpcUaSettings) -> Finding:
    what = f"{link}: endpoints"
    try:
        offered = await connection.endpoints(settings)
    except LinkError as error:
        return _failed(what, error)
    ways = sorted({connection.way(each) for each in offered})
    if settings.security is SecurityPolicy.NONE:
        wanted = "None/None"
    else:
        wanted = f"{settings.security}/{settings.security_mode}"
    if wanted not in ways:
        return Finding(
            False,
            what,
            f"offers only {', '.join(ways) or 'nothing'}",
            f"switch on the endpoint {wanted} at the server, or write another security",
        )
    return Finding(True, what, f"offers {', '.join(ways)}")


def _own_certificate(link: str, settings: OpcUaSettings, clock: Clock) -> Finding:
    own = TrustList(settings.pki, clock).own()
    warning = own_warning(own, clock.now())
    what = f"{link}: own certificate"
    if own is None or warning:
        return Finding(
            False,
            what,
            warning or "is gone",
            "make a new one with `lineside trust renew`, tell the server",
        )
    return Finding(True, what, f"valid until {own.not_after:%Y-%m-%d}")


async def _tags(
    link: str, settings: OpcUaSettings, addresses: Mapping[str, Address], session: OpcUaSession
) -> AsyncIterator[Finding]:
    known = (await session.look()).namespaces
    for uri in dict.fromkeys(uri for address in addresses.values() for uri in address.uris):
        if uri in known:
            yield Finding(True, f"{link}: namespace {uri}", f"known as number {known.index(uri)}")
        else:
            yield Finding(
                False,
                f"{link}: namespace {uri}",
                f"the server does not know it; it knows {', '.join(known[1:])}",
                "write one of these after nsu=, or load the PLC's program",
            )
    nodes, refused = await session.resolve(addresses, known)
    values = await session.services.read(list(nodes.values())) if nodes else []
    data = dict(zip(nodes, values, strict=True))
    for tag, of in settings.tags.items():
        what = f"{link}: tag {tag}"
        if tag in refused:
            yield Finding(False, what, refused[tag].words, f"look at node = {of.node}")
            continue
        change = change_of(0, data[tag])
        quality = status_codes.quality(change.status)
        said = status_codes.words(change.status)
        if quality is Quality.BAD:
            yield Finding(False, what, said, f"look at node = {of.node} and at the PLC")
            continue
        value, wrong = TagValue(of).judge(change.value, change.kind, change.is_array)
        if wrong:
            yield Finding(False, what, wrong, f"look at node = {of.node} and at role =")
        else:
            yield Finding(True, what, f"{change.kind} {value} {of.unit} ({quality})".replace("  ", " "), said)


def _failed(what: str, error: LinkError) -> Finding:
    """A LinkError says `words: remedy`."""
    words, _, remedy = str(error).rpartition(": ")
    return Finding(False, what, words or remedy, remedy if words else "")
