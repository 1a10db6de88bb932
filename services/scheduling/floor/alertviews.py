"""Alerts with every finding of their episode, what was done about them and who was paged, as answers."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.alerts import Level
from services.scheduling.models import Alert, AlertPage, AlertSighting
from services.scheduling.records import answers_of
from services.scheduling.schemas.alerts import AnsweredAlertView, SightingView
from services.scheduling.views import alert
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import AlertDetail
from shared.oncall.paging import pages_of
from shared.oncall.view import page_view


async def answered_alert(uow: UnitOfWork, row: Alert) -> AnsweredAlertView:
    """An alert with all that belongs to it."""
    zone = (await active_clinic(uow, row.clinic_id)).file.zone
    pages = await pages_of(uow, AlertPage, AlertPage.alert_id == row.id)
    return AnsweredAlertView(
        **alert(uow, row).model_dump(), patient_id=row.patient_id, session_id=row.session_id, version=row.version,
        findings=[_sighting(uow, one) for one in await sightings_of(uow, row.id)],
        answers=list(answers_of(uow, row).entries), escalations=row.escalations, escalated_at=row.escalated_at,
        pages=[page_view(uow, page, zone) for page in pages],
    )  # fmt: skip


async def sightings_of(uow: UnitOfWork, alert_id: UUID) -> Sequence[AlertSighting]:
    """The findings of an episode, in the order in which they were recorded."""
    rows = select(AlertSighting).where(
        AlertSighting.alert_id == alert_id, AlertSighting.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(rows.order_by(col(AlertSighting.recorded_at), col(AlertSighting.id)))).all()


def _sighting(uow: UnitOfWork, row: AlertSighting) -> SightingView:
    detail = uow.open_column("alert_sighting", "detail", row.id, row.detail, AlertDetail)
    return SightingView(
        level=Level(detail.level), finding=detail.finding, seen_at=row.seen_at, observation_id=row.observation_id,
        withdrawn_at=row.withdrawn_at,
    )  # fmt: skip
