"""Alerts at the chair: raised, acknowledged, and climbing the on-call ladder until they are (domain C.4).

Nothing of it needs Kafka, notifications or intake: a page may come twice, none is missed.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.domain.alerts import Finding, Level
from services.scheduling.domain.answering import AlertAnswer, AlertAnswers, acknowledge_by, at_once, climbs
from services.scheduling.domain.episodes import episode_of, rises
from services.scheduling.floor.alertviews import answered_alert
from services.scheduling.models import Alert, AlertPage, AlertSighting, Patient, Session
from services.scheduling.schemas.alerts import AcknowledgeRequest, AnsweredAlertView
from shared.clinicfile.oncall import OnCall
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import AlertDetail
from shared.events.scheduling import VitalAlertRaised
from shared.http import require_role
from shared.oncall import climbing
from shared.oncall.duty import Duty
from shared.sealing import Sealed
from shared.timers import Timer

ALERT_UNANSWERED = "alert_unanswered"


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding, in which observation it was made and when; none of a missed measurement.

    Not `live`: it lies behind (paper, or minutes old). It waits for an answer like any other, but wakes nobody.
    """

    id: UUID
    finding: Finding
    observation_id: UUID | None
    at: datetime
    live: bool


async def note_finding(uow: UnitOfWork, session: Session, seen: Seen) -> Alert:
    """Keep a finding. It joins the episode of its kind that nobody has acknowledged yet, or begins one.

    What is new or got worse is told (VitalAlertRaised) and, if it is live, pages anew.
    """
    alert = await _open_episode(uow, session, seen.finding)
    if alert is None:
        alert = await _begin(uow, session, seen)
    else:
        await _join(uow, session, alert, seen)
    uow.session.add(
        AlertSighting(
            id=seen.id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
            patient_id=session.patient_id, session_id=session.id, alert_id=alert.id,
            observation_id=seen.observation_id, seen_at=seen.at, recorded_at=uow.now,
            detail=uow.seal_column("alert_sighting", "detail", seen.id, _detail(seen.finding)),
        )
    )  # fmt: skip
    await uow.session.flush()
    return alert


def finding_of(detail: AlertDetail) -> Finding:
    """A finding as it was kept."""
    return Finding(detail.rule_id, Level(detail.level), detail.finding)


async def _open_episode(uow: UnitOfWork, session: Session, finding: Finding) -> Alert | None:
    """Locked, so that nobody acknowledges it at the same time."""
    rows = select(Alert).where(
        Alert.session_id == session.id, col(Alert.acknowledged_at).is_(None), col(Alert.withdrawn_at).is_(None)
    )
    waiting = rows.order_by(col(Alert.id)).with_for_update().execution_options(populate_existing=True)
    for alert in await uow.session.exec(waiting):
        known = finding_of(uow.open_column("alert", "detail", alert.id, alert.detail, AlertDetail))
        if episode_of(known) == episode_of(finding):
            return alert
    return None


async def _begin(uow: UnitOfWork, session: Session, seen: Seen) -> Alert:
    on_call = await climbing.on_call_of(uow, session.clinic_id)
    alert = Alert(
        id=seen.id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, session_id=session.id, observation_id=seen.observation_id, raised_at=uow.now,
        acknowledge_by=acknowledge_by(seen.finding.level, uow.now, on_call.alerts), last_seen_at=seen.at,
        detail=uow.seal_column("alert", "detail", seen.id, _detail(seen.finding)),
    )  # fmt: skip
    uow.session.add(alert)
    await uow.session.flush()
    await _watch(uow, alert, seen, on_call)
    _tell(uow, session, alert, seen)
    return alert


