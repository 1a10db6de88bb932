"""Visits as scheduling tells them: kept at their highest version; those that cost something lead to a document."""

from sqlalchemy.dialects.postgresql import insert

from services.billing import records
from services.billing.commands.invoices import charge_fee
from services.billing.commands.pricing import clinic_in_force
from services.billing.domain.fees import fee_line
from services.billing.domain.reasons import Reason
from services.billing.models import Appointment
from shared.db.unit_of_work import UnitOfWork


async def learn_appointment(uow: UnitOfWork, appointment: Appointment) -> bool:
    """Keep the newest version of an appointment. False when this or a newer version is known already."""
    await records.hold_patient(uow, appointment.patient_id)
    statement = insert(Appointment).values(appointment.model_dump())
    newer = statement.on_conflict_do_update(
        index_elements=["id"], set_=dict(statement.excluded), where=statement.excluded.version > Appointment.version
    )
    return (await uow.session.exec(newer)).rowcount == 1


async def take_fee(uow: UnitOfWork, appointment: Appointment, reason: Reason, *, ask: bool) -> None:
    """Charge the clinic's fee for a visit that did not take place, or propose it to a person (D.4).

    A policy of 0 takes none. Without a clinic file the person is asked without a proposal.
    """
    clinic = await clinic_in_force(uow, appointment.clinic_id)
    fee = fee_line(clinic.file, reason) if clinic else None
    if clinic and fee is None:
        return
    if clinic and fee and not ask:
        await charge_fee(uow, appointment, fee, clinic.hash)
        return
    await records.open_review(
        uow, appointment, reason, version=appointment.version, proposed=fee.total if fee else None
    )  # fmt: skip
