"""Routes of a running infusion."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands
from services.scheduling.api.access import CHANGE, CareActs
from services.scheduling.chairside import PROTOCOL_GONE
from services.scheduling.commands.chair.dosing import NOT_READY
from services.scheduling.commands.chair.infusing import NOT_AN_INFUSION, RATE_ABOVE_ORDER
from services.scheduling.commands.knowledge import ATTESTATION_NEEDED
from services.scheduling.schemas.answers import SessionView
from services.scheduling.schemas.infusion import InfusionChangeRequest, RateRequest, ResumeRequest
from shared.http import problems
from shared.problems import EVENTS_WAITING

router = APIRouter(tags=["sessions"])


@router.post(
    "/v1/sessions/{session_id}/pause", operation_id="pauseInfusion", response_model=SessionView,
    responses=problems(NOT_AN_INFUSION, PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def pause(session_id: UUID, body: InfusionChangeRequest, act: CareActs) -> Response:
    """The infusion stands. What it gave until then is known; the patient is observed as before."""
    version = act.expected_version
    return await act.run(lambda uow: commands.pause_infusion(uow, session_id, body, version))


@router.post(
    "/v1/sessions/{session_id}/resume", operation_id="resumeInfusion", response_model=SessionView,
    responses=problems(NOT_AN_INFUSION, NOT_READY, EVENTS_WAITING, ATTESTATION_NEEDED, PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def resume(session_id: UUID, body: ResumeRequest, act: CareActs) -> Response:
    """A paused infusion goes on, while the patient may still be treated and a prescriber is on site."""
    version = act.expected_version
    return await act.run(lambda uow: commands.resume_infusion(uow, session_id, body, version))


@router.post(
    "/v1/sessions/{session_id}/rate", operation_id="changeRate", response_model=SessionView,
    responses=problems(NOT_AN_INFUSION, RATE_ABOVE_ORDER, PROTOCOL_GONE, *CHANGE),
)  # fmt: skip
async def change_rate(session_id: UUID, body: RateRequest, act: CareActs) -> Response:
    """The infusion runs at another rate, at most the ordered one. A higher one that ran already is a deviation."""
    version = act.expected_version
    return await act.run(lambda uow: commands.change_rate(uow, session_id, body, version))
