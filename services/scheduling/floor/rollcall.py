"""The roll-call of a floor event: who was there, in which chair, who takes them home, and how far they are."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.dayof.records import escort_of
from services.scheduling.domain.appointment import State
from services.scheduling.domain.floor import ChairOutcome, FloorAction, FloorKind, PlaceFound
from services.scheduling.domain.infusion import Change
from services.scheduling.domain.spray import DeviceDetail, is_spray
from services.scheduling.floor.places import Place, places_of
from services.scheduling.floor.records import changes_of
from services.scheduling.floor.views import ran_until, tenths
from services.scheduling.models import Appointment, Device, FloorEvent, FloorSeat, Patient, Session
from services.scheduling.schemas.floor import FloorEventView, RollCallLine, RollCallPlace
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Identity
from shared.events.prescribing import OrderContent
from shared.http import instant

Line = tuple[FloorSeat, Session, Appointment]


async def event_view(uow: UnitOfWork, event: FloorEvent, zone: str) -> FloorEventView:
    """A floor event with its roll-call, by chair. Each patient shown leaves an audit row."""
    lines = await lines_of(uow, event.id)
    places = await places_of(uow, event.id, {appointment.id for _, _, appointment in lines})
    shown = [*(seat.patient_id for seat, _, _ in lines), *(p.row.patient_id for p in places if p.row.patient_id)]
    names = await _names(uow, set(shown))
    ids = [session.id for _, session, _ in lines]
    changes, sprayed = await changes_of(uow, ids), await _sprayed(uow, ids)
    for patient_id in shown:
        await uow.audit(
            "read", "floor_event", event.id, patient_id=patient_id, clinic_id=event.clinic_id, version=event.version
        )
    return FloorEventView(
        floor_event_id=event.id, version=event.version, clinic_id=event.clinic_id, location=event.location,
        kind=FloorKind(event.kind), action=FloorAction(event.action), source=event.source,
        occurred=instant(event.occurred_at, zone), recorded_at=event.recorded_at, ended_at=event.ended_at,
        unsettled=len(unsettled(lines)) + sum(place.waits for place in places),
        unchecked=sum(place.newest is None for place in places),
        places=[_place(uow, place, names, zone) for place in places],
        roll_call=[
            _line(uow, line, names.get(line[0].patient_id), changes[line[1].id], sprayed.get(line[1].id))
            for line in lines
        ],
    )  # fmt: skip


async def lines_of(uow: UnitOfWork, event_id: UUID) -> Sequence[Line]:
    """Everybody who was there with their session as it is now, by chair."""
    rows = (
        select(FloorSeat, Session, Appointment)
        .join(Session, col(Session.id) == FloorSeat.session_id)
        .join(Appointment, col(Appointment.id) == Session.appointment_id)
        .where(FloorSeat.floor_event_id == event_id, FloorSeat.organisation_id == uow.organisation_id)
        .order_by(col(Appointment.chair), col(FloorSeat.id))
    )
    return (await uow.session.exec(rows)).all()


def unsettled(lines: Sequence[Line]) -> list[UUID]:
    """The sessions whose chair waits: neither settled nor over in another way."""
    return [s.id for seat, s, _ in lines if seat.outcome is None and State(s.state).is_live]


def _line(
    uow: UnitOfWork, line: Line, name: str | None, changes: Sequence[Change], sprayed: int | None
) -> RollCallLine:  # fmt: skip
    seat, session, appointment = line
    escort = escort_of(uow, appointment)
    mg, minutes = _given(uow, session, changes, sprayed)
    return RollCallLine(
        session_id=session.id, appointment_id=appointment.id, patient_id=seat.patient_id, name=name,
        chair=appointment.chair, escort_name=escort.name if escort else None,
        escort_phone=escort.phone if escort else None, phase=State(seat.phase), state=State(session.state),
        version=session.version, given_mg=mg, minutes=minutes,
        outcome=ChairOutcome(seat.outcome) if seat.outcome else None, settled_at=seat.settled_at,
    )  # fmt: skip


def _place(uow: UnitOfWork, place: Place, names: Mapping[UUID, str], zone: str) -> RollCallPlace:
    row, booked, newest = place.row, place.appointment, place.newest
    escort = escort_of(uow, booked) if booked else None
    return RollCallPlace(
        place_id=row.id, chair=row.chair, appointment_id=row.appointment_id, patient_id=row.patient_id,
        name=names.get(row.patient_id) if row.patient_id else None, kind=booked.kind if booked else None,
        starts=instant(booked.starts_at, zone) if booked else None, escort_name=escort.name if escort else None,
        escort_phone=escort.phone if escort else None, found=PlaceFound(newest.found) if newest else None,
        told_at=newest.recorded_at if newest else None, stopped_at=place.stopped_at, waits=place.waits,
    )  # fmt: skip


def _given(
    uow: UnitOfWork, session: Session, changes: Sequence[Change], sprayed: int | None
) -> tuple[Decimal | None, int | None]:
    """mg and minutes by now; of a nasal spray the mg of its devices."""
    if session.started_at is None or session.order_content is None:
        return None, None
    order = uow.open_column("session", "order_content", session.id, session.order_content, OrderContent)
    if is_spray(order.modality):
        return Decimal(sprayed or 0), None
    so_far = ran_until(uow, session, changes, uow.now)
    return tenths(so_far), so_far.minutes


async def _names(uow: UnitOfWork, patient_ids: Collection[UUID]) -> dict[UUID, str]:
    rows = select(Patient).where(
        col(Patient.id).in_(patient_ids), Patient.organisation_id == uow.organisation_id,
        col(Patient.identity).is_not(None),
    )  # fmt: skip
    cards = {
        row.id: uow.open_column("patient", "identity", row.id, row.identity or "", Identity)
        for row in await uow.session.exec(rows)
    }
    return {patient_id: card.preferred_name or card.legal_name for patient_id, card in cards.items()}


async def _sprayed(uow: UnitOfWork, session_ids: Collection[UUID]) -> dict[UUID, int]:
    rows = select(Device).where(col(Device.session_id).in_(session_ids))
    found: dict[UUID, int] = defaultdict(int)
    for row in await uow.session.exec(rows):
        found[row.session_id] += uow.open_column("device", "detail", row.id, row.detail, DeviceDetail).dose_mg
    return dict(found)
