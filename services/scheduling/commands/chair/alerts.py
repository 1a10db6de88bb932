"""Alerts at the chair: raised, acknowledged, and climbing the on-call ladder until they are (domain C.4).

Nothing of it needs Kafka, notifications or intake: a page may come twice, none is missed.
"""

from uuid import UUID

from sqlmodel import select

from services.scheduling import records, views
from services.scheduling.domain.alerts import Finding
from services.scheduling.domain.answering import AlertAnswer, AlertAnswers, acknowledge_by, at_once, climbs
from services.scheduling.models import Alert, AlertPage, Patient, Session
from services.scheduling.schemas.alerts import AcknowledgeRequest, AnsweredAlertView
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import AlertDetail
from shared.events.scheduling import VitalAlertRaised
from shared.http import require_role
from shared.oncall import climbing
from shared.oncall.duty import Duty
from shared.sealing import Sealed
from shared.timers import Timer

ALERT_UNANSWERED = "alert_unanswered"


async def raise_alert(
    uow: UnitOfWork, session: Session, alert_id: UUID, finding: Finding, observation_id: UUID | None, *, live: bool
) -> Alert:
    """Raise an alert, and see to it that somebody acknowledges it. Emits VitalAlertRaised.

    Not `live`: it was on paper, and the patient has left; then it waits for an answer, but wakes nobody.
    """
    on_call = await climbing.on_call_of(uow, session.clinic_id)
    detail = AlertDetail(rule_id=finding.rule_id, level=finding.level.value, finding=finding.finding)
    deadline = acknowledge_by(finding.level, uow.now, on_call.alerts)
    alert = Alert(
        id=alert_id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, session_id=session.id, observation_id=observation_id, raised_at=uow.now,
        acknowledge_by=deadline, detail=uow.seal_column("alert", "detail", alert_id, detail),
    )  # fmt: skip
    uow.session.add(alert)
    if live and climbs(finding.level, on_call.alerts):
        await climbing.watch(
            uow, DUTY, alert, on_call, at_once=at_once(finding.level, on_call), raised_at=uow.now,
            acknowledge_by=deadline,
        )  # fmt: skip
    raised = VitalAlertRaised(
        alert_id=alert_id, session_id=session.id, patient_id=session.patient_id, raised_at=uow.now,
        alert=Sealed.of(detail),
    )  # fmt: skip
    uow.emit(raised, key=session.patient_id, subject=alert_id, clinic_id=session.clinic_id)
    return alert


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
    return await views.answered_alert(uow, alert)


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
