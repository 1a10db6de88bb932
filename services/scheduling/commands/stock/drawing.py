"""Each milligram from the vial to the patient or the waste, before witnesses (domain H.4)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import at_appointment
from services.scheduling.commands.moments import happened_at
from services.scheduling.commands.stock.receiving import REGISTRATION_OVER
from services.scheduling.commands.stock.witnessing import witnessed
from services.scheduling.domain.care import newest_for
from services.scheduling.domain.ledger import Kind, Posting, administer, draw, opened, out_of_vial, waste_of_draw
from services.scheduling.domain.stock import Refusal, draw_refusals, open_until, rest_refusals, settle_refusals
from services.scheduling.models import Appointment, Draw, Movement, Session, Vial
from services.scheduling.schemas.stock import AdministerRequest, DrawRequest, WasteRequest
from services.scheduling.schemas.stockanswers import DrawView, MovementView
from services.scheduling.stock import views as stockviews
from services.scheduling.stock.records import (
    KEEPERS,
    Entry,
    Held,
    find,
    held,
    held_for_draw,
    movements_of,
    post,
    refused,
    settled,
)
from shared.calendar import local_date
from shared.clinicfile.model import ClinicFile, Protocol
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id


async def draw_dose(uow: UnitOfWork, vial_id: UUID, request: DrawRequest) -> DrawView:
    """Draw mg from a container for a session at its location; the first draw opens it. Expired and recalled stock, an
    open vial past its time and a single-dose vial that was drawn from are refused, and so is another order than the
    newest one. The order is kept: a dose does not start from what was drawn for another (A.5).

    Raises NOT_FOUND, FORBIDDEN, WITNESS_REFUSED (where the clinic asks for a second person), STOCK_REFUSED (each
    reason), REGISTRATION_OVER, INVALID_REQUEST for a moment outside the session, NO_CLINIC_FILE, NOT_A_SESSION,
    PROTOCOL_GONE.
    """
    witness = await witnessed(uow, (await find(uow, Vial, vial_id)).clinic_id, "DRAW", request.witness)
    of = await held(uow, vial_id, *KEEPERS)
    session = await records.find(uow, Session, request.session_id)
    drawn_at = _during(uow, session, request.occurred_at, of.vial.received_at)
    file = (await active_clinic(uow, of.vial.clinic_id)).file
    today = local_date(drawn_at, file.zone)
    if of.registration.expires_on < today:
        raise REGISTRATION_OVER(params={"expires_on": of.registration.expires_on.isoformat()})
    appointment = await records.find(uow, Appointment, session.appointment_id)
    protocol = (await at_appointment(uow, appointment, session)).protocol
    foreign = _foreign(of, appointment, protocol, file)
    refusals = [*foreign, *draw_refusals(of.container, request.mg, drawn_at, today)]
    if refusals:
        raise refused(refusals)
    row = Draw(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=of.vial.clinic_id, vial_id=vial_id,
        session_id=session.id, drawn_at=drawn_at, drawn_by=uow.caller.subject,
        order_id=await _prepared_by(uow, session, protocol, request.order_id),
    )  # fmt: skip
    uow.session.add(row)
    entry = Entry(occurred_at=drawn_at, witness=witness, draw=row, patient_id=session.patient_id)
    if of.vial.opened_at is None:
        of.vial.opened_at = drawn_at
        of.vial.open_until = open_until(of.lot.multi_dose, drawn_at, file.controlled)
        await post(uow, of, opened(), entry)
    await post(uow, of, draw(request.mg), entry)
    return await draw_view(uow, row)


async def administer_draw(uow: UnitOfWork, draw_id: UUID, request: AdministerRequest) -> DrawView:
    """Of a draw, mg that the patient got. Raises NOT_FOUND, FORBIDDEN, STOCK_REFUSED, INVALID_REQUEST."""
    row, of = await held_for_draw(uow, draw_id, *KEEPERS)
    await _settle(uow, row, of, administer(request.mg), request.mg, request.occurred_at)
    return await draw_view(uow, row)


async def waste_draw(uow: UnitOfWork, draw_id: UUID, request: WasteRequest) -> DrawView:
    """Of a draw, mg that were destroyed before another person: the rest of a syringe, of a stopped bag.

    Raises NOT_FOUND, FORBIDDEN, WITNESS_REFUSED, STOCK_REFUSED, INVALID_REQUEST.
    """
    witness = await witnessed(uow, (await find(uow, Draw, draw_id)).clinic_id, "WASTE", request.witness)
    row, of = await held_for_draw(uow, draw_id, *KEEPERS)
    posting = waste_of_draw(request.mg)
    await _settle(uow, row, of, posting, request.mg, request.occurred_at, witness=witness, reason=request.method)
    return await draw_view(uow, row)


async def waste_rest(uow: UnitOfWork, vial_id: UUID, request: WasteRequest) -> MovementView:
    """mg left in a container that were destroyed before another person, such as the rest of a single-dose vial.

    Raises NOT_FOUND, FORBIDDEN, WITNESS_REFUSED, STOCK_REFUSED, INVALID_REQUEST.
    """
    witness = await witnessed(uow, (await find(uow, Vial, vial_id)).clinic_id, "WASTE", request.witness)
    of = await held(uow, vial_id, *KEEPERS)
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=of.vial.received_at)
    if refusals := rest_refusals(of.container, request.mg):
        raise refused(refusals)
    entry = Entry(occurred_at=at, witness=witness, reason=request.method)
    return stockviews.movement(await post(uow, of, out_of_vial(Kind.WASTE, request.mg), entry))


async def draw_view(uow: UnitOfWork, row: Draw) -> DrawView:
    """A draw with its movements."""
    return stockviews.draw(row, await movements_of(uow, Movement.draw_id == row.id))


async def _settle(
    uow: UnitOfWork, row: Draw, of: Held, posting: Posting, mg: Decimal, told: datetime | None, *,
    witness: str | None = None, reason: str | None = None,
) -> None:  # fmt: skip
    at = happened_at(uow, told, "/occurred_at", not_before=row.drawn_at)
    if refusals := settle_refusals(settled(row), mg):
        raise refused(refusals)
    session = await records.find(uow, Session, row.session_id)
    entry = Entry(occurred_at=at, draw=row, witness=witness, reason=reason, patient_id=session.patient_id)
    await post(uow, of, posting, entry)


def _during(uow: UnitOfWork, session: Session, told: datetime | None, received_at: datetime) -> datetime:
    """A moment of the session; what is written down later says when it was."""
    at = happened_at(uow, told, "/occurred_at", not_before=max(session.checked_in_at, received_at))
    if session.closed_at is not None and at > session.closed_at:
        raise refused([Refusal("SESSION_OVER", {"closed_at": session.closed_at.isoformat()})], "/session_id")
    return at


async def _prepared_by(uow: UnitOfWork, session: Session, protocol: Protocol, named: UUID | None) -> UUID | None:
    """The newest order of the session's protocol; None while none is known. Raises STOCK_REFUSED for another one."""
    order = newest_for(protocol, await records.orders_of(uow, session.patient_id, session.clinic_id))
    newest = order.order_id if order is not None else None
    if named is not None and named != newest:
        params = {"newest_order_id": str(newest) if newest is not None else None}
        raise refused([Refusal("ORDER_NOT_THE_NEWEST", params)], "/order_id")
    return newest


def _foreign(of: Held, appointment: Appointment, protocol: Protocol, file: ClinicFile) -> list[Refusal]:
    """The session is at another location, or its treatment is not of this substance, as far as the clinic file says."""
    elsewhere = (appointment.clinic_id, appointment.location) != (of.vial.clinic_id, of.registration.location)
    substance = file.controlled.substance(of.lot.substance)
    other = substance is None or (bool(substance.modalities) and protocol.modality not in substance.modalities)
    return [
        *([Refusal("OTHER_LOCATION", {"location": appointment.location})] if elsewhere else []),
        *([Refusal("OTHER_SUBSTANCE", {"substance": of.lot.substance})] if other else []),
    ]
