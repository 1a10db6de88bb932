"""The end of a day under a registration, from ledger, counts and what sessions say was given."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.counting import DiscrepancyState, Purpose
from services.scheduling.domain.reconciling import DayEnd, DosedSession, OpenDraw, StockedVial, differences
from services.scheduling.models import (
    Appointment,
    Draw,
    DrugLot,
    DrugRegistration,
    Session,
    StockCount,
    StockDiscrepancy,
    Vial,
)
from services.scheduling.schemas.drugrecords import DifferenceView, ReconciliationView
from services.scheduling.stock.counts import kept_under, overdue_of
from services.scheduling.stock.records import READERS, container, find
from shared.calendar import at_local, local_date
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose
from shared.http import require_role

_BROKEN = """
SELECT v.id FROM vial v LEFT JOIN movement m ON m.vial_id = v.id WHERE v.registration_id = $1
GROUP BY v.id HAVING v.balance_mg <> coalesce(sum(m.vial_mg), 0) ORDER BY v.id
"""
_UNDER_WAY = """
SELECT l.vial_id FROM stock_transfer t JOIN stock_transfer_line l ON l.transfer_id = t.id
WHERE (t.from_id = $1 OR t.to_id = $1) AND l.arrived_under IS NULL ORDER BY l.vial_id
"""


async def reconcile(uow: UnitOfWork, registration_id: UUID, day: date | None) -> ReconciliationView:
    """Every difference at the end of a local day, today when left out. Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE.

    Draws, counts and doses are those of the day; stock, discrepancies and transfers stand as they are now.
    """
    registration = await find(uow, DrugRegistration, registration_id)
    require_role(uow, registration.clinic_id, *READERS)
    file = (await active_clinic(uow, registration.clinic_id)).file
    on = day or local_date(uow.now, file.zone)
    since, until = (at_local(one, time(), file.zone) for one in (on, on + timedelta(days=1)))
    found = differences(
        DayEnd(
            day=on, registration_until=registration.expires_on, counted=await _counted(uow, registration, since, until),
            last_inventory_on=await _last_inventory(uow, registration, file.zone),
            draws=await _open_draws(uow, registration, until),
            sessions=await _sessions(uow, registration, file, since, until),
            vials=await _vials(uow, registration, local_date(uow.now, file.zone)),
            open_discrepancies=await _discrepancies(uow, registration, DiscrepancyState.OPEN),
            untold_losses=await _discrepancies(uow, registration, DiscrepancyState.LOSS),
            under_way=[row.vial_id for row in await uow.sql(_UNDER_WAY, registration.id)],
            broken=[row.id for row in await uow.sql(_BROKEN, registration.id)],
        )
    )  # fmt: skip
    await uow.audit("read", "drug_registration", registration_id, clinic_id=registration.clinic_id)
    return ReconciliationView(
        registration_id=registration_id, day=on, as_of=uow.now, balanced=not found,
        differences=[DifferenceView(code=one.code, about=one.about) for one in found],
    )  # fmt: skip


async def _counted(uow: UnitOfWork, registration: DrugRegistration, since: datetime, until: datetime) -> bool:
    rows = select(StockCount.id).where(
        StockCount.registration_id == registration.id, col(StockCount.counted_at) >= since,
        col(StockCount.counted_at) < until,
    )  # fmt: skip
    return (await uow.session.exec(rows)).first() is not None


async def _last_inventory(uow: UnitOfWork, registration: DrugRegistration, zone: str) -> date | None:
    rows = select(StockCount.counted_at).where(
        StockCount.registration_id == registration.id, StockCount.purpose == Purpose.INVENTORY.value
    )
    last = (await uow.session.exec(rows.order_by(col(StockCount.counted_at).desc()))).first()
    return local_date(last, zone) if last else None


async def _open_draws(uow: UnitOfWork, registration: DrugRegistration, until: datetime) -> list[OpenDraw]:
    rows = select(Draw).join(Vial, col(Vial.id) == Draw.vial_id).where(
        Vial.registration_id == registration.id, col(Draw.drawn_at) < until,
        col(Draw.administered_mg) + col(Draw.wasted_mg) < col(Draw.drawn_mg),
    )  # fmt: skip
    return [
        OpenDraw(row.id, row.session_id, row.drawn_mg - row.administered_mg - row.wasted_mg)
        for row in await uow.session.exec(rows.order_by(col(Draw.id)))
    ]


async def _sessions(
    uow: UnitOfWork, registration: DrugRegistration, file: ClinicFile, since: datetime, until: datetime
) -> list[DosedSession]:
    """Sessions of the location whose dose began on the day and is over."""
    rows = select(Session).join(Appointment, col(Appointment.id) == Session.appointment_id).where(
        Session.clinic_id == registration.clinic_id, Appointment.location == registration.location,
        col(Session.started_at) >= since, col(Session.started_at) < until, col(Session.delivered).is_not(None),
    )  # fmt: skip
    found = (await uow.session.exec(rows.order_by(col(Session.id)))).all()
    return [await _dosed(uow, session, file) for session in found]


async def _dosed(uow: UnitOfWork, session: Session, file: ClinicFile) -> DosedSession:
    given = uow.open_column("session", "delivered", session.id, session.delivered or "", DeliveredDose)
    dose = {one.id for one in file.controlled.substances if given.modality in one.modalities}
    rows = select(Draw, DrugLot).join(Vial, col(Vial.id) == Draw.vial_id).join(DrugLot, col(DrugLot.id) == Vial.lot_id)
    drawn = (await uow.session.exec(rows.where(Draw.session_id == session.id))).all()
    of_dose = [draw.administered_mg for draw, lot in drawn if lot.substance in dose and draw.drawn_mg > 0]
    administered = sum(of_dose, Decimal(0)) if of_dose else None
    return DosedSession(session.id, Decimal(given.dose_mg), administered)


async def _vials(uow: UnitOfWork, registration: DrugRegistration, today: date) -> list[StockedVial]:
    return [
        StockedVial(
            vial.id, container(vial, lot).state(uow.now), vial.balance_mg, lot.expires_on < today,
            lot.recalled_at is not None,
        )
        for vial, lot in await kept_under(uow, registration.id)
        if vial.balance_mg > 0
    ]  # fmt: skip


async def _discrepancies(uow: UnitOfWork, registration: DrugRegistration, state: DiscrepancyState) -> Sequence[UUID]:
    """Those that are open; of losses, those that should have been told by now."""
    rows = select(StockDiscrepancy).where(
        StockDiscrepancy.registration_id == registration.id, StockDiscrepancy.state == state.value
    )
    found = (await uow.session.exec(rows.order_by(col(StockDiscrepancy.id)))).all()
    return [row.id for row in found if state is DiscrepancyState.OPEN or overdue_of(row, uow.now)]
