"""Enrolment in a safety programme as scheduling tells it: screening for nasal sprays looks at it (domain SCR-072)."""

from sqlalchemy.dialects.postgresql import insert

from services.intake.commands.screening.deciding import rescreen
from services.intake.models import Enrolment
from shared.db.unit_of_work import UnitOfWork


async def keep_enrolment(uow: UnitOfWork, told: Enrolment) -> None:
    """Keep where the patient stands, the higher version, and screen with it."""
    values = told.model_dump()
    newest = insert(Enrolment).values(values)
    await uow.session.exec(
        newest.on_conflict_do_update(
            index_elements=["id"], set_={name: newest.excluded[name] for name in values if name != "id"},
            where=newest.excluded.version > Enrolment.version,
        )
    )  # fmt: skip
    await uow.audit("update", "enrolment", told.id, patient_id=told.patient_id, version=told.version)
    await rescreen(uow, told.patient_id)
