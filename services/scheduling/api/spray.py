"""Routes of what the nasal spray adds."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, CareActs, NurseActs, Staff, StaffActs
from services.scheduling.chairside import PROTOCOL_GONE
from services.scheduling.commands.chair.arrival import NOT_TODAY
from services.scheduling.commands.chair.dosing import FLOOR_EVENT_OPEN, NOT_READY
from services.scheduling.commands.chair.formfilling import (
    FORM_INCOMPLETE,
    FORM_NOT_SENT,
    FORM_SENT,
    NOTHING_CORRECTED,
)
from services.scheduling.commands.chair.spraying import DEVICE_TOO_SOON, NOT_A_SPRAY
from services.scheduling.commands.knowledge import ATTESTATION_NEEDED
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.remsform import (
    CorrectFormRequest,
    FillFormRequest,
    RemsFormDetailView,
    SentFormRequest,
)
from services.scheduling.schemas.requests import DeviceRequest
from services.scheduling.schemas.spray import EnrolmentRequest, EnrolmentView, RemsFormView
from shared.aliases import PATIENT_MERGED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID
from shared.problems import EVENTS_WAITING

router = APIRouter(tags=["nasal spray"])


@router.post(
    "/v1/patients/{patient_id}/enrolments", operation_id="enrolPatient", response_model=EnrolmentView,
    responses=problems(PATIENT_MERGED),
)  # fmt: skip
async def enrol(patient_id: UUID, body: EnrolmentRequest, act: CareActs) -> Response:
    """Record where the patient's enrolment in the safety programme stands (domain H.5)."""
    return await act.run(lambda uow: commands.enrol(uow, patient_id, body))


@router.get(
    "/v1/patients/{patient_id}/enrolments", operation_id="listEnrolments", response_model=Page[EnrolmentView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_enrolments(patient_id: UUID, paging: Pages, read: Staff) -> Response:
    """A patient's enrolments in safety programmes."""
    return await read.run(lambda uow: queries.list_enrolments(uow, patient_id, paging))


@router.post(
    "/v1/sessions/{session_id}/devices", operation_id="useDevice", response_model=SessionView,
    responses=problems(
        NOT_A_SPRAY, DEVICE_TOO_SOON, NOT_TODAY, NOT_READY, FLOOR_EVENT_OPEN, EVENTS_WAITING, ATTESTATION_NEEDED,
        PROTOCOL_GONE, *CHANGE,
    ),
)  # fmt: skip
async def use_device(session_id: UUID, body: DeviceRequest, act: NurseActs) -> Response:
    """The patient uses a device. The first starts the session; each follows five minutes after the one before."""
    version = act.expected_version
    return await act.run(lambda uow: commands.use_device(uow, session_id, body, version))


@router.post(
    "/v1/sessions/{session_id}/rems-form", operation_id="submitRemsForm", response_model=RemsFormView,
    responses=problems(FORM_INCOMPLETE, NO_CLINIC_FILE, PROTOCOL_GONE),
)  # fmt: skip
async def submit_form(session_id: UUID, act: StaffActs) -> Response:
    """The session's monitoring form was sent as it stands; it is due within 7 local days (domain D.4, H.5)."""
    return await act.run(lambda uow: commands.submit_form(uow, session_id))


@router.get(
    "/v1/sessions/{session_id}/rems-form", operation_id="getRemsForm", response_model=RemsFormDetailView,
    responses=problems(PROTOCOL_GONE),
)  # fmt: skip
async def get_form(session_id: UUID, read: Staff) -> Response:
    """The monitoring form, written out from the session's record: where each value is from, and what is missing."""
    return await read.run(lambda uow: queries.get_form(uow, session_id))


@router.post(
    "/v1/sessions/{session_id}/rems-form/answers", operation_id="fillRemsForm", response_model=RemsFormDetailView,
    responses=problems(FORM_SENT, PROTOCOL_GONE),
)  # fmt: skip
async def fill_form(session_id: UUID, body: FillFormRequest, act: CareActs) -> Response:
    """Say for the form what the record does not; what is left out stays as it was."""
    return await act.run(lambda uow: commands.fill_form(uow, session_id, body))


@router.post(
    "/v1/sessions/{session_id}/rems-form/sent", operation_id="tellSentRemsForm", response_model=RemsFormDetailView,
    responses=problems(FORM_SENT, PROTOCOL_GONE),
)  # fmt: skip
async def tell_sent_form(session_id: UUID, body: SentFormRequest, act: StaffActs) -> Response:
    """The form was sent already, whatever it lacks here: recorded with what it lacks."""
    return await act.run(lambda uow: commands.tell_sent_form(uow, session_id, body))


@router.post(
    "/v1/sessions/{session_id}/rems-form/corrections", operation_id="correctRemsForm", status_code=201,
    response_model=RemsFormDetailView,
    responses=problems(FORM_NOT_SENT, FORM_INCOMPLETE, NOTHING_CORRECTED, PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def correct_form(session_id: UUID, body: CorrectFormRequest, act: CareActs) -> Response:
    """A further version of a form that was sent; If-Match is the form's. What was sent stays as it is."""
    version = act.expected_version
    return await act.run(lambda uow: commands.correct_form(uow, session_id, body, version), status=201)


@router.get(
    "/v1/rems-forms", operation_id="listRemsForms", response_model=Page[RemsFormView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_forms(clinic_id: UUID, paging: Pages, read: Staff) -> Response:
    """A clinic's monitoring forms that were not sent yet, the first due first."""
    return await read.run(lambda uow: queries.list_forms(uow, clinic_id, paging))
