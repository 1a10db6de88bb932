"""Discrepancies are settled; theft or loss is taken out of the ledger, and must be told (domain H.4)."""

from decimal import Decimal
from uuid import UUID

from sqlmodel import select

from services.scheduling.commands.moments import happened_at
from services.scheduling.commands.stock.alarming import expect_alarm
from services.scheduling.commands.stock.counting import open_discrepancy
from services.scheduling.commands.stock.witnessing import witnessed
from services.scheduling.domain.counting import DiscrepancyState, Settlement, loss_clock
from services.scheduling.domain.ledger import Kind, into_vial, out_of_vial
from services.scheduling.domain.stock import Refusal, plain, rest_refusals
from services.scheduling.models import StockDiscrepancy, Vial
from services.scheduling.schemas.counts import DiscrepancyView, LossRequest, ReportRequest, ReportStep, SettleRequest
from services.scheduling.stock.counts import discrepancy_view
from services.scheduling.stock.records import KEEPERS, Entry, Held, find, held, post, refused
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role, require_version
from shared.problems import CONFLICT


async def settle_discrepancy(
    uow: UnitOfWork, discrepancy_id: UUID, request: SettleRequest, expected_version: int
) -> DiscrepancyView:
    """End a discrepancy before another person: correct the balance by the difference, report a loss, or find by a later
    count that there is none.

    Raises NOT_FOUND, FORBIDDEN, WITNESS_REFUSED, STALE_VERSION, CONFLICT when it is settled, STOCK_REFUSED.
    """
    known = await find(uow, StockDiscrepancy, discrepancy_id)
    kind = Kind.LOSS if request.outcome is Settlement.LOSS else Kind.ADJUST
    witness = await witnessed(uow, known.clinic_id, kind.value, request.witness)
    of = await held(uow, known.vial_id, *KEEPERS)
    row = await find(uow, StockDiscrepancy, discrepancy_id, lock=True)
    require_version(row.version, expected_version)
    if row.state != DiscrepancyState.OPEN.value:
        raise CONFLICT(params={"state": row.state})
    difference = row.counted_mg - row.expected_mg
    _require_possible(request.outcome, difference, of)
    if request.outcome is not Settlement.RECOUNTED:
        amount = out_of_vial(kind, -difference) if difference < 0 else into_vial(kind, difference)
        entry = Entry(occurred_at=row.discovered_at, witness=witness, reason=request.reason)
        row.movement_id = (await post(uow, of, amount, entry)).id
    await _settle(uow, row, DiscrepancyState(request.outcome.value), request.reason, witness)
    return discrepancy_view(row, uow.now)


async def report_loss(uow: UnitOfWork, vial_id: UUID, request: LossRequest) -> DiscrepancyView:
    """mg of a container were stolen or cannot be found: out of the ledger, and the clock of the report runs.

    Raises NOT_FOUND, FORBIDDEN, WITNESS_REFUSED, STOCK_REFUSED, INVALID_REQUEST, CONFLICT for a container with an open
    discrepancy, which is settled instead.
    """
    witness = await witnessed(uow, (await find(uow, Vial, vial_id)).clinic_id, "LOSS", request.witness)
    of = await held(uow, vial_id, *KEEPERS)
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=of.vial.received_at)
    if refusals := rest_refusals(of.container, request.mg):
        raise refused(refusals)
    await _require_none_open(uow, vial_id)
    left = of.vial.balance_mg - request.mg
    row = await open_discrepancy(uow, of.vial, of.lot, counted_mg=left, count_id=None, discovered_at=at)
    entry = Entry(occurred_at=at, witness=witness, reason=request.reason)
    row.movement_id = (await post(uow, of, out_of_vial(Kind.LOSS, request.mg), entry)).id
    await _settle(uow, row, DiscrepancyState.LOSS, request.reason, witness)
    return discrepancy_view(row, uow.now)


async def report_step(
    uow: UnitOfWork, discrepancy_id: UUID, request: ReportRequest, expected_version: int
) -> DiscrepancyView:
    """A loss was told: notice in writing to the DEA field office, or Form 106. Late is recorded, not refused.

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, STALE_VERSION, CONFLICT for what is no loss or was told already.
    """
    row = await find(uow, StockDiscrepancy, discrepancy_id, lock=True)
    require_role(uow, row.clinic_id, "clinician", "director", "admin")
    require_version(row.version, expected_version)
    told = row.notice_at if request.step is ReportStep.NOTICE else row.form_at
    if row.state != DiscrepancyState.LOSS.value or told is not None:
        raise CONFLICT(params={"state": row.state, "told_at": told.isoformat() if told else None})
    if request.step is ReportStep.NOTICE:
        row.notice_at, row.notice_by, row.notice_reference = uow.now, uow.caller.subject, request.reference
    else:
        row.form_at, row.form_by, row.form_reference = uow.now, uow.caller.subject, request.reference
    await expect_alarm(uow, row)
    await _changed(uow, row, request.step.value)
    return discrepancy_view(row, uow.now)


def _require_possible(outcome: Settlement, difference: Decimal, of: Held) -> None:
    """What was counted decides what the discrepancy can be."""
    params = {"difference_mg": plain(difference)}
    refusals = []
    if outcome is Settlement.RECOUNTED and difference != 0:
        refusals.append(Refusal("STILL_DIFFERS", params))
    if outcome is Settlement.LOSS and difference >= 0:
        refusals.append(Refusal("NOTHING_LOST", params))
    if outcome is Settlement.ADJUSTED and difference == 0:
        refusals.append(Refusal("NOTHING_TO_ADJUST", params))
    if outcome is not Settlement.RECOUNTED and of.vial.balance_mg + difference < 0:
        refusals.append(Refusal("MORE_THAN_IS_LEFT", {"left_mg": plain(of.vial.balance_mg)}))
    if refusals:
        raise refused(refusals, "/outcome")


async def _settle(
    uow: UnitOfWork, row: StockDiscrepancy, state: DiscrepancyState, reason: str, witness: str | None
) -> None:  # fmt: skip
    if state is DiscrepancyState.LOSS:
        clock = loss_clock(row.discovered_at, (await active_clinic(uow, row.clinic_id)).file.zone)
        row.notice_due_at, row.form_due_at = clock.notice_due_at, clock.form_due_at
    row.state, row.reason, row.witness = state.value, reason, witness
    row.settled_at, row.settled_by = uow.now, uow.caller.subject
    await expect_alarm(uow, row)
    await _changed(uow, row, state.value)


async def _require_none_open(uow: UnitOfWork, vial_id: UUID) -> None:
    """Of one container one discrepancy is open at a time. Raises CONFLICT, naming it."""
    waiting = select(StockDiscrepancy.id).where(
        StockDiscrepancy.vial_id == vial_id, StockDiscrepancy.state == DiscrepancyState.OPEN.value
    )
    known = (await uow.session.exec(waiting)).first()
    if known is not None:
        raise CONFLICT(params={"discrepancy_id": str(known)})


async def _changed(uow: UnitOfWork, row: StockDiscrepancy, reason: str) -> None:
    row.version += 1
    await uow.session.flush()
    await uow.audit(
        "update", "stock_discrepancy", row.id, clinic_id=row.clinic_id, version=row.version, reason=reason
    )  # fmt: skip
