"""Containers from one registration to another: two sides, each before another person (domain H.4, H.5)."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from services.scheduling.commands.moments import happened_at
from services.scheduling.commands.stock.receiving import REGISTRATION_OVER
from services.scheduling.commands.stock.witnessing import witnessed
from services.scheduling.domain.ledger import Kind, into_vial, out_of_vial
from services.scheduling.domain.stock import Refusal
from services.scheduling.models import DrugLot, DrugRegistration, StockTransfer, StockTransferLine, Vial
from services.scheduling.schemas.transfers import ArrivalRequest, TransferRequest, TransferView
from services.scheduling.stock.records import KEEPERS, Entry, Held, find, held, post, refused
from services.scheduling.stock.transfers import lines_of, transfer_view
from shared.calendar import local_date
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role
from shared.ids import new_id
from shared.problems import INVALID_REQUEST, FieldError


async def transfer_out(uow: UnitOfWork, registration_id: UUID, request: TransferRequest) -> TransferView:
    """Sealed containers leave a registration for another one; until they arrive they are under way, in no balance.

    Raises NOT_FOUND, FORBIDDEN, WITNESS_REFUSED, REGISTRATION_OVER, STOCK_REFUSED, INVALID_REQUEST.
    """
    origin = await find(uow, DrugRegistration, registration_id)
    require_role(uow, origin.clinic_id, *KEEPERS)
    target = await _target(uow, origin, request.to_registration_id)
    sent_at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=origin.registered_at)
    witness = await witnessed(uow, origin.clinic_id, "TRANSFER_OUT", request.witness)
    row = StockTransfer(
        id=new_id(), organisation_id=uow.organisation_id, from_id=origin.id, to_id=target.id,
        document=request.document, sent_at=sent_at, sent_by=uow.caller.subject,
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    entry = Entry(occurred_at=sent_at, witness=witness, document=request.document, counterparty=target.number)
    for vial_id in sorted(set(request.vial_ids)):
        await _send(uow, row, origin, vial_id, entry)
    await uow.audit("create", "stock_transfer", row.id, clinic_id=origin.clinic_id, version=row.version)
    return await transfer_view(uow, row)


async def transfer_in(uow: UnitOfWork, transfer_id: UUID, request: ArrivalRequest) -> TransferView:
    """Containers of a transfer arrived, at its destination or back where they came from; what is missing stays under
    way until somebody takes it in.

    Raises NOT_FOUND, FORBIDDEN, WITNESS_REFUSED, STOCK_REFUSED, INVALID_REQUEST.
    """
    known = await find(uow, StockTransfer, transfer_id)
    under = await find(uow, DrugRegistration, known.from_id if request.back else known.to_id)
    other = await find(uow, DrugRegistration, known.to_id if request.back else known.from_id)
    require_role(uow, under.clinic_id, *KEEPERS)
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=known.sent_at)
    witness = await witnessed(uow, under.clinic_id, "TRANSFER_IN", request.witness)
    row = await find(uow, StockTransfer, transfer_id, lock=True)
    lines = {line.vial_id: line for line in await lines_of(uow, row.id)}
    entry = Entry(occurred_at=at, witness=witness, document=row.document, counterparty=other.number)
    for vial_id in sorted(set(request.vial_ids)):
        line = lines.get(vial_id)
        if line is None or line.arrived_under is not None:
            raise refused([Refusal("NOT_UNDER_WAY", {"vial_id": str(vial_id)})], "/vial_ids")
        await _take_in(uow, line, under, entry)
    row.version += 1
    await uow.audit("update", "stock_transfer", row.id, clinic_id=under.clinic_id, version=row.version)
    await uow.session.flush()
    return await transfer_view(uow, row)


async def _target(uow: UnitOfWork, origin: DrugRegistration, target_id: UUID) -> DrugRegistration:
    target = await find(uow, DrugRegistration, target_id)
    if target.id == origin.id:
        raise INVALID_REQUEST(errors=[FieldError("/to_registration_id", "SAME_REGISTRATION")])
    zone = (await active_clinic(uow, target.clinic_id)).file.zone
    if target.expires_on < local_date(uow.now, zone):
        raise REGISTRATION_OVER(params={"expires_on": target.expires_on.isoformat()})
    return target


async def _send(
    uow: UnitOfWork, row: StockTransfer, origin: DrugRegistration, vial_id: UUID, entry: Entry
) -> None:  # fmt: skip
    of = await held(uow, vial_id, *KEEPERS)
    file = (await active_clinic(uow, origin.clinic_id)).file
    substance = file.controlled.substance(of.lot.substance)
    refusals = list(
        _staying(of, origin, entry.occurred_at, transferable=substance is not None and substance.transferable)
    )
    if refusals:
        raise refused(refusals, "/vial_ids")
    mg = of.vial.balance_mg
    uow.session.add(StockTransferLine(transfer_id=row.id, vial_id=vial_id, mg=mg))
    of.vial.transfer_id = row.id
    await post(uow, of, out_of_vial(Kind.TRANSFER_OUT, mg), entry)


def _staying(of: Held, origin: DrugRegistration, at: datetime, *, transferable: bool) -> Iterator[Refusal]:
    """Why a container may not leave for another registration."""
    params = {"vial_id": str(of.vial.id)}
    if of.vial.registration_id != origin.id:
        yield Refusal("NOT_KEPT_HERE", params)
    if of.vial.transfer_id is not None:
        yield Refusal("IN_TRANSIT", params)
    elif of.vial.balance_mg == 0:
        yield Refusal("EMPTY", params)
    if of.vial.opened_at is not None:
        yield Refusal("OPENED", params)
    if of.lot.recalled_at is not None:
        yield Refusal("LOT_RECALLED", params)
    if not transferable:
        yield Refusal("NOT_TRANSFERABLE", params | {"substance": of.lot.substance})
    if of.vial.received_at > at:
        yield Refusal("NOT_HERE_YET", params)


async def _take_in(uow: UnitOfWork, line: StockTransferLine, under: DrugRegistration, entry: Entry) -> None:
    vial = await find(uow, Vial, line.vial_id, lock=True)
    lot = await find(uow, DrugLot, vial.lot_id)
    vial.registration_id, vial.clinic_id, vial.transfer_id = under.id, under.clinic_id, None
    line.arrived_at, line.arrived_under = entry.occurred_at, under.id
    await post(uow, Held(vial, lot, under), into_vial(Kind.TRANSFER_IN, line.mg), entry)
