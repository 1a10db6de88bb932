"""The alert table of domain C.4 at its bounds, and the readings of A.8 before the dose."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.scheduling.domain.alerts import findings, overdue
from services.scheduling.domain.vitals import Sign, Vitals
from tests.unit.scheduling.kit import LIMITS

BASELINE = Vitals(systolic=118, diastolic=74)


def raised(vitals: dict[str, Any], *, before_dose: bool = False, baseline: Vitals | None = BASELINE) -> list[str]:
    return [f"{f.rule_id} {f.level}" for f in findings(Vitals(**vitals), baseline, LIMITS, before_dose=before_dose)]


def pressure(text: str) -> dict[str, int]:
    systolic, diastolic = map(int, text.split("/"))
    return {"systolic": systolic, "diastolic": diastolic}


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ("140/90", []), ("157/98", []), ("158/80", ["AL-02 WARN"]), ("159/80", ["AL-02 WARN"]),
        ("160/80", ["AL-02 WARN"]), ("150/99", ["AL-02 WARN"]), ("150/98", []), ("150/100", ["AL-02 WARN"]),
        ("179/109", ["AL-02 WARN"]), ("180/90", ["AL-03 CRITICAL"]), ("150/110", ["AL-03 CRITICAL"]), ("90/50", []),
    ],
)  # fmt: skip
def test_pressure_during_the_infusion(reading: str, expected: list[str]) -> None:
    assert raised(pressure(reading)) == expected


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("159/99", []), ("160/80", ["AL-02 WARN"]), ("150/100", ["AL-02 WARN"]), ("180/80", ["AL-03 CRITICAL"])],
)
def test_without_a_baseline_the_fixed_bounds_hold(reading: str, expected: list[str]) -> None:
    assert raised(pressure(reading), baseline=None) == expected


def test_a_rise_of_forty_or_twenty_five_from_baseline_warns() -> None:
    low = Vitals(systolic=100, diastolic=60)
    assert raised(pressure("139/84"), baseline=low) == []
    assert raised(pressure("140/84"), baseline=low) == ["AL-02 WARN"]
    assert raised(pressure("130/85"), baseline=low) == ["AL-02 WARN"]
    assert raised(pressure("140/85"), baseline=None) == []


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ("140/90", []), ("141/90", ["AL-01 HOLD"]), ("140/91", ["AL-01 HOLD"]), ("165/95", ["AL-01 HOLD"]),
        ("180/90", ["AL-03 CRITICAL"]), ("150/110", ["AL-03 CRITICAL"]),
    ],
)  # fmt: skip
def test_before_the_dose_hold_stands_between_warn_and_critical(reading: str, expected: list[str]) -> None:
    assert raised(pressure(reading), before_dose=True) == expected


@pytest.mark.parametrize(
    ("vitals", "expected"),
    [
        ({"spo2": 94}, []), ({"spo2": 93}, ["AL-04 WARN"]), ({"spo2": 90}, ["AL-04 WARN"]),
        ({"spo2": 89}, ["AL-04 CRITICAL"]),
        ({"respiratory_rate": 10}, []), ({"respiratory_rate": 9}, ["AL-05 WARN"]),
        ({"respiratory_rate": 8}, ["AL-05 WARN"]), ({"respiratory_rate": 7}, ["AL-05 CRITICAL"]),
        ({"respiratory_rate": 0}, ["AL-05 CRITICAL"]),
        ({"heart_rate": 50}, []), ({"heart_rate": 120}, []), ({"heart_rate": 49}, ["AL-06 WARN"]),
        ({"heart_rate": 121}, ["AL-06 WARN"]), ({"heart_rate": 40}, ["AL-06 WARN"]),
        ({"heart_rate": 140}, ["AL-06 WARN"]), ({"heart_rate": 39}, ["AL-06 CRITICAL"]),
        ({"heart_rate": 141}, ["AL-06 CRITICAL"]),
        ({"moaas": 5}, []), ({"moaas": 4}, []), ({"moaas": 3}, ["AL-07 WARN"]), ({"moaas": 2}, ["AL-07 CRITICAL"]),
        ({"moaas": 0}, ["AL-07 CRITICAL"]),
        ({"cadss": 40}, []), ({"pain_nrs": 10}, []),
    ],
)  # fmt: skip
def test_other_vitals_at_their_bounds(vitals: dict[str, Any], expected: list[str]) -> None:
    assert raised(vitals) == expected


@pytest.mark.parametrize(
    ("sign", "expected"),
    [
        (Sign.NAUSEA, "AL-11 INFO"), (Sign.VOMITING, "AL-11 INFO"), (Sign.SEVERE_AGITATION, "AL-08 CRITICAL"),
        (Sign.NEW_PSYCHOSIS, "AL-08 CRITICAL"), (Sign.CHEST_PAIN, "AL-10 EMERGENCY"),
        (Sign.NEURO_DEFICIT, "AL-10 EMERGENCY"), (Sign.ANAPHYLAXIS, "AL-10 EMERGENCY"),
    ],
)  # fmt: skip
def test_every_sign_has_its_alert(sign: Sign, expected: str) -> None:
    assert raised({"signs": [sign, sign]}) == [expected]


def test_each_finding_raises_an_alert_of_its_own() -> None:
    seen = {"systolic": 185, "diastolic": 95, "spo2": 88, "heart_rate": 72, "signs": ["NAUSEA"]}
    assert raised(seen) == ["AL-03 CRITICAL", "AL-04 CRITICAL", "AL-11 INFO"]


def test_findings_name_values_with_units() -> None:
    low = Vitals(systolic=100, diastolic=60)
    texts = [f.finding for f in findings(Vitals(systolic=145, diastolic=70, spo2=92), low, LIMITS, before_dose=False)]
    assert texts == ["pressure 145/70 mmHg, +45/+10 from baseline", "SpO2 92 %"]
    assert overdue("MOAAS").rule_id == "AL-09"


@pytest.mark.parametrize(
    ("vitals", "field"),
    [
        ({"systolic": 999, "diastolic": 80}, "systolic"), ({"heart_rate": 999}, "heart_rate"), ({"spo2": 101}, "spo2"),
        ({"spo2": 999}, "spo2"), ({"respiratory_rate": -1}, "respiratory_rate"), ({"moaas": 6}, "moaas"),
        ({"cadss": 93}, "cadss"), ({"temperature_c": 999}, "temperature_c"), ({"pain_nrs": 11}, "pain_nrs"),
    ],
)  # fmt: skip
def test_an_impossible_value_is_refused_by_its_field(vitals: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Vitals(**vitals)
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]


@pytest.mark.parametrize(
    ("vitals", "kind"),
    [
        ({"systolic": 120}, "pressure_incomplete"), ({"diastolic": 80}, "pressure_incomplete"),
        ({"systolic": 80, "diastolic": 80}, "pressure_inverted"), ({}, "nothing_observed"),
        ({"on_oxygen": True}, "nothing_observed"),
    ],
)  # fmt: skip
def test_a_look_that_says_nothing_sensible_is_refused(vitals: dict[str, Any], kind: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Vitals(**vitals)
    assert [error["type"] for error in refused.value.errors()] == [kind]


def test_values_of_an_emergency_can_be_written_down() -> None:
    assert Vitals(heart_rate=0, respiratory_rate=0, spo2=40, moaas=0).heart_rate == 0
