"""What was observed in a session is judged anew after an entry was moved: findings come and go, each with a trace."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.chairside import Chairside
from services.scheduling.commands.chair.alerts import Seen, finding_of, note_finding
from services.scheduling.commands.moments import is_record
from services.scheduling.domain.alerts import Finding, findings
from services.scheduling.domain.episodes import worst
from services.scheduling.domain.vitals import Vitals
from services.scheduling.floor.alertviews import sightings_of
from services.scheduling.floor.chart import observations_of
from services.scheduling.floor.records import moves_of
from services.scheduling.models import Alert, AlertSighting, Observation, Session
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import AlertDetail
from shared.events.scheduling import VitalAlertEased, VitalAlertWithdrawn
from shared.ids import new_id
from shared.sealing import Sealed


async def judge_again(uow: UnitOfWork, session: Session, chair: Chairside) -> None:
    """Withdraw every finding that does not follow from what stands, and note every one that does and was not noted.

    `chair` was read after the move. An alert none of whose findings stands is withdrawn (VitalAlertWithdrawn), one that
    is of a milder level without those that went is told so (VitalAlertEased).
    """
    moved = await moves_of(uow, session.id)
    standing = [row for row in await observations_of(uow, session.id) if row.id not in moved]
    wanted = {row.id: set(_findings(uow, session, chair, row)) for row in standing}
    noted = await _noted(uow, session.id)
    kept = {row.id for row in noted if _finding(uow, row) in wanted.get(row.observation_id or row.id, set())}
    await _withdraw(uow, session, [row for row in noted if row.id not in kept])
    known = {(row.observation_id, _finding(uow, row)) for row in noted if row.id in kept}
    for row in standing:
        live = not is_record(uow, row.occurred_at, row.source, chair.clinic.file.chart)
        for finding in _findings(uow, session, chair, row):
            if (row.id, finding) not in known:
                await note_finding(uow, session, Seen(new_id(), finding, row.id, row.occurred_at, live))


def _findings(uow: UnitOfWork, session: Session, chair: Chairside, row: Observation) -> list[Finding]:
    vitals = uow.open_column("observation", "vitals", row.id, row.vitals, Vitals)
    before_dose = session.started_at is None or row.occurred_at < session.started_at
    return findings(vitals, chair.before, chair.policy.vitals, before_dose=before_dose)


def _finding(uow: UnitOfWork, row: AlertSighting) -> Finding:
    return finding_of(uow.open_column("alert_sighting", "detail", row.id, row.detail, AlertDetail))


async def _noted(uow: UnitOfWork, session_id: UUID) -> Sequence[AlertSighting]:
    """The findings of observations that stand so far; a missed measurement was missed whatever is moved."""
    rows = select(AlertSighting).where(
        AlertSighting.session_id == session_id, AlertSighting.organisation_id == uow.organisation_id,
        col(AlertSighting.observation_id).is_not(None), col(AlertSighting.withdrawn_at).is_(None),
    )  # fmt: skip
    return (await uow.session.exec(rows.order_by(col(AlertSighting.id)))).all()


async def _withdraw(uow: UnitOfWork, session: Session, gone: Sequence[AlertSighting]) -> None:
    for row in gone:
        row.withdrawn_at = uow.now
    await uow.session.flush()
    for alert_id in sorted({row.alert_id for row in gone}):
        await _weigh(uow, session, await records.find(uow, Alert, alert_id, lock=True))


async def _weigh(uow: UnitOfWork, session: Session, alert: Alert) -> None:
    """An alert is as bad as the worst of its findings that stand; without any it is withdrawn."""
    left = [row for row in await sightings_of(uow, alert.id) if row.withdrawn_at is None]
    alert.version += 1
    was = uow.open_column("alert", "detail", alert.id, alert.detail, AlertDetail)
    most = worst(_finding(uow, row) for row in left)
    if most is None:
        alert.withdrawn_at = uow.now
    else:
        detail = AlertDetail(rule_id=most.rule_id, level=most.level.value, finding=most.finding)
        alert.count = len(left)
        alert.detail = uow.seal_column("alert", "detail", alert.id, detail)
        if detail.level != was.level:
            _tell_eased(uow, session, alert, detail)
    await uow.session.flush()
    await uow.audit(
        "update", "alert", alert.id, patient_id=alert.patient_id, clinic_id=alert.clinic_id, version=alert.version,
        reason="WITHDRAWN" if most is None else "JUDGED_AGAIN",
    )  # fmt: skip
    if most is None:
        standing = sum(row.withdrawn_at is None for row in await records.alerts_of(uow, session.id))
        withdrawn = VitalAlertWithdrawn(
            alert_id=alert.id, session_id=session.id, patient_id=session.patient_id, withdrawn_at=uow.now,
            standing=standing,
        )  # fmt: skip
        uow.emit(withdrawn, key=session.patient_id, subject=alert.id, clinic_id=session.clinic_id)


def _tell_eased(uow: UnitOfWork, session: Session, alert: Alert, detail: AlertDetail) -> None:
    eased = VitalAlertEased(
        alert_id=alert.id, session_id=session.id, patient_id=session.patient_id, eased_at=uow.now,
        alert=Sealed.of(detail),
    )  # fmt: skip
    uow.emit(eased, key=session.patient_id, subject=alert.id, clinic_id=session.clinic_id)
