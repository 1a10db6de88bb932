"""What the drug ledger tells: registrations, stock, a container, the draws of a session."""

from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.models import Draw, DrugLot, DrugRegistration, Movement, Session, Vial
from services.scheduling.schemas.stockanswers import DrawView, LotView, RegistrationView, VialLedgerView
from services.scheduling.stock import views as stockviews
from services.scheduling.stock.records import READERS, find, movements_of
from shared.calendar import local_date
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_role


async def list_registrations(uow: UnitOfWork, clinic_id: UUID, paging: Paging) -> Page[RegistrationView]:
    """A clinic's registrations, the oldest first. Raises FORBIDDEN."""
    require_role(uow, clinic_id, *READERS)
    after = paging.after(uow, "registrations", clinic_id)
    rows = select(DrugRegistration).where(
        DrugRegistration.clinic_id == clinic_id, DrugRegistration.organisation_id == uow.organisation_id
    )
    if after is not None:
        rows = rows.where(col(DrugRegistration.id) > UUID(after[0]))
    found = await uow.session.exec(rows.order_by(col(DrugRegistration.id)).limit(paging.fetch))
    shown = [stockviews.registration(row) for row in found]
    return page(uow, shown, paging, lambda view: (view.registration_id,), "registrations", clinic_id)


async def list_stock(uow: UnitOfWork, registration_id: UUID, paging: Paging) -> Page[LotView]:
    """What is in stock under a registration, by lot, each container with its balance. Raises NOT_FOUND, FORBIDDEN."""
    registration = await find(uow, DrugRegistration, registration_id)
    require_role(uow, registration.clinic_id, *READERS)
    after = paging.after(uow, "stock", registration_id)
    stocked = (Vial.registration_id == registration_id, Vial.balance_mg > 0)
    here = select(Vial).where(*stocked)
    lots = select(DrugLot).where(col(DrugLot.id).in_(select(Vial.lot_id).where(*stocked)))
    if after is not None:
        lots = lots.where(col(DrugLot.id) > UUID(after[0]))
    found = (await uow.session.exec(lots.order_by(col(DrugLot.id)).limit(paging.fetch))).all()
    today = local_date(uow.now, (await active_clinic(uow, registration.clinic_id)).file.zone)
    shown = []
    for lot in found:
        vials = (await uow.session.exec(here.where(Vial.lot_id == lot.id).order_by(col(Vial.number)))).all()
        shown.append(stockviews.lot(lot, vials, uow.now, today))
    return page(uow, shown, paging, lambda view: (view.lot_id,), "stock", registration_id)


async def get_vial(uow: UnitOfWork, vial_id: UUID) -> VialLedgerView:
    """A container with every movement, the oldest first. Raises NOT_FOUND, FORBIDDEN."""
    vial = await find(uow, Vial, vial_id)
    require_role(uow, vial.clinic_id, *READERS)
    movements = await movements_of(uow, Movement.vial_id == vial_id)
    await uow.audit("read", "vial", vial_id, clinic_id=vial.clinic_id)
    return stockviews.vial_ledger(vial, await find(uow, DrugLot, vial.lot_id), movements, uow.now)


async def get_draw(uow: UnitOfWork, draw_id: UUID) -> DrawView:
    """A draw with its movements. Raises NOT_FOUND, FORBIDDEN."""
    draw = await find(uow, Draw, draw_id)
    require_role(uow, draw.clinic_id, *READERS)
    session = await records.find(uow, Session, draw.session_id)
    await uow.audit("read", "draw", draw_id, patient_id=session.patient_id, clinic_id=draw.clinic_id)
    return stockviews.draw(draw, await movements_of(uow, Movement.draw_id == draw_id))


async def list_draws(uow: UnitOfWork, session_id: UUID, paging: Paging) -> Page[DrawView]:
    """What was drawn for a session, the first draw first. Raises NOT_FOUND, FORBIDDEN."""
    session = await records.find(uow, Session, session_id)
    require_role(uow, session.clinic_id, *READERS)
    after = paging.after(uow, "draws", session_id)
    rows = select(Draw).where(Draw.session_id == session_id, Draw.organisation_id == uow.organisation_id)
    if after is not None:
        rows = rows.where(col(Draw.id) > UUID(after[0]))
    found = (await uow.session.exec(rows.order_by(col(Draw.id)).limit(paging.fetch))).all()
    await records.audit(uow, "read", "session", session)
    shown = [stockviews.draw(row, await movements_of(uow, Movement.draw_id == row.id)) for row in found]
    return page(uow, shown, paging, lambda view: (view.draw_id,), "draws", session_id)
