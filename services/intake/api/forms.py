"""Routes about forms."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic.json_schema import SkipJsonSchema

from services.intake import commands, queries
from services.intake.forms.offered import FOR_STAFF, LANGUAGE_NOT_VALIDATED
from services.intake.schemas.drafts import DraftRequest, DraftView, SubmitDraftRequest, SubmittedView
from services.intake.schemas.forms import FormDocument, FormsView
from services.intake.schemas.medications import MedicationsView
from shared.caller import ROLES
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Reading, acting, problems, reading
from shared.problems import CONFLICT

router = APIRouter()
Everybody = Annotated[Reading, Depends(reading(*ROLES, patient=True, proxy="forms"))]
Filling = Annotated[Acting, Depends(acting("nurse", "clinician", patient=True, proxy="forms"))]
Seeing = Annotated[Reading, Depends(reading("nurse", "clinician", patient=True, proxy="forms"))]
FormCode = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,39}$", examples=["health"])]
ClinicId = Annotated[
    UUID | None, Query(description="by default the patient's own clinic, or the only one of the staff member")
]
LanguageQuery = Annotated[
    str | None, Query(max_length=40, description="goes before Accept-Language", examples=["es"], alias="language")
]
AcceptLanguage = Annotated[
    str | SkipJsonSchema[None],
    Header(alias="Accept-Language", description="languages that are understood", examples=["es-MX, en;q=0.5"]),
]


@router.get("/v1/forms", operation_id="listForms", response_model=FormsView, responses=problems(NO_CLINIC_FILE))
async def list_forms(
    read: Everybody, clinic_id: ClinicId = None, language: LanguageQuery = None, accept: AcceptLanguage = None
) -> Response:
    """The forms that patients of a clinic are asked to fill in."""
    return await read.run(lambda uow: queries.list_forms(uow, clinic_id, language, accept))


@router.get(
    "/v1/forms/{code}",
    operation_id="showForm",
    response_model=FormDocument,
    responses=problems(NO_CLINIC_FILE, FOR_STAFF),
)  # fmt: skip
async def show_form(
    code: FormCode,
    read: Everybody,
    clinic_id: ClinicId = None,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="by default the one in force")] = None,
    language: LanguageQuery = None,
    accept: AcceptLanguage = None,
) -> Response:
    """A form in one language: everything that a frontend needs to show it, help for dangerous answers included."""
    return await read.run(lambda uow: queries.show_form(uow, code, clinic_id, version, language, accept))


@router.get(
    "/v1/patients/{patient_id}/drafts/{code}", operation_id="getDraft", response_model=DraftView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def get_draft(patient_id: UUID, code: FormCode, read: Seeing, clinic_id: ClinicId = None) -> Response:
    """A form as far as it is filled in: what counts, what differs, what is still to be asked."""
    return await read.run(lambda uow: queries.get_draft(uow, patient_id, code, clinic_id))


@router.patch(
    "/v1/patients/{patient_id}/drafts/{code}", operation_id="saveAnswers", response_model=DraftView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def save_answers(patient_id: UUID, code: FormCode, body: DraftRequest, act: Filling) -> Response:
    """Save answers, in any order, from any device, early or late; the one given last counts. `crisis` is shown at once.

    Answers are kept as they are; what is wrong with them is said when the form is sent in.
    """
    return await act.run(lambda uow: commands.save_answers(uow, patient_id, code, body))


@router.post(
    "/v1/patients/{patient_id}/drafts/{code}/submit", operation_id="submitDraft", status_code=201,
    response_model=SubmittedView, responses=problems(NO_CLINIC_FILE, CONFLICT, LANGUAGE_NOT_VALIDATED),
)  # fmt: skip
async def submit_draft(patient_id: UUID, code: FormCode, body: SubmitDraftRequest, act: Filling) -> Response:
    """Send a form in: every bad answer is named at once and nothing changed, or the patient is screened with all."""
    return await act.run(lambda uow: commands.submit_draft(uow, patient_id, code, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/medications", operation_id="getMedications", response_model=MedicationsView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def get_medications(
    patient_id: UUID, read: Annotated[Reading, Depends(reading("nurse", "clinician"))]
) -> Response:
    """What a patient takes: names understood, daily doses with their arithmetic, names that a person has to look at."""
    return await read.run(lambda uow: queries.get_medications(uow, patient_id))
