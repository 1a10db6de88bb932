"""Fixed doses of a nasal spray (domain C.1, A.8)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.dosing import CannotDose
from services.intake.domain.spraying import NOTHING, Sprayed, SprayRequest, devices, fixed_dose, week_mg
from shared.clinicfile.model import DoseLimits

TODAY = date(2026, 12, 8)
TRD = DoseLimits(unit="mg", fixed_mg=(56, 84), first_fixed_mg=(56,), weekly_limit_mg=168)
MDSI = DoseLimits(unit="mg", fixed_mg=(56, 84), weekly_limit_mg=168)


def asked(mg: int, *given: tuple[int, int], minutes: int = 120) -> SprayRequest:
    """`given` are (days ago, mg)."""
    before = tuple(Sprayed(TODAY - timedelta(days=ago), dose) for ago, dose in given)
    return SprayRequest(dose_mg=mg, minutes=minutes, on=TODAY, given=before)


def refusals(request: SprayRequest, limits: DoseLimits) -> set[str]:
    try:
        fixed_dose(request, limits)
    except CannotDose as cannot:
        return {refusal.code for refusal in cannot.refusals}
    return set()


@pytest.mark.parametrize(
    ("limits", "request_", "codes"),
    [
        (TRD, asked(56), set()),
        (TRD, asked(84), {"NOT_A_FIRST_DOSE"}),
        (MDSI, asked(84), set()),
        (MDSI, asked(56), set()),
        (TRD, asked(84, (4, 56)), set()),
        (TRD, asked(28, (4, 56)), {"NOT_A_FIXED_DOSE"}),
        (TRD, asked(84, (4, 84)), set()),  # 168 mg is inside
        (TRD, asked(84, (3, 84), (6, 28)), {"ABOVE_WEEKLY_LIMIT"}),
        (TRD, asked(84, (3, 84), (7, 84)), set()),  # the same weekday a week ago no longer counts
        (MDSI, asked(56, (2, 84), (5, 56)), {"ABOVE_WEEKLY_LIMIT"}),  # 196 mg
        (TRD, asked(84, (0, 56), (1, 56)), {"ABOVE_WEEKLY_LIMIT"}),
        (TRD, asked(56, minutes=119), {"MINUTES_OUT_OF_RANGE"}),
    ],
)
def test_which_doses_are_signed(limits: DoseLimits, request_: SprayRequest, codes: set[str]) -> None:
    assert refusals(request_, limits) == codes


def test_a_dose_in_broken_devices_is_refused() -> None:
    odd = DoseLimits(unit="mg", fixed_mg=(50,))
    assert refusals(asked(50), odd) == {"NOT_WHOLE_DEVICES"}


@pytest.mark.parametrize(("mg", "count"), [(28, 1), (56, 2), (84, 3)])
def test_devices(mg: int, count: int) -> None:
    assert devices(mg, TRD) == count


def test_the_arithmetic_shows_devices_and_the_week() -> None:
    dose = fixed_dose(asked(84, (4, 56)), TRD)
    assert dose.arithmetic == (
        "dose = 3 devices * 28 mg = 84 mg",
        "7 days = 56 mg given + 84 mg = 140 mg of 168 mg",
    )
    assert (dose.dose_mg, dose.draw_ml, dose.dose_weight_kg, dose.rate_ml_per_hour) == (84, NOTHING, NOTHING, NOTHING)


DOSES: Any = st.lists(st.tuples(st.integers(0, 20), st.sampled_from([56, 84])), max_size=8)


@given(DOSES, st.sampled_from([56, 84]))
def test_what_is_signed_never_passes_the_weekly_limit(doses: list[tuple[int, int]], mg: int) -> None:
    request = asked(mg, *doses)
    if not refusals(request, MDSI):
        assert week_mg(request.given, TODAY) + mg <= 168
