"""A minor in danger: a person is asked to reach a guardian. Nothing is ever sent to a guardian by software."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import select

from services.intake.commands.safety.tasks import open_task
from services.intake.domain.facts import age_on
from services.intake.domain.handling import Further
from services.intake.models import Patient
from services.intake.records import person_of
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork


async def name_guardian(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID, about: Further, due_at: datetime) -> None:
    """Open the task for somebody below the clinic's age; for whoever is not registered, the age is not known."""
    found = select(Patient).where(Patient.id == patient_id, Patient.organisation_id == uow.organisation_id)
    patient = (await uow.session.exec(found)).one_or_none()
    if patient is None:
        return
    file = (await active_clinic(uow, clinic_id)).file
    today = uow.now.astimezone(ZoneInfo(file.zone)).date()
    if age_on(person_of(uow, patient).birth_date, today) < file.safety.guardian_below_years:
        await open_task(uow, patient_id, clinic_id, "GUARDIAN_CONTACT", about, due_at)
