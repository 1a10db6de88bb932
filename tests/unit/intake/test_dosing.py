"""The dose against the vectors of domain C.1 and C.2 and more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.dosing import Body, CannotDose, Dose, DoseRequest, compute
from shared.clinicfile.model import DoseLimits
from tests.unit.intake.cases import larkspur

D = Decimal


def limits(protocol: str = "IV_MOOD_6", **changes: Any) -> DoseLimits:
    found = larkspur().protocol(protocol)
    assert found is not None
    return found.dose.model_copy(update=changes)


def asked(mg_per_kg: str = "0.5", minutes: int = 40, **changes: Any) -> DoseRequest:
    return replace(DoseRequest(D(mg_per_kg), minutes, first_dose=True), **changes)


def body(sex: str = "female", cm: str = "165", kg: str = "70") -> Body:
    return Body(sex, D(cm), D(kg))


def refusals(subject: Body, request: DoseRequest, within: DoseLimits) -> set[str]:
    with pytest.raises(CannotDose) as caught:
        compute(subject, request, within)
    return {refusal.code for refusal in caught.value.refusals}


def shown(dose: Dose) -> tuple[str, ...]:
    return tuple(f"{value:.2f}" for value in (dose.draw_ml, dose.rate_ml_per_hour))


@pytest.mark.parametrize(
    ("subject", "request_", "bmi", "basis", "weight", "dose_mg", "draw", "rate"),
    [
        (body(), asked(), "25.7", "ACTUAL", "70.0", 35, "0.70", "52.50"),
        (body(kg="100"), asked(), "36.7", "IBW", "56.9", 28, "0.56", "42.00"),
        (body("male", "178", "82"), asked("0.75", 60, first_dose=False), "25.9", "ACTUAL", "82.0", 62, "1.24", "62.00"),
    ],
)
def test_vectors(
    subject: Body, request_: DoseRequest, bmi: str, basis: str, weight: str, dose_mg: int, draw: str, rate: str
) -> None:
    dose = compute(subject, request_, limits())
    assert (f"{subject.bmi:.1f}", dose.basis, f"{dose.dose_weight_kg:.1f}") == (bmi, basis, weight)
    assert (dose.dose_mg, *shown(dose)) == (dose_mg, draw, rate)


def test_the_first_dose_cap_blocks_62_mg() -> None:
    assert refusals(body("male", "178", "82"), asked("0.75", 60), limits()) == {"ABOVE_FIRST_DOSE_CAP"}


def test_no_override_lifts_the_first_dose_cap() -> None:
    heavy = asked("0.75", 60, override=True)
    assert refusals(body("male", "178", "82"), heavy, limits()) == {"ABOVE_FIRST_DOSE_CAP"}


def test_two_clinicians_lift_the_first_dose_cap_and_nothing_else() -> None:
    two = asked("0.75", 60, two_clinicians=True)
    assert compute(body("male", "178", "82"), two, limits()).dose_mg == 62
    assert refusals(body("male", "178", "82"), replace(two, mg_per_kg=D("1.1")), limits()) == {"ABOVE_HARD_STOP"}


@pytest.mark.parametrize(("kg", "mg_per_kg", "dose_mg"), [("120", "0.5", 60), ("80.66", "0.75", 60)])
def test_the_cap_compares_the_rounded_dose_and_passes_itself(kg: str, mg_per_kg: str, dose_mg: int) -> None:
    tall = body("male", "205", kg)
    assert compute(tall, asked(mg_per_kg), limits()).dose_mg == dose_mg


@pytest.mark.parametrize(("kg", "hour", "dose_mg"), [("70", "24.50", 98), ("75", "26.25", 100), ("90", "31.50", 100)])
def test_crps_is_capped_at_25_mg_an_hour(kg: str, hour: str, dose_mg: int) -> None:
    tall = body("male", "190", kg)
    dose = compute(tall, asked("0.35", 240), limits("IV_CRPS_10X4H"))
    assert dose.dose_mg == dose_mg
    assert any(f"{hour} mg/h" in step for step in dose.arithmetic)
    assert any("cap of 25 mg/h" in step for step in dose.arithmetic) == (dose_mg == 100)


@pytest.mark.parametrize(
    ("minutes", "dose_mg"),
    [(240, 100), (126, 52), (130, 54), (150, 62), (1, 0)],  # 52.50, 54.17, 62.50 and 0.42 mg by the cap
)
def test_rounding_never_leads_above_the_hourly_cap(minutes: int, dose_mg: int) -> None:
    within = limits("IV_CRPS_10X4H", minutes=(1, 240))
    if dose_mg == 0:
        assert refusals(body("male", "190", "90"), asked("0.35", minutes), within) == {"DRAW_TOO_SMALL"}
        return
    dose = compute(body("male", "190", "90"), asked("0.35", minutes), within)
    assert dose.dose_mg == dose_mg
    assert dose.rate_ml_per_hour * within.bag_mg_per_ml <= 25


@pytest.mark.parametrize(
    ("protocol", "kg", "mg_per_kg", "minutes", "expected"),
    [
        ("IV_PAIN_5X4H", "70", "0.5", 240, 140),
        ("IV_PAIN_5X4H", "50", "2.0", 120, 200),  # 200 mg from 10 mg/mL is the whole vial of 20 mL
        ("IV_PAIN_5X4H", "50.3", "2.0", 120, {"DRAW_ABOVE_VIAL"}),  # 201 mg
        ("IV_PAIN_5X4H", "50", "2.01", 120, {"ABOVE_ABSOLUTE_LIMIT", "DRAW_ABOVE_VIAL"}),
        ("IV_PAIN_5X4H", "70", "0.5", 119, {"MINUTES_OUT_OF_RANGE"}),
        ("IV_PAIN_5X4H", "70", "0.5", 241, {"MINUTES_OUT_OF_RANGE"}),
        ("IV_CRPS_10X4H", "71.42", "0.35", 240, 100),  # 24.997 mg/h, not capped
        ("IV_CRPS_10X4H", "200", "0.35", 240, 100),  # 70 mg/h, capped
        ("IV_CRPS_10X4H", "70", "0.351", 240, {"ABOVE_HARD_STOP"}),
        ("IV_MOOD_6", "121", "0.5", 40, {"ABOVE_FIRST_DOSE_CAP"}),  # 60.5 mg is 61 mg
        ("IV_MOOD_6", "120.98", "0.5", 40, 60),  # 60.49 mg is 60 mg
        ("IV_PTSD_6", "70", "0.49", 40, {"BELOW_USUAL_RANGE"}),
        ("IV_ANXIETY_6", "70", "0.25", 40, 18),  # 17.5 mg, half up
    ],
)  # fmt: skip
def test_each_protocol_keeps_its_limits(
    protocol: str, kg: str, mg_per_kg: str, minutes: int, expected: int | set[str]
) -> None:
    stock = D(10) if protocol == "IV_PAIN_5X4H" else None
    heavy, request_ = body("male", "260", kg), asked(mg_per_kg, minutes, override=protocol[3:7] == "PAIN")
    request_ = replace(request_, stock_mg_per_ml=stock)
    if isinstance(expected, int):
        assert compute(heavy, request_, limits(protocol)).dose_mg == expected
    else:
        assert refusals(heavy, request_, limits(protocol)) == expected


def test_alcohol_is_treated_at_most_at_0_8_and_first_at_most_with_70_mg() -> None:
    within = limits(hard_stop_mg_per_kg=D("0.8"), first_dose_cap_mg=70)
    assert compute(body("male", "200", "87.5"), asked("0.8"), within).dose_mg == 70
    assert refusals(body("male", "200", "88.2"), asked("0.8"), within) == {"ABOVE_FIRST_DOSE_CAP"}
    assert refusals(body(), asked("0.81"), within) == {"ABOVE_HARD_STOP"}


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (asked("1.0", first_dose=False), None),
        (asked("1.01", first_dose=False), "ABOVE_HARD_STOP"),
        (asked("1.01", first_dose=False, override=True), None),
        (asked("2.0", first_dose=False, override=True), None),
        (asked("2.01", first_dose=False, override=True), "ABOVE_ABSOLUTE_LIMIT"),
        (asked("0.1", first_dose=False, stock_mg_per_ml=D(10)), None),
        (asked("0.09", first_dose=False, stock_mg_per_ml=D(10)), "BELOW_USUAL_RANGE"),
        (asked(minutes=40), None),
        (asked(minutes=39), "MINUTES_OUT_OF_RANGE"),
        (asked(minutes=60), None),
        (asked(minutes=61), "MINUTES_OUT_OF_RANGE"),
        (asked(stock_mg_per_ml=D(20)), "UNKNOWN_STOCK"),
        (asked("0.2", stock_mg_per_ml=D(50)), "DRAW_TOO_SMALL"),  # 14 mg, 0.28 mL
        (asked("0.22", stock_mg_per_ml=D(50)), "DRAW_TOO_SMALL"),  # 15 mg, 0.30 mL: it must be more
        (asked("0.23", stock_mg_per_ml=D(50)), None),  # 16 mg, 0.32 mL
        (asked(stock_mg_per_ml=D(100)), "DILUTION_NEEDED"),
        (asked(stock_mg_per_ml=D(100), diluted_to_mg_per_ml=D(51)), "DILUTION_NEEDED"),
        (asked(stock_mg_per_ml=D(100), diluted_to_mg_per_ml=D(50)), None),
        (asked(entered_weight_kg=D(71)), "ABOVE_ACTUAL_WEIGHT"),
        (asked(entered_weight_kg=D(60)), None),
    ],
)  # fmt: skip
def test_limits_pass_themselves_and_refuse_beyond(request_: DoseRequest, code: str | None) -> None:
    if code is None:
        assert compute(body(), request_, limits()).dose_mg > 0
    else:
        assert refusals(body(), request_, limits()) == {code}


def test_a_dose_larger_than_the_vial_is_refused() -> None:
    big = asked("2.0", 240, first_dose=False, stock_mg_per_ml=D(10))
    assert refusals(body("male", "200", "110"), big, limits("IV_PAIN_5X4H")) == {"DRAW_ABOVE_VIAL"}


@pytest.mark.parametrize(
    ("basis", "weight"), [(None, "56.91"), ("IBW", "56.91"), ("ADJ", "74.15"), ("ACTUAL", "100.00")]
)
def test_the_prescriber_picks_the_basis_from_bmi_30(basis: Any, weight: str) -> None:
    dose = compute(body(kg="100"), asked("0.3", basis=basis), limits())
    assert f"{dose.dose_weight_kg:.2f}" == weight


def test_below_bmi_30_the_actual_weight_counts_whatever_the_basis() -> None:
    assert compute(body(), asked(basis="IBW"), limits()).basis == "ACTUAL"


@pytest.mark.parametrize(("kg", "basis"), [("76.79", "ACTUAL"), ("76.80", "IBW")])
def test_bmi_is_compared_unrounded(kg: str, basis: str) -> None:
    assert compute(body(cm="160", kg=kg), asked(), limits()).basis == basis  # 30 kg/m2 is 76.8 kg at 160 cm


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (body(cm="151.9", kg="90"), "NO_IDEAL_WEIGHT_FOR_HEIGHT"),
        (body("other", kg="100"), "NO_IDEAL_WEIGHT_FOR_SEX"),
        (body("unknown", kg="100"), "NO_IDEAL_WEIGHT_FOR_SEX"),
    ],
)
def test_where_devine_does_not_hold_the_prescriber_enters_a_weight(subject: Body, code: str) -> None:
    assert refusals(subject, asked(), limits()) == {code}
    dose = compute(subject, asked(entered_weight_kg=D(55)), limits())
    assert (dose.basis, dose.dose_mg) == ("ENTERED", 28)  # 27.5, half up


def test_the_actual_weight_needs_no_devine() -> None:
    for subject in (body(cm="151.9", kg="90"), body("other", kg="100")):
        assert compute(subject, asked("0.3", basis="ACTUAL"), limits()).basis == "ACTUAL"


def test_devine_holds_from_152_cm_on() -> None:
    assert f"{compute(body(cm='152', kg='90'), asked(), limits()).dose_weight_kg:.2f}" == "45.14"


def test_every_reason_is_given_at_once() -> None:
    wild = asked("3", 10, stock_mg_per_ml=D(100))
    found = refusals(body(), wild, limits())
    assert found == {"ABOVE_ABSOLUTE_LIMIT", "MINUTES_OUT_OF_RANGE", "ABOVE_FIRST_DOSE_CAP", "DILUTION_NEEDED"}


def test_the_arithmetic_shows_every_step() -> None:
    assert compute(body(kg="100"), asked(), limits()).arithmetic == (
        "BMI = 100.00 kg / (1.65 m)^2 = 36.73 kg/m2",
        "IBW = 45.5 + 2.3 * (64.96 in - 60) = 56.91 kg",
        "dose weight = IBW 56.91 kg, BMI at or above 30",
        "dose = 0.5 mg/kg * 56.91 kg = 28.45 mg, rounded 28 mg",
        "draw = 28 mg / 50 mg/mL = 0.56 mL",
        "bag = 28 mg / 1 mg/mL = 28.00 mL",
        "pump rate = 28.00 mL / (40 min / 60) = 42.00 mL/h",
    )


BODIES = st.builds(
    Body,
    st.sampled_from(["male", "female", "other"]),
    st.decimals(140, 220, places=1),
    st.decimals(30, 200, places=2),
)
REQUESTS = st.builds(
    DoseRequest,
    mg_per_kg=st.decimals(D("0.05"), D("2.5"), places=2),
    minutes=st.integers(35, 65),
    first_dose=st.booleans(),
    stock_mg_per_ml=st.sampled_from([None, D(10), D(50), D(100)]),
    diluted_to_mg_per_ml=st.sampled_from([None, D(10), D(60)]),
    basis=st.sampled_from([None, "IBW", "ADJ", "ACTUAL"]),
    entered_weight_kg=st.one_of(st.none(), st.decimals(20, 400, places=1)),
    override=st.booleans(),
)


@given(BODIES, REQUESTS)
def test_no_signed_dose_is_above_a_limit(subject: Body, request_: DoseRequest) -> None:
    within = limits()
    try:
        dose = compute(subject, request_, within)
    except CannotDose:
        return
    most = within.never_above_mg_per_kg if request_.override else within.hard_stop_mg_per_kg
    assert dose.dose_mg <= most * dose.dose_weight_kg + D("0.5")
    assert not request_.first_dose or dose.dose_mg <= 60
    assert within.minutes[0] <= request_.minutes <= within.minutes[1]
    assert D("0.3") < dose.draw_ml <= {10: 20, 50: 10, 100: 5}[int(dose.stock_mg_per_ml)]


@given(BODIES, REQUESTS, st.integers(1, 60))
def test_more_weight_never_means_less_drug_on_the_actual_weight(
    subject: Body, request_: DoseRequest, more: int
) -> None:
    actual = replace(request_, basis="ACTUAL", entered_weight_kg=None)
    try:
        less_heavy = compute(subject, actual, limits())
        heavier = compute(replace(subject, weight_kg=subject.weight_kg + more), actual, limits())
    except CannotDose:
        return
    assert heavier.dose_mg >= less_heavy.dose_mg


def test_a_refused_dose_passes_through_whatever_stands_around_it() -> None:
    @contextmanager
    def around() -> Iterator[None]:
        yield

    with pytest.raises(CannotDose), around():
        raise CannotDose(())
