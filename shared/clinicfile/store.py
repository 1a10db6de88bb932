"""The active clinic file of a clinic, as this service staged and activated it."""

from dataclasses import dataclass
from typing import cast
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


_MOST_KEPT = 256
_kept: dict[str, ActiveClinic] = {}  # by hash: what a hash stands for never changes, and reading it costs a millisecond


async def active_clinic(uow: UnitOfWork, clinic_id: UUID) -> ActiveClinic:
    """The clinic's file in force, the same all through a transaction. Raises NO_CLINIC_FILE, also for another
    organisation's clinic."""
    if clinic_id in uow.once:
        return cast("ActiveClinic", uow.once[clinic_id])
    rows = await uow.sql(
        "SELECT hash FROM clinic_active WHERE clinic_id = $1 AND organisation_id = $2", clinic_id, uow.organisation_id
    )  # fmt: skip
    if not rows:
        raise NO_CLINIC_FILE()
    found = uow.once[clinic_id] = await clinic_under(uow, clinic_id, rows[0].hash)
    return found


async def clinic_under(uow: UnitOfWork, clinic_id: UUID, file_hash: str) -> ActiveClinic:
    """The file that something was begun under: a running session keeps its version. Raises NO_CLINIC_FILE."""
    kept = _kept.get(file_hash)
    if kept is None or (kept.file.clinic_id, kept.file.organisation_id) != (clinic_id, uow.organisation_id):
        kept = await _read(uow, clinic_id, file_hash)
    return kept


async def _read(uow: UnitOfWork, clinic_id: UUID, file_hash: str) -> ActiveClinic:
    rows = await uow.sql(
        "SELECT content FROM clinic_file WHERE clinic_id = $1 AND hash = $2 AND organisation_id = $3",
        clinic_id, file_hash, uow.organisation_id,
    )  # fmt: skip
    if not rows:
        raise NO_CLINIC_FILE()
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    return _kept.setdefault(file_hash, ActiveClinic(file_hash, ClinicFile.model_validate_json(rows[0].content)))
