"""Checks that commands make about who asks and what they last read."""

from datetime import timedelta
from uuid import UUID

from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.problems import FORBIDDEN, NOT_FOUND, STALE_VERSION, Problem, ProblemKind, problem_kind

STEP_UP_NEEDED = problem_kind(
    "STEP_UP_NEEDED", 401, "This needs a fresh login", "Log in again, then repeat it with the new token."
)
LEEWAY = timedelta(seconds=10)
"""How far the issuer's clock may be ahead of ours."""


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
    """A patient reaches only itself, under every merged id: another one does not exist for it. Staff and services pass.

    Raises NOT_FOUND.
    """
    caller = uow.caller
    if caller.kind == "public" or (caller.kind == "patient" and not caller.is_patient(patient_id)):
        raise Denied(NOT_FOUND)


def require_fresh_login(uow: UnitOfWork, within: timedelta | None) -> None:
    """The caller must have proved who they are `within` this time (RFC 9470); None asks for nothing.

    Not knowing when that was is not fresh. A service reacting to an event or a timer passes. Raises STEP_UP_NEEDED.
    """
    if within is None or uow.caller.kind == "service":
        return
    at, now = uow.caller.logged_in_at, wall_now()
    if at is None or not now - within <= at <= now + LEEWAY:
        seconds = int(within.total_seconds())
        challenge = f'Bearer error="insufficient_user_authentication", max_age="{seconds}"'
        raise STEP_UP_NEEDED(params={"max_age_seconds": seconds}, headers={"WWW-Authenticate": challenge})


def require_version(actual: int, expected: int) -> None:
    """The aggregate must be at the version that the caller last read. Raises STALE_VERSION with the current one."""
    if actual != expected:
        raise STALE_VERSION(params={"current": actual, "sent": expected}, headers={"ETag": f'"{actual}"'})
