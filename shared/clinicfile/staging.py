"""Putting a clinic file into force in one service: stage, approve, activate; each may be repeated.

Staging validates the whole file and changes nothing that is in force. Activation takes a staged hash; when its clinical
sections differ from those in force, a director must have approved that very hash before.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from shared.clinicfile.hash import canonical, clinical_hash, content_hash
from shared.clinicfile.issues import Issue
from shared.clinicfile.load import validate
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.staged import ClinicFileView, StagedView
from shared.db.unit_of_work import UnitOfWork
from shared.http.guards import require_role
from shared.http.paging import Page, Paging, page
from shared.problems import FORBIDDEN, NOT_FOUND, FieldError, problem_kind

APPLIERS = ("admin", "director", "operator")
CLINIC_FILE_INVALID = problem_kind(
    "CLINIC_FILE_INVALID", 422, "The clinic file has mistakes", "Correct the fields listed in errors; nothing changed."
)
CLINICAL_APPROVAL_REQUIRED = problem_kind(
    "CLINICAL_APPROVAL_REQUIRED",
    409,
    "Clinical sections differ from those in force and no director approved this hash",
    "Let somebody with the director role approve the hash in params, then activate again.",
)

_STAGE = """
INSERT INTO clinic_file (clinic_id, hash, organisation_id, content, clinical_hash, staged_by)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (clinic_id, hash) DO NOTHING
"""
_SELECT = """
SELECT f.*, coalesce(a.hash = f.hash, false) AS active,
  f.approved_by IS NULL AND f.clinical_hash IS DISTINCT FROM in_force.clinical_hash AS approval_needed
FROM clinic_file f LEFT JOIN clinic_active a ON a.clinic_id = f.clinic_id
LEFT JOIN clinic_file in_force ON in_force.clinic_id = a.clinic_id AND in_force.hash = a.hash
WHERE f.organisation_id = $1
"""
_LIST = (
    _SELECT
    + """
AND f.clinic_id = ANY ($2::uuid[])
AND ($3::text IS NULL OR (f.staged_at, f.hash) < ($3::text::timestamptz, $4::text))
ORDER BY f.staged_at DESC, f.hash DESC LIMIT $5
"""
)
_ACTIVATE = """
INSERT INTO clinic_active (clinic_id, hash, organisation_id) VALUES ($1, $2, $3)
ON CONFLICT (clinic_id) DO UPDATE SET hash = excluded.hash
"""


async def stage(uow: UnitOfWork, data: dict[str, Any]) -> StagedView:
    """Validate a whole file and store it. Raises CLINIC_FILE_INVALID with every mistake, FORBIDDEN."""
    file = valid_file(data, uow.now)
    require_own(uow, file, *APPLIERS)
    hash_ = content_hash(file)
    await uow.sql(
        _STAGE, file.clinic_id, hash_, uow.organisation_id, canonical(file), clinical_hash(file), uow.caller.subject
    )  # fmt: skip
    return await _done(uow, "stage", await _found(uow, hash_))


async def approve(uow: UnitOfWork, hash_: str) -> StagedView:
    """A director approves a staged hash; the first approval is kept. Raises NOT_FOUND, FORBIDDEN."""
    row = await _found(uow, hash_)
    require_role(uow, row.clinic_id, "director")
    await uow.sql(
        "UPDATE clinic_file SET approved_by = coalesce(approved_by, $1) WHERE clinic_id = $2 AND hash = $3",
        uow.caller.subject, row.clinic_id, hash_,
    )  # fmt: skip
    return await _done(uow, "approve", await _found(uow, hash_))


async def activate(uow: UnitOfWork, hash_: str) -> StagedView:
    """Put a staged hash into force. Raises NOT_FOUND, FORBIDDEN, CLINICAL_APPROVAL_REQUIRED."""
    row = await _found(uow, hash_)
    require_role(uow, row.clinic_id, *APPLIERS)
    await uow.sql("SELECT 1 FROM clinic_active WHERE clinic_id = $1 FOR UPDATE", row.clinic_id)
    row = await _found(uow, hash_)
    if row.approval_needed:
        raise CLINICAL_APPROVAL_REQUIRED(params={"hash": hash_})
    if not row.active:
        await uow.sql(_ACTIVATE, row.clinic_id, hash_, uow.organisation_id)
        uow.once.pop(row.clinic_id, None)
        await uow.sql(
            "UPDATE clinic_file SET activated_at = $1 WHERE clinic_id = $2 AND hash = $3",
            uow.now, row.clinic_id, hash_,
        )  # fmt: skip
    return await _done(uow, "activate", await _found(uow, hash_))


async def listed(uow: UnitOfWork, paging: Paging) -> Page[StagedView]:
    """Files of the caller's clinics, latest staged first."""
    after = paging.after(uow, "clinic-files") or (None, None)
    rows = await uow.sql(_LIST, uow.organisation_id, list(uow.caller.clinics()), *after, paging.fetch)
    items = [_view(row) for row in rows]
    return page(uow, items, paging, lambda item: (item.staged_at, item.hash), "clinic-files")


async def one(uow: UnitOfWork, hash_: str) -> ClinicFileView:
    """A staged or active file with its content. Raises NOT_FOUND, also for another clinic's."""
    row = await _found(uow, hash_)
    if row.clinic_id not in uow.caller.clinics():
        raise NOT_FOUND()
    staged = _view(row)
    return ClinicFileView(**staged.model_dump(), file=ClinicFile.model_validate_json(row.content))


def valid_file(data: dict[str, Any], now: datetime) -> ClinicFile:
    """The file that plain data describes. Raises CLINIC_FILE_INVALID with every mistake."""
    file, issues = validate(data, now)
    if file is None:
        raise CLINIC_FILE_INVALID(errors=[_field_error(issue) for issue in issues])
    return file


def _field_error(issue: Issue) -> FieldError:
    return FieldError(f"/file{issue.pointer}", "NOT_VALID", {"detail": f"{issue.message}; {issue.mend}"})


def require_own(uow: UnitOfWork, file: ClinicFile, *roles: str) -> None:
    """The file is of the caller's organisation, and the caller has one of the roles at its clinic. Raises FORBIDDEN."""
    if file.organisation_id != uow.organisation_id:
        raise FORBIDDEN("The file belongs to another organisation than your token")
    require_role(uow, file.clinic_id, *roles)


async def _found(uow: UnitOfWork, hash_: str) -> Row[Any]:
    rows = await uow.sql(_SELECT + " AND f.hash = $2", uow.organisation_id, hash_)
    if not rows:
        raise NOT_FOUND()
    return rows[0]


async def _done(uow: UnitOfWork, act: str, row: Row[Any]) -> StagedView:
    await uow.audit("operate", "clinic_file", row.hash, clinic_id=row.clinic_id, reason=act)
    return _view(row)


def _view(row: Row[Any]) -> StagedView:
    file = ClinicFile.model_validate_json(row.content)
    return StagedView(
        clinic_id=row.clinic_id, clinic=file.clinic, hash=row.hash, clinical_hash=row.clinical_hash, active=row.active,
        approved=row.approved_by is not None, approval_needed=row.approval_needed,
        staged_at=row.staged_at, activated_at=row.activated_at,
    )  # fmt: skip
