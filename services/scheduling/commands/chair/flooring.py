"""Something happens to a whole floor: every running chair stands at once, and each is settled afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.scheduling.chairside import devices_of
from services.scheduling.commands.chair.accounting import take_places
from services.scheduling.commands.chair.charting import append_entry
from services.scheduling.commands.chair.deviations import remark_absence
from services.scheduling.commands.chair.given import end_by_reckoning
from services.scheduling.commands.chair.infusing import append_change
from services.scheduling.commands.moments import happened_at
from services.scheduling.domain.appointment import SESSION, State
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.floor import PRESENT, WATCHED, FloorAction, stronger
from services.scheduling.domain.infusion import Change, ChangeReason, Step, pauses
from services.scheduling.domain.spray import is_spray
from services.scheduling.floor.places import places_of
from services.scheduling.floor.records import changes_of, floor_event, open_event, seats_of
from services.scheduling.floor.rollcall import Line, event_view, lines_of, unsettled
from services.scheduling.models import LIVE_STATES, Appointment, FloorEvent, FloorSeat, Session
from services.scheduling.promised import promised
from services.scheduling.schemas.floor import FloorEventRequest, FloorEventView
from services.scheduling.schemas.requests import Source
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.prescribing import OrderContent
from shared.http import require_role, require_version
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, FieldError, problem_kind

CHAIRS_UNSETTLED = problem_kind(
    "CHAIRS_UNSETTLED",
    409,
    "Chairs wait to be settled",
    "Settle the sessions, and tell of the places, in params; then end it.",
)
AHEAD = timedelta(days=1)


async def begin_floor_event(uow: UnitOfWork, request: FloorEventRequest) -> FloorEventView:
    """Every infusion at a location stands, or is ended, and nothing is due there until each chair is settled.

    What is going on there already is joined: who came since is taken in, and a stop is not taken back to a pause.
    Raises FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST for an unknown location or a moment in the future.
    """
    require_role(uow, request.clinic_id, "frontdesk", "nurse", "clinician")
    file = (await active_clinic(uow, request.clinic_id)).file
    if request.location not in {location.id for location in file.locations}:
        raise INVALID_REQUEST(errors=[FieldError("/location", "UNKNOWN_LOCATION")])
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=None)
    event = await _open(uow, request, at)
    present = await _present(uow, event)
    changes = await changes_of(uow, [session.id for _, session in present])
    seats = {seat.session_id: seat for seat in await seats_of(uow, event.id)}
    for appointment, session in present:
        _seat(uow, event, session, seats)
        if State(session.state) in WATCHED:
            await _suspend(uow, event, appointment, session, changes[session.id], file, at)
    await take_places(uow, event, file, {appointment.chair for appointment, _ in present})
    await uow.session.flush()
    action = "create" if event.version == 1 else "update"
    await uow.audit(action, "floor_event", event.id, clinic_id=event.clinic_id, version=event.version)
    return await event_view(uow, event, file.zone)


async def end_floor_event(uow: UnitOfWork, event_id: UUID, expected_version: int) -> FloorEventView:
    """The floor is open again; doses may start. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT, CHAIRS_UNSETTLED
    (naming each session that waits, and each place where somebody is missing or a dose was stopped unrecorded).
    """
    event = await floor_event(uow, event_id, lock=True)
    require_role(uow, event.clinic_id, "nurse", "clinician")
    require_version(event.version, expected_version)
    if event.ended_at is not None:
        raise CONFLICT(params={"state": "ENDED"})
    lines = await lines_of(uow, event.id)
    waiting, open_places = unsettled(lines), await _open_places(uow, event, lines)
    if waiting or open_places:
        raise CHAIRS_UNSETTLED(params={"sessions": [str(one) for one in waiting], "places": open_places})
    event.ended_at, event.ended_by, event.version = uow.now, uow.caller.subject, event.version + 1
    await uow.audit("update", "floor_event", event.id, clinic_id=event.clinic_id, version=event.version)
    return await event_view(uow, event, (await active_clinic(uow, event.clinic_id)).file.zone)


async def _open_places(uow: UnitOfWork, event: FloorEvent, lines: Sequence[Line]) -> list[str]:
    seated = {appointment.id for _, _, appointment in lines}
    return [str(place.row.id) for place in await places_of(uow, event.id, seated) if place.waits]


async def _open(uow: UnitOfWork, request: FloorEventRequest, at: datetime) -> FloorEvent:
    """The event that is open there, locked: of two people at two buttons one makes it and the other joins.

    One that ends at the same moment is not joined: what begins then is another.
    """
    row = FloorEvent(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=request.clinic_id, location=request.location,
        version=0, kind=request.kind.value, action=request.action.value, source=request.source.value,
        occurred_at=at, recorded_at=uow.now, recorded_by=uow.caller.subject,
    )  # fmt: skip
    event: FloorEvent | None = None
    while event is None or event.ended_at is not None:
        await uow.session.exec(insert(FloorEvent).values(row.model_dump()).on_conflict_do_nothing())
        found = await open_event(uow, request.clinic_id, request.location)
        event = await floor_event(uow, found.id, lock=True) if found is not None else None
    event.action = stronger(FloorAction(event.action), request.action).value
    event.version += 1
    return event


async def _present(uow: UnitOfWork, event: FloorEvent) -> list[tuple[Appointment, Session]]:
    """Everybody who is here, locked; also who is just being checked in, so that no dose starts beside it."""
    booked = select(Appointment).where(
        Appointment.organisation_id == event.organisation_id, Appointment.clinic_id == event.clinic_id,
        Appointment.location == event.location, Appointment.kind == SESSION,
        col(Appointment.state).in_(LIVE_STATES), col(Appointment.starts_at) < uow.now + AHEAD,
        (col(Appointment.ends_at) > uow.now) | (col(Appointment.state) != State.CONFIRMED.value),
    )  # fmt: skip
    locked = booked.order_by(col(Appointment.id)).with_for_update().execution_options(populate_existing=True)
    appointments = {row.id: row for row in await uow.session.exec(locked)}
    rows = select(Session).where(col(Session.appointment_id).in_(list(appointments)))
    sessions = await uow.session.exec(
        rows.order_by(col(Session.id)).with_for_update().execution_options(populate_existing=True)
    )
    return [(appointments[one.appointment_id], one) for one in sessions if State(one.state) in PRESENT]


def _seat(uow: UnitOfWork, event: FloorEvent, session: Session, seats: Mapping[UUID, FloorSeat]) -> None:
    """The patient stands on the roll-call; a chair that was settled before the event came again waits anew."""
    seat = seats.get(session.id)
    if seat is not None:
        seat.outcome, seat.settled_at, seat.settled_by = None, None, None
        return
    uow.session.add(
        FloorSeat(
            id=new_id(), organisation_id=session.organisation_id, clinic_id=session.clinic_id,
            patient_id=session.patient_id, floor_event_id=event.id, session_id=session.id, phase=session.state,
            taken_at=uow.now,
        )
    )  # fmt: skip


async def _suspend(
    uow: UnitOfWork, event: FloorEvent, appointment: Appointment, session: Session, changes: Sequence[Change],
    file: ClinicFile, at: datetime,
) -> None:  # fmt: skip
    """The clocks of a session stand; its infusion stands too, or has ended, with what it gave until then."""
    moment = max(at, promised(session.started_at, "session.started_at"), *(change.at for change in changes))
    if session.state == State.IN_PROGRESS.value and is_spray(_order(uow, session).modality):
        if event.action == FloorAction.STOP.value:
            await _end_spray(uow, event, appointment, session)
    elif session.state == State.IN_PROGRESS.value:
        if event.action == FloorAction.STOP.value:
            await end_by_reckoning(uow, session, changes, moment, file.chart)
            await remark_absence(uow, session, appointment, file, moment)
            appointment.state = session.state = State.RECOVERY.value
        elif pauses(changes)[1] is None:
            pause = Change(Step.PAUSED, moment)
            await append_change(uow, session, pause, ChangeReason.FLOOR_EVENT, Source(event.source))
    session.suspended_at = session.suspended_at or moment
    session.version, appointment.version = session.version + 1, appointment.version + 1
    await uow.audit(
        "update", "session", session.id, patient_id=session.patient_id, clinic_id=session.clinic_id,
        version=session.version, reason=event.kind,
    )  # fmt: skip


async def _end_spray(uow: UnitOfWork, event: FloorEvent, appointment: Appointment, session: Session) -> None:
    """No further device is used. The dose ended with the last one; its 120 minutes still count from the first (H.5)."""
    session.infusion_ended_at = max(device.given_at for device in await devices_of(uow, session.id))
    await append_entry(
        uow, session, EntryKind.INFUSION_ENDED, session.infusion_ended_at, Source(event.source)
    )  # fmt: skip
    appointment.state = session.state = State.RECOVERY.value


def _order(uow: UnitOfWork, session: Session) -> OrderContent:
    token = promised(session.order_content, "session.order_content")
    return uow.open_column("session", "order_content", session.id, token, OrderContent)
