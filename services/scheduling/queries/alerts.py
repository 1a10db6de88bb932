"""Alerts that wait for somebody, and what was done about one."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.floor.alertviews import answered_alert
from services.scheduling.models import Alert
from services.scheduling.schemas.alerts import AnsweredAlertView
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_role

STAFF = ("frontdesk", "nurse", "clinician")


async def list_alerts(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[AnsweredAlertView]:
    """A clinic's alerts that nobody has acknowledged, the one with the earliest deadline first. Raises FORBIDDEN."""
    require_role(uow, clinic_id, *STAFF)
    after = paging.after(uow, "alerts", clinic_id)
    waiting = select(Alert).where(
        Alert.clinic_id == clinic_id, Alert.organisation_id == uow.organisation_id,
        col(Alert.acknowledged_at).is_(None), col(Alert.acknowledge_by).is_not(None), col(Alert.withdrawn_at).is_(None),
    )  # fmt: skip
    if after is not None:
        at, known = datetime.fromisoformat(after[0]), UUID(after[1])
        by = col(Alert.acknowledge_by)
        waiting = waiting.where((by > at) | ((by == at) & (col(Alert.id) > known)))
    rows = await uow.session.exec(waiting.order_by(col(Alert.acknowledge_by), col(Alert.id)).limit(paging.fetch))
    shown = [await answered_alert(uow, row) for row in rows.all()]
    await uow.audit("read", "alert", "list", clinic_id=clinic_id)
    return page(uow, shown, paging, lambda view: (view.acknowledge_by, view.alert_id), "alerts", clinic_id)


async def get_alert(uow: UnitOfWork, alert_id: UUID) -> AnsweredAlertView:
    """An alert, what was done about it, and who was paged. Raises NOT_FOUND, FORBIDDEN."""
    alert = await records.find(uow, Alert, alert_id)
    require_role(uow, alert.clinic_id, *STAFF)
    await uow.audit("read", "alert", alert.id, patient_id=alert.patient_id, clinic_id=alert.clinic_id)
    return await answered_alert(uow, alert)
