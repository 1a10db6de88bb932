"""Routes about observations, screening and safety concerns."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.intake import commands, queries
from services.intake.commands.screening.reviews import (
    ALREADY_REVIEWED,
    CANNOT_CLEAR,
    SCREENING_OUTDATED,
    SECOND_CLINICIAN_NEEDED,
)
from services.intake.commands.screening.worklist import ITEM_TAKEN
from services.intake.forms.offered import LANGUAGE_NOT_VALIDATED
from services.intake.schemas.impact import ImpactRequest, ImpactView
from services.intake.schemas.rescreening import RescreeningView
from services.intake.schemas.reviews import ConfirmRequest, ReviewRequest, ReviewView
from services.intake.schemas.screening import (
    AssessmentRequest,
    AssessmentView,
    ExplanationView,
    ObservationView,
    QuestionnaireRequest,
    ReadingsRequest,
    ReplayView,
    ScreeningView,
)
from shared.clinicfile.staging import CLINIC_FILE_INVALID
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Reading, acting, problems, reading
from shared.problems import CONFLICT

router = APIRouter()


@router.post(
    "/v1/patients/{patient_id}/questionnaires",
    operation_id="submitQuestionnaire",
    status_code=201,
    response_model=ObservationView,
    responses=problems(NO_CLINIC_FILE),
)
async def submit_questionnaire(
    patient_id: UUID,
    body: QuestionnaireRequest,
    act: Acting = Depends(acting("nurse", "clinician", patient=True, proxy="forms")),
) -> Response:
    """Answers to health questions; the patient is screened with them. `crisis` is shown whenever help may be needed."""
    return await act.run(lambda uow: commands.submit_questionnaire(uow, patient_id, body), status=201)


@router.post(
    "/v1/patients/{patient_id}/assessments",
    operation_id="submitAssessment",
    status_code=201,
    response_model=AssessmentView,
    responses=problems(NO_CLINIC_FILE, LANGUAGE_NOT_VALIDATED),
)
async def submit_assessment(
    patient_id: UUID,
    body: AssessmentRequest,
    act: Acting = Depends(acting("nurse", "clinician", patient=True, proxy="forms")),
) -> Response:
    """A filled PHQ-9, scored 0 to 27 points. One point or more in item 9 opens a safety concern and shows `crisis`."""
    return await act.run(lambda uow: commands.submit_assessment(uow, patient_id, body), status=201)


@router.post(
    "/v1/patients/{patient_id}/readings",
    operation_id="recordReadings",
    status_code=201,
    response_model=ObservationView,
    responses=problems(NO_CLINIC_FILE),
)
async def record_readings(
    patient_id: UUID, body: ReadingsRequest, act: Acting = Depends(acting("nurse", "clinician"))
) -> Response:
    """What staff measured: blood pressure (mmHg), weight (kg), height (cm), heart rate at rest (per minute), and the
    ASA class as judged; the patient is screened with them."""
    return await act.run(lambda uow: commands.record_readings(uow, patient_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/screening",
    operation_id="getNewestScreening",
    response_model=ScreeningView,
    responses=problems(),
)
async def get_newest_screening(
    patient_id: UUID,
    clinic_id: UUID | None = None,
    read: Reading = Depends(reading("nurse", "clinician", patient=True)),
) -> Response:
    """The screening that stands at a clinic, by default the patient's own. Patients see the reasons meant for them."""
    return await read.run(lambda uow: queries.get_newest_screening(uow, patient_id, clinic_id))


@router.get(
    "/v1/screenings/{screening_id}", operation_id="getScreening", response_model=ScreeningView, responses=problems()
)
async def get_screening(
    screening_id: UUID, read: Reading = Depends(reading("nurse", "clinician", patient=True))
) -> Response:
    """One screening with every finding."""
    return await read.run(lambda uow: queries.get_screening(uow, screening_id))


@router.get(
    "/v1/screenings/{screening_id}/explanation",
    operation_id="explainScreening",
    response_model=ExplanationView,
    responses=problems(),
)
async def explain_screening(screening_id: UUID, read: Reading = Depends(reading("nurse", "clinician"))) -> Response:
    """Why a screening says what it says: findings in words, facts with source and age, what is unknown."""
    return await read.run(lambda uow: queries.explain_screening(uow, screening_id))


@router.get(
    "/v1/screenings/{screening_id}/replay",
    operation_id="replayScreening",
    response_model=ReplayView,
    responses=problems(NO_CLINIC_FILE),
)
async def replay_screening(screening_id: UUID, read: Reading = Depends(reading("nurse", "clinician"))) -> Response:
    """The screening decided again from what is stored; says what would be different by the rules engine of today."""
    return await read.run(lambda uow: queries.replay_screening(uow, screening_id))


@router.get(
    "/v1/clinics/{clinic_id}/rescreening",
    operation_id="getRescreening",
    response_model=RescreeningView,
    responses=problems(),
)
async def get_rescreening(
    clinic_id: UUID, read: Reading = Depends(reading("director", "admin", "operator"))
) -> Response:
    """How far patients have been screened under rules that came into force; it goes on by itself."""
    return await read.run(lambda uow: queries.get_rescreening(uow, clinic_id))


@router.post(
    "/v1/clinic-files/impact", operation_id="foreseeImpact", response_model=ImpactView,
    responses=problems(CLINIC_FILE_INVALID),
)  # fmt: skip
async def foresee_impact(body: ImpactRequest, read: Reading = Depends(reading("director"))) -> Response:
    """What a clinic file would change for patients if it came into force: some at a time, nothing is kept or told.

    Go on with `after` set to `next` until that is null.
    """
    return await read.run(lambda uow: commands.foresee_impact(uow, body))


@router.post(
    "/v1/screenings/{screening_id}/review",
    operation_id="reviewScreening",
    status_code=201,
    response_model=ReviewView,
    responses=problems(SCREENING_OUTDATED, CANNOT_CLEAR, ITEM_TAKEN, ALREADY_REVIEWED),
)
async def review_screening(
    screening_id: UUID, body: ReviewRequest, act: Acting = Depends(acting("clinician"))
) -> Response:
    """Judge the newest screening: clear, override, ask for evidence, set conditions. An EMERGENCY is never cleared."""
    return await act.run(lambda uow: commands.review_screening(uow, screening_id, body), status=201)


@router.post(
    "/v1/reviews/{review_id}/confirm", operation_id="confirmReview", status_code=201, response_model=ReviewView,
    responses=problems(SCREENING_OUTDATED, ITEM_TAKEN, CONFLICT, SECOND_CLINICIAN_NEEDED),
)  # fmt: skip
async def confirm_review(review_id: UUID, body: ConfirmRequest, act: Acting = Depends(acting("clinician"))) -> Response:
    """A second clinician clears what the first one asked to clear although it is INELIGIBLE; both are recorded."""
    return await act.run(lambda uow: commands.confirm_review(uow, review_id, body), status=201)
