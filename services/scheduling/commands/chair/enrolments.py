"""Enrolling a patient in the safety programme of the nasal spray (domain H.5)."""

from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records, views
from services.scheduling.commands.booking.readying import expect_review
from services.scheduling.models import Enrolment
from services.scheduling.schemas.spray import EnrolmentRequest, EnrolmentView
from shared.aliases import of_person, require_unmerged
from shared.db.unit_of_work import UnitOfWork
from shared.events.scheduling import EnrolmentChanged
from shared.http import require_role
from shared.ids import new_id


async def enrol(uow: UnitOfWork, patient_id: UUID, request: EnrolmentRequest) -> EnrolmentView:
    """Record the state of the patient's enrolment; one row per programme, whatever clinic recorded it.

    Raises NOT_FOUND, FORBIDDEN.
    """
    require_role(uow, request.clinic_id, "nurse", "clinician")
    await records.known_patient(uow, patient_id, lock=True)
    await require_unmerged(uow, patient_id)
    row = await _row(uow, patient_id, request)
    row.clinic_id, row.state, row.changed_at = request.clinic_id, request.state.value, uow.now
    changed = EnrolmentChanged(
        enrolment_id=row.id, patient_id=row.patient_id, version=row.version, programme=row.programme, state=row.state,
        changed_at=uow.now,
    )  # fmt: skip
    uow.emit(changed, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit(
        "update", "enrolment", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version
    )  # fmt: skip
    await uow.session.flush()
    await expect_review(uow, patient_id)
    return views.enrolment(row)


async def _row(uow: UnitOfWork, patient_id: UUID, request: EnrolmentRequest) -> Enrolment:
    known = select(Enrolment).where(
        of_person(Enrolment.patient_id, patient_id), Enrolment.organisation_id == uow.organisation_id,
        Enrolment.programme == request.programme.value,
    )  # fmt: skip
    row = (await uow.session.exec(known.order_by(col(Enrolment.changed_at).desc()).limit(1))).first()
    if row is not None:
        row.version += 1
        return row
    row = Enrolment(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=request.clinic_id, patient_id=patient_id,
        programme=request.programme.value, state=request.state.value, changed_at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    return row
