"""Checks that commands make about who asks and what they last read."""

from uuid import UUID

from shared.db.unit_of_work import UnitOfWork
from shared.problems import FORBIDDEN, NOT_FOUND, STALE_VERSION, Problem, ProblemKind


class Denied(Problem):
    """A refusal because of who asks; it leaves an audit row."""

    def __init__(self, kind: ProblemKind, roles: tuple[str, ...] = ()) -> None:
        super().__init__(kind, None, (), {"roles": sorted(roles)} if roles else {}, {})


def was_denied(problem: Problem) -> bool:
    """Whether the refusal is about the caller and not about the request."""
    return isinstance(problem, Denied) or problem.kind is FORBIDDEN


def require_role(uow: UnitOfWork, clinic_id: UUID | None, *roles: str) -> None:
    """The caller must have one of `roles` at the clinic (at any clinic for None). Raises FORBIDDEN.

    A service reacting to an event or a timer passes; a patient or the public never does.
    """
    if uow.caller.kind != "service" and not uow.caller.may(clinic_id, *roles):
        raise Denied(FORBIDDEN, roles)


def require_patient(uow: UnitOfWork, patient_id: UUID) -> None:
    """A patient reaches only itself: another id does not exist for it. Raises NOT_FOUND. Staff and services pass."""
    caller = uow.caller
    if caller.kind == "public" or (caller.kind == "patient" and caller.patient_id != patient_id):
        raise Denied(NOT_FOUND)


def require_version(actual: int, expected: int) -> None:
    """The aggregate must be at the version that the caller last read. Raises STALE_VERSION with the current one."""
    if actual != expected:
        raise STALE_VERSION(params={"current": actual, "sent": expected}, headers={"ETag": f'"{actual}"'})
