"""One-time login links and the patient tokens that they are exchanged for."""

from datetime import datetime, timedelta
from uuid import UUID

from services.intake.models import LoginLink, Patient
from services.intake.records import locked_patient
from services.intake.schemas.people import LoginLinkView, LoginRequest, TokenView
from services.intake.views import wall_of
from shared.auth.issuer import LIFETIME, PatientIssuer
from shared.auth.link import digest, new_link_token
from shared.clinicfile.store import active_clinic
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.problems import problem_kind

LOGIN_LINK_SPENT = problem_kind(
    "LOGIN_LINK_SPENT", 410, "This login link was used, replaced or is too old", "Ask the clinic for a new link."
)
LINK_LIFETIME = timedelta(hours=48)
LINK_MAKERS = ("frontdesk", "nurse", "clinician", "admin")


async def make_login_link(uow: UnitOfWork, patient_id: UUID) -> LoginLinkView:
    """A new login link; links made before and not used yet stop working. Raises NOT_FOUND, FORBIDDEN."""
    patient = await locked_patient(uow, patient_id, *LINK_MAKERS)
    await uow.sql(
        "UPDATE login_link SET expires_at = $3 WHERE patient_id = $1 AND organisation_id = $2"
        " AND used_at IS NULL AND expires_at > $3",
        patient.id, uow.organisation_id, wall_now(),
    )  # fmt: skip
    return await new_login_link(uow, patient)


async def new_login_link(uow: UnitOfWork, patient: Patient) -> LoginLinkView:
    """The token stands in the fragment, which browsers never send; only its digest is kept. Expires by wall time."""
    token, expires_at = new_link_token(), wall_now() + LINK_LIFETIME
    uow.session.add(
        LoginLink(
            token_digest=digest(token), organisation_id=patient.organisation_id, patient_id=patient.id,
            expires_at=expires_at,
        )
    )  # fmt: skip
    await uow.audit("create", "login_link", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
    organisation = (await active_clinic(uow, patient.clinic_id)).file.organisation
    url = f"{uow.service.settings.portal_url}/{organisation}/login#{token}"
    return LoginLinkView(url=url, expires_at=(await wall_of(uow, patient)).at(expires_at))


async def log_in(uow: UnitOfWork, request: LoginRequest) -> TokenView:
    """Exchange the token of a login link, once, for a patient token of 30 minutes. Raises LOGIN_LINK_SPENT."""
    patient_id = await _spend(uow, digest(request.token), wall_now())
    issued = PatientIssuer(uow.service.settings).issue(patient_id, uow.organisation_id)
    await uow.audit("login", "patient", patient_id, patient_id=patient_id)
    return TokenView(access_token=issued.token, expires_in=int(LIFETIME.total_seconds()), patient_id=patient_id)


async def _spend(uow: UnitOfWork, token_digest: str, now: datetime) -> UUID:
    """One statement, so that of two who come at once one is refused."""
    rows = await uow.sql(
        "UPDATE login_link SET used_at = $3 WHERE token_digest = $1 AND organisation_id = $2"
        " AND used_at IS NULL AND expires_at > $3 RETURNING patient_id",
        token_digest, uow.organisation_id, now,
    )  # fmt: skip
    if not rows:
        raise LOGIN_LINK_SPENT()
    patient_id: UUID = rows[0].patient_id
    return patient_id
