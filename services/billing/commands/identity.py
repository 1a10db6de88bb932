"""Who the patient is, as far as an estimate must say it."""

from uuid import UUID

from sqlmodel import col, select

from services.billing import records
from services.billing.domain.estimates import Recipient
from services.billing.models import Estimate
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Identity


async def learn_identity(uow: UnitOfWork, patient_id: UUID, version: int, identity: Identity) -> None:
    """Keep a sealed copy of the identity card and put name and birth date on estimates that still lack them (F.6)."""
    patient = await records.hold_patient(uow, patient_id)
    if version <= patient.version:
        return
    patient.version = version
    patient.identity = uow.seal_column("patient", "identity", patient_id, identity)
    await uow.audit("update", "patient", patient_id, patient_id=patient_id, version=version)
    nameless = select(Estimate).where(Estimate.patient_id == patient_id, col(Estimate.recipient).is_(None))
    for estimate in await uow.session.exec(nameless):
        estimate.recipient = uow.seal_column("estimate", "recipient", estimate.id, Recipient.of(identity))
