"""The event that a projection is handling."""

from shared.db.unit_of_work import UnitOfWork
from shared.events import Envelope


def cause_of(uow: UnitOfWork) -> Envelope:
    """The envelope of the event being handled. Raises RuntimeError outside a handler."""
    if uow.cause is None:
        raise RuntimeError("a projection runs in a handler only")
    return uow.cause
