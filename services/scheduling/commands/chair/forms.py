"""The monitoring form of the safety programme: due within 7 local days of each session (domain D.4, H.5)."""

from datetime import time, timedelta
from uuid import UUID

from sqlmodel import select

from services.scheduling import records, views
from services.scheduling.chairside import Chairside
from services.scheduling.commands.chair.deviations import record_deviations
from services.scheduling.domain.deviation import DeviationCode, Found
from services.scheduling.domain.spray import form_due_on
from services.scheduling.models import RemsForm, Session
from services.scheduling.promised import promised
from services.scheduling.schemas.spray import RemsFormView
from shared.calendar import at_local
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.problems import NOT_FOUND

REMS_FORM_LATE = "rems_form_late"
_MORNING = time(6)


async def open_form(uow: UnitOfWork, session: Session, chair: Chairside) -> None:
    """A session under the programme ended: its form is due; on the eighth local day somebody hears that it is late."""
    if not chair.protocol.rems:
        return
    started_at = promised(session.started_at, "session.started_at")
    form = RemsForm(
        session_id=session.id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, due_on=form_due_on(started_at, chair.clinic.file.zone),
    )  # fmt: skip
    uow.session.add(form)
    late_at = at_local(form.due_on + timedelta(days=1), _MORNING, chair.clinic.file.zone)
    await uow.schedule(REMS_FORM_LATE, session.id, 1, late_at, key=session.patient_id, clinic_id=session.clinic_id)


async def remark_late_form(uow: UnitOfWork, session_id: UUID) -> bool:
    """Day 7 is over and the form was not sent: a deviation, with its task (H.5). False when it was sent."""
    session = await records.find(uow, Session, session_id, lock=True)
    form = await uow.session.get(RemsForm, session_id, with_for_update=True)
    if form is None or form.submitted_at is not None:
        return False
    finding = f"the programme's monitoring form was due on {form.due_on.isoformat()} and is not sent"
    await record_deviations(uow, session, [Found(DeviationCode.OTHER_RULE, finding)], uow.now)
    return True


async def submit_form(uow: UnitOfWork, session_id: UUID) -> RemsFormView:
    """The form was sent to the programme; said again it stays as it was. Late is recorded, not refused.

    Raises NOT_FOUND when no form is due, FORBIDDEN.
    """
    session = await records.find(uow, Session, session_id)
    require_role(uow, session.clinic_id, "frontdesk", "nurse", "clinician")
    row = (await uow.session.exec(select(RemsForm).where(RemsForm.session_id == session_id).with_for_update())).first()
    if row is None:
        raise NOT_FOUND()
    if row.submitted_at is None:
        row.submitted_at, row.submitted_by = uow.now, uow.caller.subject
        await uow.audit("update", "rems_form", session_id, patient_id=row.patient_id, clinic_id=row.clinic_id)
    zone = (await active_clinic(uow, row.clinic_id)).file.zone
    return views.rems_form(row, zone, uow.now)
