"""Aldrete (domain B.6) and discharge (C.5) at their bounds, and unknown never passes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.aldrete import Answers, aldrete_total, circulation, oxygenation
from services.scheduling.domain.discharge import Bedside, Departure, unmet_criteria
from services.scheduling.domain.vitals import Vitals
from tests.unit.scheduling.kit import POLICY, at

BASELINE = Vitals(systolic=120, diastolic=80, spo2=98, cadss=1)
WELL = Vitals(systolic=124, diastolic=82, spo2=97, moaas=5, cadss=3)
BEDSIDE = Bedside(
    aldrete=Answers(2, 2, 2), gait_steady=True, nausea_controlled=True, iv_out=True, escort_present=True,
    instructions_given=True, new_suicide_concern=False,
)  # fmt: skip
FIT = Departure(BEDSIDE, BASELINE, WELL, infusion_ended_at=at(40), leaves_at=at(100))


def unmet(departure: Departure) -> list[str]:
    return [u.code for u in unmet_criteria(departure, POLICY)]


def seen(**vitals: Any) -> Departure:
    return replace(FIT, current=WELL.model_copy(update=vitals))


def told(**answers: Any) -> Departure:
    return replace(FIT, bedside=replace(BEDSIDE, **answers))


def test_a_patient_who_meets_everything_goes_home() -> None:
    assert unmet(FIT) == []


@pytest.mark.parametrize(
    ("departure", "code"),
    [
        (told(aldrete=Answers(1, 1, 2)), "ALDRETE_BELOW_9"),
        (seen(moaas=4), "NOT_FULLY_AWAKE"),
        (seen(spo2=93), "SPO2_LOW"),
        (seen(cadss=6), "DISSOCIATED"),
        (replace(FIT, leaves_at=at(99.9)), "OBSERVATION_TOO_SHORT"),
        (told(gait_steady=False), "GAIT_UNSTEADY"),
        (told(nausea_controlled=False), "NAUSEA_UNCONTROLLED"),
        (told(iv_out=False), "IV_STILL_IN"),
        (told(escort_present=False), "NO_ESCORT"),
        (told(instructions_given=False), "NO_WRITTEN_INSTRUCTIONS"),
        (told(new_suicide_concern=True), "SUICIDE_CONCERN"),
    ],
)
def test_each_criterion_alone_refuses(departure: Departure, code: str) -> None:
    found = unmet_criteria(departure, POLICY)
    assert [(u.code, u.known) for u in found] == [(code, True)]


@pytest.mark.parametrize(
    ("departure", "codes"),
    [
        (told(gait_steady=None), ["GAIT_UNSTEADY"]),
        (told(nausea_controlled=None), ["NAUSEA_UNCONTROLLED"]),
        (told(iv_out=None), ["IV_STILL_IN"]),
        (told(escort_present=None), ["NO_ESCORT"]),
        (told(instructions_given=None), ["NO_WRITTEN_INSTRUCTIONS"]),
        (told(new_suicide_concern=None), ["SUICIDE_CONCERN"]),
        (told(aldrete=Answers(2, None, 2)), ["ALDRETE_BELOW_9"]),
        (seen(moaas=None), ["NOT_FULLY_AWAKE"]),
        (seen(cadss=None), ["DISSOCIATED"]),
        (seen(spo2=None), ["ALDRETE_BELOW_9", "SPO2_LOW"]),
        (seen(systolic=None, diastolic=None), ["ALDRETE_BELOW_9", "PRESSURE_OFF_BASELINE", "PRESSURE_HIGH"]),
        (replace(FIT, baseline=None), ["ALDRETE_BELOW_9", "PRESSURE_OFF_BASELINE", "DISSOCIATED"]),
    ],
)
def test_an_unknown_criterion_refuses_and_says_that_it_is_unknown(departure: Departure, codes: list[str]) -> None:
    found = unmet_criteria(departure, POLICY)
    assert [u.code for u in found] == codes
    assert not any(u.known for u in found)


@pytest.mark.parametrize(
    ("baseline", "now", "codes"),
    [
        ((120, 80), (144, 96), []),
        ((120, 80), (145, 96), ["PRESSURE_OFF_BASELINE"]),
        ((120, 80), (144, 97), ["PRESSURE_OFF_BASELINE"]),
        ((120, 80), (96, 64), []),
        ((120, 80), (95, 64), ["PRESSURE_OFF_BASELINE"]),
        ((140, 90), (159, 99), []),
        ((140, 90), (160, 99), ["PRESSURE_HIGH"]),
        ((140, 90), (159, 100), ["PRESSURE_HIGH"]),
    ],
)
def test_pressure_within_twenty_percent_inclusive_and_below_the_limit(
    baseline: tuple[int, int], now: tuple[int, int], codes: list[str]
) -> None:
    before = BASELINE.model_copy(update={"systolic": baseline[0], "diastolic": baseline[1]})
    current = WELL.model_copy(update={"systolic": now[0], "diastolic": now[1]})
    assert unmet(replace(FIT, baseline=before, current=current)) == codes


def test_oxygen_may_return_to_the_patients_own_lower_baseline() -> None:
    before = BASELINE.model_copy(update={"spo2": 93})
    assert unmet(replace(seen(spo2=93), baseline=before)) == []
    assert unmet(replace(seen(spo2=92), baseline=before)) == ["SPO2_LOW"]


def test_dissociation_returns_to_four_above_baseline() -> None:
    assert unmet(seen(cadss=5)) == []
    assert unmet(seen(cadss=6)) == ["DISSOCIATED"]


def test_the_observation_is_counted_from_the_end_of_the_infusion() -> None:
    assert unmet(replace(FIT, leaves_at=at(40) + timedelta(minutes=60))) == []
    short = unmet_criteria(replace(FIT, leaves_at=at(40) + timedelta(minutes=59)), POLICY)
    assert short[0].params == {"minutes_observed": 59, "needed": 60}


@pytest.mark.parametrize(
    ("baseline", "now", "points"),
    [
        (120, 145, 1),
        (120, 144, 2),
        (120, 180, 0),
        (120, 179, 1),
        (120, 96, 2),
        (120, 95, 1),
        (120, 60, 0),
        (120, 61, 1),
    ],
)
def test_circulation_points(baseline: int, now: int, points: int) -> None:
    before = Vitals(systolic=baseline, diastolic=50)
    assert circulation(before, Vitals(systolic=now, diastolic=50)) == points


def test_circulation_takes_the_worse_of_both_pressures() -> None:
    assert circulation(Vitals(systolic=120, diastolic=80), Vitals(systolic=120, diastolic=40)) == 0


@pytest.mark.parametrize(
    ("spo2", "on_oxygen", "points"),
    [(93, False, 2), (92, False, 1), (91, False, 1), (90, False, 0), (91, True, 1), (99, True, 1), (90, True, 0)],
)
def test_oxygen_points(spo2: int, on_oxygen: bool, points: int) -> None:
    assert oxygenation(Vitals(spo2=spo2, on_oxygen=on_oxygen)) == points


@pytest.mark.parametrize(
    ("answers", "spo2", "total"), [((2, 2, 2), 97, 10), ((2, 2, 1), 97, 9), ((2, 1, 1), 97, 8), ((2, 2, 2), 92, 9)]
)
def test_aldrete_totals(answers: tuple[int, int, int], spo2: int, total: int) -> None:
    now = WELL.model_copy(update={"spo2": spo2})
    assert aldrete_total(Answers(*answers), BASELINE, now) == total


@given(
    st.lists(st.none() | st.booleans(), min_size=6, max_size=6),
    st.lists(st.none() | st.integers(0, 2), min_size=3, max_size=3),
    st.none() | st.integers(0, 5), st.integers(0, 120),
)  # fmt: skip
def test_nobody_leaves_with_anything_unknown_or_unmet(
    answers: list[bool | None], points: list[int | None], moaas: int | None, minutes: int
) -> None:
    gait, nausea, iv, escort, instructions, concern = answers
    bedside = Bedside(Answers(*points), gait, nausea, iv, escort, instructions, concern)
    now = WELL.model_copy(update={"moaas": moaas})
    departure = Departure(bedside, BASELINE, now, at(0), at(minutes))
    well = [gait, nausea, iv, escort, instructions] == [True] * 5 and concern is False
    awake = moaas == 5 and minutes >= 60 and None not in points and sum(p for p in points if p is not None) >= 5
    assert (unmet(departure) == []) == (well and awake)
