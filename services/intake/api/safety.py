"""Routes about safety concerns and safety tasks."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.intake import commands, queries
from services.intake.schemas.safety import (
    AcknowledgeRequest,
    ConcernView,
    FlagRequest,
    ResolveRequest,
    SafetyTaskView,
    SettleTaskRequest,
)
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.problems import CONFLICT, STALE_VERSION, VERSION_REQUIRED

router = APIRouter()


@router.get(
    "/v1/patients/{patient_id}/safety-concerns",
    operation_id="listOpenConcerns",
    response_model=Page[ConcernView],
    responses=problems(),
)
async def list_open_concerns(
    patient_id: UUID, pages: Pages, read: Reading = Depends(reading("nurse", "clinician"))
) -> Response:
    """Open safety concerns of a patient, oldest first."""
    return await read.run(lambda uow: queries.list_open_concerns(uow, patient_id, pages))


@router.post(
    "/v1/patients/{patient_id}/safety-concerns",
    operation_id="flagConcern",
    status_code=201,
    response_model=ConcernView,
    responses=problems(NO_CLINIC_FILE),
)
async def flag_concern(
    patient_id: UUID, body: FlagRequest, act: Acting = Depends(acting("nurse", "clinician"))
) -> Response:
    """Open a safety concern about a danger that you see or hear of. It holds booking and dosing; HIGH pages at once."""
    return await act.run(lambda uow: commands.flag_concern(uow, patient_id, body), status=201)


@router.post(
    "/v1/safety-concerns/{concern_id}/acknowledge",
    operation_id="acknowledgeConcern",
    response_model=ConcernView,
    responses=problems(CONFLICT, STALE_VERSION),
)
async def acknowledge_concern(
    concern_id: UUID, body: AcknowledgeRequest, act: Acting = Depends(acting("clinician"))
) -> Response:
    """Take up a safety concern and say what you are going to do. It holds booking and dosing until it is resolved."""
    return await act.run(lambda uow: commands.acknowledge_concern(uow, concern_id, body))


@router.post(
    "/v1/safety-concerns/{concern_id}/resolve",
    operation_id="resolveConcern",
    response_model=ConcernView,
    responses=problems(CONFLICT, STALE_VERSION),
)
async def resolve_concern(
    concern_id: UUID, body: ResolveRequest, act: Acting = Depends(acting("clinician"))
) -> Response:
    """Settle a safety concern with a disposition; the note is sealed."""
    return await act.run(lambda uow: commands.resolve_concern(uow, concern_id, body))


@router.get(
    "/v1/patients/{patient_id}/safety-tasks",
    operation_id="listSafetyTasks",
    response_model=Page[SafetyTaskView],
    responses=problems(),
)
async def list_safety_tasks(
    patient_id: UUID, pages: Pages, read: Reading = Depends(reading("nurse", "clinician"))
) -> Response:
    """Open safety tasks about a patient, or somebody who wrote to the clinic, oldest first. They hold nothing."""
    return await read.run(lambda uow: queries.list_safety_tasks(uow, patient_id, pages))


@router.post(
    "/v1/safety-tasks/{task_id}/settle",
    operation_id="settleSafetyTask",
    response_model=SafetyTaskView,
    responses=problems(CONFLICT, STALE_VERSION, VERSION_REQUIRED),
)
async def settle_safety_task(
    task_id: UUID, body: SettleTaskRequest, act: Acting = Depends(acting("nurse", "clinician"))
) -> Response:
    """Say what came of a safety task; the note is sealed. An answer is acknowledged by a clinician. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.settle_task(uow, task_id, body, expected))
