"""The clock of the programme's monitoring form: seven local days from each session (domain D.4, H.5)."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import Chairside
from services.scheduling.commands.chair.deviations import record_deviations
from services.scheduling.domain.deviation import DeviationCode, Found
from services.scheduling.domain.spray import form_due_on, form_reminder_on
from services.scheduling.models import Appointment, RemsForm, Session
from services.scheduling.promised import promised
from shared.calendar import at_local
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import MonitoringFormChanged

REMS_FORM_REMINDER, REMS_FORM_LATE = "rems_form_reminder", "rems_form_late"
_MORNING = time(6)
_DAY = timedelta(days=1)


async def open_form(uow: UnitOfWork, session: Session, chair: Chairside) -> None:
    """A session under the programme ended: its form is due. Somebody is reminded of it on the clinic's day (E.1: N21),
    and hears on the eighth local day that it is late."""
    if not chair.protocol.rems:
        return
    started_at, file = promised(session.started_at, "session.started_at"), chair.clinic.file
    form = RemsForm(
        session_id=session.id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, due_on=form_due_on(started_at, file.zone),
    )  # fmt: skip
    uow.session.add(form)
    reminder_on = form_reminder_on(started_at, file.zone, file.monitoring_form)
    for kind, day in ((REMS_FORM_REMINDER, reminder_on), (REMS_FORM_LATE, form.due_on + _DAY)):
        await _expect(uow, session, kind, day, file.zone)


async def _expect(uow: UnitOfWork, session: Session, kind: str, day: date, zone: str) -> None:
    due_at = at_local(day, _MORNING, zone)
    await uow.schedule(kind, session.id, 1, due_at, key=session.patient_id, clinic_id=session.clinic_id)


async def remind_of_form(uow: UnitOfWork, session_id: UUID) -> bool:
    """Days before the last one the form is not sent: whoever sends it has a task (MonitoringFormChanged). False when it
    was sent."""
    session, form = await _waiting(uow, session_id)
    if form is None:
        return False
    await tell_form(uow, session, form, "DUE")
    return True


async def remark_late_form(uow: UnitOfWork, session_id: UUID) -> bool:
    """Day 7 is over and the form was not sent: a deviation, with its task, and one for whoever answers for the clinic
    (H.5). False when it was sent."""
    session, form = await _waiting(uow, session_id)
    if form is None:
        return False
    finding = f"the programme's monitoring form was due on {form.due_on.isoformat()} and is not sent"
    await record_deviations(uow, session, [Found(DeviationCode.OTHER_RULE, finding)], uow.now)
    await tell_form(uow, session, form, "LATE")
    return True


async def tell_form(uow: UnitOfWork, session: Session, form: RemsForm, state: Literal["DUE", "LATE", "SENT"]) -> None:
    """Emits MonitoringFormChanged. The form must be locked."""
    form.told += 1
    changed = MonitoringFormChanged(
        session_id=session.id, patient_id=session.patient_id, version=form.told, state=state, due_on=form.due_on,
        due_at=await _ends_at(uow, session, form.due_on), changed_at=uow.now,
    )  # fmt: skip
    uow.emit(changed, key=session.patient_id, subject=session.id, clinic_id=session.clinic_id)
    await uow.audit(
        "update", "rems_form", session.id, patient_id=session.patient_id, clinic_id=session.clinic_id,
        version=form.version, reason=state,
    )  # fmt: skip
    await uow.session.flush()


async def _ends_at(uow: UnitOfWork, session: Session, day: date) -> datetime:
    """When a local day of the session's clinic is over."""
    zone = (await records.find(uow, Appointment, session.appointment_id)).zone
    return at_local(day + _DAY, time(), zone)


async def _waiting(uow: UnitOfWork, session_id: UUID) -> tuple[Session, RemsForm | None]:
    """The session and its form, locked; no form once it was sent."""
    session = await records.find(uow, Session, session_id, lock=True)
    form = await uow.session.get(RemsForm, session_id, with_for_update=True)
    return session, form if form is not None and form.submitted_at is None else None
