"""Routes of monitors at the chair."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CareActs, Staff
from services.scheduling.chairside import PROTOCOL_GONE
from services.scheduling.schemas.monitor import MonitorBatchRequest, MonitorBatchView, MonitorReadingView
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID

router = APIRouter(tags=["sessions"])


@router.post(
    "/v1/sessions/{session_id}/monitor-readings", operation_id="takeMonitorReadings", status_code=201,
    response_model=MonitorBatchView, responses=problems(PROTOCOL_GONE),
)  # fmt: skip
async def take_readings(session_id: UUID, body: MonitorBatchRequest, act: CareActs) -> Response:
    """Keep what a monitor sends, each reading once. It alarms only where the clinic file says so (`monitor_alerts`)."""
    return await act.run(lambda uow: commands.take_readings(uow, session_id, body), status=201)


@router.get(
    "/v1/sessions/{session_id}/monitor-readings", operation_id="listMonitorReadings",
    response_model=Page[MonitorReadingView], responses=problems(CURSOR_INVALID, PROTOCOL_GONE),
)  # fmt: skip
async def list_readings(session_id: UUID, paging: Pages, read: Staff) -> Response:
    """What monitors sent about a session, in the order in which it was measured."""
    return await read.run(lambda uow: queries.list_monitor_readings(uow, session_id, paging))
