"""Which booked appointments a closure, an absence or a chair out of order leaves where they cannot take place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from services.scheduling.domain.appointment import State
from services.scheduling.domain.cover import Load
from services.scheduling.domain.place import Block
from services.scheduling.domain.replanning import Booked, Spoken, must_move, must_move_unheard
from services.scheduling.models import OPEN, Absence, Appointment, ChairOutage, Closure, Shift, SlotHold, SlotOffer
from services.scheduling.planning.cover import booked_only, booked_sessions, covered_by, watch_of, whole_days
from services.scheduling.planning.ground import location_of
from services.scheduling.planning.interpreting import voices_at
from services.scheduling.planning.taken import taken_at
from services.scheduling.schemas.offers import Cause
from shared.calendar import at_local
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.problems import NOT_FOUND

PLANNERS = ("frontdesk", "nurse", "clinician", "admin")
Place = tuple[UUID, str]
R = TypeVar("R", Closure, Absence, ChairOutage)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happened at a clinic, which locations it concerns (clinic and location), between which instants."""

    cause: Cause
    id: UUID
    clinic_id: UUID
    places: Sequence[Place]
    span: Block
    chair_id: UUID | None = None


async def trouble_of(uow: UnitOfWork, cause: Cause, cause_id: UUID) -> Trouble:
    """A closure, an absence or an outage of the organisation. Raises NOT_FOUND, NO_CLINIC_FILE."""
    if cause is Cause.CLOSURE:
        return await _closed(uow, _ours(uow, await uow.session.get(Closure, cause_id)))
    if cause is Cause.OUTAGE:
        outage = _ours(uow, await uow.session.get(ChairOutage, cause_id))
        places = [(outage.clinic_id, outage.location)] if outage.state == "ACTIVE" else []
        span = Block(outage.starts_at, outage.ends_at)
        return Trouble(cause, outage.id, outage.clinic_id, places, span, outage.chair_id)
    absence = _ours(uow, await uow.session.get(Absence, cause_id))
    span = Block(absence.starts_at, absence.ends_at)
    on_shift = await _on_shift(uow, absence.staff_id, span) if absence.state == "ACTIVE" else []
    return Trouble(cause, absence.id, absence.clinic_id, on_shift, span)


def _ours(uow: UnitOfWork, row: R | None) -> R:
    if row is None or row.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    return row


async def _closed(uow: UnitOfWork, row: Closure) -> Trouble:
    file = (await active_clinic(uow, row.clinic_id)).file
    places = [(row.clinic_id, one.id) for one in file.locations if row.location in (None, one.id)]
    last = row.last_day + timedelta(days=1)
    span = Block(at_local(row.first_day, time(), file.zone), at_local(last, time(), file.zone))
    return Trouble(Cause.CLOSURE, row.id, row.clinic_id, places, span)


async def _on_shift(uow: UnitOfWork, staff_id: UUID, span: Block) -> list[Place]:
    rows = select(Shift.clinic_id, Shift.location).where(
        Shift.staff_id == staff_id, Shift.organisation_id == uow.organisation_id, Shift.state == "ACTIVE",
        col(Shift.ends_at) > span.starts_at, col(Shift.starts_at) < span.ends_at,
    )  # fmt: skip
    return sorted({(clinic_id, location) for clinic_id, location in await uow.session.exec(rows)})


def require_planner(uow: UnitOfWork, trouble: Trouble) -> None:
    """Whoever re-plans works at every clinic that is concerned. Raises FORBIDDEN."""
    for clinic_id in {trouble.clinic_id, *(clinic_id for clinic_id, _ in trouble.places)}:
        require_role(uow, clinic_id, *PLANNERS)


async def affected_by(uow: UnitOfWork, trouble: Trouble) -> list[Appointment]:
    """Future appointments that have to move, in order of time; those that are offered another slot already left out.

    Of what an absence leaves uncovered, or without an interpreter, only so many that the others are covered. Raises
    NO_CLINIC_FILE.
    """
    found = [one for place in trouble.places for one in await _at(uow, trouble, place)]
    offered = await _offered(uow)
    still = [one for one in found if one.id not in offered and one.state == State.CONFIRMED.value]
    return sorted((one for one in still if one.starts_at > uow.now), key=lambda one: (one.starts_at, one.id))


