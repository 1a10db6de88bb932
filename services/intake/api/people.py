"""Routes about people: leads, patients, login, search."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.intake import commands, queries
from services.intake.commands.login import LOGIN_LINK_SPENT
from services.intake.commands.registration import ALREADY_REGISTERED
from services.intake.schemas.people import (
    LeadRequest,
    LeadView,
    LoginLinkView,
    LoginRequest,
    PatientView,
    RegisteredView,
    RegisterRequest,
    SearchRequest,
    SearchView,
    TokenView,
)
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Reading, acting, problems, public_acting, reading
from shared.ids import named_id

router = APIRouter()


@router.post(
    "/v1/public/{organisation}/{clinic}/leads", operation_id="receiveLead", status_code=201, response_model=LeadView,
    responses=problems(),
)  # fmt: skip
async def receive_lead(
    organisation: str, clinic: str, body: LeadRequest, act: Acting = Depends(public_acting())
) -> Response:
    """Somebody asks to be contacted by a clinic (slugs of the clinic file); phone or e-mail is needed."""
    return await act.run(
        lambda uow: commands.receive_lead(uow, named_id("clinic", f"{organisation}/{clinic}"), body), status=201
    )


@router.post(
    "/v1/public/{organisation}/login", operation_id="logIn", response_model=TokenView,
    responses=problems(LOGIN_LINK_SPENT),
)  # fmt: skip
async def log_in(organisation: str, body: LoginRequest, act: Acting = Depends(public_acting())) -> Response:
    """Exchange the secret of a login link, once, for a patient token of 30 minutes."""
    return await act.run(lambda uow: commands.log_in(uow, body))


@router.post(
    "/v1/patients",
    operation_id="registerPatient",
    status_code=201,
    response_model=RegisteredView,
    responses=problems(NO_CLINIC_FILE, ALREADY_REGISTERED),
)
async def register_patient(body: RegisterRequest, act: Acting = Depends(acting("frontdesk", "admin"))) -> Response:
    """Register a patient, under a lead's id if there is one. The answer shows a one-time login link, only this once."""
    return await act.run(lambda uow: commands.register_patient(uow, body), status=201)


@router.get("/v1/patients/{patient_id}", operation_id="getPatient", response_model=PatientView, responses=problems())
async def get_patient(
    patient_id: UUID, read: Reading = Depends(reading("frontdesk", "nurse", "clinician", "admin", patient=True))
) -> Response:
    """Who a patient is and how the patient is reached."""
    return await read.run(lambda uow: queries.get_patient(uow, patient_id))


@router.post("/v1/patients/search", operation_id="searchPatients", response_model=SearchView, responses=problems())
async def search_patients(
    body: SearchRequest, read: Reading = Depends(reading("frontdesk", "nurse", "clinician", "admin", limit="30/minute"))
) -> Response:
    """Find patients by name, birth date, phone or e-mail; at most 50 are looked at, each leaves an audit row."""
    return await read.run(lambda uow: queries.search_patients(uow, body))


@router.post(
    "/v1/patients/{patient_id}/login-links",
    operation_id="makeLoginLink",
    status_code=201,
    response_model=LoginLinkView,
    responses=problems(),
)
async def make_login_link(
    patient_id: UUID, act: Acting = Depends(acting("frontdesk", "nurse", "clinician", "admin"))
) -> Response:
    """A new one-time login link, good for 48 hours; older unused links stop working."""
    return await act.run(lambda uow: commands.make_login_link(uow, patient_id), status=201)
