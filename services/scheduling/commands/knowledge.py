"""Failing closed on what may not be known yet: nobody acts alone on what intake said a minute ago or longer."""

from services.scheduling.domain.care import Care
from services.scheduling.models import Session
from services.scheduling.schemas.attestation import Attestation, Attested
from shared.db.unit_of_work import UnitOfWork
from shared.problems import problem_kind

KNOWLEDGE_STALE = problem_kind(
    "KNOWLEDGE_STALE", 503, "What was said about you lately may not be known here", "Try again shortly, or call us.",
    retryable=True,
)  # fmt: skip
ATTESTATION_NEEDED = problem_kind(
    "ATTESTATION_NEEDED", 409, "Intake was not heard within the last minute",
    "See elsewhere that order, screening and consent hold and no concern is open; start again with `attestation`.",
)  # fmt: skip


def require_known(care: Care) -> None:
    """For what a patient does alone. Raises KNOWLEDGE_STALE."""
    if care.stale:
        raise KNOWLEDGE_STALE(headers={"Retry-After": "5"})


async def require_attested(uow: UnitOfWork, session: Session, care: Care, attestation: Attestation | None) -> None:
    """For a dose: what is known is fresh, or somebody attests that it holds; that is recorded.

    Raises ATTESTATION_NEEDED, saying how far intake is known.
    """
    if not care.stale:
        return
    if attestation is None:
        raise ATTESTATION_NEEDED(params={"known_until": care.known_until and care.known_until.isoformat()})
    attested = Attested(seen=attestation.seen, by=uow.caller.subject, at=uow.now, known_until=care.known_until)
    session.attestation = uow.seal_column("session", "attestation", session.id, attested)
    await uow.audit(
        "update", "session", session.id, patient_id=session.patient_id, clinic_id=session.clinic_id,
        version=session.version, reason=f"ATTESTED_{attestation.seen}",
    )  # fmt: skip
