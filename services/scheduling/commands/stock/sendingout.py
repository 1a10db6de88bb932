"""What goes back to the supplier, to a reverse distributor, or is destroyed (domain H.4, expired stock)."""

from uuid import UUID

from services.scheduling.commands.moments import happened_at
from services.scheduling.commands.stock.witnessing import witnessed
from services.scheduling.domain.ledger import Kind, out_of_vial
from services.scheduling.domain.stock import Refusal, rest_refusals
from services.scheduling.models import Vial
from services.scheduling.schemas.stockanswers import MovementView
from services.scheduling.schemas.transfers import SendOutRequest
from services.scheduling.stock import views as stockviews
from services.scheduling.stock.records import KEEPERS, Entry, find, held, post, refused
from shared.db.unit_of_work import UnitOfWork

DESTROYED, SENT = "DESTROYED", "SENT"


async def send_out(uow: UnitOfWork, vial_id: UUID, request: SendOutRequest) -> MovementView:
    """All that is left in a container goes out, expired and recalled stock too; destruction has two witnesses.

    Raises NOT_FOUND, FORBIDDEN, WITNESS_REFUSED, STOCK_REFUSED, INVALID_REQUEST.
    """
    clinic_id, kind = (await find(uow, Vial, vial_id)).clinic_id, Kind(request.way.value)
    witness = await witnessed(uow, clinic_id, request.way.value, request.witness)
    second = None
    if request.second_witness is not None:
        second = await witnessed(uow, clinic_id, request.way.value, request.second_witness, "/second_witness")
    of = await held(uow, vial_id, *KEEPERS)
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=of.vial.received_at)
    mg = of.vial.balance_mg
    refusals = rest_refusals(of.container, mg) or ([] if mg > 0 else [Refusal("EMPTY")])
    if refusals:
        raise refused(refusals, "")
    entry = Entry(
        occurred_at=at, witness=witness, second_witness=second, document=request.document,
        counterparty=request.recipient, reason=DESTROYED if request.destroyed else SENT,
    )  # fmt: skip
    return stockviews.movement(await post(uow, of, out_of_vial(kind, mg), entry))
