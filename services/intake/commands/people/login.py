"""One-time login links of patients and proxies, and the tokens that they are exchanged for."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import select

from services.intake.domain.proxy import ProxyDetail
from services.intake.models import LoginLink, Patient, Proxy
from services.intake.records import locked_patient
from services.intake.schemas.people import LoginLinkView, LoginRequest, TokenView
from services.intake.views import wall_of
from shared.aliases import survivor_of
from shared.auth.issuer import LIFETIME, PatientIssuer, ProxyGrant
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
    await replace_links(uow, patient.id)
    return await new_login_link(uow, patient)


async def replace_links(uow: UnitOfWork, patient_id: UUID, proxy_id: UUID | None = None) -> None:
    """Unused links of the patient, or of one proxy of the patient, stop working."""
    await uow.sql(
        "UPDATE login_link SET expires_at = $3 WHERE patient_id = ANY (one_person($1)) AND organisation_id = $2"
        " AND used_at IS NULL AND expires_at > $3 AND proxy_id IS NOT DISTINCT FROM $4::uuid",
        patient_id, uow.organisation_id, wall_now(), proxy_id,
    )  # fmt: skip


async def new_login_link(uow: UnitOfWork, patient: Patient, proxy_id: UUID | None = None) -> LoginLinkView:
    """A link for the patient, or for somebody who acts for the patient.

    The token stands in the fragment, which browsers never send; only its digest is kept. Expires by wall time.
    """
    token, expires_at = new_link_token(), wall_now() + LINK_LIFETIME
    uow.session.add(
        LoginLink(
            token_digest=digest(token), organisation_id=patient.organisation_id, patient_id=patient.id,
            proxy_id=proxy_id, expires_at=expires_at,
        )
    )  # fmt: skip
    await uow.audit("create", "login_link", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
    organisation = (await active_clinic(uow, patient.clinic_id)).file.organisation
    url = f"{uow.service.settings.portal_url}/{organisation}/login#{token}"
    return LoginLinkView(url=url, expires_at=(await wall_of(uow, patient)).at(expires_at))


async def log_in(uow: UnitOfWork, request: LoginRequest) -> TokenView:
    """Exchange the token of a login link, once, for a token of at most 30 minutes: a patient's, or a proxy's.

    Raises LOGIN_LINK_SPENT, also when the proxy was ended or is past its time.
    """
    now = wall_now()
    owner_id, proxy_id = await _spend(uow, digest(request.token), now)
    patient_id = await survivor_of(uow, owner_id)
    grant = await _grant(uow, proxy_id, now) if proxy_id else None
    issued = PatientIssuer(uow.service.settings).issue(patient_id, uow.organisation_id, grant)
    await uow.audit("login", "proxy" if proxy_id else "patient", proxy_id or patient_id, patient_id=patient_id)
    lifetime = min(LIFETIME, grant.expires_at - now) if grant else LIFETIME
    return TokenView(
        access_token=issued.token, expires_in=int(lifetime.total_seconds()), patient_id=patient_id, proxy_id=proxy_id
    )


async def _grant(uow: UnitOfWork, proxy_id: UUID, now: datetime) -> ProxyGrant:
    row = (await uow.session.exec(select(Proxy).where(Proxy.id == proxy_id))).one()
    if row.state != "ACTIVE" or row.expires_at <= now:
        raise LOGIN_LINK_SPENT()
    detail = uow.open_column("proxy", "detail", row.id, row.detail, ProxyDetail)
    return ProxyGrant(row.id, frozenset(detail.scope), row.expires_at)


async def _spend(uow: UnitOfWork, token_digest: str, now: datetime) -> tuple[UUID, UUID | None]:
    """One statement, so that of two who come at once one is refused."""
    rows = await uow.sql(
        "UPDATE login_link SET used_at = $3 WHERE token_digest = $1 AND organisation_id = $2"
        " AND used_at IS NULL AND expires_at > $3 RETURNING patient_id, proxy_id",
        token_digest, uow.organisation_id, now,
    )  # fmt: skip
    if not rows:
        raise LOGIN_LINK_SPENT()
    return rows[0].patient_id, rows[0].proxy_id
