"""Rules that several operations share."""

from hmi.domain.entries import Subject
from hmi.domain.personnel import Permission, RoleNames, Session
from hmi.domain.production import OrderProgress, OrderState
from hmi.errors import OperatorError
from hmi.ports import Context, Records


def require(context: Context, permission: Permission) -> Session:
    """The session of whoever may do it; otherwise a refusal that names the roles that may."""
    if context.session is None:
        raise OperatorError("nobody_signed_in")
    if not context.session.may(permission):
        roles = RoleNames(context.session.rights.roles_with(permission))
        raise OperatorError("not_permitted", person=context.session.name, roles=roles)
    return context.session


def order_subject(order: str) -> Subject:
    """The subject of everything about one job order."""
    return Subject("job_order", order)


def equipment_subject(context: Context) -> Subject:
    """The subject of everything about the machine itself."""
    return Subject("equipment", context.equipment)


def open_order(records: Records, order: str) -> OrderProgress:
    """The progress of an order that was started here and has not ended."""
    progress = records.production.progress(order)
    if progress is None:
        raise OperatorError("order_not_started", order=order)
    if progress.state is OrderState.ENDED:
        raise OperatorError("order_ended", order=order)
    return progress
