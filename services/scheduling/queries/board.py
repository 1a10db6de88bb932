"""The chair board: every chair now, from scheduling's own tables."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_appointment
from services.scheduling.domain.alerts import Level
from services.scheduling.domain.board import Course, Phase, Seat, expected_free, label, seat
from services.scheduling.domain.infusion import expected_end, pauses
from services.scheduling.floor.views import ordered, ran_until
from services.scheduling.models import LIVE_STATES, Appointment, Patient, Session
from services.scheduling.schemas.board import BoardDue, BoardView, ChairView
from shared.clinicfile.model import Chair, ClinicFile, Location
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import AlertDetail, Identity
from shared.events.prescribing import OrderContent
from shared.http import instant, require_role
from shared.problems import NOT_FOUND

STAFF = ("frontdesk", "nurse", "clinician")
AHEAD = timedelta(days=1)


async def get_board(uow: UnitOfWork, clinic_id: UUID, location: str | None) -> BoardView:
    """Every chair of the clinic, or of one location. Raises FORBIDDEN, NO_CLINIC_FILE, NOT_FOUND, PROTOCOL_GONE."""
    require_role(uow, clinic_id, *STAFF)
    file = (await active_clinic(uow, clinic_id)).file
    places = [place for place in file.locations if location in (None, place.id)]
    if not places:
        raise NOT_FOUND()
    bookings = await _bookings(uow, clinic_id)
    chairs = [await _chair(uow, file, place, chair, bookings) for place in places for chair in place.chairs]
    return BoardView(clinic_id=clinic_id, as_of=uow.now, chairs=chairs)


async def _bookings(uow: UnitOfWork, clinic_id: UUID) -> Sequence[Appointment]:
    """What may be on the board: whoever is here, and whoever comes within a day."""
    rows = select(Appointment).where(
        Appointment.clinic_id == clinic_id, Appointment.organisation_id == uow.organisation_id,
        col(Appointment.state).in_(LIVE_STATES), col(Appointment.starts_at) < uow.now + AHEAD,
        (col(Appointment.ends_at) > uow.now) | (col(Appointment.state) != "CONFIRMED"),
    )  # fmt: skip
    return (await uow.session.exec(rows.order_by(col(Appointment.starts_at)))).all()


async def _chair(
    uow: UnitOfWork, file: ClinicFile, place: Location, chair: Chair, bookings: Sequence[Appointment]
) -> ChairView:
    chair_id = file.chair_id(place.id, chair.id)
    taken = seat([booking for booking in bookings if booking.chair_id == chair_id], uow.now)
    shown = await _occupied(uow, file.zone, taken.phase, taken.now) if taken.now else _free()
    return ChairView(
        location=place.id, chair=chair.id, name=chair.name, phase=taken.phase, next_starts=_next(taken, file.zone),
        **shown,
    )  # fmt: skip


def _next(taken: Seat[Appointment], zone: str) -> Any:
    return instant(taken.next.starts_at, zone) if taken.next else None


def _free() -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("minutes_in", "patient", "patient_id", "appointment_id", "session_id", "next_due", "worst_alert",
         "expected_free", "paused_since", "suspended_since")
    )  # fmt: skip
    return nothing | {"open_alerts": 0}


async def _occupied(uow: UnitOfWork, zone: str, phase: Phase, booking: Appointment) -> dict[str, Any]:
    session = await records.session_of(uow, booking.id)
    at = await at_appointment(uow, booking, session)
    levels = await _alert_levels(uow, session)
    since = pauses(at.changes)[1] if phase is Phase.IN_PROGRESS else None
    suspended_at = session.suspended_at if session else None
    await records.audit(uow, "read", "board", booking)
    return {
        "minutes_in": int((uow.now - _since(phase, booking, session)).total_seconds() // 60),
        "patient": await _label(uow, booking.patient_id), "patient_id": booking.patient_id,
        "appointment_id": booking.id, "session_id": session.id if session else None,
        "paused_since": instant(since, zone) if since else None,
        "suspended_since": instant(suspended_at, zone) if suspended_at else None,
        "next_due": _due(at, uow.now, zone), "open_alerts": len(levels),
        "worst_alert": max(levels, key=list(Level).index, default=None),
        "expected_free": instant(expected_free(_course(uow, at), at.policy, uow.now), zone),
    }  # fmt: skip


def _since(phase: Phase, booking: Appointment, session: Session | None) -> datetime:
    """When the phase began."""
    begun = None
    if session is not None:
        begun = {
            Phase.CHECKED_IN: session.checked_in_at, Phase.IN_PROGRESS: session.started_at,
            Phase.RECOVERY: session.infusion_ended_at,
        }.get(phase)  # fmt: skip
    return begun or booking.starts_at


async def _alert_levels(uow: UnitOfWork, session: Session | None) -> list[Level]:
    """Of alerts that nobody has acknowledged."""
    rows = await records.alerts_of(uow, session.id) if session else []
    waiting = [row for row in rows if row.unanswered]
    return [Level(uow.open_column("alert", "detail", row.id, row.detail, AlertDetail).level) for row in waiting]


async def _label(uow: UnitOfWork, patient_id: UUID) -> str | None:
    rows = select(Patient).where(Patient.id == patient_id, Patient.organisation_id == uow.organisation_id)
    patient = (await uow.session.exec(rows)).first()
    if patient is None or patient.identity is None:
        return None
    return label(uow.open_column("patient", "identity", patient.id, patient.identity, Identity))


def _due(at: Chairside, now: datetime, zone: str) -> BoardDue | None:
    due = next(iter(at.dues), None)
    if due is None:
        return None
    return BoardDue(what=due.what, due_at=instant(due.due_at, zone), overdue=due.is_late(now, at.policy))


def _course(uow: UnitOfWork, at: Chairside) -> Course:
    session = at.session
    minutes, runs_until = None, None
    if session is not None and session.order_content is not None:
        minutes = uow.open_column("session", "order_content", session.id, session.order_content, OrderContent).minutes
        if at.changes:
            runs_until = expected_end(ordered(uow, session), ran_until(uow, session, at.changes, uow.now), uow.now)
    return Course(
        modality=at.protocol.modality, block_ends_at=at.appointment.ends_at,
        started_at=session.started_at if session else None,
        infusion_ended_at=session.infusion_ended_at if session else None, minutes=minutes,
        runs_until=runs_until,
    )  # fmt: skip
