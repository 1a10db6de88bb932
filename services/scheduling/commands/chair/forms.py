"""The monitoring form of the safety programme: due within 7 local days of each session (domain D.4, H.5)."""

from uuid import UUID

from sqlmodel import select

from services.scheduling import records, views
from services.scheduling.chairside import Chairside
from services.scheduling.domain.spray import form_due_on
from services.scheduling.models import RemsForm, Session
from services.scheduling.promised import promised
from services.scheduling.schemas.spray import RemsFormView
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.problems import NOT_FOUND


def open_form(uow: UnitOfWork, session: Session, chair: Chairside) -> None:
    """A session under the programme ended: its form is due."""
    if not chair.protocol.rems:
        return
    started_at = promised(session.started_at, "session.started_at")
    form = RemsForm(
        session_id=session.id, organisation_id=session.organisation_id, clinic_id=session.clinic_id,
        patient_id=session.patient_id, due_on=form_due_on(started_at, chair.clinic.file.zone),
    )  # fmt: skip
    uow.session.add(form)


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
