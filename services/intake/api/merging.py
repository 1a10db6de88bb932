"""Routes about records that are one person."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.intake import commands, queries
from services.intake.commands.people.merging import HAS_ABSORBED, MERGERS
from services.intake.queries.merging import STAFF
from services.intake.schemas.merging import MergeRequest, MergesView, MergeView, UnlinkRequest
from shared.aliases import PATIENT_MERGED
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Reading, acting, problems, reading
from shared.problems import CONFLICT, STALE_VERSION, VERSION_REQUIRED

router = APIRouter()


@router.post(
    "/v1/patients/{patient_id}/merges", operation_id="mergePatients", status_code=201, response_model=MergeView,
    responses=problems(NO_CLINIC_FILE, PATIENT_MERGED, HAS_ABSORBED, STALE_VERSION),
)  # fmt: skip
async def merge_patients(patient_id: UUID, body: MergeRequest, act: Acting = Depends(acting(*MERGERS))) -> Response:
    """Another record turned out to be this patient: both are read together from now on. It can be taken back.

    The body carries both versions; every sign in which the records contradict each other is to be named.
    """
    return await act.run(lambda uow: commands.merge_patients(uow, patient_id, body), status=201)


@router.get(
    "/v1/patients/{patient_id}/merges", operation_id="listMerges", response_model=MergesView, responses=problems()
)  # fmt: skip
async def list_merges(patient_id: UUID, read: Reading = Depends(reading(*STAFF))) -> Response:
    """Every merge that this record took part in, oldest first, those that were taken back too."""
    return await read.run(lambda uow: queries.list_merges(uow, patient_id))


@router.post(
    "/v1/merges/{merge_id}/unlink", operation_id="unlinkPatients", response_model=MergeView,
    responses=problems(NO_CLINIC_FILE, CONFLICT, STALE_VERSION, VERSION_REQUIRED),
)  # fmt: skip
async def unlink_patients(merge_id: UUID, body: UnlinkRequest, act: Acting = Depends(acting(*MERGERS))) -> Response:
    """The records are two people after all: each has its own history again, and is screened on it. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.unlink_patients(uow, merge_id, body, expected))
