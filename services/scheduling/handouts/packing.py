"""Puts together what scheduling knows of some days at a location. Reads only, but for the audit.

It knows what events told it: identity cards with allergies, orders, escorts. It never has contact data of patients.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.dayof.records import escort_of
from services.scheduling.domain.appointment import SESSION
from services.scheduling.domain.care import Care, Order, consent_blockers, treatment_blockers
from services.scheduling.domain.daypack import Booked, DayPack, Sheet, midnight
from services.scheduling.domain.escort import Escort
from services.scheduling.domain.flowsheet import flow_sheet
from services.scheduling.domain.spray import spray_blockers
from services.scheduling.models import LIVE_STATES, Appointment, Course, Patient, Session
from shared.clinicfile.model import ClinicFile, Location, Protocol
from shared.clinicfile.store import active_clinic, clinic_under
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import CoursePlan, Identity
from shared.events.prescribing import OrderContent

_UNKNOWN_PROTOCOL = "The clinic file names no such protocol: ask a clinician for order and times."
_NO_ESCORT = "Nobody is named who takes the patient home."


async def pack_of(uow: UnitOfWork, clinic_id: UUID, location: Location, first_day: date) -> tuple[DayPack, set[UUID]]:
    """The pack of a location from a local day on, and the patients in it. Raises NO_CLINIC_FILE."""
    file = (await active_clinic(uow, clinic_id)).file
    days = file.day_packs.days
    rows = await _live(uow, clinic_id, location.id, first_day, days, file.zone)
    patients = {row.patient_id for row in rows}
    cards = await _cards(uow, patients)
    booked = {row.id: _booked(uow, row, file, location, cards.get(row.patient_id)) for row in rows}
    sheets = [await _sheet(uow, row, booked[row.id], file) for row in rows if row.kind == SESSION]
    pack = DayPack(
        clinic=file.display_name, location=location, zone=file.zone, first_day=first_day, days=days, made_at=uow.now,
        on_call=[f"{rung.name} ({rung.role})" for rung in file.on_call.ladder], booked=[*booked.values()],
        sheets=sheets,
    )  # fmt: skip
    return pack, patients


async def _live(
    uow: UnitOfWork, clinic_id: UUID, location: str, first_day: date, days: int, zone: str
) -> Sequence[Appointment]:
    """Whoever is here or is to come on these days, in order of time."""
    since, until = midnight(first_day, zone), midnight(first_day + timedelta(days=days), zone)
    rows = select(Appointment).where(
        Appointment.organisation_id == uow.organisation_id, Appointment.clinic_id == clinic_id,
        Appointment.location == location, col(Appointment.state).in_(LIVE_STATES),
        col(Appointment.ends_at) > since, col(Appointment.starts_at) < until,
    )  # fmt: skip
    return (await uow.session.exec(rows.order_by(col(Appointment.starts_at), col(Appointment.id)))).all()


async def _cards(uow: UnitOfWork, patients: set[UUID]) -> dict[UUID, Identity]:
    rows = select(Patient).where(Patient.organisation_id == uow.organisation_id, col(Patient.id).in_(patients))
    return {
        row.id: uow.open_column("patient", "identity", row.id, row.identity, Identity)
        for row in await uow.session.exec(rows)
        if row.identity is not None
    }


def _booked(
    uow: UnitOfWork, row: Appointment, file: ClinicFile, location: Location, card: Identity | None
) -> Booked:  # fmt: skip
    kind = file.kind(row.kind)
    what = f"Session {row.session_number}" if row.kind == SESSION else kind.name if kind else row.kind
    chair = next((one.name for one in location.chairs if one.id == row.chair), row.chair)
    return Booked(row.starts_at, row.ends_at, what, row.state, chair, card, escort_of(uow, row))


async def _sheet(uow: UnitOfWork, row: Appointment, booked: Booked, file: ClinicFile) -> Sheet:
    """A session under the file that it was checked in under, else the one in force."""
    session = await records.session_of(uow, row.id)
    if session is not None:
        file = (await clinic_under(uow, row.clinic_id, session.file_hash)).file
    course = (await uow.session.exec(select(Course).where(Course.id == row.course_id))).one()
    plan = uow.open_column("course", "plan", course.id, course.plan, CoursePlan)
    care, protocol = await records.care_of(uow, row.patient_id, row.clinic_id), file.protocol(plan.protocol)
    started_at = session.started_at if session else None
    to_dose = timedelta(minutes=file.session.checkin_minutes + file.session.baseline_minutes)
    dose_at = started_at or max(row.starts_at + to_dose, uow.now)
    order = care.order_for(protocol) if protocol else None
    content = _ordered(uow, session, order)
    minutes = _minutes(content, protocol)
    return Sheet(
        booked=booked, protocol=f"{plan.protocol}, {protocol.name}" if protocol else plan.protocol,
        modality=plan.modality, dose_at=dose_at, started=started_at is not None, order=content, minutes=minutes,
        order_until=order.expires_at if order and order.content == content else None,
        open_points=[] if started_at else _open_points(care, protocol, file, dose_at, booked.escort),
        flow=flow_sheet(plan.modality, minutes, file.session) if minutes is not None else [],
        readings=await records.readings_of(uow, session.id) if session else [], limits=file.session.vitals,
        known_until=care.known_until, stale=care.stale,
    )  # fmt: skip


def _ordered(uow: UnitOfWork, session: Session | None, order: Order | None) -> OrderContent | None:
    """The order that a running dose was started under, else the newest that is signed."""
    if session is not None and session.order_content is not None:
        return uow.open_column("session", "order_content", session.id, session.order_content, OrderContent)
    return order.content if order else None


def _minutes(order: OrderContent | None, protocol: Protocol | None) -> int | None:
    """How long the infusion takes: as ordered, else as is usual."""
    if order is not None:
        return order.minutes
    return protocol.dose.default_minutes if protocol else None


def _open_points(
    care: Care, protocol: Protocol | None, file: ClinicFile, dose_at: datetime, escort: Escort | None
) -> list[str]:
    """What stands in the way of a dose then, as far as it can be known before the day."""
    if protocol is None:
        return [_UNKNOWN_PROTOCOL]
    found = [
        *treatment_blockers(care, protocol, dose_at, file.screening.screening_valid_days),
        *consent_blockers(care, file.consents_for(protocol), dose_at), *spray_blockers(care, protocol, file, dose_at),
    ]  # fmt: skip
    return [*(one.wording for one in found), *([] if escort else [_NO_ESCORT])]
