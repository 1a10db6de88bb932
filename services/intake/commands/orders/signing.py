"""Dose orders: signed by a clinician when everything that must hold holds, revoked at any time (domain C.1, C.2).

A first dose above its cap is signed by two. A newer order of a protocol takes the place of the one before.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, select

from services.intake.commands.orders.doses import Case, dosed
from services.intake.commands.screening.deciding import facts_at
from services.intake.commands.screening.reviews import SECOND_CLINICIAN_NEEDED
from services.intake.concerns import open_concerns
from services.intake.domain.order import SignedOrder, Standing, expires_at, unmet
from services.intake.domain.review import Review
from services.intake.domain.standing import allergic, content, contradicts, known_allergies, refusals
from services.intake.history import history_of
from services.intake.models import DoseOrder, Screening
from services.intake.records import decision_of, newest_review, newest_screening, order_of, patient_in_care, review_of
from services.intake.schemas.care import OrderRequest, OrderView
from services.intake.views import order_view
from shared.aliases import of_person, require_unmerged
from shared.clinicfile.model import Protocol
from shared.clinicfile.prescribing import StandingOrder
from shared.clinicfile.store import ActiveClinic, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import OrderRevoked, OrderSigned
from shared.http import require_fresh_login, require_version
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError, problem_kind
from shared.sealing import Sealed

ORDER_NOT_ALLOWED = problem_kind(
    "ORDER_NOT_ALLOWED", 409, "The patient may not be treated as things stand", "Settle every code in errors first."
)


async def sign_order(uow: UnitOfWork, patient_id: UUID, request: OrderRequest) -> OrderView:
    """Compute the dose (mg, mL, mL/h, devices) and sign it. First dose: no completed treatment of the route is known.

    Above the first-dose cap, with a reason, the order is PENDING and nobody hears of it until a second one signs.
    Raises NOT_FOUND, FORBIDDEN, STEP_UP_NEEDED, INVALID_REQUEST (protocol, standing orders), ORDER_NOT_ALLOWED
    (screening, review, safety concern, weight, height, allergy, contraindication of a standing order), DOSE_REFUSED
    (limits of the protocol, stock) and CONFLICT (the id is in use).
    """
    case = await _case(uow, patient_id, request)
    require_fresh_login(uow, case.clinic.file.prescribing.login_max_age)
    standing = _standing(case, request)
    allowed = await _allowed(uow, case, tuple(_beside(uow, case, standing, request)))
    order = await dosed(uow, case, request, tuple(content(one) for one in standing))
    row = await _keep(uow, case, allowed, order, request.order_id)
    await _audit(uow, "create", row, reason=order.override_reason_code)
    if not order.needs_second:
        await _tell(uow, row, order)
    return await order_view(uow, row)


async def countersign_order(uow: UnitOfWork, order_id: UUID, expected_version: int) -> OrderView:
    """A second clinician signs a PENDING order; it is in force from now on, if everything still holds that must.

    Raises NOT_FOUND, FORBIDDEN, STEP_UP_NEEDED, STALE_VERSION, CONFLICT (it waits for nobody, or another clinic file is
    in force by now), SECOND_CLINICIAN_NEEDED (the first one may not), ORDER_NOT_ALLOWED.
    """
    row = await _order(uow, order_id)
    require_version(row.version, expected_version)
    order, clinic = order_of(uow, row), await active_clinic(uow, row.clinic_id)
    require_fresh_login(uow, clinic.file.prescribing.login_max_age)
    protocol = clinic.file.protocol(order.content.protocol)
    if row.state != "PENDING" or protocol is None or clinic.hash != order.clinic_file_hash:
        raise CONFLICT(params={"state": row.state, "same_rules": clinic.hash == order.clinic_file_hash})
    if row.signed_by == uow.caller.subject:
        raise SECOND_CLINICIAN_NEEDED()
    care = await patient_in_care(uow, row.patient_id, "clinician", at=row.clinic_id)
    allowed = await _allowed(uow, Case(care, await history_of(uow, care.patient), clinic, protocol))
    row.state, row.version, row.countersigned_by = "SIGNED", row.version + 1, uow.caller.subject
    row.signed_at, row.expires_at = uow.now, expires_at(uow.now, protocol, allowed.review)
    row.screening_id = allowed.screening.id
    await _audit(uow, "update", row, reason=order.above_cap_reason_code)
    await _tell(uow, row, order)
    return await order_view(uow, row)


async def _case(uow: UnitOfWork, patient_id: UUID, request: OrderRequest) -> Case:
    care = await patient_in_care(uow, patient_id, "clinician", at=request.clinic_id)
    await require_unmerged(uow, patient_id)
    clinic = await active_clinic(uow, care.clinic_id)
    return Case(care, await history_of(uow, care.patient), clinic, _protocol(clinic, request))


def _protocol(clinic: ActiveClinic, request: OrderRequest) -> Protocol:
    protocol = clinic.file.protocol(request.protocol)
    if protocol is None:
        raise INVALID_REQUEST(errors=[FieldError("/protocol", "UNKNOWN_PROTOCOL")])
    if protocol.modality is not request.modality:
        raise INVALID_REQUEST(errors=[FieldError("/modality", "OTHER_MODALITY", {"modality": protocol.modality})])
    return protocol


def _standing(case: Case, request: OrderRequest) -> tuple[StandingOrder, ...]:
    """The standing and PRN orders by the clinic's table. Raises INVALID_REQUEST."""
    found = [case.clinic.file.prescribing.standing_order(name) for name in request.standing]
    errors = [FieldError(f"/standing/{n}", "UNKNOWN_STANDING_ORDER") for n, one in enumerate(found) if one is None]
    errors += [
        FieldError(f"/standing/{n}", "NAMED_TWICE")
        for n, name in enumerate(request.standing)
        if name in request.standing[:n]
    ]
    if request.no_known_allergies and contradicts(case.history.allergies):
        errors.append(FieldError("/no_known_allergies", "ALLERGIES_ON_RECORD"))
    if errors:
        raise INVALID_REQUEST(errors=errors)
    return tuple(one for one in found if one is not None)


