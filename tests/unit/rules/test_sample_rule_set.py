"""The rules of the sample clinic against the vectors of domain A.7 and around every limit of A.2."""

import pytest

from shared.clinicfile.facts import VOCABULARY
from shared.rules import CompiledRules, Verdict
from tests.unit.clinicfile.larkspur import FILE

RULES = CompiledRules(FILE.rules)
HEALTHY = {
    "age_years": 40, "weight_known": True, "height_known": True, "weight_age_days": 3, "allergy_ketamine": False,
    "aneurysmal_disease": False, "arteriovenous_malformation": False, "intracerebral_haemorrhage": False,
    "could_be_pregnant": True, "pregnant": False, "schizophrenia": False, "psychosis_current": False,
    "psychosis_history": False, "uncontrolled_hypertension_reported": False, "pressure_reading_count": 1,
    "systolic_24h_max": 128, "diastolic_24h_max": 80, "acute_symptoms_now": False, "primary_indication": "MDD_TRD",
    "failed_antidepressants": 2, "phq9_item9": 0, "immediate_danger": False,
}  # fmt: skip


def results(facts):
    return {result.rule_id: result for result in RULES.evaluate(facts)}


def fired(**facts):
    found = results({**HEALTHY, **facts})
    assert [r.rule_id for r in found.values() if r.verdict is Verdict.INCOMPLETE] == []
    return {rule_id for rule_id, result in found.items() if result.verdict is Verdict.FIRED}


# Healthy answers elsewhere decide the rules that use these, whatever they are.
ANSWERED_OTHERWISE = {"could_be_pregnant", "pressure_reading_count", "primary_indication"}
RUN = {"pressure_reading_count": 2}


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ({}, set()),
        ({"age_years": 17}, {"SCR-001"}),
        ({"age_years": 18}, set()),
        ({"weight_known": False, "height_known": True}, {"SCR-003"}),
        ({"weight_age_days": 30}, set()),
        ({"weight_age_days": 31}, {"SCR-003"}),
        ({"pregnant": True}, {"SCR-020"}),
        ({"arteriovenous_malformation": True}, {"SCR-012"}),
        ({"systolic_24h_max": 140, "diastolic_24h_max": 90}, set()),
        ({"systolic_24h_max": 141, "diastolic_24h_max": 90}, {"SCR-041"}),
        ({"systolic_24h_max": 140, "diastolic_24h_max": 91}, {"SCR-041"}),
        ({"systolic_24h_max": 182, "diastolic_24h_max": 100}, {"SCR-042"}),
        ({"systolic_24h_max": 130, "diastolic_24h_max": 120}, {"SCR-042"}),
        (
            {"systolic_24h_max": 180, "diastolic_24h_max": 80, "acute_symptoms_now": True},
            {"SCR-042", "SCR-042E", "SCR-047"},
        ),
        ({"acute_symptoms_now": True}, {"SCR-047"}),
        ({**RUN, "run_mean_systolic_max": 140, "run_mean_diastolic_max": 90}, set()),
        ({**RUN, "run_mean_systolic_max": 140.5, "run_mean_diastolic_max": 90}, {"SCR-040"}),
        ({**RUN, "run_mean_systolic_max": 120, "run_mean_diastolic_max": 90.5}, {"SCR-040"}),
        ({"uncontrolled_hypertension_reported": True}, {"SCR-040"}),
        ({"failed_antidepressants": 1}, {"SCR-080"}),
        ({"failed_antidepressants": 1, "primary_indication": "SUICIDAL_IDEATION"}, {"SCR-080"}),
        ({"failed_antidepressants": 0, "primary_indication": "FIBROMYALGIA"}, set()),
        ({"schizophrenia": True}, {"SCR-030"}),
        ({"psychosis_current": True}, {"SCR-030"}),
        ({"psychosis_history": True}, {"LRK-001"}),
        ({"allergy_ketamine": True}, {"SCR-010"}),
        ({"aneurysmal_disease": True}, {"SCR-011"}),
        ({"intracerebral_haemorrhage": True}, {"SCR-013"}),
        ({"phq9_item9": 1}, {"PHQ9-ITEM9-1"}),
        ({"phq9_item9": 2}, {"PHQ9-ITEM9-2"}),
        ({"phq9_item9": 3}, {"PHQ9-ITEM9-3"}),
        ({"immediate_danger": True, "pregnant": True}, {"SCR-091", "SCR-020"}),
    ],
)
def test_exactly_the_rules_of_the_vector_fire(facts, rules):
    assert fired(**facts) == rules


@pytest.mark.parametrize("fact", sorted(set(HEALTHY) - ANSWERED_OTHERWISE))
def test_an_unknown_answer_leaves_a_rule_incomplete_and_fires_none(fact):
    """A-24: a required answer is missing."""
    found = results({name: value for name, value in HEALTHY.items() if name != fact})
    incomplete = [result for result in found.values() if result.verdict is Verdict.INCOMPLETE]
    assert incomplete != []
    assert all(fact in result.missing for result in incomplete)
    assert not any(result.verdict is Verdict.FIRED for result in found.values())


@pytest.mark.parametrize("fact", ["could_be_pregnant", "primary_indication"])
def test_a_rule_decided_without_a_fact_still_names_it_as_missing(fact):
    answers = {**HEALTHY, **RUN, "run_mean_systolic_max": 120, "run_mean_diastolic_max": 80}
    found = results({name: value for name, value in answers.items() if name != fact}).values()
    assert {result.verdict for result in found} == {Verdict.PASSED}
    assert [result.missing for result in found if result.missing] == [(fact,)]


def test_nothing_known_passes_no_rule():
    assert {result.verdict for result in RULES.evaluate({})} == {Verdict.INCOMPLETE}


def test_who_cannot_be_pregnant_need_not_be_asked():
    facts = {**HEALTHY, "could_be_pregnant": False}
    del facts["pregnant"]
    assert results(facts)["SCR-020"].verdict is Verdict.PASSED


def test_without_any_reading_high_pressure_stays_an_open_question():
    unread = {name: v for name, v in HEALTHY.items() if name not in ("systolic_24h_max", "diastolic_24h_max")}
    del unread["pressure_reading_count"]
    found = results(unread)
    assert {found[rule].verdict for rule in ("SCR-040", "SCR-041", "SCR-042")} == {Verdict.INCOMPLETE}


def test_every_word_of_the_vocabulary_is_explained_and_used():
    used = {name for rule in FILE.rules for name in rule.needs}
    for name, fact in VOCABULARY.items():
        assert fact.meaning.endswith("."), name
        assert (fact.unit is not None) is (fact.type in ("int", "float")), name
        assert (len(fact.choices) > 1) is (fact.type == "choice"), name
    assert used <= set(VOCABULARY)
