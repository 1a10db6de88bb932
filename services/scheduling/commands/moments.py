"""When things happened: told by the caller, or now. Nothing happens in the future."""

from datetime import UTC, datetime, timedelta

from shared.clinicfile.policies import ChartPolicy
from shared.db.unit_of_work import UnitOfWork
from shared.problems import INVALID_REQUEST, FieldError


def happened_at(
    uow: UnitOfWork, told: datetime | None, pointer: str, *, not_before: datetime | None
) -> datetime:  # fmt: skip
    """The moment told, or now. Raises INVALID_REQUEST (IN_THE_FUTURE, TOO_EARLY) at `pointer`."""
    if told is None:
        return uow.now
    if told > uow.now:
        raise INVALID_REQUEST(errors=[FieldError(pointer, "IN_THE_FUTURE")])
    if not_before is not None and told < not_before:
        raise INVALID_REQUEST(errors=[FieldError(pointer, "TOO_EARLY")])
    return told.astimezone(UTC)


def is_record(uow: UnitOfWork, at: datetime, source: str, policy: ChartPolicy) -> bool:
    """Whether what is told lies behind: it is from paper, or happened more than the clinic's minutes ago.

    Such an entry is judged and shown like any other, but wakes nobody.
    """
    return source == "paper" or uow.now - at > timedelta(minutes=policy.late_entry_minutes)
