"""An item of the worklist as staff sees it."""

from sqlmodel import select

from services.intake.domain.worklist import BY_HAND
from services.intake.models import Patient, WorklistItem
from services.intake.queries.places import zone_of_clinic
from services.intake.records import person_of
from services.intake.schemas.readmodels import WorklistItemView
from shared.db.unit_of_work import UnitOfWork
from shared.http import instant


async def item_view(uow: UnitOfWork, row: WorklistItem) -> WorklistItemView:
    """The item with the name of its patient, in the clinic's time."""
    zone = await zone_of_clinic(uow, row.clinic_id)
    return WorklistItemView(
        id=row.id, version=row.version, kind=row.kind, about=row.about, patient_id=row.patient_id,
        patient_name=await _name(uow, row), clinic_id=row.clinic_id, since=instant(row.since, zone),
        due_at=instant(row.due_at, zone) if row.due_at else None,
        overdue=row.due_at is not None and row.due_at < uow.now, facts=row.facts, claimed_by=row.claimed_by,
        claimed_at=instant(row.claimed_at, zone) if row.claimed_at else None, state=row.state,
        may_be_done=row.kind in BY_HAND,
    )  # fmt: skip


async def _name(uow: UnitOfWork, row: WorklistItem) -> str | None:
    registered = select(Patient).where(Patient.id == row.patient_id, Patient.organisation_id == uow.organisation_id)
    patient = (await uow.session.exec(registered)).one_or_none()
    if patient is None:
        return None
    person = person_of(uow, patient)
    return person.preferred_name or f"{person.given_name} {person.family_name}"
