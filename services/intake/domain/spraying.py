"""The dose of a nasal spray (domain C.1, A.8): a fixed dose in whole devices; weight does not count."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from services.intake.domain.dosing import CannotDose, Dose, Refusal
from shared.clinicfile.model import DoseLimits

OBSERVED_MINUTES = 120
"""At least so long from the first device to the end of observation (REMS)."""
WEEK = timedelta(days=7)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sprayed:
    """A dose that was given: local date and mg."""

    on: date
    mg: int


@dataclass(frozen=True, slots=True)
class SprayRequest:
    """What the prescriber asks for, on which local day, after which doses."""

    dose_mg: int
    minutes: int
    on: date
    given: tuple[Sprayed, ...] = ()


def fixed_dose(request: SprayRequest, limits: DoseLimits) -> Dose:
    """The dose with its devices. Raises CannotDose with every limit that is crossed; no override lifts one."""
    refusals = tuple(_refusals(request, limits))
    if refusals:
        raise CannotDose(refusals)
    return Dose(
        dose_mg=request.dose_mg, dose_weight_kg=NOTHING, basis="NONE", draw_ml=NOTHING, bag_ml=NOTHING,
        rate_ml_per_hour=NOTHING, stock_mg_per_ml=NOTHING, arithmetic=tuple(_arithmetic(request, limits)),
    )  # fmt: skip


def devices(dose_mg: int, limits: DoseLimits) -> int:
    """How many devices hold the dose."""
    return dose_mg // limits.device_mg


def _refusals(request: SprayRequest, limits: DoseLimits) -> Iterator[Refusal]:
    first = not request.given and bool(limits.first_fixed_mg)
    allowed = limits.first_fixed_mg if first else limits.fixed_mg
    if request.dose_mg not in allowed:
        yield Refusal("/dose_mg", "NOT_A_FIRST_DOSE" if first else "NOT_A_FIXED_DOSE", {"allowed_mg": list(allowed)})
    if request.dose_mg % limits.device_mg:
        yield Refusal("/dose_mg", "NOT_WHOLE_DEVICES", {"device_mg": limits.device_mg})
    recent = week_mg(request.given, request.on)
    if limits.weekly_limit_mg is not None and recent + request.dose_mg > limits.weekly_limit_mg:
        yield Refusal("/dose_mg", "ABOVE_WEEKLY_LIMIT", {"limit_mg": limits.weekly_limit_mg, "given_mg": recent})
    if request.minutes < OBSERVED_MINUTES:
        yield Refusal("/minutes", "MINUTES_OUT_OF_RANGE", {"from_minutes": OBSERVED_MINUTES})


def week_mg(given: Iterable[Sprayed], on: date) -> int:
    """mg given on the day and the six local days before it: the same weekday a week ago no longer counts."""
    return sum(dose.mg for dose in given if on - WEEK < dose.on <= on)


def _arithmetic(request: SprayRequest, limits: DoseLimits) -> Iterator[str]:
    yield f"dose = {devices(request.dose_mg, limits)} devices * {limits.device_mg} mg = {request.dose_mg} mg"
    recent = week_mg(request.given, request.on)
    limit = f" of {limits.weekly_limit_mg} mg" if limits.weekly_limit_mg is not None else ""
    yield f"7 days = {recent} mg given + {request.dose_mg} mg = {recent + request.dose_mg} mg{limit}"
