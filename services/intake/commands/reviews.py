"""A clinician decides about a screening."""

from uuid import UUID

from sqlmodel import select

from services.intake.commands.worklist import require_not_taken
from services.intake.domain.review import CannotClear, review
from services.intake.domain.worklist import Kind, screening_subject
from services.intake.models import Patient, Review, Screening
from services.intake.records import decision_of, newest_screening, patient_in_care
from services.intake.schemas.screening import ReviewRequest, ReviewView
from services.intake.views import review_view
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import ScreeningReviewed
from shared.ids import new_id
from shared.problems import NOT_FOUND, FieldError, problem_kind
from shared.sealing import Sealed

SCREENING_OUTDATED = problem_kind(
    "SCREENING_OUTDATED", 409, "There is a newer screening of this patient", "Read the newest screening and review it."
)
CANNOT_CLEAR = problem_kind(
    "CANNOT_CLEAR",
    409,
    "A modality cannot be cleared as asked",
    "Settle what stands in errors: new facts give a new screening; NEEDS_REVIEW is cleared with a reason_code.",
)


async def review_screening(uow: UnitOfWork, screening_id: UUID, request: ReviewRequest) -> ReviewView:
    """Clear modalities of the newest screening for treatment; a later review replaces an earlier one.

    Raises NOT_FOUND, FORBIDDEN, SCREENING_OUTDATED, ITEM_TAKEN (somebody else has it), and CANNOT_CLEAR for
    DEFERRED, INELIGIBLE and EMERGENCY.
    """
    patient, screening = await _newest(uow, screening_id)
    await require_not_taken(uow, Kind.SCREENING_REVIEW, screening_subject(screening.patient_id, screening.clinic_id))
    try:
        content = review(decision_of(uow, screening), request.cleared, request.reason_code, request.note)
    except CannotClear as cannot:
        raise CANNOT_CLEAR(errors=[FieldError(f"/cleared/{n}", why) for n, why in cannot.refused]) from None
    patient.decisions += 1
    row_id = new_id()
    row = Review(
        id=row_id, organisation_id=screening.organisation_id, clinic_id=screening.clinic_id,
        patient_id=screening.patient_id, screening_id=screening.id, version=patient.decisions, reviewed_at=uow.now,
        reviewed_by=uow.caller.subject, review=uow.seal_column("review", "review", row_id, content),
    )  # fmt: skip
    uow.session.add(row)
    event = ScreeningReviewed(
        screening_id=screening.id, patient_id=row.patient_id, version=row.version, reviewed_at=row.reviewed_at,
        review=Sealed.of(content.summary()),
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=screening.id, clinic_id=row.clinic_id)
    await uow.audit(
        "create", "review", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, reason=request.reason_code
    )  # fmt: skip
    return await review_view(uow, row)


async def _newest(uow: UnitOfWork, screening_id: UUID) -> tuple[Patient, Screening]:
    """The screening if it is the newest one, and its patient, locked."""
    found = select(Screening).where(
        Screening.id == screening_id, Screening.organisation_id == uow.organisation_id
    )  # fmt: skip
    screening = (await uow.session.exec(found)).one_or_none()
    if screening is None:
        raise NOT_FOUND()
    patient = (await patient_in_care(uow, screening.patient_id, "clinician", at=screening.clinic_id)).patient
    newest = await newest_screening(uow, screening.patient_id, screening.clinic_id)
    if newest is None or newest.id != screening.id:
        raise SCREENING_OUTDATED(params={"newest": str(newest.id) if newest else None})
    return patient, screening
