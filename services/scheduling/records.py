"""How scheduling's rows are found, locked and opened. Another organisation's rows do not exist."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import case, func, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.scheduling.domain.answering import AlertAnswers
from services.scheduling.domain.appointment import SESSION, State
from services.scheduling.domain.care import Care, Order, Screening, Signature
from services.scheduling.domain.paying import Paying
from services.scheduling.domain.spray import REMS
from services.scheduling.domain.vitals import Reading, Vitals
from services.scheduling.models import (
    LIVE_STATES,
    Absence,
    Alert,
    Appointment,
    Authorisation,
    CalendarFeed,
    Closure,
    Consent,
    Course,
    CourseEstimate,
    CoursePayment,
    DayPack,
    DoseOrder,
    Enrolment,
    EntryMove,
    Observation,
    Patient,
    SafetyConcern,
    Session,
    Shift,
    StaffMember,
)
from services.scheduling.models import Screening as ScreeningRow
from shared.aliases import of_person, person_ids, screened_from, survivor_of
from shared.calendar import at_local
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import AuthorisationDetail, Identity, ScreeningSummary
from shared.events.paying import PaymentPolicyDetail
from shared.events.prescribing import OrderContent, ReviewSummary
from shared.http import require_patient, require_role
from shared.messaging import heard
from shared.messaging.streams import events_waiting
from shared.problems import NOT_FOUND

R = TypeVar("R", Appointment, Session, Patient, Alert, StaffMember, Shift, Absence, CalendarFeed, DayPack)
CONSUMER = "scheduling.commands"


async def keep(uow: UnitOfWork, row: SQLModel, version: str = "version") -> None:
    """Keep a told fact: the newer version wins, an older one only fills what is still unknown, so any order ends alike.

    What the row leaves null was not told.
    """
    values = row.model_dump(exclude_none=True)
    statement = insert(type(row)).values(values)
    table: Any = type(row)
    known = getattr(table, version)
    is_newer = or_(known.is_(None), statement.excluded[version] > known)
    told = {
        name: case(
            (is_newer, statement.excluded[name]), else_=func.coalesce(getattr(table, name), statement.excluded[name])
        )
        for name in values
        if name != "id"
    }
    await uow.session.exec(statement.on_conflict_do_update(index_elements=["id"], set_=told))


async def stub_patient(uow: UnitOfWork, patient_id: UUID) -> None:
    """Make a patient's row if there is none; its identity card may come later."""
    stub = Patient(id=patient_id, organisation_id=uow.organisation_id, version=0)
    await uow.session.exec(insert(Patient).values(stub.model_dump()).on_conflict_do_nothing())


async def known_patient(uow: UnitOfWork, patient_id: UUID, *, lock: bool = False) -> Patient:
    """A patient of this organisation that intake told of. Raises NOT_FOUND.

    `lock`: everything about one person happens in turn, so the record it was merged into is locked too, after it.
    """
    patient = await find(uow, Patient, patient_id, lock=lock)
    if lock and (survivor_id := await survivor_of(uow, patient_id)) != patient_id:
        await find(uow, Patient, survivor_id, lock=True)
    return patient


async def cards_of(uow: UnitOfWork, patient_id: UUID) -> list[Identity]:
    """The identity cards of a person, that of the record under which new things are written first."""
    rows = select(Patient.id, Patient.identity).where(
        of_person(Patient.id, patient_id), Patient.organisation_id == uow.organisation_id,
        col(Patient.identity).is_not(None),
    )  # fmt: skip
    known = (await uow.session.exec(rows.order_by(col(Patient.id)))).all()
    first = await survivor_of(uow, patient_id) if len(known) > 1 else patient_id
    ordered = sorted(known, key=lambda one: one[0] != first)
    return [uow.open_column("patient", "identity", row_id, str(card), Identity) for row_id, card in ordered]


async def find(uow: UnitOfWork, table: type[R], row_id: UUID, *, lock: bool = False) -> R:
    """A row of this organisation. Raises NOT_FOUND."""
    mine = select(table).where(table.id == row_id, table.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(_locked(mine) if lock else mine)).first()
    if row is None:
        raise NOT_FOUND()
    return row


def _locked(rows: SelectOfScalar[R]) -> SelectOfScalar[R]:
    """Lock, and read again what was read before the lock."""
    return rows.with_for_update().execution_options(populate_existing=True)


