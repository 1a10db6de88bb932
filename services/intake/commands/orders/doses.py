"""The dose of an order: by weight for infusions (domain C.2), a fixed dose in devices for a nasal spray (C.1)."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import select

from services.intake.domain.dosing import Body, CannotDose, DoseRequest, Refusal, above_first_cap, compute
from services.intake.domain.facts import History
from services.intake.domain.formulary import formulary_of
from services.intake.domain.mednotes import MedicationNote, newest_list, notes_for
from services.intake.domain.order import Ordered, SignedOrder
from services.intake.domain.spraying import OBSERVED_MINUTES, Sprayed, SprayRequest, devices, fixed_dose
from services.intake.models import Treatment
from services.intake.records import InCare
from services.intake.schemas.care import OrderRequest
from shared.aliases import of_person
from shared.clinicfile.model import Protocol
from shared.clinicfile.store import ActiveClinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose, Modality
from shared.events.prescribing import StandingOrderContent
from shared.problems import FieldError, problem_kind

DOSE_REFUSED = problem_kind(
    "DOSE_REFUSED", 422, "The dose is outside the limits", "Change the fields in errors and sign again."
)
INFUSED = (Modality.IV_MOOD, Modality.IV_PAIN)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything an order is decided from: the patient (locked) in care, what is on record, protocol and clinic."""

    care: InCare
    history: History
    clinic: ActiveClinic
    protocol: Protocol

    @property
    def sprayed(self) -> bool:
        return self.protocol.dose.unit == "mg"


async def dosed(
    uow: UnitOfWork, case: Case, request: OrderRequest, standing: tuple[StandingOrderContent, ...] = ()
) -> SignedOrder:
    """The order with its dose and what is signed beside it. Raises DOSE_REFUSED with every limit that is crossed."""
    _require_fitting_fields(case, request)
    given = await _given(uow, case)
    try:
        ordered = _spray(uow, case, request, given) if case.sprayed else _infusion(case, request, given)
    except CannotDose as cannot:
        raise DOSE_REFUSED(errors=[_error(refusal) for refusal in cannot.refusals]) from None
    limits, above = case.protocol.dose, request.above_first_dose_cap
    if not above_first_cap(ordered.dose.dose_mg, limits, first_dose=not given):
        above = None
    return SignedOrder(
        content=ordered.content(case.protocol, standing).model_copy(update={"interval_days": request.interval_days}),
        unit=limits.unit,
        weight_basis=ordered.dose.basis,
        first_dose=not given,
        devices=devices(ordered.dose.dose_mg, limits) if case.sprayed else None,
        clinic_file_hash=case.clinic.hash,
        entered_weight_reason=request.entered_weight.reason if request.entered_weight else None,
        override_reason_code=request.override.reason_code if request.override else None,
        override_note=request.override.note if request.override else None,
        above_cap_reason_code=above.reason_code if above else None,
        above_cap_note=above.note if above else None,
        none_known_stated=request.no_known_allergies,
        medication_notes=_medication_notes(case),
        weighed_by=() if case.sprayed else _weighed_by(case.history),
    )


def _medication_notes(case: Case) -> tuple[MedicationNote, ...]:
    listed = newest_list(case.history.questionnaires)
    return notes_for(listed, formulary_of(case.clinic.file), (case.protocol.modality,))


def _weighed_by(history: History) -> tuple[UUID, ...]:
    """The newest weight and height, which the dose is computed from."""
    return tuple(one.id for one in (*history.weights[:1], *history.heights[:1]) if one.id is not None)


def _require_fitting_fields(case: Case, request: OrderRequest) -> None:
    """An infusion is ordered in mg_per_kg and minutes, a spray in dose_mg."""
    needed = {"dose_mg"} if case.sprayed else {"mg_per_kg", "minutes"}
    unfit = {"dose_mg", "mg_per_kg"} - needed
    missing = [FieldError(f"/{name}", "MISSING") for name in sorted(needed) if getattr(request, name) is None]
    needless = [FieldError(f"/{name}", "OTHER_UNIT") for name in sorted(unfit) if getattr(request, name) is not None]
    if missing or needless:
        raise DOSE_REFUSED(errors=[*missing, *needless], params={"unit": case.protocol.dose.unit})


def _infusion(case: Case, request: OrderRequest, given: list[DeliveredDose]) -> Ordered:
    history = case.history
    body = Body(history.sex_at_birth, history.heights[0].quantity.amount, history.weights[0].quantity.amount)
    asked = DoseRequest(
        mg_per_kg=request.mg_per_kg or Decimal(0),
        minutes=request.minutes or 0,
        first_dose=not given,
        stock_mg_per_ml=None if request.stock_mg_per_ml is None else Decimal(request.stock_mg_per_ml),
        diluted_to_mg_per_ml=request.diluted_to_mg_per_ml,
        basis=request.weight_basis,
        entered_weight_kg=request.entered_weight.kg if request.entered_weight else None,
        override=request.override is not None,
        two_clinicians=request.above_first_dose_cap is not None,
    )
    return Ordered(compute(body, asked, case.protocol.dose), asked.mg_per_kg, asked.minutes)


def _spray(uow: UnitOfWork, case: Case, request: OrderRequest, given: list[DeliveredDose]) -> Ordered:
    zone = ZoneInfo(case.clinic.file.zone)
    asked = SprayRequest(
        dose_mg=request.dose_mg or 0,
        minutes=request.minutes or OBSERVED_MINUTES,
        on=uow.now.astimezone(zone).date(),
        given=tuple(Sprayed(d.infusion_started_at.astimezone(zone).date(), d.dose_mg) for d in given),
    )
    return Ordered(fixed_dose(asked, case.protocol.dose), Decimal(0), asked.minutes)


async def _given(uow: UnitOfWork, case: Case) -> list[DeliveredDose]:
    """Completed treatments of the same route, at any clinic. Not knowing of one means the stricter first dose."""
    rows = await uow.session.exec(
        select(Treatment).where(
            of_person(Treatment.patient_id, case.care.patient.id), Treatment.organisation_id == uow.organisation_id
        )
    )
    opened = [uow.open_column("treatment", "delivered", r.session_id, r.delivered, DeliveredDose) for r in rows]
    infused = case.protocol.modality in INFUSED
    return [delivered for delivered in opened if (delivered.modality in INFUSED) is infused]


def _error(refusal: Refusal) -> FieldError:
    return FieldError(refusal.pointer, refusal.code, refusal.params)