def _beside(
    uow: UnitOfWork, case: Case, standing: tuple[StandingOrder, ...], request: OrderRequest
) -> Iterator[FieldError]:
    """What forbids the orders that are signed beside the dose: an allergy, a fact, or not knowing."""
    allergies = known_allergies(case.history.allergies, none_stated=request.no_known_allergies)
    facts = facts_at(case.clinic.file, case.history, uow.now)
    for n, order in enumerate(standing):
        for refusal in refusals(order, allergies, facts, f"/standing/{n}"):
            yield FieldError(refusal.pointer, refusal.code, refusal.params)


class _Allowed(NamedTuple):
    """The newest screening and the review that cleared it."""

    screening: Screening
    review: Review


async def _allowed(uow: UnitOfWork, case: Case, beside: tuple[FieldError, ...] = ()) -> _Allowed:
    """What the order rests on. Raises ORDER_NOT_ALLOWED with every condition that does not hold, and `beside`."""
    screening = await newest_screening(uow, case.care.patient.id, case.care.clinic_id)
    row = await newest_review(uow, screening) if screening else None
    review = review_of(uow, row) if row else None
    standing = Standing(
        facts=facts_at(case.clinic.file, case.history, uow.now),
        decision=decision_of(uow, screening) if screening else None,
        review=review,
        open_concerns=len(await open_concerns(uow, case.care.patient.id)),
        weight=next(iter(case.history.weights), None),
        height=next(iter(case.history.heights), None),
    )
    missing = unmet(standing, case.protocol.modality, uow.now, case.clinic.file.screening, by_weight=not case.sprayed)
    if missing or beside or screening is None or review is None:
        raise ORDER_NOT_ALLOWED(errors=[*(FieldError("", code) for code in missing), *beside])
    return _Allowed(screening, review)


async def _keep(
    uow: UnitOfWork, case: Case, allowed: _Allowed, order: SignedOrder, wanted_id: UUID | None
) -> DoseOrder:
    row_id = await _free_id(uow, wanted_id)
    row = DoseOrder(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=case.care.clinic_id, patient_id=case.care.patient.id,
        screening_id=allowed.screening.id, signed_by=uow.caller.subject, signed_at=uow.now,
        state="PENDING" if order.needs_second else "SIGNED",
        expires_at=expires_at(uow.now, case.protocol, allowed.review),
        content=uow.seal_column("dose_order", "content", row_id, order),
    )  # fmt: skip
    uow.session.add(row)
    return row


