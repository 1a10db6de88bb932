"""Two records of one person are merged by staff, and that is taken back: nothing is re-keyed, nothing is lost."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import select

from services.intake.commands.answers.due import next_session_at
from services.intake.commands.answers.reopening import reopen_unanswered
from services.intake.commands.consents.consenting import end_overtaken
from services.intake.commands.orders.signing import end_orders_against
from services.intake.commands.screening.deciding import screen_afresh
from services.intake.domain.merging import differences
from services.intake.history import history_of
from services.intake.models import Patient, PatientMerge
from services.intake.records import InCare, locked_record, person_of, screened_clinics
from services.intake.recordviews import merge_view
from services.intake.schemas.merging import MergeRequest, MergeView, UnlinkRequest
from shared.aliases import PATIENT_MERGED, Alias, keep_alias, survivor_of
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import PatientMerged, PatientUnlinked
from shared.http import require_role, require_version
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError, problem_kind

MERGERS = ("clinician", "admin")
HAS_ABSORBED = problem_kind(
    "HAS_ABSORBED", 409, "The record to be absorbed has absorbed others itself", "Merge the other way round."
)


async def merge_patients(uow: UnitOfWork, patient_id: UUID, request: MergeRequest) -> MergeView:
    """Read another record together with this one from now on: histories, holds, orders and consents of both count.

    Both are screened as one; orders with a medicine that an allergy in either record forbids are revoked, and so is
    what was signed in one before its document was revoked in the other. Emits PatientMerged under both keys,
    OrderRevoked, ConsentRevoked, and what screening says.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION (either record), PATIENT_MERGED (either is absorbed already),
    HAS_ABSORBED, INVALID_REQUEST (itself, or a difference that was not named).
    """
    require_role(uow, None, *MERGERS)
    survivor, absorbed = await _both(uow, patient_id, request.absorbed_id)
    await _require_free(uow, survivor, absorbed)
    require_version(survivor.version, request.survivor_version)
    require_version(absorbed.version, request.absorbed_version)
    _require_named(uow, survivor, absorbed, request)
    row = PatientMerge(
        id=new_id(), organisation_id=uow.organisation_id, patient_id=absorbed.id, survivor_id=survivor.id,
        merged_at=uow.now, merged_by=uow.caller.subject, reason=request.reason,
    )  # fmt: skip
    uow.session.add(row)
    clinics = tuple(sorted(await screened_clinics(uow, absorbed.id)))
    await _link(uow, row, survivor, absorbed, clinics)
    await end_orders_against(uow, survivor.id, (await history_of(uow, survivor)).allergies)
    await end_overtaken(uow, survivor)
    await screen_afresh(uow, InCare(survivor, survivor.clinic_id))
    return await merge_view(uow, row, survivor)


async def unlink_patients(uow: UnitOfWork, merge_id: UUID, request: UnlinkRequest, expected_version: int) -> MergeView:
    """Take a merge back: each record has its own history again, with what was written under it meanwhile, and is
    screened on it; what only the other's answers settled is due again. Emits PatientUnlinked under both keys,
    AssessmentDue, and what screening says.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT when it was taken back.
    """
    require_role(uow, None, *MERGERS)
    mine = select(PatientMerge).where(PatientMerge.id == merge_id, PatientMerge.organisation_id == uow.organisation_id)
    found = (await uow.session.exec(mine)).one_or_none()
    if found is None:
        raise NOT_FOUND()
    survivor, absorbed = await _both(uow, found.survivor_id, found.patient_id)
    row = (await uow.session.exec(mine.execution_options(populate_existing=True))).one()
    require_version(row.version, expected_version)
    if row.state != "MERGED":
        raise CONFLICT(params={"state": row.state})
    row.state, row.version, row.unlinked_at = "UNLINKED", row.version + 1, uow.now
    row.unlinked_by, row.unlink_reason = uow.caller.subject, request.reason
    await _unlink(uow, row, survivor, absorbed)
    for patient in (survivor, absorbed):
        await reopen_unanswered(uow, patient.id, row.merged_at)
        await screen_afresh(uow, InCare(patient, patient.clinic_id))
    return await merge_view(uow, row, survivor)


async def _both(uow: UnitOfWork, survivor_id: UUID, absorbed_id: UUID) -> tuple[Patient, Patient]:
    """Both records, locked in the order in which every command locks them. Raises NOT_FOUND, INVALID_REQUEST."""
    if survivor_id == absorbed_id:
        raise INVALID_REQUEST(errors=[FieldError("/absorbed_id", "SAME_RECORD")])
    absorbed = await locked_record(uow, absorbed_id)
    survivor = await locked_record(uow, survivor_id)
    if survivor is None:
        raise NOT_FOUND()
    if absorbed is None:
        raise NOT_FOUND(errors=[FieldError("/absorbed_id", "UNKNOWN_PATIENT")])
    return survivor, absorbed


async def _require_free(uow: UnitOfWork, survivor: Patient, absorbed: Patient) -> None:
    """One record takes in others and is not taken in itself, so that one look gives them all."""
    for patient in (survivor, absorbed):
        if (into := await survivor_of(uow, patient.id)) != patient.id:
            raise PATIENT_MERGED(params={"patient_id": str(patient.id), "survivor_id": str(into)})
    taken_in = select(PatientMerge.id).where(PatientMerge.survivor_id == absorbed.id, PatientMerge.state == "MERGED")
    if (await uow.session.exec(taken_in.limit(1))).first() is not None:
        raise HAS_ABSORBED()


def _require_named(uow: UnitOfWork, survivor: Patient, absorbed: Patient, request: MergeRequest) -> None:
    found = set(differences(person_of(uow, survivor), person_of(uow, absorbed)))
    if unnamed := sorted(found - request.differing):
        raise INVALID_REQUEST(errors=[FieldError("/differing", "DIFFERS", {"sign": sign}) for sign in unnamed])


async def _link(
    uow: UnitOfWork, row: PatientMerge, survivor: Patient, absorbed: Patient, clinics: Sequence[UUID]
) -> None:
    decided, version = _count_on(survivor, absorbed), await _next_version(uow, absorbed.id)
    await keep_alias(uow, Alias(absorbed.id, survivor.id, version, merged=True, screened_from=decided))
    look_by = await next_session_at(uow, survivor.id)
    for patient in (survivor, absorbed):
        event = PatientMerged(
            merge_id=row.id, patient_id=patient.id, absorbed_id=absorbed.id, survivor_id=survivor.id, version=version,
            merged_at=uow.now, screened_from=decided, clinics=tuple(clinics), look_by=look_by,
        )  # fmt: skip
        uow.emit(event, key=patient.id, subject=row.id, clinic_id=survivor.clinic_id)
        await _audit(uow, patient, row.reason)


async def _unlink(uow: UnitOfWork, row: PatientMerge, survivor: Patient, absorbed: Patient) -> None:
    decided, version = _count_on(survivor, absorbed), await _next_version(uow, absorbed.id)
    await keep_alias(uow, Alias(absorbed.id, survivor.id, version, merged=False, screened_from=decided))
    for patient in (survivor, absorbed):
        event = PatientUnlinked(
            merge_id=row.id, patient_id=patient.id, absorbed_id=absorbed.id, survivor_id=survivor.id, version=version,
            unlinked_at=uow.now, screened_from=decided,
        )  # fmt: skip
        uow.emit(event, key=patient.id, subject=row.id, clinic_id=survivor.clinic_id)
        await _audit(uow, patient, row.unlink_reason)


def _count_on(survivor: Patient, absorbed: Patient) -> int:
    """Decisions of both are counted on from the higher count, so that the next one is the newest of all; gives it."""
    survivor.decisions = absorbed.decisions = max(survivor.decisions, absorbed.decisions)
    survivor.version, absorbed.version = survivor.version + 1, absorbed.version + 1
    return survivor.decisions + 1


async def _next_version(uow: UnitOfWork, absorbed_id: UUID) -> int:
    rows = await uow.sql("SELECT version FROM patient_alias WHERE patient_id = $1", absorbed_id)
    return int(rows[0].version) + 1 if rows else 1


async def _audit(uow: UnitOfWork, patient: Patient, reason: str | None) -> None:
    await uow.audit(
        "update", "patient", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id, version=patient.version,
        reason=reason,
    )  # fmt: skip
