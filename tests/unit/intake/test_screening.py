"""Screening against the vectors of domain A.7 that larkspur's rules cover, and vectors of our own."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.intake.domain.comparing import same_decision
from services.intake.domain.observations import Item9
from services.intake.domain.safety import Concern, Risk
from services.intake.domain.screening import concerns_of_decision, screen, summary, worrying
from shared.clinicfile.ruleset import Rule
from shared.events.parts import Modality, Outcome
from tests.unit.intake.cases import (
    FIT,
    NOW,
    REFUSED,
    UNKNOWN,
    ago,
    answered,
    decided,
    decision_on,
    facts_of,
    history,
    larkspur,
    pressure,
    quantity,
    values_of,
)  # fmt: skip

IV, PAIN, SPRAVATO = Modality.IV_MOOD, Modality.IV_PAIN, Modality.SPRAVATO_TRD


def item9(points: int | None) -> dict[str, Any]:
    return {"item9": (Item9(at=NOW, source="patient", points=points),)}


@pytest.mark.parametrize(
    ("vector", "answers", "changes", "modality", "expected"),
    [
        ("A-1", {}, {}, IV, "ELIGIBLE"),
        ("A-2", {}, {"birth_date": date(2009, 11, 21)}, IV, "INELIGIBLE"),
        ("A-2", {}, {"birth_date": date(2009, 11, 21)}, SPRAVATO, "INELIGIBLE"),
        ("A-3", {"pregnant": "yes"}, {}, IV, "INELIGIBLE"),
        ("A-3", {"pregnant": "yes"}, {}, SPRAVATO, "INELIGIBLE"),
        ("A-4", {"arteriovenous_malformation": "yes"}, {}, IV, "INELIGIBLE"),
        ("A-6", {}, {"pressures": (pressure(140, 90),)}, IV, "ELIGIBLE"),
        ("A-7", {}, {"pressures": (pressure(141, 90),)}, IV, "NEEDS_REVIEW"),
        ("A-7", {}, {"pressures": (pressure(141, 90),)}, SPRAVATO, "NEEDS_REVIEW"),
        ("A-8", {}, {"pressures": (pressure(182, 100),)}, IV, "DEFERRED"),
        ("A-15", {"failed_antidepressants": 1}, {}, IV, "NEEDS_REVIEW"),
        ("A-16", {"primary_indication": "FIBROMYALGIA", "failed_antidepressants": 0}, {}, PAIN, "ELIGIBLE"),
        ("A-18", {}, item9(1), IV, "NEEDS_REVIEW"),
        ("A-20", {"pregnant": "yes"}, item9(3), IV, "EMERGENCY"),
        ("A-24", {"schizophrenia": "absent"}, {}, IV, "NEEDS_REVIEW"),
    ],
)
def test_vectors(
    vector: str, answers: dict[str, Any], changes: dict[str, Any], modality: Modality, expected: str
) -> None:
    assert decided(values_of(history(answers, **changes)), modality).outcome == expected, vector


@pytest.mark.parametrize(
    ("answers", "changes", "expected", "rule_ids"),
    [
        ({}, {"birth_date": date(2008, 11, 20)}, "ELIGIBLE", ()),  # 18 today
        ({"allergy_ketamine": "yes"}, {}, "INELIGIBLE", ("SCR-010",)),
        ({}, {"allergies": ("Ketamine (hives)",)}, "INELIGIBLE", ("SCR-010",)),
        ({"aneurysmal_disease": "yes"}, {}, "INELIGIBLE", ("SCR-011",)),
        ({"intracerebral_haemorrhage": "yes"}, {}, "INELIGIBLE", ("SCR-013",)),
        ({"schizophrenia": "yes"}, {}, "INELIGIBLE", ("SCR-030",)),
        ({"psychosis_current": "yes"}, {}, "INELIGIBLE", ("SCR-030",)),
        ({"psychosis_history": "yes"}, {}, "INELIGIBLE", ("LRK-001", "SCR-031")),
        ({"uncontrolled_hypertension_reported": "yes"}, {}, "DEFERRED", ("SCR-040",)),
        ({}, {"weights": (quantity("70", at=ago(days=30, hours=23)),)}, "ELIGIBLE", ()),
        ({}, {"weights": (quantity("70", at=ago(days=31)),)}, "DEFERRED", ("SCR-003",)),
        ({}, {"weights": ()}, "DEFERRED", ("SCR-003",)),
        ({}, {"heights": ()}, "DEFERRED", ("SCR-003",)),
        ({}, {"pressures": (pressure(140, 90), pressure(160, 100))}, "DEFERRED", ("SCR-040", "SCR-041")),
        ({}, {"pressures": (pressure(140, 90), pressure(140, 90))}, "ELIGIBLE", ()),
        ({}, {"pressures": (pressure(128, 80), pressure(130, 80), pressure(178, 80, at=ago(days=9)))}, "DEFERRED",
         ("SCR-040",)),
        ({}, {"pressures": (pressure(128, 120),)}, "DEFERRED", ("SCR-042",)),
        ({"acute_symptoms_now": "yes"}, {"pressures": (pressure(180, 80),)}, "EMERGENCY",
         ("SCR-042E", "SCR-047", "SCR-042")),
        ({"immediate_danger": "yes"}, {}, "EMERGENCY", ("SCR-091",)),
        ({"primary_indication": "PTSD", "failed_antidepressants": "unknown"}, {}, "ELIGIBLE", ()),
        ({}, item9(2), "NEEDS_REVIEW", ("PHQ9-ITEM9-2",)),
        ({}, item9(3), "EMERGENCY", ("PHQ9-ITEM9-3",)),
    ],
)  # fmt: skip
def test_own_vectors(
    answers: dict[str, Any], changes: dict[str, Any], expected: str, rule_ids: tuple[str, ...]
) -> None:
    found = decision_on(history(answers, **changes)).of(IV)
    assert found is not None
    assert (found.outcome, found.rule_ids) == (expected, rule_ids)


@pytest.mark.parametrize(
    ("answers", "changes", "questions"),
    [
        ({"allergy_ketamine": UNKNOWN}, {}, {"allergy_ketamine"}),
        ({"schizophrenia": REFUSED}, {}, {"schizophrenia"}),
        ({"immediate_danger": REFUSED}, {}, {"immediate_danger"}),
        ({"primary_indication": UNKNOWN, "failed_antidepressants": 1}, {}, {"primary_indication"}),
        ({"pregnant": UNKNOWN}, {"sex_at_birth": "female"}, {"pregnant"}),
        ({"pregnant": UNKNOWN}, {"sex_at_birth": "unknown"}, {"pregnant", "could_be_pregnant"}),
        ({}, item9(None), {"phq9_item9"}),
        ({}, {"item9": ()}, {"phq9_item9"}),
        ({}, {"pressures": (pressure(128, 80, at=ago(hours=25)),)}, {"systolic_24h_max", "diastolic_24h_max"}),
    ],
)
def test_what_is_unknown_is_asked_and_never_passes(
    answers: dict[str, Any], changes: dict[str, Any], questions: set[str]
) -> None:
    found = decision_on(history(answers, **changes)).of(IV)
    assert found is not None
    assert found.outcome == Outcome.NEEDS_REVIEW
    assert {f.reason_code for f in found.findings} == {"INCOMPLETE"}
    assert set(found.open_questions) == questions


def test_a_man_is_not_asked_about_pregnancy() -> None:
    assert decision_on(history({"pregnant": "absent"}, sex_at_birth="male")).modalities[0].outcome == "ELIGIBLE"


def test_a_decision_covers_every_modality_of_the_clinic_and_keeps_its_facts() -> None:
    decision = decision_on(history())
    assert [m.modality for m in decision.modalities] == [IV, PAIN]
    assert (decision.rule_set, decision.rule_set_hash) == ("larkspur-2026.11", "hash-1")
    assert decision.facts == facts_of(history())


def test_one_patient_can_be_refused_one_modality_and_reviewed_for_another() -> None:
    values = values_of(history({"schizophrenia": "yes"}))
    assert (decided(values, IV).outcome, decided(values, SPRAVATO).outcome) == ("INELIGIBLE", "NEEDS_REVIEW")


def test_a_finding_says_why_and_until_when() -> None:
    found = decision_on(history(pressures=(pressure(140, 90), pressure(160, 100)))).of(IV)
    assert found is not None
    finding = found.findings[0]
    assert (finding.evidence["run_mean_systolic_max"], finding.evidence["run_mean_diastolic_max"]) == (150.0, 95.0)
    assert (finding.recheck_after, finding.actions) == (NOW + timedelta(days=14), ("RECHECK_PRESSURE",))


def test_a_file_cannot_make_an_unknown_fact_pass() -> None:
    lenient = larkspur().rules[0].model_copy(update={"unknown": Outcome.ELIGIBLE})
    file = larkspur().model_copy(update={"rules": (lenient,)})
    assert decided({}, IV, file).outcome == Outcome.NEEDS_REVIEW


def test_a_rule_that_breaks_is_an_open_question() -> None:
    broken = {"id": "SCR-999", "when": "age_years > 'x'", "needs": ("age_years",)}
    rule = Rule.model_validate(larkspur().rules[0].model_dump() | broken)
    found = decided({"age_years": 40}, IV, larkspur().model_copy(update={"rules": (rule,)}))
    assert (found.outcome, found.open_questions) == ("NEEDS_REVIEW", ("SCR-999",))


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (history(weights=(quantity("71"),)), True),
        (history(weights=(quantity("70", at=ago(days=9)),)), True),
        (history({"failed_antidepressants": 1}), False),
        (history({"allergy_ketamine": "unknown"}), False),
        (history(pressures=(pressure(150, 80),)), False),
    ],
)
def test_only_substance_makes_a_decision_different(changed: Any, same: bool) -> None:
    assert same_decision(decision_on(history()), decision_on(changed)) is same


@pytest.mark.parametrize(("days_ago", "recheck_in"), [(0, 42), (30, 12), (41, 1)])
def test_after_a_cardiac_event_the_recheck_counts_from_the_event(days_ago: int, recheck_in: int) -> None:
    day = (NOW - timedelta(days=days_ago)).date().isoformat()
    found = decision_on(history({"cardiac_event": "yes", "cardiac_event_on": day})).of(IV)
    assert found is not None
    [finding] = found.findings
    assert (finding.rule_id, finding.outcome) == ("SCR-043", "DEFERRED")
    assert finding.recheck_after == NOW + timedelta(days=recheck_in)


def test_worse_evidence_for_the_same_rule_is_a_different_decision() -> None:
    mild, worse = history(pressures=(pressure(145, 80),)), history(pressures=(pressure(170, 80),))
    assert not same_decision(decision_on(mild), decision_on(worse))


def test_other_rules_make_a_different_decision_only_where_they_say_something_else() -> None:
    facts = facts_of(history())
    assert same_decision(screen(larkspur(), "a", facts, NOW), screen(larkspur(), "b", facts, NOW))
    fewer = larkspur().model_copy(update={"rules": larkspur().rules[1:]})
    young = facts_of(history(birth_date=date(2010, 1, 1)))
    assert not same_decision(screen(larkspur(), "a", young, NOW), screen(fewer, "b", young, NOW))


def test_what_others_hear_of_a_decision_holds_no_evidence() -> None:
    told = summary(decision_on(history({"allergy_ketamine": "yes", "schizophrenia": "unknown"})))
    first = told.outcomes[0]
    assert (first.outcome, first.rule_ids, first.open_questions) == ("INELIGIBLE", ("SCR-010",), ("schizophrenia",))


def test_only_newly_fired_rules_open_concerns() -> None:
    danger = decision_on(history({"immediate_danger": "yes"}))
    assert concerns_of_decision(danger, None) == (Concern(risk=Risk.HIGH, source="SCR-091"),)
    assert concerns_of_decision(danger, danger) == ()
    assert concerns_of_decision(decision_on(history()), None) == ()


def test_help_is_shown_with_an_emergency_and_with_any_point_in_item_9() -> None:
    cases = [history(), history(**item9(1)), history({"acute_symptoms_now": "yes"}), history({"pregnant": "yes"})]
    assert [worrying(decision_on(case)) for case in cases] == [False, True, True, False]


def test_a_later_questionnaire_counts_question_by_question() -> None:
    first, second = answered(at=ago(days=2), **FIT), answered(failed_antidepressants=1)
    found = decision_on(history(questionnaires=(second, first))).of(IV)
    assert found is not None
    assert (found.outcome, found.rule_ids) == ("NEEDS_REVIEW", ("SCR-080",))


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"heart_rates": (quantity("111"), quantity("60", at=ago(days=1)))}, "NEEDS_REVIEW"),
        ({"heart_rates": (quantity("60"), quantity("111", at=ago(days=1)))}, "ELIGIBLE"),
        ({"heart_rates": ()}, "NEEDS_REVIEW"),
        ({"asa_classes": (quantity("3"),)}, "NEEDS_REVIEW"),
        ({"asa_classes": ()}, "NEEDS_REVIEW"),
    ],
)
def test_what_staff_measured_last_counts_and_without_it_staff_is_asked(changes: Any, outcome: str) -> None:
    """A.8: heart rate and ASA class come from staff; before, they are open questions."""
    found = decision_on(history(**changes)).of(IV)
    assert found is not None
    assert found.outcome == outcome
    assert all(f.open_questions for f in found.findings) is (() in changes.values() or outcome == "ELIGIBLE")


def test_what_is_only_information_neither_worsens_nor_asks() -> None:
    """MED-05: at most 8 mg is told beside MED-03, which decides."""
    values = values_of(history({"takes_benzodiazepine": "yes", "benzodiazepine_mg": 8}))
    found = decided(values, IV)
    assert (found.outcome, found.rule_ids) == ("NEEDS_REVIEW", ("MED-03", "MED-05"))
    assert [finding.rule_id for finding in found.against] == ["MED-03"]
    assert "MED-05" not in {f.rule_id for f in decided({}, IV).findings}
