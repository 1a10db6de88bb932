"""Recording what is observed at the chair, and noticing what was not."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import select

from services.scheduling import records, views
from services.scheduling.chairside import Chairside, at_session, overdue_alert_id
from services.scheduling.commands.chair.alerts import Seen, note_finding
from services.scheduling.commands.chair.charting import require_unsigned
from services.scheduling.commands.moments import happened_at, is_record
from services.scheduling.domain.alerts import findings, overdue
from services.scheduling.domain.vitals import Reading
from services.scheduling.models import AlertSighting, Observation, Session
from services.scheduling.schemas.answers import ObservationView
from services.scheduling.schemas.requests import ObservationRequest
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id

VITAL_OVERDUE = "vital_overdue"
_JUST_AFTER = timedelta(microseconds=1)


async def record_observation(uow: UnitOfWork, session_id: UUID, request: ObservationRequest) -> ObservationView:
    """Append one look at the patient, in any state of the session, and raise an alert per finding (C.4).

    What is from paper, or minutes old, is judged and shown like any other look, but wakes nobody.
    Raises NOT_FOUND, FORBIDDEN, RECORD_LOCKED, INVALID_REQUEST for an impossible value, a time in the future or before
    check-in.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    await require_unsigned(uow, session)
    taken_at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=session.checked_in_at)
    vitals = request.vitals()
    observation = _observation(uow, session, request, taken_at)
    uow.session.add(observation)
    await uow.session.flush()
    before_dose = session.started_at is None or taken_at < session.started_at
    found = findings(vitals, chair.before, chair.policy.vitals, before_dose=before_dose)
    live = not is_record(uow, taken_at, request.source.value, chair.clinic.file.chart)
    alerts = [
        await note_finding(uow, session, Seen(new_id(), finding, observation.id, taken_at, live)) for finding in found
    ]
    chair = replace(chair, readings=[*chair.readings, Reading(taken_at, vitals)])
    await expect_vitals(uow, session, chair)
    await uow.audit("create", "observation", observation.id, patient_id=session.patient_id, clinic_id=session.clinic_id)
    return views.observation(uow, observation, alerts, chair.dues)


def _observation(uow: UnitOfWork, session: Session, request: ObservationRequest, taken_at: datetime) -> Observation:
    observation_id = new_id()
    return Observation(
        id=observation_id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, session_id=session.id, occurred_at=taken_at, recorded_at=uow.now,
        recorded_by=uow.caller.subject, source=request.source.value,
        vitals=uow.seal_column("observation", "vitals", observation_id, request.vitals()),
    )  # fmt: skip


async def expect_vitals(uow: UnitOfWork, session: Session, chair: Chairside) -> None:
    """Set the timer for the next measurement that is due and has not been missed already (AL-09)."""
    if not chair.dues:
        return
    session.vital_round += 1
    alerted = await _alerted(uow, session.id)
    waiting = [due for due in chair.dues if overdue_alert_id(session, due) not in alerted]
    if waiting:
        alarm_at = waiting[0].alarm_at(chair.policy) + _JUST_AFTER
        await uow.schedule(
            VITAL_OVERDUE, session.id, session.vital_round, alarm_at,
            key=session.patient_id, clinic_id=session.clinic_id,
        )  # fmt: skip


async def raise_overdue(uow: UnitOfWork, session_id: UUID, vital_round: int) -> bool:
    """Raise AL-09 for every measurement that is more than five minutes late, once each.

    False when the schedule has moved on since the timer was set, or the session is over.
    """
    session, chair = await at_session(uow, session_id)
    if session.vital_round != vital_round or not chair.dues:
        return False
    alerted = await _alerted(uow, session.id)
    for due in chair.dues:
        alert_id = overdue_alert_id(session, due)
        if due.is_late(uow.now, chair.policy) and alert_id not in alerted:
            await note_finding(uow, session, Seen(alert_id, overdue(due.what), None, uow.now, live=True))
    await expect_vitals(uow, session, chair)
    return True


async def _alerted(uow: UnitOfWork, session_id: UUID) -> set[UUID]:
    """The ids of findings that were noted; an alert from before they were kept is its only one."""
    alerts = {alert.id for alert in await records.alerts_of(uow, session_id)}
    sightings = select(AlertSighting.id).where(AlertSighting.session_id == session_id)
    return alerts | set(await uow.session.exec(sightings))
