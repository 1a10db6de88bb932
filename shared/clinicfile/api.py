"""Routes of every service for the two phases of `stillwater apply`: stage everywhere, then activate everywhere."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from shared.caller import ROLES
from shared.clinicfile import staging
from shared.clinicfile.staged import ClinicFileView, StagedView, StageRequest
from shared.clinicfile.staging import APPLIERS, CLINIC_FILE_INVALID, CLINICAL_APPROVAL_REQUIRED
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.http.examples import CLINIC_FILE_HASH
from shared.http.paging import CURSOR_INVALID

router = APIRouter(tags=["clinic files"])
Applier = Annotated[Acting, Depends(acting(*APPLIERS))]
Staff = Annotated[Reading, Depends(reading(*ROLES))]
Hash = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the file's canonical JSON", examples=[CLINIC_FILE_HASH]
    ),
]  # fmt: skip


@router.post(
    "/v1/clinic-files/stage", operation_id="stageClinicFile", response_model=StagedView,
    responses=problems(CLINIC_FILE_INVALID),
)  # fmt: skip
async def stage(body: StageRequest, act: Applier) -> Response:
    """Validate a whole clinic file and keep it; nothing in force changes. Staging the same content again is fine."""
    return await act.run(lambda uow: staging.stage(uow, body.file))


@router.post(
    "/v1/clinic-files/{hash}/approve", operation_id="approveClinicFile", response_model=StagedView, responses=problems()
)
async def approve(hash: Hash, act: Annotated[Acting, Depends(acting("director"))]) -> Response:  # noqa: A002  a URL part
    """A director approves the clinical sections of a staged file."""
    return await act.run(lambda uow: staging.approve(uow, hash))


@router.post(
    "/v1/clinic-files/{hash}/activate", operation_id="activateClinicFile", response_model=StagedView,
    responses=problems(CLINICAL_APPROVAL_REQUIRED),
)  # fmt: skip
async def activate(hash: Hash, act: Applier) -> Response:  # noqa: A002  a URL part
    """Put a staged file into force in this service. Changed clinical sections need a director's approval first."""
    return await act.run(lambda uow: staging.activate(uow, hash))


@router.get(
    "/v1/clinic-files", operation_id="listClinicFiles", response_model=Page[StagedView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_clinic_files(pages: Pages, read: Staff) -> Response:
    """Files of the caller's clinics, latest staged first: which are active, which wait for approval."""
    return await read.run(lambda uow: staging.listed(uow, pages))


@router.get(
    "/v1/clinic-files/{hash}", operation_id="getClinicFile", response_model=ClinicFileView, responses=problems()
)
async def get_clinic_file(hash: Hash, read: Staff) -> Response:  # noqa: A002  a URL part
    """One file with its content, every default written out."""
    return await read.run(lambda uow: staging.one(uow, hash))
