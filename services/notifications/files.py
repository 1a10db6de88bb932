"""The clinic file as notifications needs it: one that is not there yet is no reason to refuse an event or a reply."""

from uuid import UUID

from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import NO_CLINIC_FILE, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.problems import Problem


async def clinic_file(uow: UnitOfWork, clinic_id: UUID | None) -> ClinicFile | None:
    """The clinic's file in force; None while there is none."""
    if clinic_id is None:
        return None
    try:
        return (await active_clinic(uow, clinic_id)).file
    except Problem as problem:
        if problem.kind is not NO_CLINIC_FILE:
            raise
        return None


async def zone_of(uow: UnitOfWork, clinic_id: UUID | None) -> str:
    """The clinic's zone, in which answers show instants; UTC while no file is known."""
    file = await clinic_file(uow, clinic_id)
    return file.zone if file else "UTC"
