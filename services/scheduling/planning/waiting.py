"""For whom a slot that became free is clinically right: phase, gaps, order, authorisation, consent. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.domain.appointment import State
from services.scheduling.domain.care import Blocker, consent_blockers, treatment_blockers
from services.scheduling.domain.place import Block
from services.scheduling.domain.spray import spray_blockers
from services.scheduling.domain.visits import moving_blockers
from services.scheduling.domain.waitlist import Waiting, Wishes, ranked
from services.scheduling.models import WAITING, Appointment, SlotOffer, SlotOpening, WaitlistEntry
from services.scheduling.planning.moving import room_to_move
from services.scheduling.planning.series import course_now
from services.scheduling.promised import promised
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who waits, the appointment that would move, and the block that it would get."""

    entry: WaitlistEntry
    appointment: Appointment
    block: Block


async def candidates_for(uow: UnitOfWork, opening: SlotOpening, file: ClinicFile) -> list[Candidate]:
    """Everybody for whom the slot is right and to whom it was not offered yet, in the order of D.4."""
    found = dict[UUID, Candidate]()
    waiting = list[Waiting]()
    for entry, appointment in await _waiting(uow, opening):
        block = await _block(uow, entry, appointment, opening)
        if block is None or await blockers_of(uow, appointment, file):
            continue
        found[entry.id] = Candidate(entry, appointment, block)
        waiting.append(Waiting(entry.id, entry.priority, await _breach_at(uow, appointment), entry.asked_at))
    return [found[one.entry_id] for one in ranked(waiting)]


async def _waiting(uow: UnitOfWork, opening: SlotOpening) -> Sequence[tuple[WaitlistEntry, Appointment]]:
    offered = select(SlotOffer.appointment_id).where(SlotOffer.cause_id == opening.id)
    rows = (
        select(WaitlistEntry, Appointment)
        .join(Appointment, col(Appointment.id) == WaitlistEntry.appointment_id)
        .where(
            WaitlistEntry.organisation_id == uow.organisation_id, WaitlistEntry.clinic_id == opening.clinic_id,
            WaitlistEntry.location == opening.location, WaitlistEntry.state == WAITING,
            Appointment.state == State.CONFIRMED.value, Appointment.location == opening.location,
            col(Appointment.starts_at) > opening.starts_at, col(Appointment.id).not_in(offered),
        )
        .order_by(col(WaitlistEntry.asked_at), col(WaitlistEntry.id))
    )  # fmt: skip
    return (await uow.session.exec(rows)).all()


async def _block(uow: UnitOfWork, entry: WaitlistEntry, appointment: Appointment, opening: SlotOpening) -> Block | None:
    """The block from the opening's start, if it is wished for and breaks no rule."""
    day = opening.starts_at.date()
    room = await room_to_move(uow, appointment, opening.location, (day, day))
    local_day, at = room.limits.place.local(opening.starts_at)
    wishes = Wishes(entry.first_day, entry.last_day, entry.from_time, entry.until_time)
    if not wishes.suits(local_day, at) or room.violations(local_day, at):
        return None
    return room.limits.place.block(local_day, at)


async def can_be_claimed(uow: UnitOfWork, offer: SlotOffer) -> bool:
    """Whether a move to what is offered breaks no rule, as things stand now."""
    row = await uow.session.get_one(Appointment, offer.appointment_id)
    starts_at = promised(offer.to_starts_at, "start of an offer from the waitlist")
    day = starts_at.date()
    room = await room_to_move(uow, row, offer.location, (day, day))
    return not room.violations(*room.limits.place.local(starts_at))


async def blockers_of(uow: UnitOfWork, appointment: Appointment, file: ClinicFile) -> list[Blocker]:
    """What stands against an earlier session whenever it is: concern, order, screening, authorisation, consent."""
    care = await records.care_of(uow, appointment.patient_id, appointment.clinic_id)
    if appointment.course_id is None:
        return moving_blockers(care)
    protocol = (await course_now(uow, appointment.course_id)).protocol
    return [
        *treatment_blockers(care, protocol, uow.now, file.screening.screening_valid_days),
        *spray_blockers(care, protocol, file, uow.now),
        *consent_blockers(care, file.consents_for(protocol), uow.now),
    ]


async def _breach_at(uow: UnitOfWork, appointment: Appointment) -> datetime | None:
    """When the gap to the session before becomes longer than the protocol allows; None without one."""
    if appointment.course_id is None:
        return None
    course = await course_now(uow, appointment.course_id)
    earlier = [one.starts_at for one in course.standing if one.starts_at < appointment.starts_at]
    return max(earlier) + timedelta(days=course.protocol.course.max_gap_days) if earlier else None
