"""The dose of an infusion (domain C.1, C.2). Decimals throughout; rounded once, to whole mg, half up."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from shared.clinicfile.model import DoseLimits
from shared.money import round_half_up

Basis = Literal["ACTUAL", "IBW", "ADJ"]

OBESE_BMI = Decimal(30)
DEVINE_FROM_CM = Decimal(152)
CM_PER_INCH = Decimal("2.54")
LEAST_DRAW_ML = Decimal("0.3")
UNDILUTED_BELOW = Decimal(100)
VIALS_ML = {Decimal(10): Decimal(20), Decimal(50): Decimal(10), Decimal(100): Decimal(5)}
"""Stock strengths in mg/mL that are sold, and the size of their vials in mL."""


@dataclass(frozen=True, slots=True)
class Body:
    """What the dose weight is computed from."""

    sex_at_birth: str
    height_cm: Decimal
    weight_kg: Decimal

    @property
    def bmi(self) -> Decimal:
        """kg/m², never rounded before it is compared (A.8)."""
        return self.weight_kg / (self.height_cm / 100) ** 2


@dataclass(frozen=True, slots=True)
class DoseRequest:
    """What the prescriber asks for. `mg_per_kg` is in the unit of the protocol; `diluted_to` is mg/mL or None.

    `two_clinicians`: a second one will sign too, which alone lifts the first-dose cap (A.8).
    """

    mg_per_kg: Decimal
    minutes: int
    first_dose: bool
    stock_mg_per_ml: Decimal | None = None
    diluted_to_mg_per_ml: Decimal | None = None
    basis: Basis | None = None
    entered_weight_kg: Decimal | None = None
    override: bool = False
    two_clinicians: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason not to dose: the field at fault, a code, and the limit it crossed."""

    pointer: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class CannotDose(Exception):
    """The order may not be signed as asked; every reason at once."""

    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Dose:
    """A computed dose: mg, mL, mL/h, kg; `arithmetic` shows every step with two decimals."""

    dose_mg: int
    dose_weight_kg: Decimal
    basis: str
    draw_ml: Decimal
    bag_ml: Decimal
    rate_ml_per_hour: Decimal
    stock_mg_per_ml: Decimal
    arithmetic: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Weight:
    """The weight that counts, in kg, and how it was found."""

    kg: Decimal
    basis: str
    steps: tuple[str, ...]


def compute(body: Body, request: DoseRequest, limits: DoseLimits) -> Dose:
    """The dose by C.2 within the limits of C.1. Raises CannotDose with every limit that is crossed."""
    weight = _dose_weight(body, request, limits)
    dose = _drawn(weight, request, limits)
    refusals = (*_order_limits(body, request, limits), *_dose_limits(dose, request, limits))
    if refusals:
        raise CannotDose(refusals)
    return dose


def _dose_weight(body: Body, request: DoseRequest, limits: DoseLimits) -> _Weight:
    """The actual weight below BMI 30, the chosen basis from there on, or a weight that the prescriber enters."""
    metres = body.height_cm / 100
    bmi = f"BMI = {shown(body.weight_kg)} kg / ({shown(metres)} m)^2 = {shown(body.bmi)} kg/m2"
    if request.entered_weight_kg is not None:
        kg = request.entered_weight_kg
        return _Weight(kg, "ENTERED", (bmi, f"dose weight = {shown(kg)} kg, entered by the prescriber"))
    if body.bmi < OBESE_BMI:
        return _Weight(
            body.weight_kg, "ACTUAL", (bmi, f"dose weight = actual {shown(body.weight_kg)} kg, BMI below 30")
        )
    basis = request.basis or limits.weight_basis_from_bmi_30
    kg, steps = _weight_by_basis(body, basis)
    return _Weight(kg, basis, (bmi, *steps, f"dose weight = {basis} {shown(kg)} kg, BMI at or above 30"))


