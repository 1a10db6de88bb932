"""All records of a lot in one answer, for an inspection or a recall (domain H.4)."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.stock import plain
from services.scheduling.models import (
    Draw,
    DrugDelivery,
    DrugLot,
    Movement,
    Patient,
    Session,
    StockCount,
    StockCountLine,
    StockDiscrepancy,
    Vial,
)
from services.scheduling.schemas.drugrecords import DeliveryView, DispensedView, LotCountView, LotRecordsView
from services.scheduling.stock import views as stockviews
from services.scheduling.stock.counts import discrepancy_view
from services.scheduling.stock.records import READERS, find, latest_day, movements_of
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Address, Identity
from shared.http import require_role


async def get_lot_records(uow: UnitOfWork, lot_id: UUID) -> LotRecordsView:
    """Deliveries, containers, movements, patients, counts and discrepancies of a lot, at the clinics where the caller
    may read them. Raises NOT_FOUND, FORBIDDEN."""
    require_role(uow, None, *READERS)
    lot = await find(uow, DrugLot, lot_id)
    clinics = [clinic for clinic in uow.caller.clinics() if uow.caller.may(clinic, *READERS)]
    here = col(Vial.clinic_id).in_(clinics)
    vials = (await uow.session.exec(select(Vial).where(Vial.lot_id == lot_id, here).order_by(col(Vial.number)))).all()
    deliveries = select(DrugDelivery).where(DrugDelivery.lot_id == lot_id, col(DrugDelivery.clinic_id).in_(clinics))
    differing = select(StockDiscrepancy).where(
        StockDiscrepancy.lot_id == lot_id, col(StockDiscrepancy.clinic_id).in_(clinics)
    )
    await uow.audit("read", "drug_lot", lot_id)
    return LotRecordsView(
        lot=stockviews.lot(lot, vials, uow.now, await latest_day(uow, vials)),
        deliveries=[_delivery(row) for row in await uow.session.exec(deliveries.order_by(col(DrugDelivery.id)))],
        movements=[
            stockviews.movement(row)
            for row in await movements_of(uow, Movement.lot_id == lot_id, col(Movement.clinic_id).in_(clinics))
        ],
        dispensed=await _dispensed(uow, lot_id, clinics), counts=await _counts(uow, lot_id, clinics),
        discrepancies=[
            discrepancy_view(row, uow.now)
            for row in await uow.session.exec(differing.order_by(col(StockDiscrepancy.id)))
        ],
    )  # fmt: skip


def _delivery(row: DrugDelivery) -> DeliveryView:
    return DeliveryView(
        delivery_id=row.id, registration_id=row.registration_id, supplier=row.supplier, document=row.document,
        containers=row.containers, received_at=row.received_at,
    )  # fmt: skip


async def _dispensed(uow: UnitOfWork, lot_id: UUID, clinics: Sequence[UUID]) -> list[DispensedView]:
    """Who got something of the lot; every patient's record is read, and audited."""
    rows = select(Draw, Session, Patient).join(Vial, col(Vial.id) == Draw.vial_id).join(
        Session, col(Session.id) == Draw.session_id
    ).join(Patient, col(Patient.id) == Session.patient_id).where(
        Vial.lot_id == lot_id, col(Draw.clinic_id).in_(clinics)
    )  # fmt: skip
    found = (await uow.session.exec(rows.order_by(col(Draw.id)))).all()
    for patient_id in {patient.id for _, _, patient in found}:
        await uow.audit("read", "draw", "list", patient_id=patient_id)
    return [_given(uow, draw, session, patient) for draw, session, patient in found]


def _given(uow: UnitOfWork, draw: Draw, session: Session, patient: Patient) -> DispensedView:
    token = patient.identity
    card = uow.open_column("patient", "identity", patient.id, token, Identity) if token else None
    return DispensedView(
        draw_id=draw.id, session_id=session.id, patient_id=patient.id,
        patient_name=card.legal_name if card else None, patient_address=_one_line(card.address) if card else None,
        drawn_at=draw.drawn_at, drawn_by=draw.drawn_by, administered_mg=plain(draw.administered_mg),
        wasted_mg=plain(draw.wasted_mg), unsettled_mg=plain(draw.drawn_mg - draw.administered_mg - draw.wasted_mg),
    )  # fmt: skip


def _one_line(address: Address | None) -> str | None:
    return f"{address.line}, {address.city}, {address.state} {address.postal_code}" if address else None


async def _counts(uow: UnitOfWork, lot_id: UUID, clinics: Sequence[UUID]) -> list[LotCountView]:
    rows = select(StockCountLine, StockCount).join(StockCount, col(StockCount.id) == StockCountLine.count_id).join(
        Vial, col(Vial.id) == StockCountLine.vial_id
    ).where(Vial.lot_id == lot_id, col(StockCount.clinic_id).in_(clinics))  # fmt: skip
    found = await uow.session.exec(rows.order_by(col(StockCount.id), col(StockCountLine.vial_id)))
    return [
        LotCountView(
            count_id=count.id, vial_id=line.vial_id, counted_at=count.counted_at, counted_mg=plain(line.counted_mg),
            expected_mg=plain(line.expected_mg),
        )
        for line, count in found
    ]  # fmt: skip
