"""Routes about people: the public form, patients, login, search."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from services.intake import commands, queries
from services.intake.api.forms import AcceptLanguage, LanguageQuery
from services.intake.commands.people.login import LOGIN_LINK_SPENT
from services.intake.commands.people.registration import ALREADY_REGISTERED
from services.intake.schemas.fields import Code
from services.intake.schemas.leads import FormView, LeadRequest, LeadView
from services.intake.schemas.people import (
    ChangeRequest,
    ContactConsentsRequest,
    ExportView,
    LikePatients,
    LoginLinkView,
    LoginRequest,
    PatientView,
    RegisteredView,
    RegisterRequest,
    SearchRequest,
    SearchView,
    TokenView,
)
from shared.aliases import PATIENT_MERGED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Reading, acting, problems, public_acting, public_reading, reading
from shared.ids import named_id
from shared.problems import STALE_VERSION, VERSION_REQUIRED

router = APIRouter()
Organisation = Annotated[str, Path(examples=["wellmeadow"], description="name in the clinic file")]
Clinic = Annotated[str, Path(examples=["larkspur"], description="name in the clinic file")]


@router.post(
    "/v1/public/{organisation}/{clinic}/leads", operation_id="receiveLead", status_code=201, response_model=LeadView,
    responses=problems(),
)  # fmt: skip
async def receive_lead(
    organisation: Organisation, clinic: Clinic, body: LeadRequest, act: Acting = Depends(public_acting())
) -> Response:
    """Somebody asks to be contacted by a clinic (slugs of the clinic file); phone or e-mail is needed.

    What else is to be filled in stands in the clinic's form; everything that is missing is named at once.
    """
    return await act.run(
        lambda uow: commands.receive_lead(uow, named_id("clinic", f"{organisation}/{clinic}"), body), status=201
    )


@router.get(
    "/v1/public/{organisation}/{clinic}/form", operation_id="getForm", response_model=FormView, responses=problems()
)  # fmt: skip
async def get_form(
    organisation: Organisation, clinic: Clinic, language: LanguageQuery = None, accept: AcceptLanguage = None,
    read: Reading = Depends(public_reading()),
) -> Response:  # fmt: skip
    """What the clinic's public form asks: kind, yes/no lines, locations; who works there; texts of contact consent."""
    asked = named_id("clinic", f"{organisation}/{clinic}")
    return await read.run(lambda uow: queries.get_form(uow, asked, language, accept))


@router.post(
    "/v1/public/{organisation}/login", operation_id="logIn", response_model=TokenView,
    responses=problems(LOGIN_LINK_SPENT),
)  # fmt: skip
async def log_in(organisation: Organisation, body: LoginRequest, act: Acting = Depends(public_acting())) -> Response:
    """Exchange the secret of a login link, once, for a token of 30 minutes: the patient's, or a proxy's."""
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


@router.get(
    "/v1/patients/{patient_id}/alike", operation_id="listLikePatients", response_model=LikePatients,
    responses=problems(),
)  # fmt: skip
async def list_like_patients(
    patient_id: UUID, read: Reading = Depends(reading("frontdesk", "nurse", "clinician", "admin", limit="30/minute"))
) -> Response:
    """Other patients who may be the same person, each with why; the same name and birth date is an alert."""
    return await read.run(lambda uow: queries.list_like_patients(uow, patient_id))


@router.get(
    "/v1/patients/{patient_id}/export", operation_id="exportPatient", response_model=ExportView, responses=problems()
)
async def export_patient(
    patient_id: UUID,
    read: Reading = Depends(reading("clinician", "admin", limit="10/minute")),
    reason: Annotated[
        Code, Query(examples=["MOVED_AWAY"], description="why the copy is made, for the audit trail")
    ] = "PATIENT_REQUEST",
) -> Response:
    """A copy of everything that intake holds about a patient, to be handed over or moved (H.3)."""
    return await read.run(lambda uow: queries.export_patient(uow, patient_id, reason))


@router.put(
    "/v1/patients/{patient_id}", operation_id="changePatient", response_model=PatientView,
    responses=problems(NO_CLINIC_FILE, PATIENT_MERGED, STALE_VERSION, VERSION_REQUIRED),
)  # fmt: skip
async def change_patient(
    patient_id: UUID, body: ChangeRequest, act: Acting = Depends(acting("frontdesk", "nurse", "admin"))
) -> Response:
    """Replace identity, contact and allergies; what is left out is gone. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.change_patient(uow, patient_id, body, expected))


@router.post(
    "/v1/patients/{patient_id}/contact-consents", operation_id="recordContactConsents", response_model=PatientView,
    responses=problems(),
)  # fmt: skip
async def record_contact_consents(
    patient_id: UUID,
    body: ContactConsentsRequest,
    act: Acting = Depends(acting("frontdesk", "nurse", "admin", patient=True)),
) -> Response:
    """Report what a patient said about being contacted; the ledger of notifications decides what may be sent."""
    return await act.run(lambda uow: commands.record_contact_consents(uow, patient_id, body))


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
