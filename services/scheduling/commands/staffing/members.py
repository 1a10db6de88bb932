"""Who works here, and what of theirs expires."""

from collections.abc import Sequence
from uuid import UUID

from services.scheduling import records, views
from services.scheduling.domain.cover import Role
from services.scheduling.models import StaffMember
from services.scheduling.planning.ground import invalid
from services.scheduling.schemas.staff import Credentials, StaffChangeRequest, StaffRequest, StaffView
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role, require_version
from shared.ids import new_id

ROSTERERS = ("admin",)


async def engage_staff(uow: UnitOfWork, request: StaffRequest) -> StaffView:
    """Somebody starts to work at a clinic. Raises FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST (a nurse or prescriber who
    interprets)."""
    require_role(uow, request.clinic_id, *ROSTERERS)
    zone = (await active_clinic(uow, request.clinic_id)).file.zone
    person = StaffMember(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=request.clinic_id, name=request.name,
        role=request.role.value, credentials=_kept(request.credentials),
        interprets=_interprets(request.role, request.interprets),
    )  # fmt: skip
    uow.session.add(person)
    await uow.audit("create", "staff_member", person.id, clinic_id=person.clinic_id, version=person.version)
    return views.staff(person, zone, uow.now)


async def change_staff(
    uow: UnitOfWork, staff_id: UUID, request: StaffChangeRequest, expected_version: int
) -> StaffView:  # fmt: skip
    """Name, state, credentials and languages anew. Shifts of somebody who left cover nothing any more.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, NO_CLINIC_FILE, INVALID_REQUEST (a nurse or prescriber who interprets).
    """
    person = await records.staff_member(uow, staff_id, lock=True)
    require_role(uow, person.clinic_id, *ROSTERERS)
    require_version(person.version, expected_version)
    zone = (await active_clinic(uow, person.clinic_id)).file.zone
    person.interprets = _interprets(Role(person.role), request.interprets)
    person.name, person.state = request.name, request.state.value
    person.credentials, person.version = _kept(request.credentials), person.version + 1
    await uow.audit("update", "staff_member", person.id, clinic_id=person.clinic_id, version=person.version)
    return views.staff(person, zone, uow.now)


def _interprets(role: Role, languages: Sequence[str]) -> list[str]:
    """Each once. Who watches, or answers for doses, is not at one patient's side throughout. Raises INVALID_REQUEST."""
    if languages and role is not Role.OTHER:
        raise invalid("/interprets", "ONLY_ROLE_OTHER_INTERPRETS", role=role.value)
    return sorted({*languages})


def _kept(credentials: Credentials) -> dict[str, str]:
    return {credential.value: until.isoformat() for credential, until in sorted(credentials.items())}