async def _free_id(uow: UnitOfWork, wanted: UUID | None) -> UUID:
    """The id that the client made, if no order has it. Raises CONFLICT."""
    if wanted is None:
        return new_id()
    if (await uow.session.exec(select(DoseOrder.id).where(DoseOrder.id == wanted))).first() is not None:
        raise CONFLICT(errors=[FieldError("/order_id", "IN_USE")])
    return wanted


async def _tell(uow: UnitOfWork, row: DoseOrder, order: SignedOrder) -> None:
    """The order is in force; then the one it replaces is not, so that the patient is never without one."""
    event = OrderSigned(
        order_id=row.id, patient_id=row.patient_id, version=row.version, signed_at=row.signed_at,
        expires_at=row.expires_at, order=Sealed.of(order.content),
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    earlier = select(DoseOrder).where(
        of_person(DoseOrder.patient_id, row.patient_id), DoseOrder.clinic_id == row.clinic_id,
        DoseOrder.state == "SIGNED", DoseOrder.id != row.id, DoseOrder.organisation_id == uow.organisation_id,
    )  # fmt: skip
    for one in (await uow.session.exec(earlier)).all():
        if order.replaces(order_of(uow, one)):
            one.superseded_by = row.id
            await end_order(uow, one, "SUPERSEDED")


async def revoke_order(uow: UnitOfWork, order_id: UUID, expected_version: int) -> OrderView:
    """An order may not be used, or waits for no second signature, from now on.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT if it is over already.
    """
    row = await _order(uow, order_id)
    require_version(row.version, expected_version)
    if row.state not in ("PENDING", "SIGNED"):
        raise CONFLICT(params={"state": row.state})
    await end_order(uow, row, "REVOKED")
    return await order_view(uow, row)


async def end_orders_against(uow: UnitOfWork, patient_id: UUID, allergies: Sequence[str]) -> None:
    """Revoke every order with a medicine beside its dose that an allergy, known by now, forbids. Emits OrderRevoked.

    The patient's row must be locked.
    """
    live = select(DoseOrder).where(
        of_person(DoseOrder.patient_id, patient_id), DoseOrder.organisation_id == uow.organisation_id,
        col(DoseOrder.state).in_(("PENDING", "SIGNED")),
    )  # fmt: skip
    for row in (await uow.session.exec(live)).all():
        table = (await active_clinic(uow, row.clinic_id)).file.prescribing
        beside = [table.standing_order(one.id) for one in order_of(uow, row).content.standing]
        if any(one is not None and allergic(one, allergies) for one in beside):
            await end_order(uow, row, "REVOKED", "ALLERGY_TO_DRUG")


async def end_order(uow: UnitOfWork, row: DoseOrder, state: str, reason: str | None = None) -> None:
    """An order is over, in `state`; whoever heard of it hears that (OrderRevoked)."""
    told = row.state == "SIGNED"
    row.state, row.version, row.revoked_at = state, row.version + 1, uow.now
    if told:
        event = OrderRevoked(order_id=row.id, patient_id=row.patient_id, version=row.version, revoked_at=uow.now)
        uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await _audit(uow, "update", row, reason=reason or state)


async def _order(uow: UnitOfWork, order_id: UUID) -> DoseOrder:
    """The order, with its patient locked before it is read."""
    owned = select(DoseOrder.patient_id, DoseOrder.clinic_id).where(
        DoseOrder.id == order_id, DoseOrder.organisation_id == uow.organisation_id
    )
    found = (await uow.session.exec(owned)).one_or_none()
    if found is None:
        raise NOT_FOUND()
    patient_id, clinic_id = found
    await patient_in_care(uow, patient_id, "clinician", at=clinic_id)
    return (await uow.session.exec(select(DoseOrder).where(DoseOrder.id == order_id))).one()


async def _audit(uow: UnitOfWork, action: str, row: DoseOrder, reason: str | None = None) -> None:
    await uow.audit(
        action, "order", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version, reason=reason
    )
