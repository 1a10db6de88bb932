"""After a floor event every place is accounted for, also where no session is on record."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.scheduling.commands.moments import happened_at
from services.scheduling.domain.appointment import State
from services.scheduling.floor.places import places_of
from services.scheduling.floor.records import floor_event
from services.scheduling.floor.rollcall import event_view, lines_of
from services.scheduling.models import Appointment, FloorEvent, FloorFinding, FloorPlace
from services.scheduling.schemas.floor import FloorEventView, TellPlacesRequest
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.ids import derived_id, new_id
from shared.problems import INVALID_REQUEST, FieldError

EXPECTED_WITHIN = timedelta(minutes=30)
"""Who comes so soon may be in the waiting room."""


async def take_places(uow: UnitOfWork, event: FloorEvent, file: ClinicFile, occupied: Collection[str | None]) -> None:
    """Keep who may be there without being checked in, for a session or a visit, and every chair of the location with
    neither them nor one of those who are here (`occupied`). What was told of a place before is asked anew.
    """
    expected = await _expected(uow, event)
    booked = {one.chair for one in expected}
    chairs = [chair.id for place in file.locations if place.id == event.location for chair in place.chairs]
    free = [chair for chair in chairs if chair not in occupied and chair not in booked]
    rows = [
        *(_place(uow, event, one.chair, one) for one in expected),
        *(_place(uow, event, chair, None) for chair in free),
    ]
    for row in sorted(rows, key=lambda place: place.id):
        again = insert(FloorPlace).values(row.model_dump())
        await uow.session.exec(again.on_conflict_do_update(index_elements=["id"], set_={"taken_at": row.taken_at}))


async def _expected(uow: UnitOfWork, event: FloorEvent) -> list[Appointment]:
    rows = select(Appointment).where(
        Appointment.organisation_id == event.organisation_id, Appointment.clinic_id == event.clinic_id,
        Appointment.location == event.location, Appointment.state == State.CONFIRMED.value,
        col(Appointment.starts_at) <= uow.now + EXPECTED_WITHIN, col(Appointment.ends_at) > uow.now,
    )  # fmt: skip
    return list(await uow.session.exec(rows.order_by(col(Appointment.starts_at), col(Appointment.id))))


def _place(uow: UnitOfWork, event: FloorEvent, chair: str | None, booked: Appointment | None) -> FloorPlace:
    return FloorPlace(
        id=derived_id(event.id, f"place:{booked.id if booked else chair}"), organisation_id=event.organisation_id,
        clinic_id=event.clinic_id, floor_event_id=event.id, chair=chair,
        appointment_id=booked.id if booked else None, patient_id=booked.patient_id if booked else None,
        taken_at=uow.now,
    )  # fmt: skip


async def tell_places(uow: UnitOfWork, event_id: UUID, request: TellPlacesRequest) -> FloorEventView:
    """Tell what was found at places without a session, several at once; of each what is told last counts, and all of
    it is kept, after the event's end too. Somebody missing, or a dose that ran unrecorded and was stopped, keeps the
    event from ending until it is told how that went on.

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST for an unknown place, a moment before the event or
    ahead.
    """
    event = await floor_event(uow, event_id, lock=True)
    require_role(uow, event.clinic_id, "frontdesk", "nurse", "clinician")
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=event.occurred_at)
    seated = {appointment.id for _, _, appointment in await lines_of(uow, event.id)}
    known = {place.row.id: place.row for place in await places_of(uow, event.id, seated)}
    unknown = [n for n, one in enumerate(request.places) if one.place_id not in known]
    if unknown:
        raise INVALID_REQUEST(errors=[FieldError(f"/places/{n}/place_id", "UNKNOWN_PLACE") for n in unknown])
    for one in request.places:
        row = known[one.place_id]
        uow.session.add(
            FloorFinding(
                id=new_id(), organisation_id=row.organisation_id, clinic_id=row.clinic_id, floor_place_id=row.id,
                found=one.found.value, occurred_at=at, recorded_at=uow.now, recorded_by=uow.caller.subject,
                source=request.source.value,
            )
        )  # fmt: skip
        await uow.audit(
            "update", "floor_event", event.id, patient_id=row.patient_id, clinic_id=row.clinic_id,
            version=event.version, reason=one.found.value,
        )  # fmt: skip
    await uow.session.flush()
    return await event_view(uow, event, (await active_clinic(uow, event.clinic_id)).file.zone)
