"""A clinician decides about a screening, and a second one where the first may not decide alone."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import select

from services.intake.commands.consents.documents import has_stored
from services.intake.commands.screening.worklist import free_for_me, free_item
from services.intake.domain.review import CannotClear, confirmed, review
from services.intake.domain.review import Review as ReviewContent
from services.intake.domain.worklist import Kind, screening_subject
from services.intake.models import Patient, Review, Screening, WorklistItem
from services.intake.records import decision_of, newest_review, newest_screening, patient_in_care, review_of
from services.intake.schemas.reviews import ConfirmRequest, ReviewRequest, ReviewView
from services.intake.views import review_view
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import ScreeningReviewed
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError, problem_kind
from shared.sealing import Sealed

SCREENING_OUTDATED = problem_kind(
    "SCREENING_OUTDATED", 409, "There is a newer screening of this patient", "Read the newest screening and review it."
)
CANNOT_CLEAR = problem_kind(
    "CANNOT_CLEAR",
    409,
    "The screening cannot be reviewed as asked",
    "Settle what stands in errors: give a reason_code, name what you override; an emergency is resolved and screened"
    " anew.",
)
ALREADY_REVIEWED = problem_kind(
    "ALREADY_REVIEWED",
    409,
    "Somebody else has reviewed this screening",
    "Read that review; to replace it send its id in `replaces`.",
)
SECOND_CLINICIAN_NEEDED = problem_kind(
    "SECOND_CLINICIAN_NEEDED", 409, "A second clinician decides this", "Ask a colleague to confirm it."
)


async def review_screening(uow: UnitOfWork, screening_id: UUID, request: ReviewRequest) -> ReviewView:
    """Confirm, override, ask for evidence or set conditions about the newest screening; a later review replaces this.

    Raises NOT_FOUND, FORBIDDEN, SCREENING_OUTDATED, ITEM_TAKEN (somebody else has it), ALREADY_REVIEWED (by somebody
    else), INVALID_REQUEST (documents that the patient does not have), and CANNOT_CLEAR with every reason.
    """
    case = await _case(uow, screening_id)
    await _require_unreviewed(uow, case, request.replaces)
    await _require_documents(uow, case, request.documents)
    policy = (await active_clinic(uow, case.screening.clinic_id)).file.prescribing
    try:
        content = review(decision_of(uow, case.screening), request.judgement(), uow.now, policy.never_overridden)
    except CannotClear as cannot:
        raise CANNOT_CLEAR(errors=[FieldError(f.pointer, f.code, f.params) for f in cannot.flaws]) from None
    seen = content.model_copy(update={"documents": request.documents})
    return await review_view(uow, await _keep(uow, case, seen))


async def confirm_review(uow: UnitOfWork, review_id: UUID, request: ConfirmRequest) -> ReviewView:
    """The second clinician clears what the first one asked to clear although it is INELIGIBLE (A.1).

    Raises NOT_FOUND, FORBIDDEN, SCREENING_OUTDATED, ITEM_TAKEN, CONFLICT (it is not the newest review, or waits for
    nobody), SECOND_CLINICIAN_NEEDED (the first one may not confirm).
    """
    first = await _review(uow, review_id)
    case = await _case(uow, first.screening_id)
    newest, content = await newest_review(uow, case.screening), review_of(uow, first)
    if newest is None or newest.id != first.id or not content.pending:
        raise CONFLICT(params={"newest": str(newest.id) if newest else None, "pending": list(content.pending)})
    if first.reviewed_by == uow.caller.subject:
        raise SECOND_CLINICIAN_NEEDED()
    second = confirmed(content, first.reviewed_by).model_copy(update={"note": request.note or content.note})
    return await review_view(uow, await _keep(uow, case, second))


@dataclass(frozen=True, slots=True)
class _Case:
    """The newest screening, its patient (locked), and the item of the worklist about it."""

    patient: Patient
    screening: Screening
    item: WorklistItem | None


async def _keep(uow: UnitOfWork, case: _Case, content: ReviewContent) -> Review:
    screening = case.screening
    case.patient.decisions += 1
    row_id = new_id()
    row = Review(
        id=row_id, organisation_id=screening.organisation_id, clinic_id=screening.clinic_id,
        patient_id=screening.patient_id, screening_id=screening.id, version=case.patient.decisions, reviewed_at=uow.now,
        reviewed_by=uow.caller.subject, review=uow.seal_column("review", "review", row_id, content),
    )  # fmt: skip
    uow.session.add(row)
    event = ScreeningReviewed(
        screening_id=screening.id, patient_id=row.patient_id, version=row.version, reviewed_at=row.reviewed_at,
        review=Sealed.of(content.summary()),
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=screening.id, clinic_id=row.clinic_id)
    await uow.audit(
        "create", "review", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, reason=content.reason_code
    )  # fmt: skip
    if case.item is not None and content.pending:
        await free_item(uow, case.item)
    return row


async def _require_documents(uow: UnitOfWork, case: _Case, documents: tuple[UUID, ...]) -> None:
    unknown = [n for n, one in enumerate(documents) if not await has_stored(uow, case.patient.id, one)]
    if unknown:
        raise INVALID_REQUEST(errors=[FieldError(f"/documents/{n}", "UNKNOWN_DOCUMENT") for n in unknown])


async def _require_unreviewed(uow: UnitOfWork, case: _Case, replaces: UUID | None) -> None:
    """What somebody else decided is replaced by name only, never by accident."""
    standing = await newest_review(uow, case.screening)
    if standing is not None and standing.reviewed_by != uow.caller.subject and standing.id != replaces:
        raise ALREADY_REVIEWED(params={"review": str(standing.id), "reviewed_by": standing.reviewed_by})


async def _case(uow: UnitOfWork, screening_id: UUID) -> _Case:
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
    subject = screening_subject(screening.patient_id, screening.clinic_id)
    return _Case(patient, screening, await free_for_me(uow, Kind.SCREENING_REVIEW, subject))


async def _review(uow: UnitOfWork, review_id: UUID) -> Review:
    found = select(Review).where(Review.id == review_id, Review.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(found)).one_or_none()
    if row is None:
        raise NOT_FOUND()
    return row
