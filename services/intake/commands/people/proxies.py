"""People who act for a patient: registered and ended by staff, each with a login of its own."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import select

from services.intake.commands.people.login import new_login_link, replace_links
from services.intake.domain.proxy import ProxyDetail, ends_at_majority
from services.intake.models import Patient, Proxy
from services.intake.records import locked_patient, person_of
from services.intake.schemas.people import LoginLinkView
from services.intake.schemas.proxies import ProxyRequest, ProxyView, RegisteredProxyView
from services.intake.views import proxy_view
from shared.aliases import require_unmerged
from shared.clinicfile.store import active_clinic
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_version
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError

STAFF = ("frontdesk", "nurse", "clinician", "admin")


async def register_proxy(uow: UnitOfWork, patient_id: UUID, request: ProxyRequest) -> RegisteredProxyView:
    """Let somebody act for a patient, and make a login link.

    Raises NOT_FOUND, FORBIDDEN, PATIENT_MERGED, INVALID_REQUEST (expired, or a parent's right outlasts itself).
    """
    patient = await locked_patient(uow, patient_id, *STAFF)
    await require_unmerged(uow, patient_id)
    if request.expires_at <= wall_now():
        raise INVALID_REQUEST(errors=[FieldError("/expires_at", "IN_THE_PAST")])
    await _require_lasting(uow, patient, request)
    row_id = new_id()
    detail = ProxyDetail(name=request.name, relation=request.relation, scope=request.scope, authority=request.authority)
    row = Proxy(
        id=row_id, organisation_id=patient.organisation_id, clinic_id=patient.clinic_id, patient_id=patient.id,
        registered_at=uow.now, expires_at=request.expires_at, detail=uow.seal_column("proxy", "detail", row_id, detail),
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    await _audit(uow, "create", row)
    link = await new_login_link(uow, patient, row.id)
    return RegisteredProxyView(**dict(await proxy_view(uow, row)), login_link=link)


async def _require_lasting(uow: UnitOfWork, patient: Patient, request: ProxyRequest) -> None:
    file = (await active_clinic(uow, patient.clinic_id)).file
    years, born = file.safety.guardian_below_years, person_of(uow, patient).birth_date
    ends_at = ends_at_majority(request.authority, born, years, ZoneInfo(file.zone))
    if ends_at is not None and request.expires_at > ends_at:
        of_age = {"authority": request.authority, "until_age": years}
        raise INVALID_REQUEST(errors=[FieldError("/expires_at", "AFTER_AUTHORITY_ENDS", of_age)])


async def make_proxy_login_link(uow: UnitOfWork, proxy_id: UUID) -> LoginLinkView:
    """A new login link for a proxy; its earlier ones stop working. Raises NOT_FOUND, FORBIDDEN, CONFLICT if ended."""
    patient, row = await _proxy(uow, proxy_id)
    if row.state != "ACTIVE" or row.expires_at <= wall_now():
        raise CONFLICT(params={"state": "ENDED"})
    await replace_links(uow, patient.id, row.id)
    return await new_login_link(uow, patient, row.id)


async def end_proxy(uow: UnitOfWork, proxy_id: UUID, expected_version: int) -> ProxyView:
    """No new login from now on; a token that is out ends within 30 minutes.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT if it was ended.
    """
    _, row = await _proxy(uow, proxy_id)
    require_version(row.version, expected_version)
    if row.state != "ACTIVE":
        raise CONFLICT(params={"state": row.state})
    row.state, row.version = "ENDED", row.version + 1
    await _audit(uow, "update", row)
    return await proxy_view(uow, row)


async def _proxy(uow: UnitOfWork, proxy_id: UUID) -> tuple[Patient, Proxy]:
    """The proxy, with its patient locked before it is read."""
    owned = select(Proxy.patient_id).where(Proxy.id == proxy_id, Proxy.organisation_id == uow.organisation_id)
    patient_id = (await uow.session.exec(owned)).one_or_none()
    if patient_id is None:
        raise NOT_FOUND()
    patient = await locked_patient(uow, patient_id, *STAFF)
    return patient, (await uow.session.exec(select(Proxy).where(Proxy.id == proxy_id))).one()


async def _audit(uow: UnitOfWork, action: str, row: Proxy) -> None:
    await uow.audit(
        action, "proxy", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version
    )  # fmt: skip
