"""`lineside trust`: which machines' certificates this terminal trusts, and the terminal's own."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from devices.opcua import certificates, connection
from devices.opcua.settings import OpcUaSettings
from devices.opcua.trust_list import TrustList, own_warning
from hmi import config as configuration
from hmi.config import TerminalConfig
from hmi.domain.trust import OwnCertificate, ServerCertificate, grouped
from hmi.errors import ConfigError, LinkError, StoreError
from hmi.operations.machine import DecideTrust, decide_trust_outside
from hmi.times import Clock, SystemClock
from screens.commands.authorities import change_authorities, take_in_revoked, tell_authorities
from screens.commands.standing import Desk, account, desk_of
from screens.wiring import link_settings, pki_folder

_SHORTEST = 8  # hexadecimal digits that name a certificate


def run_trust(file: Path, action: str, what: str) -> int:
    """Do one action of `lineside trust`; the exit code: 0 done, 1 a server or a file is in the way."""
    config = configuration.load(file)
    clock = SystemClock()
    folders = dict.fromkeys(
        settings.pki for _, _, settings in link_settings(config, file) if isinstance(settings, OpcUaSettings)
    )
    try:
        for folder in folders or [pki_folder(config, file)]:
            trust = TrustList(folder, clock)
            match action:
                case "list":
                    tell_list(trust, clock)
                    tell_authorities(folder, clock)
                case "accept" | "refuse":
                    with _desk(config, file) as desk:
                        decide(trust, action, what, desk)
                case "authority" | "forget":
                    with _desk(config, file) as desk:
                        change_authorities(folder, clock, action, what, desk)
                case "revoked":
                    take_in_revoked(folder, clock, what)
                case "show":
                    print(asyncio.run(shown_by(what)))
                    return 0
                case _:
                    tell_own(folder, clock, anew=action == "renew")
    except LinkError as error:
        print(f"lineside: {error}")
        return 1
    return 0


@contextmanager
def _desk(config: TerminalConfig, file: Path) -> Generator[Desk]:
    try:
        with desk_of(config, file) as desk:
            yield desk
    except StoreError as error:
        words = f"{error}. Nothing was changed: stop it first, or decide on a machine under Devices there"
        raise StoreError(words) from error


def tell_list(trust: TrustList, clock: Clock) -> None:
    """Print every certificate that was shown, and the terminal's own."""
    shown = trust.servers()
    for each in shown:
        print(server_lines(each))
    if not shown:
        print("No server showed a certificate yet. Start the terminal, or `lineside trust show ENDPOINT`.")
    own = trust.own()
    if own is not None:
        print(own_lines(own, clock))


def decide(trust: TrustList, action: str, what: str, desk: Desk) -> None:
    """Accept or refuse the certificate that a fingerprint (or its beginning) names, or ConfigError.

    The journal keeps by which account; while the terminal runs it is decided there, under Devices.
    """
    wanted = "".join(what.split()).replace(":", "").lower()
    if len(wanted) < _SHORTEST:
        raise ConfigError("trust", "", f"{what!r} is too short", f"Give {_SHORTEST} digits or more")
    named = [each for each in trust.servers() if each.fingerprint.startswith(wanted)]
    if len({each.fingerprint for each in named}) != 1:
        words = "more than one certificate begins with it" if named else "no server showed such a certificate"
        raise ConfigError("trust", what, words, "`lineside trust list` shows those that are known")
    person = account()
    for each in named:
        desk.do(decide_trust_outside, (DecideTrust(each, action == "accept"), person))
        if action == "accept":
            trust.accept(each, person.name)
        else:
            trust.refuse(each, person.name)
        print(f"{action}ed: {each.grouped} at {each.endpoint}".replace("refuseed", "refused"))


async def shown_by(endpoint: str) -> str:
    """What a server shows now, in lines; nothing is decided. LinkError when it cannot be asked."""
    try:
        settings = OpcUaSettings(endpoint=endpoint)
    except ValueError as error:
        raise ConfigError("trust", "", f"{endpoint}: {error}", "Write opc.tcp://HOST:PORT") from error
    offered = await connection.endpoints(settings)
    lines = [f"{endpoint} offers {', '.join(sorted({connection.way(each) for each in offered}))}"]
    for chain in dict.fromkeys(each.ServerCertificate for each in offered):
        for certificate in connection.certificate_chain(chain)[:1]:
            lines += [
                f"  {grouped(certificates.fingerprint(certificate))}",
                f"  {certificates.subject(certificate)}, {certificates.application_uri(certificate)}",
                (
                    f"  valid {certificate.not_valid_before_utc:%Y-%m-%d} to "
                    f"{certificate.not_valid_after_utc:%Y-%m-%d}"
                ),
            ]
    return "\n".join(lines if len(lines) > 1 else [*lines, "  and shows no certificate"])


def tell_own(folder: Path, clock: Clock, *, anew: bool) -> None:
    """Print the terminal's own certificate, made where there is none or a new one is wanted."""
    now = clock.now()
    identity = certificates.make_identity(folder, now) if anew else certificates.own_identity(folder, now)
    print(own_lines(certificates.described(identity.certificate), clock))
    print(f"  file: {folder}")


def own_lines(own: OwnCertificate, clock: Clock) -> str:
    """The terminal's own certificate in lines."""
    warning = own_warning(own, clock.now())
    return "\n".join(
        [
            f"own       {grouped(own.fingerprint)}",
            f"  {own.subject}, {own.application_uri}, valid until {own.not_after:%Y-%m-%d}",
            *([f"  ATTENTION: {warning}: `lineside trust renew`, then tell the servers"] if warning else []),
        ]
    )


def server_lines(shown: ServerCertificate) -> str:
    """One server's certificate in lines."""
    decided = f", decided by {shown.decided_by}" if shown.decided_by else ""
    return "\n".join(
        [
            f"{shown.state:<9} {shown.grouped}",
            (
                f"  {shown.endpoint}: {shown.subject}, {shown.application_uri}, "
                f"valid until {shown.not_after:%Y-%m-%d}{decided}"
            ),
            *([f"  before: {grouped(shown.before)}"] if shown.before else []),
        ]
    )
