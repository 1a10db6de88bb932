"""The active clinic file of a clinic, as this service staged and activated it."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import UnitOfWork
from shared.problems import problem_kind

NO_CLINIC_FILE = problem_kind(
    "NO_CLINIC_FILE", 409, "The clinic has no active clinic file", "Run `stillwater apply clinics/NAME.yaml`."
)


@dataclass(frozen=True, slots=True)
class ActiveClinic:
    """A clinic file in force and the hash that decisions made under it name."""

    hash: str
    file: ClinicFile


@lru_cache(maxsize=256)
def _parse(hash_: str, content: str) -> ActiveClinic:
    return ActiveClinic(hash_, ClinicFile.model_validate_json(content))


async def active_clinic(uow: UnitOfWork, clinic_id: UUID) -> ActiveClinic:
    """The clinic's file in force. Raises NO_CLINIC_FILE, also for another organisation's clinic."""
    rows = await uow.sql(
        "SELECT f.hash, f.content FROM clinic_active a JOIN clinic_file f USING (clinic_id, hash)"
        " WHERE a.clinic_id = $1 AND a.organisation_id = $2",
        clinic_id, uow.organisation_id,
    )  # fmt: skip
    if not rows:
        raise NO_CLINIC_FILE()
    return _parse(rows[0].hash, rows[0].content)


async def clinic_under(uow: UnitOfWork, clinic_id: UUID, file_hash: str) -> ActiveClinic:
    """The file that something was begun under: a running session keeps its version. Raises NO_CLINIC_FILE."""
    rows = await uow.sql(
        "SELECT hash, content FROM clinic_file WHERE clinic_id = $1 AND hash = $2 AND organisation_id = $3",
        clinic_id, file_hash, uow.organisation_id,
    )  # fmt: skip
    if not rows:
        raise NO_CLINIC_FILE()
    return _parse(rows[0].hash, rows[0].content)
