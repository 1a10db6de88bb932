"""Routes of measurements, questionnaires and filled instruments on record, and of what corrects the first two."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from services.intake import commands, queries
from services.intake.queries.observed import Wanted
from services.intake.schemas.observed import (
    CorrectedObservationView,
    FilledView,
    QuestionnaireCorrectionRequest,
    QuestionnaireView,
    ReadingCorrectionRequest,
    ReadingKind,
    ReadingView,
    SomeTime,
)
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.paging import CURSOR_INVALID
from shared.problems import CONFLICT

router = APIRouter()


def _wanted(
    kind: Annotated[ReadingKind | None, Query(description="all when left out", examples=["WEIGHT"])] = None,
    taken_from: Annotated[
        SomeTime | None, Query(description="measured at this time or later", examples=["2026-11-01T00:00:00-06:00"])
    ] = None,
    taken_before: Annotated[
        SomeTime | None, Query(description="measured before this time", examples=["2026-12-01T00:00:00-07:00"])
    ] = None,
) -> Wanted:
    return Wanted(kind, taken_from, taken_before)


@router.get(
    "/v1/patients/{patient_id}/readings", operation_id="listReadings", response_model=Page[ReadingView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_readings(
    patient_id: UUID,
    pages: Pages,
    wanted: Wanted = Depends(_wanted),
    read: Reading = Depends(reading("nurse", "clinician", patient=True)),
) -> Response:
    """What staff measured, the newest first. Wrong ones stand there too, with what took their place."""
    return await read.run(lambda uow: queries.list_readings(uow, patient_id, wanted, pages))


@router.post(
    "/v1/readings/{reading_id}/correct",
    operation_id="correctReading",
    status_code=201,
    response_model=CorrectedObservationView,
    responses=problems(NO_CLINIC_FILE, CONFLICT),
)
async def correct_reading(
    reading_id: UUID, body: ReadingCorrectionRequest, act: Acting = Depends(acting("nurse", "clinician"))
) -> Response:
    """Put a wrong measurement right, or take it back, for a reason: it stays on record and counts no more.

    The patient is screened anew. An order whose dose was computed from it is named to a clinician, and revoked unless
    its dose stays the same.
    """
    return await act.run(lambda uow: commands.correct_reading(uow, reading_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/assessments", operation_id="listAssessments", response_model=Page[FilledView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_assessments(
    patient_id: UUID,
    pages: Pages,
    instrument: Annotated[
        str | None,
        Query(pattern=r"^[A-Z][A-Z0-9_]{1,19}$", description="all when left out", examples=["CSSRS_SCREEN"]),
    ] = None,
    read: Reading = Depends(reading("nurse", "clinician")),
) -> Response:
    """Filled instruments with every answer and their score, the newest first. Wrong ones stand there too, with what is
    in their place."""
    return await read.run(lambda uow: queries.list_assessments(uow, patient_id, instrument, pages))


@router.get(
    "/v1/patients/{patient_id}/questionnaires", operation_id="listQuestionnaires",
    response_model=Page[QuestionnaireView], responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_questionnaires(
    patient_id: UUID, pages: Pages, read: Reading = Depends(reading("nurse", "clinician"))
) -> Response:
    """Answers to health questions, the newest first. Wrong ones stand there too, with what took their place."""
    return await read.run(lambda uow: queries.list_questionnaires(uow, patient_id, pages))


@router.post(
    "/v1/questionnaires/{questionnaire_id}/correct",
    operation_id="correctQuestionnaire",
    status_code=201,
    response_model=CorrectedObservationView,
    responses=problems(NO_CLINIC_FILE, CONFLICT),
)
async def correct_questionnaire(
    questionnaire_id: UUID, body: QuestionnaireCorrectionRequest, act: Acting = Depends(acting("nurse", "clinician"))
) -> Response:
    """Put answers right that were recorded wrongly, for a reason: the wrong ones stay on record and count no more.

    To lessen what they said of danger takes a clinician.
    """
    return await act.run(lambda uow: commands.correct_questionnaire(uow, questionnaire_id, body), status=201)
