"""Looking at booked sessions before their day: sweeps at 72, 24 and 2 hours, and whenever a fact about them is new.

Both work out anew what is known now, so a fact that comes late or twice never flips anything wrongly.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.chairside import at_appointment, before_dose
from services.scheduling.domain.appointment import State
from services.scheduling.domain.care import Blocker
from services.scheduling.domain.sweeps import codes, next_sweep, passed, to_settle
from services.scheduling.models import Appointment, SessionReadiness
from shared.aliases import of_person
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.readying import OpenBlocker, ReadinessDetail
from shared.events.scheduling import ReadinessChanged
from shared.ids import derived_id
from shared.problems import Problem
from shared.sealing import Sealed
from shared.timers import Timer

READINESS_SWEEP, READINESS_REVIEW = "readiness_sweep", "readiness_review"
_A_BOOKING = 1000


async def expect_sweeps(uow: UnitOfWork, appointments: Sequence[Appointment]) -> None:
    """Sessions of a course, of which some were booked or moved: each of these is swept from now on by its new time."""
    rows = select(SessionReadiness).where(col(SessionReadiness.id).in_([one.id for one in appointments]))
    known = {row.id: row for row in await uow.session.exec(rows.with_for_update())}
    for appointment in appointments:
        row = known.get(appointment.id)
        if appointment.state != State.CONFIRMED.value or (row is not None and row.starts_at == appointment.starts_at):
            continue
        if row is None:
            row = SessionReadiness(
                id=appointment.id, organisation_id=appointment.organisation_id, clinic_id=appointment.clinic_id,
                patient_id=appointment.patient_id, booking=appointment.version, starts_at=appointment.starts_at,
            )  # fmt: skip
            uow.session.add(row)
        row.booking, row.starts_at, row.swept_hours = appointment.version, appointment.starts_at, None
        await _expect_next(uow, appointment, row, None)
    await uow.session.flush()


async def _expect_next(uow: UnitOfWork, appointment: Appointment, row: SessionReadiness, after: int | None) -> None:
    hours = (await active_clinic(uow, appointment.clinic_id)).file.day_of.sweep_hours
    coming = next_sweep(hours, appointment.starts_at, uow.now, after)
    if coming is not None:
        await uow.schedule(
            READINESS_SWEEP, appointment.id, row.booking * _A_BOOKING + coming[0], coming[1],
            key=appointment.patient_id, clinic_id=appointment.clinic_id,
        )  # fmt: skip


async def sweep_readiness(uow: UnitOfWork, timer: Timer) -> bool:
    """The time of a sweep has come: tell what blocks the session, whether or not that is new.

    False when the session was moved, is over, or the patient is here. After a standstill the sweep that is due by now
    stands for those that were missed.
    """
    appointment, row = await _booked(uow, timer.aggregate_id)
    if row is None or timer.version // _A_BOOKING != row.booking or appointment.starts_at <= uow.now:
        return False
    asked = (await active_clinic(uow, appointment.clinic_id)).file.day_of.sweep_hours
    row.swept_hours = passed(asked, appointment.starts_at, uow.now) or timer.version % _A_BOOKING
    await _tell(uow, appointment, row, swept=True)
    await _expect_next(uow, appointment, row, row.swept_hours)
    return True


async def expect_review(uow: UnitOfWork, patient_id: UUID) -> None:
    """A fact about the patient is new: look again at the sessions that were swept already and are still to come."""
    rows = select(SessionReadiness).join(Appointment, col(Appointment.id) == SessionReadiness.id).where(
        of_person(SessionReadiness.patient_id, patient_id), SessionReadiness.organisation_id == uow.organisation_id,
        col(SessionReadiness.swept_hours).is_not(None), Appointment.state == State.CONFIRMED.value,
    ).order_by(col(SessionReadiness.id)).with_for_update(of=SessionReadiness)  # fmt: skip
    for row in await uow.session.exec(rows.execution_options(populate_existing=True)):
        row.round += 1
        await uow.schedule(
            READINESS_REVIEW, row.id, row.round, uow.now, key=row.patient_id, clinic_id=row.clinic_id
        )  # fmt: skip
    await uow.session.flush()


async def review_readiness(uow: UnitOfWork, timer: Timer) -> bool:
    """Tell the session's blockers if they are others than were told. False when a newer review is coming, or the
    session is no longer booked."""
    appointment, row = await _booked(uow, timer.aggregate_id)
    if row is None or row.round != timer.version or row.swept_hours is None:
        return False
    await _tell(uow, appointment, row, swept=False)
    return True


async def _booked(uow: UnitOfWork, appointment_id: UUID) -> tuple[Appointment, SessionReadiness | None]:
    """The appointment, locked, and its readiness; None unless it waits for its patient."""
    appointment = await records.find(uow, Appointment, appointment_id, lock=True)
    waits = appointment.state == State.CONFIRMED.value
    return appointment, await _row(uow, appointment_id) if waits else None


async def _row(uow: UnitOfWork, appointment_id: UUID) -> SessionReadiness | None:
    found = select(SessionReadiness).where(SessionReadiness.id == appointment_id).with_for_update()
    return (await uow.session.exec(found.execution_options(populate_existing=True))).first()


async def _tell(uow: UnitOfWork, appointment: Appointment, row: SessionReadiness, *, swept: bool) -> None:
    found = await _found(uow, appointment)
    told = ReadinessDetail()
    if row.detail is not None:
        told = uow.open_column("session_readiness", "detail", row.id, row.detail, ReadinessDetail)
    if codes(found) == codes(told) and not (swept and found.blockers):
        return
    row.version, row.changed_at = row.version + 1, uow.now
    row.detail = uow.seal_column("session_readiness", "detail", row.id, found)
    changed = ReadinessChanged(
        readiness_id=derived_id(row.id, "readiness"), appointment_id=row.id,
        patient_id=row.patient_id, version=row.version, ready=not found.blockers,
        starts_at=appointment.starts_at, zone=appointment.zone, swept_hours=row.swept_hours, changed_at=uow.now,
        due_at=min((blocker.deadline for blocker in found.blockers), default=None),
        owners=tuple(sorted({blocker.owner for blocker in found.blockers})), detail=Sealed.of(found),
    )  # fmt: skip
    uow.emit(changed, key=row.patient_id, subject=changed.readiness_id, clinic_id=row.clinic_id)
    await records.audit(uow, "update", "appointment", appointment)


async def _found(uow: UnitOfWork, appointment: Appointment) -> ReadinessDetail:
    """What would block a dose at the booked time; where nobody can tell, that itself."""
    starts_at = appointment.starts_at
    try:
        chair = await before_dose(uow, await at_appointment(uow, appointment, None))
    except Problem as problem:
        unclear = OpenBlocker(code=problem.kind.code, owner="admin", deadline=starts_at)
        return ReadinessDetail(blockers=(unclear,))
    care = await records.care_of(uow, appointment.patient_id, appointment.clinic_id)
    blockers: list[Blocker] = chair.blockers(care, max(starts_at, uow.now))
    return to_settle(blockers, starts_at)
