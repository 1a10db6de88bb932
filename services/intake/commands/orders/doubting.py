"""Orders whose dose was computed from a weight or height that was corrected: none is silently kept (domain C.2)."""

from uuid import UUID

from sqlmodel import col, func, select

from services.intake.commands.answers.due import next_session_at
from services.intake.commands.orders.signing import end_order
from services.intake.domain.facts import History
from services.intake.domain.reweighing import body_then, rests_on, still_right
from services.intake.history import history_of
from services.intake.models import DoseOrder, Reading, ReadingCorrection
from services.intake.records import InCare, order_of
from shared.aliases import of_person
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import OrderDoubted
from shared.events.prescribing import OrderDoubt
from shared.ids import new_id
from shared.sealing import Sealed


async def doubt_orders(uow: UnitOfWork, care: InCare, wrong: Reading) -> None:
    """Have a clinician look at every live order that rests on a reading which was just corrected or taken back; one
    whose dose is another by the readings that count now, or cannot be computed, is revoked first.

    The patient's row must be locked and the correction written. Emits OrderRevoked, OrderDoubted.
    """
    live = select(DoseOrder).where(
        of_person(DoseOrder.patient_id, care.patient.id), DoseOrder.organisation_id == uow.organisation_id,
        col(DoseOrder.state).in_(("PENDING", "SIGNED")), DoseOrder.expires_at > uow.now,
    )  # fmt: skip
    orders = (await uow.session.exec(live.order_by(col(DoseOrder.id)))).all()
    if not orders:
        return
    history, corrected = await history_of(uow, care.patient), await _places_taken(uow, care, wrong)
    recorded = select(func.min(Reading.recorded_at)).where(col(Reading.id).in_(corrected))
    recorded_at = (await uow.session.exec(recorded)).one()
    for row in orders:
        if rests_on(order_of(uow, row), corrected, recorded_before=recorded_at <= row.signed_at):
            await _doubt(uow, care, row, history, f"{wrong.kind}_CORRECTED")


async def _places_taken(uow: UnitOfWork, care: InCare, wrong: Reading) -> list[UUID]:
    """The wrong reading and those whose place it took: an order may rest on any of them."""
    rows = select(ReadingCorrection.replaced_by, ReadingCorrection.reading_id).where(
        of_person(ReadingCorrection.patient_id, care.patient.id),
        ReadingCorrection.organisation_id == uow.organisation_id,
    )
    before = {later: earlier for later, earlier in await uow.session.exec(rows) if later is not None}
    found = [wrong.id]
    while (earlier := before.get(found[-1])) is not None:
        found.append(earlier)
    return found


async def _doubt(uow: UnitOfWork, care: InCare, row: DoseOrder, history: History, code: str) -> None:
    order, file = order_of(uow, row), (await active_clinic(uow, row.clinic_id)).file
    body = body_then(history, row.signed_at, file.screening.weight_max_age_days)
    kept = still_right(order, body, file.protocol(order.content.protocol))
    if kept:
        await uow.audit(
            "update", "order", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version,
            reason=code,
        )  # fmt: skip
    else:
        await end_order(uow, row, "REVOKED", code)
    event = OrderDoubted(
        doubt_id=new_id(), order_id=row.id, patient_id=row.patient_id, revoked=not kept, doubted_at=uow.now,
        look_by=await next_session_at(uow, care.patient.id),
        doubt=Sealed.of(OrderDoubt(protocol=order.content.protocol, code=code)),
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