async def staff_member(uow: UnitOfWork, staff_id: UUID, *, lock: bool = False) -> StaffMember:
    """Somebody of this organisation, the row locked if wanted. Raises NOT_FOUND."""
    return await find(uow, StaffMember, staff_id, lock=lock)


async def find_for(
    uow: UnitOfWork, appointment_id: UUID, *roles: str, patient: bool = False, lock: bool = True
) -> Appointment:
    """An appointment, for staff with one of `roles` at its clinic or its own patient. Raises NOT_FOUND, FORBIDDEN."""
    appointment = await find(uow, Appointment, appointment_id, lock=lock)
    require_patient(uow, appointment.patient_id)
    if uow.caller.kind != "patient" or not patient:
        require_role(uow, appointment.clinic_id, *roles)
    return appointment


async def session_of(uow: UnitOfWork, appointment_id: UUID, *, lock: bool = False) -> Session | None:
    """The session of an appointment, once its patient was checked in. The appointment is locked before it."""
    its = select(Session).where(Session.appointment_id == appointment_id)
    return (await uow.session.exec(_locked(its) if lock else its)).first()


async def alerts_of(uow: UnitOfWork, session_id: UUID) -> Sequence[Alert]:
    """The alerts raised in a session, the oldest first."""
    rows = select(Alert).where(Alert.session_id == session_id).order_by(col(Alert.raised_at), col(Alert.id))
    return (await uow.session.exec(rows)).all()


def answers_of(uow: UnitOfWork, alert: Alert) -> AlertAnswers:
    """Who acknowledged an alert, and what was done."""
    if alert.answers is None:
        return AlertAnswers()
    return uow.open_column("alert", "answers", alert.id, alert.answers, AlertAnswers)


async def audit(uow: UnitOfWork, action: str, resource: str, row: Appointment | Session | Course) -> None:
    """An audit row about a patient's appointment, session or course."""
    await uow.audit(
        action, resource, row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version
    )  # fmt: skip


async def booked_between(uow: UnitOfWork, closure: Closure, zone: str) -> int:
    """How many live appointments stand on the days of a closure."""
    first, last = (at_local(day, time(), zone) for day in (closure.first_day, closure.last_day + timedelta(days=1)))
    rows = select(func.count()).where(
        Appointment.clinic_id == closure.clinic_id, Appointment.organisation_id == closure.organisation_id,
        col(Appointment.state).in_(LIVE_STATES),
        col(Appointment.starts_at) >= first, col(Appointment.starts_at) < last,
    )  # fmt: skip
    here = rows if closure.location is None else rows.where(Appointment.location == closure.location)
    return (await uow.session.exec(here)).one()


async def readings_of(uow: UnitOfWork, session_id: UUID) -> list[Reading]:
    """Everything observed in a session, in the order in which it was taken; not what was another session's."""
    rows = select(Observation).where(
        Observation.session_id == session_id, col(Observation.id).not_in(select(EntryMove.entry_id))
    )
    return [
        Reading(row.occurred_at, uow.open_column("observation", "vitals", row.id, row.vitals, Vitals))
        for row in await uow.session.exec(rows.order_by(col(Observation.occurred_at)))
    ]


