"""Which wall clock an answer shows."""

from uuid import UUID

from shared.clinicfile.store import NO_CLINIC_FILE, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.problems import Problem


async def zone_of_clinic(uow: UnitOfWork, clinic_id: UUID | None) -> str:
    """The clinic's zone; UTC while no clinic or no file of it is known, since a read model may hear before the file."""
    if clinic_id is None:
        return "UTC"
    try:
        return (await active_clinic(uow, clinic_id)).file.zone
    except Problem as problem:
        if problem.kind is NO_CLINIC_FILE:
            return "UTC"
        raise
