"""Days of a location as sealed files for a paper emergency: made at the clinic's times and on request, kept some days.

The next one of each location is always a timer, so that it is made once, however often a worker starts again.
"""

from datetime import datetime, timedelta
from uuid import UUID

from services.scheduling import records
from services.scheduling.domain.daypack import DayPackAbout, due_on, next_due, number_of
from services.scheduling.handouts.packing import pack_of
from services.scheduling.handouts.paper import page_of
from services.scheduling.handouts.views import HOLDERS, day_pack_view
from services.scheduling.models import DayPack
from services.scheduling.planning.ground import location_of
from services.scheduling.promised import promised
from services.scheduling.schemas.handouts import DayPackRequest, DayPackView
from shared.calendar import local_date
from shared.clinicfile.model import ClinicFile, Location
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.ids import new_id
from shared.parcel import seal_parcel
from shared.problems import problem_kind
from shared.timers import Timer

DAY_PACK_DUE, DAY_PACK_OVER = "day_pack_due", "day_pack_over"
NO_READERS = problem_kind(
    "NO_DAY_PACK_READERS", 409, "The clinic file names nobody who could open a day pack",
    "Make a key with `stillwater daypack key` and put it under day_packs.readers.",
)  # fmt: skip


async def ask_day_pack(uow: UnitOfWork, request: DayPackRequest) -> DayPackView:
    """Put a pack together now. Raises FORBIDDEN, NO_CLINIC_FILE, NO_DAY_PACK_READERS, INVALID_REQUEST."""
    require_role(uow, request.clinic_id, *HOLDERS)
    file = (await active_clinic(uow, request.clinic_id)).file
    location = location_of(file, request.location)
    if not file.day_packs.readers:
        raise NO_READERS()
    return day_pack_view(await _make(uow, file, location, None), file.zone)


async def plan_day_packs(uow: UnitOfWork, clinic_id: UUID) -> None:
    """The next pack of each location is a timer; one that is so already stays. Nothing where nobody could open one."""
    file = (await active_clinic(uow, clinic_id)).file
    for location in file.locations if file.day_packs.readers else ():
        await _plan(uow, file, location, uow.now)


async def make_day_pack(uow: UnitOfWork, timer: Timer) -> bool:
    """Make the pack that is due, late or not, and plan the next. False when the clinic's file no longer wants it."""
    file = (await active_clinic(uow, promised(timer.clinic_id, "timer.clinic_id"))).file
    location = next((one for one in file.locations if file.location_id(one.id) == timer.aggregate_id), None)
    policy, day = file.day_packs, local_date(timer.due_at, file.zone)
    if location is None or not policy.readers or timer.due_at not in due_on(policy.times, file.zone, day):
        return False
    await _make(uow, file, location, timer.due_at)
    await _plan(uow, file, location, max(timer.due_at, uow.now))
    return True


async def remove_day_pack(uow: UnitOfWork, pack_id: UUID) -> bool:
    """Remove a pack's content, once its days are over; what was in it is in the records. False when it is gone."""
    pack = await records.find(uow, DayPack, pack_id, lock=True)
    if pack.content is None:
        return False
    pack.content, pack.state, pack.removed_at, pack.version = None, "REMOVED", uow.now, pack.version + 1
    await uow.audit("update", "day_pack", pack.id, clinic_id=pack.clinic_id, version=pack.version, reason="REMOVED")
    return True


async def _make(uow: UnitOfWork, file: ClinicFile, location: Location, due_at: datetime | None) -> DayPack:
    """What is in it stands in the audit for each patient, as a disclosure."""
    pack, patients = await pack_of(uow, file.clinic_id, location, local_date(uow.now, file.zone))
    about = DayPackAbout(
        clinic=f"{file.organisation}/{file.clinic}", location=location.id, first_day=pack.first_day, days=pack.days,
        made_at=uow.now,
    )  # fmt: skip
    row = DayPack(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=file.clinic_id, location=location.id,
        first_day=pack.first_day, days=pack.days, appointments=len(pack.booked), made_at=uow.now, due_at=due_at,
        made_by=uow.caller.subject, content=seal_parcel(about, page_of(pack), file.day_packs.readers),
    )  # fmt: skip
    uow.session.add(row)
    await uow.audit("create", "day_pack", row.id, clinic_id=row.clinic_id, version=row.version)
    for patient_id in sorted(patients):
        await uow.audit("export", "day_pack", row.id, clinic_id=row.clinic_id, patient_id=patient_id)
    over_at = uow.now + timedelta(days=file.day_packs.keep_days)
    await uow.schedule(
        DAY_PACK_OVER, row.id, 1, over_at, key=file.location_id(location.id), clinic_id=row.clinic_id
    )  # fmt: skip
    return row


async def _plan(uow: UnitOfWork, file: ClinicFile, location: Location, after: datetime) -> None:
    due_at, location_id = next_due(file.day_packs.times, file.zone, after), file.location_id(location.id)
    await uow.schedule(
        DAY_PACK_DUE, location_id, number_of(due_at), due_at, key=location_id, clinic_id=file.clinic_id
    )  # fmt: skip
