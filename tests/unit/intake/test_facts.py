"""From observations to facts: newest first, unknown left out, derived ones computed (domain A.8)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.facts import age_on, known_facts
from services.intake.domain.observations import HealthAnswers, Indication, Item9
from shared.clinicfile.facts import INDICATIONS, VOCABULARY
from tests.unit.intake.cases import (
    ABSENT,
    BOISE,
    FIT,
    NOW,
    REFUSED,
    UNKNOWN,
    ago,
    answered,
    facts_of,
    history,
    pressure,
    quantity,
    values_of,
)  # fmt: skip


def test_there_is_a_question_for_every_fact_that_patients_tell() -> None:
    told = {name for name, fact in VOCABULARY.items() if fact.source == "patient"}
    assert set(HealthAnswers.model_fields) == told | {
        "pregnancy_possible",
        "negative_pregnancy_test_on",
        "high_dose_course",
        "cardiac_event_on",
        "medications",
    }


def test_indications_are_those_of_the_vocabulary() -> None:
    assert {indication.value for indication in Indication} == set(INDICATIONS)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2008, 11, 20), date(2026, 11, 20), 18),
        (date(2008, 11, 21), date(2026, 11, 20), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(1926, 1, 1), date(2026, 12, 31), 100),
    ],
)
def test_age_in_completed_years(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


def test_age_counts_on_the_clinics_date_and_not_on_the_utc_date() -> None:
    still_the_20th_in_boise = datetime(2026, 11, 21, 6, 59, tzinfo=UTC)
    facts = known_facts(history(birth_date=date(2008, 11, 21)), still_the_20th_in_boise, BOISE)
    assert facts["age_years"].value == 17


@pytest.mark.parametrize(
    ("oldest_to_newest", "value"),
    [
        (["no", "yes"], True),
        (["yes", "no"], False),
        (["no", "absent"], False),
        (["no", "unknown"], None),
        (["no", "refused"], None),
        (["yes", "unknown"], True),
        (["yes", "no", "unknown"], None),
        (["unknown", "no"], False),
        (["absent"], None),
    ],
)
def test_saying_less_takes_back_a_no_but_never_a_yes(oldest_to_newest: list[str], value: bool | None) -> None:
    given_answers = [answered(psychosis_history=a, at=ago(days=9 - n)) for n, a in enumerate(oldest_to_newest)]
    facts = values_of(history(questionnaires=tuple(reversed(given_answers))))
    assert facts.get("psychosis_history") == value


@pytest.mark.parametrize(
    ("question", "oldest_to_newest", "value"),
    [
        (question, answers, value)
        for question in ("addiction_plan", "escort_available", "under_clinician_care")
        for answers, value in (
            (["yes", "unknown"], None), (["yes", "refused"], None), (["no", "unknown"], False), (["no", "yes"], True),
            (["no", "yes", "unknown"], None), (["yes", "absent"], True),
        )
    ]
    + [
        ("child_pugh", ["C", "unknown"], "C"), ("child_pugh", ["B", "refused"], "B"),
        ("child_pugh", ["C", "A", "unknown"], None), ("child_pugh", ["NONE", "unknown"], None),
        ("child_pugh", ["C", "NONE"], "NONE"),
    ],
)  # fmt: skip
def test_saying_less_takes_back_what_speaks_for_treatment_only(
    question: str, oldest_to_newest: list[str], value: bool | str | None
) -> None:
    given_answers = [answered(at=ago(days=9 - n), **{question: a}) for n, a in enumerate(oldest_to_newest)]
    facts = values_of(history(questionnaires=tuple(reversed(given_answers))))
    assert facts.get(question) == value


@pytest.mark.parametrize(
    ("sex", "answer", "value"),
    [
        ("female", "absent", None), ("female", "no", False), ("female", "yes", True), ("unknown", "absent", None),
        ("male", "absent", False), ("male", "unknown", False), ("male", "yes", True), ("other", "refused", None),
    ],
)  # fmt: skip
def test_a_yes_to_breastfeeding_counts_whatever_sex_is_on_record(sex: str, answer: str, value: bool | None) -> None:
    facts = values_of(history({"breastfeeding": answer}, sex_at_birth=sex))
    assert facts.get("breastfeeding") is value


def test_men_are_not_asked_about_breastfeeding_anew_when_their_answers_grow_old() -> None:
    long_ago = (answered(at=ago(days=200), breastfeeding="no"),)
    facts = facts_of(history(questionnaires=long_ago, sex_at_birth="male"))
    assert (facts["breastfeeding"].value, facts["breastfeeding"].as_of) == (False, NOW)


def test_an_answer_keeps_its_source_and_time() -> None:
    given_answers = (answered(at=ago(days=1), source="staff", pregnant="no"), answered(at=ago(days=2), **FIT))
    facts = facts_of(history(questionnaires=given_answers))
    assert (facts["pregnant"].source, facts["pregnant"].as_of) == ("staff", ago(days=1))
    assert (facts["schizophrenia"].source, facts["schizophrenia"].as_of) == ("patient", ago(days=2))


@pytest.mark.parametrize(
    ("oldest_to_newest", "points"),
    [
        ([0], 0),
        ([3, 0], 0),
        ([None], None),
        ([0, None], None),
        ([3, None], 3),
        ([1, 0, None], None),
        ([2, None, None], 2),
    ],
)
def test_item_9_left_out_takes_back_a_zero_but_never_a_point(
    oldest_to_newest: list[int | None], points: int | None
) -> None:
    answers = tuple(Item9(at=NOW, source="patient", points=p) for p in reversed(oldest_to_newest))
    assert values_of(history(item9=answers)).get("phq9_item9") == points


@pytest.mark.parametrize(
    ("newest_first", "mean"),
    [
        ([(150, 95)], None),
        ([(140, 90), (160, 100)], (150.0, 95.0)),
        ([(128, 80), (130, 80), (178, 80)], (436 / 3, 80.0)),
        ([(180, 100), (100, 60), (100, 60)], (140.0, 80.0)),
    ],
)
def test_the_worst_mean_of_the_latest_readings(
    newest_first: list[tuple[int, int]], mean: tuple[float, float] | None
) -> None:
    readings = tuple(pressure(s, d, at=ago(days=n)) for n, (s, d) in enumerate(newest_first))
    facts = values_of(history(pressures=readings))
    assert facts["pressure_reading_count"] == len(newest_first)
    found = (facts.get("run_mean_systolic_max"), facts.get("run_mean_diastolic_max"))
    assert found == (mean or (None, None))


@given(st.lists(st.tuples(st.integers(100, 200), st.integers(50, 99)), min_size=2, max_size=12))
def test_no_run_of_the_latest_readings_is_above_the_worst_mean(newest_first: list[tuple[int, int]]) -> None:
    readings = tuple(pressure(s, d) for s, d in newest_first)
    worst = values_of(history(pressures=readings))["run_mean_systolic_max"]
    means = [sum(s for s, _ in newest_first[:n]) / n for n in range(2, len(newest_first) + 1)]
    assert worst == max(means)


@pytest.mark.parametrize(("hours", "known"), [(0, True), (24, True), (24.01, False)])
def test_readings_of_the_last_day(hours: float, known: bool) -> None:
    facts = values_of(history(pressures=(pressure(150, 80, at=ago(hours=hours)),)))
    assert ("systolic_24h_max" in facts) == known


def test_a_body_that_was_not_measured_is_known_to_be_unknown() -> None:
    facts = values_of(history(weights=(), heights=(), pressures=()))
    assert (facts["weight_known"], facts["height_known"]) == (False, False)
    assert "weight_age_days" not in facts
    assert "pressure_reading_count" not in facts


@pytest.mark.parametrize(("age", "days"), [({"days": 30, "hours": 23}, 30), ({"days": 31}, 31), ({}, 0)])
def test_the_age_of_a_weight_in_whole_days(age: dict[str, float], days: int) -> None:
    facts = values_of(history(weights=(quantity("70", at=ago(**age)), quantity("90", at=ago(days=90)))))
    assert facts["weight_age_days"] == days


@pytest.mark.parametrize(
    ("sex", "answers", "possible"),
    [
        ("female", {}, True),
        ("other", {}, True),
        ("male", {}, False),
        ("unknown", {}, None),
        ("male", {"pregnant": "yes"}, True),
        ("male", {"pregnancy_possible": "yes"}, True),
        ("female", {"pregnancy_possible": "no"}, False),
        ("female", {"pregnancy_possible": "no", "pregnant": "yes"}, True),
        ("female", {"pregnancy_possible": UNKNOWN}, True),
        ("unknown", {"pregnancy_possible": REFUSED}, None),
        ("unknown", {"pregnancy_possible": "no"}, False),
    ],
)
def test_who_could_be_pregnant(sex: str, answers: dict[str, Any], possible: bool | None) -> None:
    facts = values_of(history({"pregnant": ABSENT} | answers, sex_at_birth=sex))
    assert facts.get("could_be_pregnant") == possible


@pytest.mark.parametrize(
    ("allergies", "answer", "allergic"),
    [
        (("penicillin",), "no", False),
        (("KETAMINE",), "no", True),
        (("esketamine nasal",), "absent", True),
        (("Spravato",), "no", True),
        ((), "absent", None),
    ],
)
def test_an_allergy_on_the_card_outweighs_a_no(allergies: tuple[str, ...], answer: str, allergic: bool | None) -> None:
    facts = values_of(history({"allergy_ketamine": answer}, allergies=allergies))
    assert facts.get("allergy_ketamine") == allergic


def test_every_fact_is_a_word_of_the_vocabulary_that_accepts_it() -> None:
    facts = values_of(history({"pregnancy_possible": "yes"}))
    assert all(VOCABULARY[name].accepts(value) for name, value in facts.items())
    assert "pregnancy_possible" not in facts


@pytest.mark.parametrize(
    ("tested", "known", "age"),
    [("2026-11-20", True, 0), ("2026-11-13", True, 7), ("2026-11-21", False, None), (UNKNOWN, False, None)],
)
def test_a_pregnancy_test_counts_days_of_the_clinics_calendar(tested: Any, known: bool, age: int | None) -> None:
    facts = values_of(history({"negative_pregnancy_test_on": tested}))
    assert (facts["negative_pregnancy_test_known"], facts.get("pregnancy_test_age_days")) == (known, age)


def test_an_event_without_its_day_has_no_age() -> None:
    facts = values_of(history({"cardiac_event": "yes", "cardiac_event_on": UNKNOWN}))
    assert facts["cardiac_event"] is True
    assert "cardiac_event_age_days" not in facts


@pytest.mark.parametrize(
    ("weight", "height", "bmi"),
    [("76.8", "160", 30.0), ("76.79", "160", 29.99609375)],
)
def test_the_bmi_is_exact_and_not_rounded(weight: str, height: str, bmi: float) -> None:
    assert values_of(history(weights=(quantity(weight),), heights=(quantity(height),)))["bmi"] == bmi


@pytest.mark.parametrize(
    ("day", "known"), [("1986-03-13", False), ("1986-03-14", True), ("2026-11-20", True), ("2026-11-21", False)]
)
def test_a_day_before_the_birth_or_to_come_says_nothing(day: str, known: bool) -> None:
    facts = values_of(history({"cardiac_event": "yes", "cardiac_event_on": day, "negative_pregnancy_test_on": day}))
    assert ("cardiac_event_age_days" in facts, facts["negative_pregnancy_test_known"]) == (known, known)
