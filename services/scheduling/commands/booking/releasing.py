"""Calling an appointment off, and giving up the slots of whoever is missed again and again (domain D.4)."""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel
from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.commands.booking.opening import open_slot
from services.scheduling.commands.booking.saying import say
from services.scheduling.commands.booking.withdrawing import release_hold, withdraw_offers
from services.scheduling.domain.appointment import State, is_late
from services.scheduling.models import Appointment, Course
from services.scheduling.schemas.requests import CLINIC_REASONS, REASON_CLASSES, CancelReason
from shared.aliases import of_person
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import ReasonClass
from shared.events.scheduling import AppointmentCancelled
from shared.sealing import Sealed


class Reason(BaseModel):
    """Why, as a code."""

    code: str


async def with_its_patient(
    uow: UnitOfWork, appointment_id: UUID, *roles: str, patient: bool = False
) -> Appointment:  # fmt: skip
    """An appointment whose patient is locked before it, since others of the patient may be called off with it.

    Raises NOT_FOUND, FORBIDDEN.
    """
    seen = await records.find_for(uow, appointment_id, *roles, patient=patient, lock=False)
    await records.known_patient(uow, seen.patient_id, lock=True)
    return await records.find_for(uow, appointment_id, *roles, patient=patient)


async def call_off(uow: UnitOfWork, appointment: Appointment, reason: CancelReason) -> None:
    """The appointment is cancelled and that is said, whatever stands around it; late below 24 h of notice (D.4)."""
    appointment.state, appointment.version = State.CANCELLED.value, appointment.version + 1
    appointment.cancelled_at = uow.now
    appointment.late = reason not in CLINIC_REASONS and is_late(appointment.starts_at, uow.now)
    sealed = uow.seal_column("appointment", "cancel_reason", appointment.id, Reason(code=reason.value))
    appointment.cancel_reason = sealed
    why = ReasonClass(code=REASON_CLASSES[reason])
    say(
        uow, AppointmentCancelled, appointment, cancelled_at=uow.now, late=bool(appointment.late),
        reason_class=Sealed.of(why),
    )  # fmt: skip
    await records.audit(uow, "update", "appointment", appointment)


async def release_standing(uow: UnitOfWork, lost: Appointment) -> None:
    """After a session was missed or cancelled late once more than the clinic file bears, the ones that stand ahead in
    its course are called off by the clinic, without a fee, and their slots offered to whoever waits (D.4).

    The patient is locked, and the course is not yet: it is locked behind its appointments.
    """
    if lost.course_id is None:
        return
    await uow.session.flush()
    if not await missed_again(uow, await uow.session.get_one(Course, lost.course_id)):
        return
    ahead = select(Appointment).where(
        Appointment.course_id == lost.course_id, Appointment.organisation_id == uow.organisation_id,
        Appointment.state == State.CONFIRMED.value, col(Appointment.starts_at) > uow.now,
    ).order_by(col(Appointment.starts_at), col(Appointment.id)).with_for_update()  # fmt: skip
    for row in (await uow.session.exec(ahead.execution_options(populate_existing=True))).all():
        await withdraw_offers(uow, row)
        await release_hold(uow, row)
        await call_off(uow, row, CancelReason.CLINIC)
        await open_slot(uow, row, row.location, row.starts_at)


async def missed_again(uow: UnitOfWork, course: Course) -> bool:
    """Whether the patient was missed, or cancelled late, as often in the last days as the clinic file says, at any
    clinic, and no clinician has looked at the course since."""
    policy = (await active_clinic(uow, course.clinic_id)).file.booking
    since = uow.now - timedelta(days=policy.repeated_days)
    rows = select(Appointment.starts_at, Appointment.cancelled_at).where(
        of_person(Appointment.patient_id, course.patient_id), Appointment.organisation_id == uow.organisation_id,
        (col(Appointment.state) == State.NO_SHOW.value) | col(Appointment.late).is_(True),
    )  # fmt: skip
    missed = [cancelled_at or starts_at for starts_at, cancelled_at in await uow.session.exec(rows)]
    lately = [at for at in missed if at >= since]
    unseen = course.reviewed_at is None or any(at > course.reviewed_at for at in lately)
    return len(lately) >= policy.repeated_misses and unseen