async def _offered(uow: UnitOfWork) -> set[UUID | None]:
    rows = (
        select(SlotHold.appointment_id)
        .join(SlotOffer, col(SlotOffer.id) == SlotHold.offer_id)
        .where(SlotOffer.organisation_id == uow.organisation_id, SlotOffer.state == OPEN)
    )
    return set(await uow.session.exec(rows))


async def _at(uow: UnitOfWork, trouble: Trouble, place: Place) -> list[Appointment]:
    if trouble.cause is Cause.ABSENCE:
        going = await _uncovered(uow, place, trouble.span)
        return [*going, *await _unheard(uow, place, trouble.span, {one.id for one in going})]
    rows = select(Appointment).where(*_booked_at(uow, trouble, place))
    return list(await uow.session.exec(rows.execution_options(populate_existing=True)))


async def patients_at(uow: UnitOfWork, trouble: Trouble) -> set[UUID]:
    """Whoever is booked there then; those who are affected are among them."""
    found = set[UUID]()
    for place in trouble.places:
        found |= set(await uow.session.exec(select(Appointment.patient_id).where(*_booked_at(uow, trouble, place))))
    return found


def _booked_at(uow: UnitOfWork, trouble: Trouble, place: Place) -> list[ColumnElement[bool]]:
    clinic_id, location = place
    found = [
        col(Appointment.organisation_id) == uow.organisation_id, col(Appointment.clinic_id) == clinic_id,
        col(Appointment.location) == location, col(Appointment.state) == State.CONFIRMED.value,
        col(Appointment.ends_at) > trouble.span.starts_at, col(Appointment.starts_at) < trouble.span.ends_at,
    ]  # fmt: skip
    return found if trouble.chair_id is None else [*found, col(Appointment.chair_id) == trouble.chair_id]


async def _uncovered(uow: UnitOfWork, place: Place, span: Block) -> list[Appointment]:
    clinic_id, location = place
    file = (await active_clinic(uow, clinic_id)).file
    around = whole_days(span.starts_at, span.ends_at)
    sessions = await booked_sessions(uow, clinic_id, location, around)
    if not sessions:
        return []
    taken = booked_only(await taken_at(uow, clinic_id, location, around))
    watch = await watch_of(uow, clinic_id, file, location, around, taken)
    cover = covered_by(watch, file, location_of(file, location), sessions[0][1])
    if cover.site is None:
        return []
    booked = [
        Booked(
            row.id, Load(block := Block(row.starts_at, row.ends_at), row.starts_at + cover.until_dose, modality),
            row.booked_at, block.overlaps(span) and row.state == State.CONFIRMED.value and row.starts_at > uow.now,
        )
        for row, modality in sessions
    ]  # fmt: skip
    going = must_move(cover.site, booked)
    return [row for row, _ in sessions if row.id in going]


async def _unheard(uow: UnitOfWork, place: Place, span: Block, going: set[UUID]) -> list[Appointment]:
    """Of those that are not going already, sessions and visits for which nobody would interpret."""
    clinic_id, location = place
    file, around = (await active_clinic(uow, clinic_id)).file, whole_days(span.starts_at, span.ends_at)
    watch = await watch_of(uow, clinic_id, file, location, around, ())
    voices = await voices_at(uow, clinic_id, location_of(file, location), around, watch)
    if voices is None:
        return []
    talks = {id_: talk for id_, talk in voices.talks.items() if id_ not in going}
    rows = select(Appointment).where(
        col(Appointment.id).in_(list(talks)), Appointment.organisation_id == uow.organisation_id
    )
    found = (await uow.session.exec(rows.execution_options(populate_existing=True))).all()
    spoken = [
        Spoken(
            row.id, talks[row.id], row.booked_at,
            talks[row.id].block.overlaps(span) and row.state == State.CONFIRMED.value and row.starts_at > uow.now,
        )
        for row in found
    ]  # fmt: skip
    unheard = must_move_unheard(voices.pool(around), spoken)
    return [row for row in found if row.id in unheard]
