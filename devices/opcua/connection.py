"""The way to an open session with a server: socket, channel with the wanted protection, and who we are."""

import asyncio
import contextlib
import logging
import os
import socket
import stat
import sys
from collections.abc import Generator, Mapping

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UASocketProtocol, UASocketState
from asyncua.client.ua_session import SessionState
from asyncua.crypto import security_policies
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaError, UaStatusCodeError
from cryptography import x509

from devices.opcua import status_codes
from devices.opcua.certificates import Identity, own_identity, read_identity
from devices.opcua.explained import explained
from devices.opcua.settings import OpcUaSettings, SecurityPolicy
from devices.opcua.trust_list import TrustList
from hmi.errors import LinkError, NotAdmitted
from hmi.times import Clock

_log = logging.getLogger(__name__)

_REQUEST_TIMEOUT_S = 3.0
_CLOSE_TIMEOUT_S = 0.4
_LONGEST_CHAIN = 5
_NOT_ADMITTED = frozenset(
    {
        StatusCodes.BadIdentityTokenInvalid,
        StatusCodes.BadIdentityTokenRejected,
        StatusCodes.BadUserAccessDenied,
        StatusCodes.BadUserSignatureInvalid,
    }
)
_WE_ARE_NOT_TRUSTED = frozenset(
    {
        StatusCodes.BadSecurityChecksFailed,
        StatusCodes.BadCertificateUntrusted,
        StatusCodes.BadCertificateUriInvalid,
        StatusCodes.BadCertificateInvalid,
        StatusCodes.BadCertificateTimeInvalid,
        StatusCodes.BadCertificateUseNotAllowed,
    }
)
_POLICIES: Mapping[SecurityPolicy, type[security_policies.SecurityPolicy]] = {
    SecurityPolicy.BASIC256SHA256: security_policies.SecurityPolicyBasic256Sha256,
    SecurityPolicy.AES128_SHA256_RSAOAEP: security_policies.SecurityPolicyAes128Sha256RsaOaep,
    SecurityPolicy.AES256_SHA256_RSAPSS: security_policies.SecurityPolicyAes256Sha256RsaPss,
}


async def connect(settings: OpcUaSettings, clock: Clock) -> tuple[Client, UASocketProtocol]:
    """Connect, open a channel and activate a session; LinkError or NotAdmitted with words and remedy.

    With protection, the server's certificate is judged before anything but GetEndpoints is sent, and the
    channel is then opened with just this certificate: another server cannot read what is sent.
    """
    password, user = read_password(settings), _user_identity(settings)
    client = new_client(settings)
    if settings.security is not SecurityPolicy.NONE:
        await _protect(client, settings, clock)
    protocol = await _open_socket(client)
    try:
        _watch_the_wire(protocol)
        with explained(settings.endpoint):
            await client.send_hello()
            with _our_certificate_explained(settings):
                await client.open_secure_channel()
                await client.create_session()
            await _activate(client, settings, password, user)
    except BaseException:
        await leave(client, protocol)
        raise
    return client, protocol


def new_client(settings: OpcUaSettings) -> Client:
    """A client of the stack that nobody used before; it keeps the configured host."""
    client = Client(settings.endpoint, timeout=min(_REQUEST_TIMEOUT_S, settings.stale_after_s))
    client.name = client.description = "Lineside"
    client.application_uri = f"urn:{socket.gethostname()}:lineside"
    client.session_timeout = settings.session_timeout_s * 1000
    return client


async def endpoints(settings: OpcUaSettings) -> list[ua.EndpointDescription]:
    """What the server offers, asked over a connection of its own without protection."""
    client = new_client(settings)
    protocol = await _open_socket(client)
    with explained(settings.endpoint):
        try:
            await client.send_hello()
            await client.open_secure_channel()
            offered = await client.get_endpoints()
            await client.close_secure_channel()
            return offered
        finally:
            await leave(client, protocol)


async def _open_socket(client: Client) -> UASocketProtocol:
    """The open socket; none is left behind when the run is ended just as it opens."""
    address = client.server_url.geturl()
    try:
        with explained(address):
            await client.connect_socket()
    except BaseException:
        made = client.uaclient.protocol
        if made is not None and made.transport is not None:
            made.transport.abort()
        raise
    protocol = client.uaclient.protocol
    if protocol is None:
        raise LinkError(f"{address} closed the connection at once")
    return protocol


async def leave(client: Client, protocol: UASocketProtocol, *, farewell: bool = True) -> None:
    """Close the session, so that it does not fill the PLC until its time-out, and drop the socket.

    Without a farewell, which a server that says nothing would not hear, only the socket is dropped.
    """
    opened = farewell and client.uaclient.session.state is not SessionState.NEW
    try:
        if opened and protocol.state is UASocketState.OPEN:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await client.close_session()
                await client.close_secure_channel()
    except (OSError, UaError) as error:
        _log.debug("%s did not answer the farewell: %r", client.server_url.netloc, error)
    finally:  # also when this run is ended during the farewell
        transport = protocol.transport
        client.disconnect_socket()
        if transport is not None:
            transport.abort()
    await asyncio.sleep(0)


