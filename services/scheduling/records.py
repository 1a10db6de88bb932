"""How scheduling's rows are found, locked and opened. Another organisation's rows do not exist."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, col, select

from services.scheduling.domain.care import Care, Order, Screening
from services.scheduling.domain.vitals import Reading, Vitals
from services.scheduling.models import (
    Appointment,
    Consent,
    DoseOrder,
    Observation,
    Patient,
    SafetyConcern,
    Session,
)
from services.scheduling.models import Screening as ScreeningRow
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import OrderContent, ReviewSummary, ScreeningSummary
from shared.messaging.streams import events_waiting
from shared.problems import NOT_FOUND

R = TypeVar("R", Appointment, Session)
CONSUMER = "scheduling.commands"


async def keep_newer(uow: UnitOfWork, row: SQLModel, version: str = "version") -> bool:
    """Insert a told fact, or replace what an older version told; what the row leaves null stays. False: was older."""
    values = row.model_dump(exclude_none=True)
    statement = insert(type(row)).values(values)
    known: Any = getattr(type(row), version)
    newer = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={name: statement.excluded[name] for name in values if name != "id"},
        where=or_(known.is_(None), statement.excluded[version] > known),
    )
    return (await uow.session.exec(newer)).rowcount == 1


async def hold_patient(uow: UnitOfWork, patient_id: UUID) -> Patient:
    """Lock the row of a patient that intake told of. Raises NOT_FOUND."""
    mine = select(Patient).where(Patient.id == patient_id, Patient.organisation_id == uow.organisation_id)
    patient = (await uow.session.exec(mine.with_for_update())).first()
    if patient is None:
        raise NOT_FOUND()
    return patient


async def find(uow: UnitOfWork, table: type[R], row_id: UUID, *, lock: bool = False) -> R:
    """An appointment or session of this organisation. Raises NOT_FOUND."""
    mine = select(table).where(table.id == row_id, table.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(mine.with_for_update() if lock else mine)).first()
    if row is None:
        raise NOT_FOUND()
    return row


async def session_of(uow: UnitOfWork, appointment_id: UUID) -> Session | None:
    """The session of an appointment, once its patient was checked in."""
    return (await uow.session.exec(select(Session).where(Session.appointment_id == appointment_id))).first()


async def readings_of(uow: UnitOfWork, session_id: UUID) -> list[Reading]:
    """Everything observed in a session, in the order in which it was taken."""
    rows = select(Observation).where(Observation.session_id == session_id).order_by(col(Observation.occurred_at))
    return [
        Reading(row.occurred_at, uow.open_column("observation", "vitals", row.id, row.vitals, Vitals))
        for row in await uow.session.exec(rows)
    ]


async def care_of(uow: UnitOfWork, patient_id: UUID) -> Care:
    """What intake told about the patient that decides on booking and dosing."""
    consents = select(Consent).where(Consent.patient_id == patient_id, Consent.state == "SIGNED")
    concerns = select(SafetyConcern).where(SafetyConcern.patient_id == patient_id, SafetyConcern.state == "OPEN")
    return Care(
        orders=await _orders(uow, patient_id),
        screening=await _screening(uow, patient_id),
        consents_until=[row.valid_until for row in await uow.session.exec(consents) if row.valid_until],
        open_concerns=len((await uow.session.exec(concerns)).all()),
        events_waiting=await events_waiting(uow, CONSUMER, patient_id),
    )


async def _orders(uow: UnitOfWork, patient_id: UUID) -> Sequence[Order]:
    signed = select(DoseOrder).where(DoseOrder.patient_id == patient_id, DoseOrder.state == "SIGNED")
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
    told = select(ScreeningRow).where(ScreeningRow.patient_id == patient_id, col(ScreeningRow.version).is_not(None))
    row = (await uow.session.exec(told.order_by(col(ScreeningRow.version).desc()).limit(1))).first()
    if row is None or row.screened_at is None or row.summary is None:
        return None
    review = row.review and uow.open_column("screening", "review", row.id, row.review, ReviewSummary)
    summary = uow.open_column("screening", "summary", row.id, row.summary, ScreeningSummary)
    return Screening(row.screened_at, {o.modality: o.outcome for o in summary.outcomes}, review or None)
