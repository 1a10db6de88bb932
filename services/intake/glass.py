"""Records that are closed to the organisation's other clinics, and the glass that care staff break in an emergency.

Only reading is closed: what happened is written down by whoever saw it, and a safety concern is anybody's to settle.
"""

from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from services.intake.models import BreakGlass
from shared.aliases import of_person
from shared.clinicfile.store import active_clinic
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.http.guards import Denied
from shared.problems import problem_kind

RECORD_CLOSED = problem_kind(
    "RECORD_CLOSED", 403, "This record is open to staff of the patient's clinics only",
    "In an emergency break the glass (POST .../break-glass) and say why; every look is then audited.",
)  # fmt: skip
_CLINICS = """
SELECT clinic_id, true AS home FROM patient WHERE id = ANY (one_person($1)) AND organisation_id = $2
UNION SELECT clinic_id, false FROM screening WHERE patient_id = ANY (one_person($1)) AND organisation_id = $2
"""


class Why(BaseModel):
    """Why the glass was broken, as it is kept sealed."""

    model_config = ConfigDict(frozen=True)

    text: str


async def require_open(uow: UnitOfWork, patient_id: UUID) -> None:
    """Staff reads a closed record with a role at a clinic that registered or screened the patient, or through broken
    glass, which is audited each time. Raises RECORD_CLOSED."""
    if uow.caller.kind != "staff" or not await is_closed(uow, patient_id):
        return
    grant = await grant_of(uow, patient_id)
    if grant is None:
        raise Denied(RECORD_CLOSED)
    await uow.audit("break_glass", "patient", grant.id, patient_id=patient_id, clinic_id=grant.clinic_id)


async def is_closed(uow: UnitOfWork, patient_id: UUID) -> bool:
    """Whether the caller works at none of the patient's clinics, and one that registered the patient is shut."""
    rows = await uow.sql(_CLINICS, patient_id, uow.organisation_id)
    if {row.clinic_id for row in rows} & uow.caller.clinics():
        return False
    return await _shut(uow, {row.clinic_id for row in rows if row.home})


async def _shut(uow: UnitOfWork, homes: Iterable[UUID]) -> bool:
    return any([(await active_clinic(uow, home)).file.privacy.open_to == "CLINIC" for home in sorted(homes)])


async def grant_of(uow: UnitOfWork, patient_id: UUID) -> BreakGlass | None:
    """What the caller may read the record by now, whichever of its ids the glass was broken for."""
    mine = select(BreakGlass).where(
        of_person(BreakGlass.patient_id, patient_id), BreakGlass.organisation_id == uow.organisation_id,
        BreakGlass.opened_by == uow.caller.subject, BreakGlass.until > wall_now(),
    )  # fmt: skip
    return (await uow.session.exec(mine.order_by(col(BreakGlass.until).desc()).limit(1))).first()