def read_password(settings: OpcUaSettings) -> str | None:
    """The password from its file or variable, None where none is wanted; NotAdmitted when it is not there."""
    if settings.password_env is not None:
        password = os.environ.get(settings.password_env)
        if not password:
            raise NotAdmitted(
                f"no password for {settings.endpoint} in the environment variable {settings.password_env}: "
                "set it where this program is started, or use password_file"
            )
        return password
    file = settings.password_file
    if file is None:
        return None
    try:
        mode = file.stat().st_mode
        if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise NotAdmitted(
                f"the password file {file} can be read by others (mode {stat.S_IMODE(mode):o}): "
                f"take that from them with chmod 600 {file}"
            )
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise NotAdmitted(
            f"the password file {file} cannot be read ({error}): "
            "put the password there, readable for this program"
        ) from error


def certificate_chain(chain: bytes | None) -> list[x509.Certificate]:
    """The server's own certificate and the authorities after it, as far as they can be read."""
    found: list[x509.Certificate] = []
    rest = chain or b""
    while len(rest) >= 4 and len(found) < _LONGEST_CHAIN:
        length = int.from_bytes(rest[2:4], "big") + 4
        try:
            found.append(x509.load_der_x509_certificate(rest[:length]))
        except ValueError:
            break
        rest = rest[length:]
    return found


async def _protect(client: Client, settings: OpcUaSettings, clock: Clock) -> None:
    own = own_identity(settings.pki, clock.now())
    policy = _POLICIES[settings.security]
    mode = ua.MessageSecurityMode[settings.security_mode.value]
    offered = await endpoints(settings)
    fitting = [each for each in offered if each.SecurityPolicyUri == policy.URI and each.SecurityMode is mode]
    if not fitting:
        ways = sorted({way(each) for each in offered})
        raise NotAdmitted(
            f"{settings.endpoint} does not offer {settings.security}/{settings.security_mode}, only "
            f"{', '.join(ways) or 'nothing'}: switch it on at the server, or write another security"
        )
    chain = certificate_chain(fitting[0].ServerCertificate)
    if not chain:
        raise NotAdmitted(
            f"{settings.endpoint} shows no certificate that can be read: have one made at the machine"
        )
    certificate, *between = chain
    try:
        TrustList(settings.pki, clock).judge(
            settings.endpoint, certificate, fitting[0].Server.ApplicationUri or "", between
        )
    except OSError as error:
        raise NotAdmitted(
            f"what servers show cannot be kept in {settings.pki} ({error}): let this program write there"
        ) from error
    client.application_uri = own.application_uri
    client.security_policy = policy(certificate, own.certificate, own.key, mode)
    client.uaclient.set_security(client.security_policy)


def way(endpoint: ua.EndpointDescription) -> str:
    """Policy and mode of an endpoint."""
    policy = (endpoint.SecurityPolicyUri or "?").rpartition("#")[2]
    return f"{policy.replace('_', '')}/{endpoint.SecurityMode.name.rstrip('_')}"


def _user_identity(settings: OpcUaSettings) -> Identity | None:
    if settings.user_certificate is None or settings.user_key is None:
        return None
    return read_identity(settings.user_certificate, settings.user_key)


@contextlib.contextmanager
def _our_certificate_explained(settings: OpcUaSettings) -> Generator[None]:
    try:
        yield
    except UaStatusCodeError as error:
        if error.code in _WE_ARE_NOT_TRUSTED:
            raise NotAdmitted(
                f"{settings.endpoint} does not take this terminal's certificate "
                f"({status_codes.words(error.code)}): accept it at the server; `lineside trust own` shows it"
            ) from error
        raise


async def _activate(
    client: Client, settings: OpcUaSettings, password: str | None, user: Identity | None
) -> None:
    try:
        if user is None:
            await client.activate_session(username=settings.user, password=password)
        else:
            client.user_private_key = user.key
            await client.activate_session(certificate=user.certificate)
    except UaStatusCodeError as error:
        if error.code in _NOT_ADMITTED:
            who = f"the user {settings.user}" if settings.user else "a terminal without a user"
            if user is not None:
                who = f"the user of {settings.user_certificate}"
            raise NotAdmitted(
                f"{settings.endpoint} does not admit {who} ({status_codes.words(error.code)}): "
                "look at user and password, and at the server's user list"
            ) from error
        raise


def _watch_the_wire(protocol: UASocketProtocol) -> None:
    """Let the system notice a cable that is out: unanswered bytes for 3 s, or silence, close the socket."""
    wire = protocol.transport.get_extra_info("socket") if protocol.transport is not None else None
    if wire is None:
        return
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform == "linux":
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 3000)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)
