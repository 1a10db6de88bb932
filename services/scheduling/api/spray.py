"""Routes of what the nasal spray adds."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE, CareActs, NurseActs, Staff, StaffActs
from services.scheduling.chairside import PROTOCOL_GONE
from services.scheduling.commands.chair.arrival import NOT_TODAY
from services.scheduling.commands.chair.dosing import FLOOR_EVENT_OPEN, NOT_READY
from services.scheduling.commands.chair.spraying import DEVICE_TOO_SOON, NOT_A_SPRAY
from services.scheduling.commands.knowledge import ATTESTATION_NEEDED
from services.scheduling.schemas.answers import SessionView
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
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def submit_form(session_id: UUID, act: StaffActs) -> Response:
    """The session's monitoring form was sent; it is due within 7 local days (domain D.4)."""
    return await act.run(lambda uow: commands.submit_form(uow, session_id))


@router.get(
    "/v1/rems-forms", operation_id="listRemsForms", response_model=Page[RemsFormView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_forms(clinic_id: UUID, paging: Pages, read: Staff) -> Response:
    """A clinic's monitoring forms that were not sent yet, the first due first."""
    return await read.run(lambda uow: queries.list_forms(uow, clinic_id, paging))