async def _join(uow: UnitOfWork, session: Session, alert: Alert, seen: Seen) -> None:
    on_call = await climbing.on_call_of(uow, session.clinic_id)
    known = finding_of(uow.open_column("alert", "detail", alert.id, alert.detail, AlertDetail))
    alert.count, alert.version = alert.count + 1, alert.version + 1
    alert.last_seen_at = max(alert.last_seen_at or alert.raised_at, seen.at)
    if rises(known, seen.finding):
        alert.detail = uow.seal_column("alert", "detail", alert.id, _detail(seen.finding))
        due_at = acknowledge_by(seen.finding.level, uow.now, on_call.alerts)
        alert.acknowledge_by = min(alert.acknowledge_by or due_at, due_at)
        await _watch(uow, alert, seen, on_call)
        _tell(uow, session, alert, seen)
    elif not alert.watched:
        await _watch(uow, alert, seen, on_call)
    await uow.audit(
        "update", "alert", alert.id, patient_id=alert.patient_id, clinic_id=alert.clinic_id, version=alert.version,
        reason="SEEN_AGAIN",
    )  # fmt: skip


async def _watch(uow: UnitOfWork, alert: Alert, seen: Seen, on_call: OnCall) -> None:
    """From now on somebody is paged until it is acknowledged. What was watched and got worse is paged again at once."""
    level = seen.finding.level
    if not seen.live or not climbs(level, on_call.alerts):
        return
    anew = alert.watched and bool(on_call.ladder)
    if alert.watched:
        alert.escalations += 1
    alert.watched = True
    await climbing.watch(
        uow, DUTY, alert, on_call, at_once=anew or at_once(level, on_call), raised_at=uow.now,
        acknowledge_by=acknowledge_by(level, uow.now, on_call.alerts),
    )  # fmt: skip


def _tell(uow: UnitOfWork, session: Session, alert: Alert, seen: Seen) -> None:
    raised = VitalAlertRaised(
        alert_id=alert.id, session_id=session.id, patient_id=session.patient_id, raised_at=uow.now, live=seen.live,
        alert=Sealed.of(_detail(seen.finding)),
    )  # fmt: skip
    uow.emit(raised, key=session.patient_id, subject=alert.id, clinic_id=session.clinic_id)


def _detail(finding: Finding) -> AlertDetail:
    return AlertDetail(rule_id=finding.rule_id, level=finding.level.value, finding=finding.finding)


async def acknowledge_alert(uow: UnitOfWork, alert_id: UUID, request: AcknowledgeRequest) -> AnsweredAlertView:
    """Somebody has taken up an alert and says what was done. The first one ends its climb; what others did is added.

    Raises NOT_FOUND, FORBIDDEN.
    """
    known = await records.find(uow, Alert, alert_id)
    require_role(uow, known.clinic_id, "nurse", "clinician")
    await _lock(uow, known.patient_id)
    alert = await records.find(uow, Alert, alert_id, lock=True)
    earlier = records.answers_of(uow, alert).entries
    answer = AlertAnswer(at=uow.now, by=uow.caller.subject, done=tuple(dict.fromkeys(request.done)))
    alert.answers = uow.seal_column("alert", "answers", alert.id, AlertAnswers(entries=(*earlier, answer)))
    alert.version += 1
    if alert.unanswered:
        alert.acknowledged_at, alert.acknowledged_by = uow.now, uow.caller.subject
    await uow.audit(
        "update", "alert", alert.id, patient_id=alert.patient_id, clinic_id=alert.clinic_id, version=alert.version,
        reason="ACKNOWLEDGED",
    )  # fmt: skip
    return await answered_alert(uow, alert)


async def escalate_alert(uow: UnitOfWork, timer: Timer) -> bool:
    """Page the next rung about an alert, the last one again and again; False when somebody has acknowledged it.

    `timer.version` is the number of the escalation.
    """
    return await climbing.escalate(uow, DUTY, timer)


async def _lock(uow: UnitOfWork, patient_id: UUID) -> None:
    """What is done about one patient's alerts happens in turn."""
    await uow.session.exec(select(Patient.id).where(Patient.id == patient_id).with_for_update())


DUTY = Duty(
    timer=ALERT_UNANSWERED, subjects=Alert, pages=AlertPage, about="alert_id", lock=_lock,
    text=lambda on_call: on_call.alerts.text,
)  # fmt: skip
