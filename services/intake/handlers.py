"""What intake does when another service said something."""

from sqlalchemy.dialects.postgresql import insert

from services.intake.models import Treatment
from shared.db.unit_of_work import UnitOfWork
from shared.events import Event
from shared.events.scheduling import SessionCompleted
from shared.service import Handler


async def on_session_completed(uow: UnitOfWork, event: SessionCompleted) -> None:
    """Remember a completed treatment: it ends the first-dose cap of later orders (C.1)."""
    treatment = Treatment(
        session_id=event.session_id, organisation_id=uow.organisation_id,
        clinic_id=uow.cause.clinic_id if uow.cause else None,
        patient_id=event.patient_id, discharged_at=event.discharged_at,
        delivered=uow.seal_column("treatment", "delivered", event.session_id, uow.open(event, "delivered")),
    )  # fmt: skip
    await uow.session.exec(insert(Treatment).values(treatment.model_dump()).on_conflict_do_nothing())


SUBSCRIPTIONS: dict[type[Event], Handler] = {
    SessionCompleted: on_session_completed,
}
