"""Routes of the check on the day of a session."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CareActs, ClinicianActs
from services.scheduling.chairside import PROTOCOL_GONE
from services.scheduling.schemas.dayof import DayCheckRequest, DayCheckView, DayOverrideRequest
from shared.http import Reading, problems, reading
from shared.problems import STALE_VERSION, VERSION_REQUIRED

router = APIRouter(tags=["sessions"])
CareReads = Annotated[Reading, Depends(reading("nurse", "clinician"))]


@router.get(
    "/v1/sessions/{session_id}/day-check", operation_id="getDayCheck", response_model=DayCheckView,
    responses=problems(PROTOCOL_GONE),
)  # fmt: skip
async def get_day_check(session_id: UUID, read: CareReads) -> Response:
    """The check before a dose (domain A.4, A.5): each criterion is met, unmet, unknown or overridden."""
    return await read.run(lambda uow: queries.get_day_check(uow, session_id))


@router.post(
    "/v1/sessions/{session_id}/day-check", operation_id="recordDayCheck", status_code=201, response_model=DayCheckView,
    responses=problems(PROTOCOL_GONE),
)  # fmt: skip
async def record_day_check(session_id: UUID, body: DayCheckRequest, act: CareActs) -> Response:
    """Append answers; of each question the answer given last counts. What is left out stays as it was."""
    return await act.run(lambda uow: commands.record_day_check(uow, session_id, body), status=201)


@router.post(
    "/v1/sessions/{session_id}/day-check/overrides", operation_id="overrideCriterion", status_code=201,
    response_model=DayCheckView, responses=problems(PROTOCOL_GONE, VERSION_REQUIRED, STALE_VERSION),
)  # fmt: skip
async def override_criterion(session_id: UUID, body: DayOverrideRequest, act: ClinicianActs) -> Response:
    """A prescriber answers for one criterion as it stands, with a reason. If-Match is the check's version."""
    version = act.expected_version
    return await act.run(lambda uow: commands.override_criterion(uow, session_id, body, version), status=201)
