"""Medicines given beside a dose, such as one against nausea (domain C.4): under the signed order, into the chart."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.scheduling import records
from services.scheduling.chairside import Chairside, at_session
from services.scheduling.commands.chair.charting import append_entry, require_unsigned
from services.scheduling.commands.chair.deviations import record_deviations
from services.scheduling.commands.moments import happened_at, is_record
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.deviation import DeviationCode, Found
from services.scheduling.domain.medicines import DAY, Earlier, Medicine, Refusal, medicine_refusals
from services.scheduling.floor.chart import record_view
from services.scheduling.floor.records import medicines_of
from services.scheduling.models import Patient, Session
from services.scheduling.schemas.medicines import MedicineRequest
from services.scheduling.schemas.record import SessionRecordView
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Identity
from shared.events.prescribing import StandingOrderContent
from shared.problems import CONFLICT, FieldError, problem_kind

MEDICINE_REFUSED = problem_kind(
    "MEDICINE_REFUSED", 409, "The medicine may not be given now",
    "Ask the prescriber; `errors` says why. What was given is recorded with `happened`; without order, in `given`.",
)  # fmt: skip


async def give_medicine(uow: UnitOfWork, session_id: UUID, request: MedicineRequest) -> SessionRecordView:
    """A medicine is given while the patient is here, within the limits of its order; or was given, and is recorded.

    Raises NOT_FOUND, FORBIDDEN, RECORD_LOCKED, CONFLICT for a session that is over, MEDICINE_REFUSED (every reason),
    INVALID_REQUEST for a moment in the future or before check-in.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    await require_unsigned(uow, session)
    at = happened_at(uow, request.occurred_at, "/occurred_at", not_before=session.checked_in_at)
    record = request.happened or is_record(uow, at, request.source.value, chair.clinic.file.chart)
    if session.closed_at is not None and not record:
        raise CONFLICT(params={"state": session.state})
    medicine, found = await _asked(uow, session, chair, request, at)
    if found and not record:
        raise MEDICINE_REFUSED(errors=[FieldError("/order", one.code, one.params) for one in found])
    await append_entry(uow, session, EntryKind.MEDICINE_GIVEN, at, request.source, medicine)
    await record_deviations(uow, session, _broken(medicine, found), at)
    return await record_view(uow, session)


async def _asked(
    uow: UnitOfWork, session: Session, chair: Chairside, request: MedicineRequest, at: datetime
) -> tuple[Medicine, list[Refusal]]:
    """The medicine, and why it may not be given. Raises MEDICINE_REFUSED for an order that is not known."""
    if request.given is not None:
        return Medicine(**request.given.model_dump()), [Refusal("NOT_ORDERED")]
    order = (await _orders(uow, session, chair)).get(request.order or "")
    if order is None:
        raise MEDICINE_REFUSED(errors=[FieldError("/order", "NOT_ORDERED")])
    listed = chair.clinic.file.prescribing.standing_order(order.id)
    found = medicine_refusals(
        order, listed.names if listed else (), await _allergies(uow, session.patient_id),
        await _earlier(uow, session, order.drug, at), at,
    )  # fmt: skip
    medicine = Medicine(order=order.id, drug=order.drug, dose=order.dose, unit=order.unit, route=order.route)
    return medicine, list(found)


async def _orders(uow: UnitOfWork, session: Session, chair: Chairside) -> dict[str, StandingOrderContent]:
    """The medicines of the order that the dose runs under, or would; none once it was revoked."""
    care = await records.care_of(uow, session.patient_id, session.clinic_id)
    order = care.order_for(chair.protocol)
    if session.order_id is not None:
        order = next((one for one in care.orders if one.order_id == session.order_id), None)
    return {one.id: one for one in order.content.standing} if order else {}


async def _allergies(uow: UnitOfWork, patient_id: UUID) -> Sequence[str]:
    """As intake told them last; nobody is checked in without an identity card."""
    row = await uow.session.get(Patient, patient_id)
    if row is None or row.identity is None:
        return ()
    return uow.open_column("patient", "identity", row.id, row.identity, Identity).allergies


async def _earlier(uow: UnitOfWork, session: Session, drug: str, at: datetime) -> list[Earlier]:
    given = await medicines_of(uow, session.patient_id, at - DAY)
    return [
        Earlier(row.occurred_at, row.session_id == session.id)
        for row, medicine in given if medicine.drug.casefold() == drug.casefold()
    ]  # fmt: skip


def _broken(medicine: Medicine, found: Sequence[Refusal]) -> list[Found]:
    codes = ", ".join(one.code for one in found)
    said = f"{medicine.drug} {medicine.dose} {medicine.unit} {medicine.route} given: {codes}"
    return [Found(DeviationCode.OTHER_RULE, said)] if found else []
