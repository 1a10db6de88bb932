"""A measurement that was recorded wrongly is corrected or taken back, for a reason; what was wrong stays on record and
counts no more (design: corrections)."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from services.intake.commands.answers.observations import OBSERVERS, measured_in, observed, require_plausible
from services.intake.commands.orders.doubting import doubt_orders
from services.intake.commands.orders.plans import renew_open
from services.intake.domain.observations import Pressure, Quantity
from services.intake.domain.plausible import Body
from services.intake.domain.reweighing import KINDS
from services.intake.models import Reading, ReadingCorrection
from services.intake.records import InCare, patient_in_care, value_of
from services.intake.schemas.observed import CorrectedObservationView, ReadingCorrectionRequest
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError

_PRESSURE = "BLOOD_PRESSURE"
_FIELDS = {
    _PRESSURE: "blood_pressure", "WEIGHT": "weight_kg", "HEIGHT": "height_cm", "HEART_RATE": "heart_rate",
    "ASA_CLASS": "asa_class",
}  # fmt: skip


async def correct_reading(
    uow: UnitOfWork, reading_id: UUID, request: ReadingCorrectionRequest
) -> CorrectedObservationView:
    """Record what was really measured, as of then, or take the measurement back, and screen.

    Orders whose dose was computed from the wrong one are doubted or revoked (`doubt_orders`), open proposals are made
    anew. A concern that was opened stays until it is resolved. A reading has no version: it is corrected once, and then
    what is in its place. Raises NOT_FOUND, FORBIDDEN, CONFLICT when it was corrected before (params name what is in its
    place), INVALID_REQUEST (another kind, nothing different, a time to come, likelier a mistake of units).
    """
    wrong, care = await _found(uow, reading_id)
    row = _right(uow, wrong, request)
    if row is not None and not request.confirmed:
        await require_plausible(uow, care, Body(request.weight_kg, request.height_cm), wrong.id)
    await _keep(uow, wrong, row, request.reason_code)
    if wrong.kind in KINDS:
        await doubt_orders(uow, care, wrong)
    answer = await observed(uow, care, row.id if row else wrong.id, (), corrected=wrong.kind == _PRESSURE)
    await renew_open(uow, care.patient)
    return CorrectedObservationView(**dict(answer), supersedes=wrong.id, taken_back=row is None)


async def _found(uow: UnitOfWork, reading_id: UUID) -> tuple[Reading, InCare]:
    """The reading, with its patient locked before it is looked at."""
    mine = select(Reading).where(Reading.id == reading_id, Reading.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(mine)).one_or_none()
    if row is None:
        raise NOT_FOUND()
    care = await patient_in_care(uow, row.patient_id, *OBSERVERS, at=row.clinic_id)
    taken = select(ReadingCorrection).where(ReadingCorrection.reading_id == row.id)
    if (earlier := (await uow.session.exec(taken)).one_or_none()) is not None:
        raise CONFLICT(params={"superseded_by": str(earlier.replaced_by) if earlier.replaced_by else None})
    return row, care


def _right(uow: UnitOfWork, wrong: Reading, request: ReadingCorrectionRequest) -> Reading | None:
    """The row of what was really measured; None: nothing was. Raises INVALID_REQUEST."""
    if request.taken_back:
        return None
    [(kind, value)] = measured_in(request)
    taken_at = request.taken_at or wrong.taken_at
    if kind != wrong.kind:
        raise INVALID_REQUEST(errors=[FieldError(f"/{_FIELDS[kind]}", "OTHER_KIND", {"kind": wrong.kind})])
    _require_change(wrong, taken_at, same_value=value == value_of(uow, wrong))
    if taken_at > uow.now:
        raise INVALID_REQUEST(errors=[FieldError("/taken_at", "IN_THE_FUTURE")])
    return _row(uow, wrong, taken_at, value)


def _require_change(wrong: Reading, taken_at: datetime, *, same_value: bool) -> None:
    if same_value and taken_at == wrong.taken_at:
        raise INVALID_REQUEST(errors=[FieldError(f"/{_FIELDS[wrong.kind]}", "UNCHANGED")])


def _row(uow: UnitOfWork, wrong: Reading, taken_at: datetime, value: Pressure | Quantity) -> Reading:
    row_id = new_id()
    return Reading(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=wrong.clinic_id, patient_id=wrong.patient_id,
        kind=wrong.kind, taken_at=taken_at, recorded_at=uow.now, recorded_by=uow.caller.subject,
        value=uow.seal_column("reading", "value", row_id, value),
    )  # fmt: skip


async def _keep(uow: UnitOfWork, wrong: Reading, row: Reading | None, reason_code: str) -> None:
    if row is not None:
        uow.session.add(row)
        await uow.session.flush()
    correction = ReadingCorrection(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=wrong.clinic_id, patient_id=wrong.patient_id,
        reading_id=wrong.id, replaced_by=row.id if row else None, corrected_at=uow.now,
        corrected_by=uow.caller.subject, reason_code=reason_code,
    )  # fmt: skip
    uow.session.add(correction)
    await uow.session.flush()
    made = [("reading", row.id)] if row else []
    for resource, made_id in (*made, ("reading_correction", correction.id)):
        await uow.audit(
            "create", resource, made_id, patient_id=wrong.patient_id, clinic_id=wrong.clinic_id, reason=reason_code
        )
