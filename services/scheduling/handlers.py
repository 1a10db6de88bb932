"""What scheduling does about what it hears: it keeps the newest version of every fact, whatever came first."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from services.scheduling.commands.booking.readying import expect_review
from services.scheduling.commands.booking.speaking import keep_interpreter
from services.scheduling.commands.chair.namesakes import keep_name_key
from services.scheduling.domain.evaluating import PHQ9
from services.scheduling.models import (
    Authorisation,
    Consent,
    CourseEstimate,
    CoursePayment,
    DoseOrder,
    Outcome,
    Patient,
    SafetyConcern,
    Screening,
)
from services.scheduling.records import keep, stub_patient
from shared import aliases
from shared.db.unit_of_work import UnitOfWork
from shared.events import Event
from shared.events.billing import AuthorisationUpdated, EstimateIssued, PaymentPolicyMet
from shared.events.intake import (
    ConsentRevoked,
    ConsentSigned,
    OrderRevoked,
    OrderSigned,
    OutcomeRecorded,
    PatientChanged,
    PatientMerged,
    PatientRegistered,
    PatientScreened,
    PatientUnlinked,
    SafetyConcernRaised,
    SafetyConcernResolved,
    ScreeningReviewed,
)
from shared.service import Handler

Fact = (
    Patient | Screening | Consent | DoseOrder | SafetyConcern | Outcome | Authorisation | CourseEstimate | CoursePayment
)


async def on_patient(uow: UnitOfWork, event: PatientRegistered | PatientChanged) -> None:
    """Keep the newest identity card for the two identifiers at the chair, what the patient needs, and by what namesakes
    are noticed."""
    card = uow.open(event, "identity")
    identity = uow.seal_column("patient", "identity", event.patient_id, card)
    await _keep(
        uow, event.patient_id,
        Patient(
            id=event.patient_id, organisation_id=uow.organisation_id, version=event.version, identity=identity
        ),
    )  # fmt: skip
    await keep_name_key(uow, event.patient_id, event.version, card)
    await keep_interpreter(uow, event.patient_id, event.version, card)


async def on_merge(uow: UnitOfWork, event: PatientMerged | PatientUnlinked) -> None:
    """Both records decide together on every booking and dose, or no longer; either key may tell it first."""
    for patient_id in (event.absorbed_id, event.survivor_id):
        await stub_patient(uow, patient_id)
    await aliases.keep_alias(uow, aliases.told_of(event))
    for patient_id in (event.absorbed_id, event.survivor_id):
        await expect_review(uow, patient_id)


async def on_patient_screened(uow: UnitOfWork, event: PatientScreened) -> None:
    """Keep the outcome per modality; an earlier review of another screening does not carry over."""
    summary = uow.seal_column("screening", "summary", event.screening_id, uow.open(event, "summary"))
    await _keep(
        uow, event.patient_id,
        Screening(
            id=event.screening_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
            version=event.version, screened_at=event.screened_at, summary=summary,
        ),
    )  # fmt: skip


async def on_screening_reviewed(uow: UnitOfWork, event: ScreeningReviewed) -> None:
    """Keep what the clinician cleared, beside a screening that may not be known yet."""
    review = uow.seal_column("screening", "review", event.screening_id, uow.open(event, "review"))
    await _keep(
        uow, event.patient_id,
        Screening(
            id=event.screening_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
            review_version=event.version, review=review,
        ),
        "review_version",
    )  # fmt: skip


async def on_consent_signed(uow: UnitOfWork, event: ConsentSigned) -> None:
    """Keep how long the consent holds."""
    await _keep(
        uow, event.patient_id,
        Consent(
            id=event.consent_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
            version=event.version, state=event.state, document=event.document,
            document_version=event.document_version, valid_until=event.valid_until,
        ),
    )  # fmt: skip


async def on_consent_revoked(uow: UnitOfWork, event: ConsentRevoked) -> None:
    """The consent no longer holds; no dose starts under it."""
    await _keep(
        uow, event.patient_id,
        Consent(
            id=event.consent_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
            version=event.version, state=event.state, document=event.document,
        ),
    )  # fmt: skip


async def on_order_signed(uow: UnitOfWork, event: OrderSigned) -> None:
    """Keep the order; courses of its clinic are planned and doses started under it."""
    content = uow.seal_column("dose_order", "content", event.order_id, uow.open(event, "order"))
    await _keep(
        uow, event.patient_id,
        DoseOrder(
            id=event.order_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow),
            patient_id=event.patient_id, version=event.version, state=event.state,
            signed_at=event.signed_at, expires_at=event.expires_at, content=content,
        ),
    )  # fmt: skip


async def on_order_revoked(uow: UnitOfWork, event: OrderRevoked) -> None:
    """The order may not be used any more."""
    await _keep(
        uow, event.patient_id,
        DoseOrder(
            id=event.order_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow),
            patient_id=event.patient_id, version=event.version, state=event.state,
        ),
    )  # fmt: skip


async def on_safety_concern(uow: UnitOfWork, event: SafetyConcernRaised | SafetyConcernResolved) -> None:
    """An open concern holds every booking and dose of the patient until it is resolved."""
    await _keep(
        uow, event.patient_id,
        SafetyConcern(
            id=event.concern_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
            version=event.version, state=event.state,
        ),
    )  # fmt: skip


async def on_outcome_recorded(uow: UnitOfWork, event: OutcomeRecorded) -> None:
    """Keep a PHQ-9, which the gate after the third infusion and the check on the day look at; no other instrument
    decides on a dose here. A wrong one whose place it takes counts no longer.
    """
    score = uow.open(event, "score")
    if score.instrument != PHQ9:
        return
    await _keep(
        uow, event.patient_id,
        Outcome(
            id=event.assessment_id, organisation_id=uow.organisation_id, patient_id=event.patient_id, version=1,
            recorded_at=event.recorded_at, score=uow.seal_column("outcome", "score", event.assessment_id, score),
        ),
    )  # fmt: skip
    if event.supersedes is not None:
        wrong = col(Outcome.id) == event.supersedes, col(Outcome.organisation_id) == uow.organisation_id
        await uow.session.exec(update(Outcome).where(*wrong).values(superseded=True))


async def on_authorisation_updated(uow: UnitOfWork, event: AuthorisationUpdated) -> None:
    """Keep the authorisation with its units; a dose that needs one starts only while units are left."""
    detail = uow.seal_column("authorisation", "detail", event.authorisation_id, uow.open(event, "authorisation"))
    await _keep(
        uow, event.patient_id,
        Authorisation(
            id=event.authorisation_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
            version=event.version, detail=detail,
        ),
    )  # fmt: skip


async def on_estimate_issued(uow: UnitOfWork, event: EstimateIssued) -> None:
    """Keep which sessions of a course its newest estimate names; that of a visit says nothing about a session."""
    if event.appointment_id is not None:
        return
    numbers = sorted(part.number for part in uow.open(event, "estimate").parts)
    await _keep(
        uow, event.patient_id,
        CourseEstimate(
            id=event.course_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
            version=event.version, estimate_id=event.estimate_id, numbers=numbers,
        ),
    )  # fmt: skip


async def on_payment_policy_met(uow: UnitOfWork, event: PaymentPolicyMet) -> None:
    """Keep what is paid, and what is not, before sessions of a course; no dose waits for it."""
    detail = uow.seal_column("course_payment", "detail", event.course_id, uow.open(event, "detail"))
    await _keep(
        uow, event.patient_id,
        CoursePayment(
            id=event.course_id, organisation_id=uow.organisation_id, patient_id=event.patient_id,
            version=event.version, detail=detail,
        ),
    )  # fmt: skip


async def _keep(uow: UnitOfWork, patient_id: UUID, row: Fact, version: str = "version") -> None:
    """Keep a fact with its audit row, beside a patient of whom nothing else may be known; look at coming sessions."""
    await stub_patient(uow, patient_id)
    await keep(uow, row, version)
    await expect_review(uow, patient_id)
    await uow.audit("update", str(row.__tablename__), row.id, patient_id=patient_id, version=getattr(row, version))


def _clinic(uow: UnitOfWork) -> UUID | None:
    """The clinic that said what is being handled."""
    return uow.cause.clinic_id if uow.cause else None


SUBSCRIPTIONS: dict[type[Event], Handler] = {
    PatientRegistered: on_patient,
    PatientChanged: on_patient,
    PatientMerged: on_merge,
    PatientUnlinked: on_merge,
    PatientScreened: on_patient_screened,
    ScreeningReviewed: on_screening_reviewed,
    ConsentSigned: on_consent_signed,
    ConsentRevoked: on_consent_revoked,
    OrderSigned: on_order_signed,
    OrderRevoked: on_order_revoked,
    SafetyConcernRaised: on_safety_concern,
    SafetyConcernResolved: on_safety_concern,
    OutcomeRecorded: on_outcome_recorded,
    AuthorisationUpdated: on_authorisation_updated,
    EstimateIssued: on_estimate_issued,
    PaymentPolicyMet: on_payment_policy_met,
}