def _weight_by_basis(body: Body, basis: Basis) -> tuple[Decimal, tuple[str, ...]]:
    if basis == "ACTUAL":
        return body.weight_kg, ()
    ideal, step = _ideal(body)
    if basis == "IBW":
        return ideal, (step,)
    adjusted = ideal + Decimal("0.4") * (body.weight_kg - ideal)
    return adjusted, (
        step,
        f"ADJ = {shown(ideal)} + 0.4 * ({shown(body.weight_kg)} - {shown(ideal)}) = {shown(adjusted)} kg",
    )


def _ideal(body: Body) -> tuple[Decimal, str]:
    """Devine's ideal weight, only from 152 cm and for sex male or female (A.8); else the prescriber enters a weight."""
    constant = {"male": Decimal(50), "female": Decimal("45.5")}.get(body.sex_at_birth)
    if constant is None:
        raise CannotDose((Refusal("/entered_weight_kg", "NO_IDEAL_WEIGHT_FOR_SEX"),))
    if body.height_cm < DEVINE_FROM_CM:
        limit = {"from_cm": int(DEVINE_FROM_CM)}
        raise CannotDose((Refusal("/entered_weight_kg", "NO_IDEAL_WEIGHT_FOR_HEIGHT", limit),))
    inches = body.height_cm / CM_PER_INCH
    ideal = constant + Decimal("2.3") * (inches - 60)
    return ideal, f"IBW = {constant} + 2.3 * ({shown(inches)} in - 60) = {shown(ideal)} kg"


def _dose_mg(kg: Decimal, request: DoseRequest, limits: DoseLimits) -> tuple[int, tuple[str, ...]]:
    if limits.unit == "mg/kg/h":
        return _dose_by_hour(kg, request, limits)
    exact = request.mg_per_kg * kg
    dose_mg = round_half_up(exact)
    return dose_mg, (f"dose = {request.mg_per_kg} mg/kg * {shown(kg)} kg = {shown(exact)} mg, rounded {dose_mg} mg",)


def _dose_by_hour(kg: Decimal, request: DoseRequest, limits: DoseLimits) -> tuple[int, tuple[str, ...]]:
    """Pain protocols are ordered in mg/kg/h; the rate is lowered to the cap of the protocol (CRPS 25 mg/h, A.8)."""
    asked = request.mg_per_kg * kg
    rate = asked if limits.cap_mg_per_hour is None else min(asked, Decimal(limits.cap_mg_per_hour))
    capped = f", lowered to the cap of {limits.cap_mg_per_hour} mg/h" if rate < asked else ""
    exact = rate * request.minutes / 60
    dose_mg = _within_cap(round_half_up(exact), request.minutes, limits.cap_mg_per_hour)
    return dose_mg, (
        f"rate = {request.mg_per_kg} mg/kg/h * {shown(kg)} kg = {shown(asked)} mg/h{capped}",
        f"dose = {shown(rate)} mg/h * {request.minutes} min / 60 = {shown(exact)} mg, rounded {dose_mg} mg",
    )


