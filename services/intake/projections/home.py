"""What a patient's home shows of other services: visits and amounts, in whole state; the higher version wins."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from services.intake.models import Bill, Visit
from services.intake.projections.cause import cause_of
from shared.db.unit_of_work import UnitOfWork
from shared.events import Event
from shared.events.billing import EstimateIssued, InvoiceIssued
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMissed,
    AppointmentMoved,
)

Keep = Callable[[UnitOfWork, Any], Awaitable[None]]


async def keep_for_home(uow: UnitOfWork, event: Event) -> None:
    """Keep what the event says about a visit or an amount."""
    keep = _KEEPERS.get(type(event))
    if keep is not None:
        await keep(uow, event)


async def _visit(uow: UnitOfWork, event: Any) -> None:
    row = Visit(
        id=event.appointment_id, organisation_id=uow.organisation_id, clinic_id=cause_of(uow).clinic_id,
        patient_id=event.patient_id, version=event.version, state=event.state, kind=event.kind,
        session_number=getattr(event, "session_number", None), location=event.location, zone=event.zone,
        starts_at=event.starts_at, ends_at=event.ends_at,
    )  # fmt: skip
    await _keep(uow, row)


async def _estimate(uow: UnitOfWork, event: EstimateIssued) -> None:
    total = uow.open(event, "estimate").total
    row = Bill(
        id=event.estimate_id, organisation_id=uow.organisation_id, clinic_id=cause_of(uow).clinic_id,
        patient_id=event.patient_id, kind="ESTIMATE", version=event.version, issued_at=event.issued_at,
        total=uow.seal_column("bill", "total", event.estimate_id, total),
    )  # fmt: skip
    await _keep(uow, row)


async def _invoice(uow: UnitOfWork, event: InvoiceIssued) -> None:
    total = uow.open(event, "invoice").total
    row = Bill(
        id=event.invoice_id, organisation_id=uow.organisation_id, clinic_id=cause_of(uow).clinic_id,
        patient_id=event.patient_id, kind="INVOICE", version=1, issued_at=event.issued_at,
        total=uow.seal_column("bill", "total", event.invoice_id, total),
    )  # fmt: skip
    await _keep(uow, row)


async def _keep(uow: UnitOfWork, row: Visit | Bill) -> None:
    values, table = row.model_dump(), type(row)
    newest = insert(table).values(values)
    told = {name: newest.excluded[name] for name in values if name != "id"}
    await uow.session.exec(
        newest.on_conflict_do_update(index_elements=["id"], set_=told, where=newest.excluded.version > table.version)
    )


_KEEPERS: Mapping[type[Event], Keep] = {
    AppointmentBooked: _visit,
    AppointmentMoved: _visit,
    AppointmentCancelled: _visit,
    AppointmentMissed: _visit,
    AppointmentCompleted: _visit,
    EstimateIssued: _estimate,
    InvoiceIssued: _invoice,
}
