"""Which language somebody has to interpret for a patient, beside the patient's card."""

from uuid import UUID

from services.scheduling.planning.interpreting import interpreter_key
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Identity


async def keep_interpreter(uow: UnitOfWork, patient_id: UUID, version: int, card: Identity) -> None:
    """Beside a card that was just kept; one that is older than what is known changes nothing."""
    statement = "UPDATE patient SET interpreter = $1 WHERE id = $2 AND version = $3"
    await uow.sql(statement, interpreter_key(uow, card), patient_id, version)