def _within_cap(dose_mg: int, minutes: int, cap_mg_per_hour: int | None) -> int:
    """Whole mg whose rate is not above the cap: rounding up may not lead beyond it (126 min at 25 mg/h: 52, not 53)."""
    return dose_mg if cap_mg_per_hour is None else min(dose_mg, cap_mg_per_hour * minutes // 60)


def _drawn(weight: _Weight, request: DoseRequest, limits: DoseLimits) -> Dose:
    dose_mg, dose_steps = _dose_mg(weight.kg, request, limits)
    stock = request.stock_mg_per_ml or limits.stock_mg_per_ml
    draw, bag = dose_mg / stock, dose_mg / limits.bag_mg_per_ml
    rate = bag / (Decimal(request.minutes) / 60)
    draw_steps = (
        f"draw = {dose_mg} mg / {stock} mg/mL = {shown(draw)} mL",
        f"bag = {dose_mg} mg / {limits.bag_mg_per_ml} mg/mL = {shown(bag)} mL",
        f"pump rate = {shown(bag)} mL / ({request.minutes} min / 60) = {shown(rate)} mL/h",
    )
    arithmetic = (*weight.steps, *dose_steps, *draw_steps)
    return Dose(dose_mg, weight.kg, weight.basis, draw, bag, rate, stock, arithmetic)


def _order_limits(body: Body, request: DoseRequest, limits: DoseLimits) -> Iterator[Refusal]:
    """Limits on what was ordered; the limit itself passes. An override lifts all but the absolute one (C.1)."""
    ordered, per = request.mg_per_kg, f"limit_{limits.unit.replace('/', '_per_')}"
    if ordered > limits.never_above_mg_per_kg:
        yield Refusal("/mg_per_kg", "ABOVE_ABSOLUTE_LIMIT", {per: str(limits.never_above_mg_per_kg)})
    elif ordered > limits.hard_stop_mg_per_kg and not request.override:
        yield Refusal("/mg_per_kg", "ABOVE_HARD_STOP", {per: str(limits.hard_stop_mg_per_kg)})
    if ordered < limits.min_mg_per_kg and not request.override:
        yield Refusal("/mg_per_kg", "BELOW_USUAL_RANGE", {per: str(limits.min_mg_per_kg)})
    shortest, longest = limits.minutes
    if not shortest <= request.minutes <= longest:
        yield Refusal("/minutes", "MINUTES_OUT_OF_RANGE", {"from_minutes": shortest, "to_minutes": longest})
    if request.entered_weight_kg is not None and request.entered_weight_kg > body.weight_kg:
        yield Refusal("/entered_weight_kg", "ABOVE_ACTUAL_WEIGHT")


def _dose_limits(dose: Dose, request: DoseRequest, limits: DoseLimits) -> Iterator[Refusal]:
    """Limits on the computed dose. The first-dose cap compares the rounded mg; two clinicians lift it (A.8)."""
    vial = _vial_ml(dose.stock_mg_per_ml, limits)
    if above_first_cap(dose.dose_mg, limits, first_dose=request.first_dose) and not request.two_clinicians:
        cap = {"cap_mg": limits.first_dose_cap_mg, "dose_mg": dose.dose_mg}
        yield Refusal("/mg_per_kg", "ABOVE_FIRST_DOSE_CAP", cap)
    if dose.draw_ml <= LEAST_DRAW_ML:
        yield Refusal("/stock_mg_per_ml", "DRAW_TOO_SMALL", {"above_ml": str(LEAST_DRAW_ML)})
    if vial is None:
        yield Refusal("/stock_mg_per_ml", "UNKNOWN_STOCK", {"known_mg_per_ml": [int(known) for known in VIALS_ML]})
    elif dose.draw_ml > vial:
        yield Refusal("/stock_mg_per_ml", "DRAW_ABOVE_VIAL", {"vial_ml": str(vial)})
    if dose.stock_mg_per_ml >= UNDILUTED_BELOW and not _diluted(dose, request):
        yield Refusal("/diluted_to_mg_per_ml", "DILUTION_NEEDED", {"at_most_mg_per_ml": str(dose.stock_mg_per_ml / 2)})


def above_first_cap(dose_mg: int, limits: DoseLimits, *, first_dose: bool) -> bool:
    """Whether a dose is more than one clinician may order as the first one; the cap itself is not."""
    return first_dose and limits.first_dose_cap_mg is not None and dose_mg > limits.first_dose_cap_mg


def _vial_ml(stock: Decimal, limits: DoseLimits) -> Decimal | None:
    return limits.vial_ml if stock == limits.stock_mg_per_ml else VIALS_ML.get(stock)


def _diluted(dose: Dose, request: DoseRequest) -> bool:
    """At least 1:1, so at most half the strength (C.2)."""
    return request.diluted_to_mg_per_ml is not None and request.diluted_to_mg_per_ml * 2 <= dose.stock_mg_per_ml


def shown(value: Decimal) -> str:
    """Two places for the eye; never used to compute with."""
    return f"{value:.2f}"
