"""A slot became free: whoever waits for an earlier one is looked for, right after."""

from datetime import datetime, timedelta

from sqlmodel import select

from services.scheduling.models import WAITING, Appointment, SlotOpening, WaitlistEntry
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id

LOOK = "waitlist_look"


async def open_slot(uow: UnitOfWork, freed: Appointment, location: str, starts_at: datetime) -> None:
    """Note the start that an appointment left, if somebody waits there and it is far enough away to fast (D.4)."""
    policy = (await active_clinic(uow, freed.clinic_id)).file.booking.waitlist
    waits = select(WaitlistEntry.id).where(
        WaitlistEntry.organisation_id == uow.organisation_id, WaitlistEntry.clinic_id == freed.clinic_id,
        WaitlistEntry.location == location, WaitlistEntry.state == WAITING,
        WaitlistEntry.appointment_id != freed.id,
    )  # fmt: skip
    soon = starts_at < uow.now + timedelta(hours=policy.notice_hours)
    if soon or (await uow.session.exec(waits.limit(1))).first() is None:
        return
    opening = SlotOpening(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=freed.clinic_id, location=location,
        starts_at=starts_at, opened_at=uow.now,
    )  # fmt: skip
    uow.session.add(opening)
    await uow.schedule(LOOK, opening.id, 0, uow.now, key=freed.clinic_id, clinic_id=freed.clinic_id)
