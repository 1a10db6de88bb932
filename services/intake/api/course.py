"""Routes about what happens around sessions: due items, check-ins, reflections, outcomes."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.intake import commands, queries
from services.intake.commands.answers.checkins import NO_REFLECTIONS
from services.intake.schemas.course import (
    AssessmentDueView,
    CheckInRequest,
    CheckInView,
    DueView,
    IntakeAssessmentView,
    OutcomeEntry,
    ReflectionRequest,
    ReflectionView,
)
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID

router = APIRouter()


@router.get(
    "/v1/patients/{patient_id}/due", operation_id="listDue", response_model=Page[DueView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_due(
    patient_id: UUID,
    pages: Pages,
    read: Reading = Depends(reading("frontdesk", "nurse", "clinician", patient=True, proxy="forms")),
) -> Response:
    """PHQ-9s and check-ins that a patient is to answer now, oldest first; `listAssessmentsDue` tells the rest too."""
    return await read.run(lambda uow: queries.list_due(uow, patient_id, pages))


@router.get(
    "/v1/patients/{patient_id}/assessments-due", operation_id="listAssessmentsDue",
    response_model=Page[AssessmentDueView], responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_assessments_due(
    patient_id: UUID,
    pages: Pages,
    read: Reading = Depends(reading("frontdesk", "nurse", "clinician", patient=True, proxy="forms")),
) -> Response:
    """Everything that is to be answered now around sessions that took place or will, oldest first (domain B.8)."""
    return await read.run(lambda uow: queries.list_assessments_due(uow, patient_id, pages))


@router.get(
    "/v1/patients/{patient_id}/intake-assessments", operation_id="listIntakeAssessments",
    response_model=Page[IntakeAssessmentView], responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_intake_assessments(
    patient_id: UUID,
    pages: Pages,
    read: Reading = Depends(reading("frontdesk", "nurse", "clinician", patient=True, proxy="forms")),
) -> Response:
    """What is asked of somebody who was screened and can be treated, before the first session (domain B.8)."""
    return await read.run(lambda uow: queries.list_intake_assessments(uow, patient_id, pages))


@router.post(
    "/v1/patients/{patient_id}/check-ins",
    operation_id="submitCheckIn",
    status_code=201,
    response_model=CheckInView,
    responses=problems(NO_CLINIC_FILE),
)
async def submit_check_in(
    patient_id: UUID,
    body: CheckInRequest,
    act: Acting = Depends(acting("nurse", "clinician", patient=True, proxy="forms")),
) -> Response:
    """How it is 24 or 72 hours after a session. Unsafe thoughts open a safety concern and show `crisis`."""
    return await act.run(lambda uow: commands.submit_check_in(uow, patient_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/check-ins",
    operation_id="listCheckIns",
    response_model=Page[CheckInView],
    responses=problems(CURSOR_INVALID),
)
async def list_check_ins(
    patient_id: UUID, pages: Pages, read: Reading = Depends(reading("nurse", "clinician", patient=True))
) -> Response:
    """Check-ins of a patient, oldest first."""
    return await read.run(lambda uow: queries.list_check_ins(uow, patient_id, pages))


@router.post(
    "/v1/sessions/{session_id}/reflections",
    operation_id="writeReflection",
    status_code=201,
    response_model=ReflectionView,
    responses=problems(NO_REFLECTIONS, NO_CLINIC_FILE),
)
async def write_reflection(
    session_id: UUID,
    body: ReflectionRequest,
    act: Acting = Depends(acting("nurse", "clinician", patient=True, proxy="forms")),
) -> Response:
    """What came up in a completed session, where the clinic's programme has room for it. The text is sealed."""
    return await act.run(lambda uow: commands.write_reflection(uow, session_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/reflections",
    operation_id="listReflections",
    response_model=Page[ReflectionView],
    responses=problems(CURSOR_INVALID),
)
async def list_reflections(
    patient_id: UUID, pages: Pages, read: Reading = Depends(reading("nurse", "clinician", patient=True))
) -> Response:
    """Reflections of a patient, oldest first."""
    return await read.run(lambda uow: queries.list_reflections(uow, patient_id, pages))


@router.get(
    "/v1/patients/{patient_id}/outcomes",
    operation_id="listOutcomes",
    response_model=Page[OutcomeEntry],
    responses=problems(CURSOR_INVALID),
)
async def list_outcomes(
    patient_id: UUID, pages: Pages, read: Reading = Depends(reading("nurse", "clinician", patient=True))
) -> Response:
    """Totals of instruments (points) with their change from baseline, and treatments (mg, minutes) and check-ins (0 to
    10) beside them, in the order they happened."""
    return await read.run(lambda uow: queries.list_outcomes(uow, patient_id, pages))
