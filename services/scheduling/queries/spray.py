"""Enrolments, and the forms that are due."""

from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import col, select

from services.scheduling import records, views
from services.scheduling.chairside import at_session
from services.scheduling.floor.remsforms import form_now, form_view
from services.scheduling.models import Enrolment, RemsForm
from services.scheduling.schemas.remsform import RemsFormDetailView
from services.scheduling.schemas.spray import EnrolmentView, RemsFormView
from shared.aliases import of_person
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_role

STAFF = ("frontdesk", "nurse", "clinician")


async def list_enrolments(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[EnrolmentView]:
    """A patient's enrolments, by programme. Raises NOT_FOUND."""
    await records.known_patient(uow, patient_id)
    after = paging.after(uow, "enrolments", patient_id)
    rows = select(Enrolment).where(
        of_person(Enrolment.patient_id, patient_id), Enrolment.organisation_id == uow.organisation_id
    )
    if after is not None:
        rows = rows.where(tuple_(col(Enrolment.programme), col(Enrolment.id)) > tuple_(after[0], UUID(after[1])))
    in_order = rows.order_by(col(Enrolment.programme), col(Enrolment.id))
    found = await uow.session.exec(in_order.limit(paging.fetch))
    await uow.audit("read", "enrolment", "list", patient_id=patient_id)
    shown = [views.enrolment(row) for row in found]
    return page(uow, shown, paging, lambda view: (view.programme.value, view.enrolment_id), "enrolments", patient_id)


async def get_form(uow: UnitOfWork, session_id: UUID) -> RemsFormDetailView:
    """The monitoring form of a session as it stands. Raises NOT_FOUND when none is due, FORBIDDEN, PROTOCOL_GONE."""
    session, chair = await at_session(uow, session_id, *STAFF, lock=False)
    form = await form_now(uow, session, chair)
    await uow.audit("read", "rems_form", session_id, patient_id=session.patient_id, clinic_id=session.clinic_id)
    return form_view(uow, form, chair)


async def list_forms(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[RemsFormView]:
    """A clinic's monitoring forms that were not sent yet, the first due first. Raises FORBIDDEN, NO_CLINIC_FILE."""
    require_role(uow, clinic_id, *STAFF)
    zone = (await active_clinic(uow, clinic_id)).file.zone
    after = paging.after(uow, "forms", clinic_id)
    statement = (
        "SELECT session_id FROM rems_form WHERE clinic_id = $1 AND organisation_id = $2 AND submitted_at IS NULL"
        " AND ($3::text IS NULL OR (due_on, session_id) > ($3::text::date, $4::text::uuid))"
        " ORDER BY due_on, session_id LIMIT $5"
    )
    keys = await uow.sql(statement, clinic_id, uow.organisation_id, *(after or (None, None)), paging.fetch)
    rows = select(RemsForm).where(col(RemsForm.session_id).in_([key.session_id for key in keys]))
    found = await uow.session.exec(rows.order_by(col(RemsForm.due_on), col(RemsForm.session_id)))
    await uow.audit("read", "rems_form", "list", clinic_id=clinic_id)
    shown = [views.rems_form(row, zone, uow.now) for row in found]
    return page(uow, shown, paging, lambda view: (view.due_on, view.session_id), "forms", clinic_id)