async def last_session_at(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> datetime | None:
    """When the last session at a clinic that took place began, as it was booked."""
    last = select(func.max(Appointment.starts_at)).where(
        of_person(Appointment.patient_id, patient_id), Appointment.clinic_id == clinic_id,
        Appointment.organisation_id == uow.organisation_id, Appointment.kind == SESSION,
        Appointment.state == State.COMPLETED.value,
    )  # fmt: skip
    return (await uow.session.exec(last)).one()


async def care_of(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> Care:
    """What intake told about the patient, under every merged id, that decides on booking and dosing at a clinic.

    Orders are those of that clinic alone: its protocol ids mean what its own file says.
    """
    ours = uow.organisation_id
    consents = select(Consent).where(
        of_person(Consent.patient_id, patient_id), Consent.organisation_id == ours, Consent.state == "SIGNED"
    )
    concerns = select(func.count()).where(
        of_person(SafetyConcern.patient_id, patient_id), SafetyConcern.organisation_id == ours,
        SafetyConcern.state == "OPEN",
    )  # fmt: skip
    fresh = await heard.known_of_all(uow, CONSUMER, "intake", await person_ids(uow, patient_id))
    return Care(
        orders=await orders_of(uow, patient_id, clinic_id),
        screening=await _screening(uow, patient_id),
        consents=[signature for row in await uow.session.exec(consents) if (signature := _signature(row))],
        open_concerns=(await uow.session.exec(concerns)).one(),
        events_waiting=await events_waiting(uow, CONSUMER, patient_id),
        enrolled=await _enrolled(uow, patient_id),
        authorisations=await _authorisations(uow, patient_id),
        known_until=fresh.until,
        stale=fresh.stale,
    )


def _signature(row: Consent) -> Signature | None:
    """None of a row from before documents were kept: what was signed there is not known, so it is not counted."""
    if row.document is None or row.document_version is None or row.valid_until is None:
        return None
    return Signature(row.document, row.document_version, row.valid_until)


async def _enrolled(uow: UnitOfWork, patient_id: UUID) -> bool:
    rows = select(Enrolment).where(
        of_person(Enrolment.patient_id, patient_id), Enrolment.organisation_id == uow.organisation_id,
        Enrolment.programme == REMS,
    )  # fmt: skip
    newest = (await uow.session.exec(rows.order_by(col(Enrolment.changed_at).desc()).limit(1))).first()
    return newest is not None and newest.state == "ENROLLED"


async def _authorisations(uow: UnitOfWork, patient_id: UUID) -> Sequence[AuthorisationDetail]:
    rows = select(Authorisation).where(
        of_person(Authorisation.patient_id, patient_id), Authorisation.organisation_id == uow.organisation_id
    )
    return [
        uow.open_column("authorisation", "detail", row.id, row.detail, AuthorisationDetail)
        for row in await uow.session.exec(rows)
    ]


async def paying_of(uow: UnitOfWork, appointment: Appointment) -> Paying:
    """What billing told about a session of a course."""
    estimates = select(CourseEstimate).where(
        CourseEstimate.id == appointment.course_id, CourseEstimate.organisation_id == uow.organisation_id
    )
    estimate = (await uow.session.exec(estimates)).first()
    payments = select(CoursePayment).where(
        CoursePayment.id == appointment.course_id, CoursePayment.organisation_id == uow.organisation_id
    )
    payment = (await uow.session.exec(payments)).first()
    detail = PaymentPolicyDetail()
    if payment is not None:
        detail = uow.open_column("course_payment", "detail", payment.id, payment.detail, PaymentPolicyDetail)
    return Paying(
        estimated=estimate is not None and appointment.session_number in estimate.numbers,
        missing=next((one.missing for one in detail.sessions if one.appointment_id == appointment.id), None),
    )


async def orders_of(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> Sequence[Order]:
    """The patient's signed orders of a clinic, under every merged id."""
    signed = select(DoseOrder).where(
        of_person(DoseOrder.patient_id, patient_id), DoseOrder.organisation_id == uow.organisation_id,
        DoseOrder.clinic_id == clinic_id, DoseOrder.state == "SIGNED",
    )  # fmt: skip
    return [
        Order(
            order_id=row.id,
            signed_at=row.signed_at,
            expires_at=row.expires_at,
            content=uow.open_column("dose_order", "content", row.id, row.content, OrderContent),
        )
        for row in await uow.session.exec(signed)
        if row.signed_at and row.expires_at and row.content
    ]


async def _screening(uow: UnitOfWork, patient_id: UUID) -> Screening | None:
    told = select(ScreeningRow).where(
        of_person(ScreeningRow.patient_id, patient_id), ScreeningRow.organisation_id == uow.organisation_id,
        col(ScreeningRow.version) >= await screened_from(uow, patient_id),
    )  # fmt: skip
    row = (await uow.session.exec(told.order_by(col(ScreeningRow.version).desc()).limit(1))).first()
    if row is None or row.screened_at is None or row.summary is None:
        return None
    review = row.review and uow.open_column("screening", "review", row.id, row.review, ReviewSummary)
    summary = uow.open_column("screening", "summary", row.id, row.summary, ScreeningSummary)
    return Screening(row.screened_at, {o.modality: o.outcome for o in summary.outcomes}, review or None)
