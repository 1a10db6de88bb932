"""The clinic file as notifications needs it: one that is not there yet is no reason to refuse an event or a reply."""

from collections.abc import Iterable
from uuid import UUID

from shared.clinicfile.crisiswords import CRISIS_WORDS
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


async def crisis_words(uow: UnitOfWork, clinic_ids: Iterable[UUID | None]) -> set[str]:
    """What counts as words of crisis (A.6) in a text to these clinics: of each its own list. Of a number that no clinic
    with a file knows, every list of the organisation; while there is none, the words that are shipped."""
    wanted = {clinic_id for clinic_id in clinic_ids if clinic_id is not None}
    if not (files := [file for one in sorted(wanted) if (file := await clinic_file(uow, one))]):
        rows = await uow.sql("SELECT clinic_id FROM clinic_active WHERE organisation_id = $1", uow.organisation_id)
        files = [file for row in rows if (file := await clinic_file(uow, row.clinic_id))]
    return {word for file in files for word in file.safety.crisis_words} or {*CRISIS_WORDS}


async def zone_of(uow: UnitOfWork, clinic_id: UUID | None) -> str:
    """The clinic's zone, in which answers show instants; UTC while no file is known."""
    file = await clinic_file(uow, clinic_id)
    return file.zone if file else "UTC"
