"""Routes of alerts at the chair."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.scheduling import commands, queries
from services.scheduling.api.access import CareActs, Staff
from services.scheduling.schemas.alerts import AcknowledgeRequest, AnsweredAlertView
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Page, Pages, problems
from shared.http.paging import CURSOR_INVALID

router = APIRouter(tags=["sessions"])


@router.get(
    "/v1/alerts", operation_id="listAlerts", response_model=Page[AnsweredAlertView],
    responses=problems(CURSOR_INVALID, NO_CLINIC_FILE),
)  # fmt: skip
async def list_alerts(clinic_id: UUID, paging: Pages, read: Staff) -> Response:
    """A clinic's alerts that nobody has acknowledged, the earliest deadline first."""
    return await read.run(lambda uow: queries.list_alerts(uow, clinic_id, paging))


@router.get(
    "/v1/alerts/{alert_id}", operation_id="getAlert", response_model=AnsweredAlertView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def get_alert(alert_id: UUID, read: Staff) -> Response:
    """An alert: what was done about it, and who was paged while nobody had acknowledged it."""
    return await read.run(lambda uow: queries.get_alert(uow, alert_id))


@router.post(
    "/v1/alerts/{alert_id}/acknowledge", operation_id="acknowledgeAlert", response_model=AnsweredAlertView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def acknowledge(alert_id: UUID, body: AcknowledgeRequest, act: CareActs) -> Response:
    """Take up an alert and say what was done (domain C.4). The first one ends the paging; later ones are added."""
    return await act.run(lambda uow: commands.acknowledge_alert(uow, alert_id, body))
