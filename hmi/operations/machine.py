"""What people wish of machines, kept before it is sent; what machines answered; which are trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from hmi.domain.alarm_payloads import AlarmDeviceAnswered
from hmi.domain.alarms import AlarmCondition
from hmi.domain.entries import NewEntry, PersonRef, Subject
from hmi.domain.machine import AlarmAnswer, Verdict, WriteOutcome
from hmi.domain.machine_payloads import EquipmentWriteAsked, EquipmentWritten, TrustDecided
from hmi.domain.payload import decimal_text
from hmi.domain.personnel import Permission
from hmi.domain.signals import Scalar
from hmi.domain.tags import TagInfo
from hmi.domain.trust import ServerCertificate
from hmi.errors import OperatorError
from hmi.operations.alarms import alarm_subject
from hmi.operations.rules import equipment_subject, require
from hmi.ports import Context, Records

_LONGEST = 4000


def scalar_text(value: Scalar) -> str:
    """A value as the entries write it: a number without an exponent, true or false, or the text itself."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.replace("\0", "�")[:_LONGEST]
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return decimal_text(number) if number.is_finite() else str(value)


@dataclass(frozen=True, slots=True)
class AskWrite:
    """A value that is about to be sent for `person`; `before` is what the machine held, None when unknown."""

    tag: TagInfo
    value: Scalar
    before: Scalar | None
    person: str


def ask_write(records: Records, wish: AskWrite, context: Context) -> Sequence[NewEntry]:
    """Keep the intent; a refusal when the person may not, or is not the one who is signed in any more."""
    session = require(context, Permission.WRITE_TAGS)
    if session.person != wish.person:
        raise OperatorError("write_other_person")
    tag = wish.tag
    payload = EquipmentWriteAsked(
        link=tag.link,
        tag=tag.name,
        label=tag.label,
        value=scalar_text(wish.value),
        before=None if wish.before is None else scalar_text(wish.before),
        unit=tag.unit,
    )
    return [NewEntry(equipment_subject(context), payload)]


@dataclass(frozen=True, slots=True)
class TellWrite:
    """What became of the write that the entry `asked` wished for."""

    tag: TagInfo
    asked: str
    outcome: WriteOutcome


def tell_write(records: Records, wish: TellWrite, context: Context) -> Sequence[NewEntry]:
    """Keep the outcome beside the intent."""
    tag, outcome = wish.tag, wish.outcome
    payload = EquipmentWritten(
        asked=wish.asked,
        link=tag.link,
        tag=tag.name,
        label=tag.label,
        value=scalar_text(outcome.wanted),
        read_back=None if outcome.read_back is None else scalar_text(outcome.read_back),
        unit=tag.unit,
        verdict=outcome.verdict.value,
        words=outcome.words[:_LONGEST],
    )
    return [NewEntry(equipment_subject(context), payload, by_machine=True)]


@dataclass(frozen=True, slots=True)
class DeviceAnswered:
    """What a device said to the act `asked` about an alarm; `verdict` None when it was not told."""

    key: str
    asked: str
    answer: AlarmAnswer
    verdict: Verdict | None
    words: str


def note_device_answer(records: Records, wish: DeviceAnswered, context: Context) -> Sequence[NewEntry]:
    """Keep what the device said; nothing about an alarm that is no device's own."""
    record = records.alarms.alarm(wish.key)
    if record is None or record.condition is not AlarmCondition.DEVICE:
        return []
    match wish.verdict:
        case None:
            verdict = "not_sent"
        case Verdict.DONE:
            verdict = "done"
        case Verdict.REFUSED:
            verdict = "refused"
        case _:
            verdict = "unknown"
    payload = AlarmDeviceAnswered(
        asked=wish.asked, answer=wish.answer.value, verdict=verdict, words=wish.words[:_LONGEST]
    )
    return [NewEntry(alarm_subject(wish.key), payload, by_machine=True)]


@dataclass(frozen=True, slots=True)
class DecideTrust:
    """Accept or refuse what a server showed."""

    certificate: ServerCertificate
    accept: bool


def decide_trust(records: Records, wish: DecideTrust, context: Context) -> Sequence[NewEntry]:
    """Keep who decided what about which certificate."""
    require(context, Permission.TRUST_SERVERS)
    return [_decided(wish, context, None)]


def decide_trust_outside(
    records: Records, wish: tuple[DecideTrust, PersonRef], context: Context
) -> Sequence[NewEntry]:
    """Keep what was decided at the command line: by which account, as nobody is signed in there."""
    return [_decided(wish[0], context, wish[1])]


def _decided(wish: DecideTrust, context: Context, person: PersonRef | None) -> NewEntry:
    shown = wish.certificate
    payload = TrustDecided(
        endpoint=shown.endpoint[:200],
        fingerprint=shown.fingerprint,
        certificate=shown.subject[:_LONGEST],
        decision="accepted" if wish.accept else "refused",
        before=shown.before or None,
    )
    return NewEntry(Subject("terminal", context.terminal), payload, person=person)
