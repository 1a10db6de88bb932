"""The rules that every clinic includes, around every limit of domain A.2 and A.3."""

import pytest

from shared.clinicfile.facts import VOCABULARY
from shared.rules import CompiledRules, Verdict
from tests.unit.clinicfile.every import FILES, SHARED
from tests.unit.rules.facts import HEALTHY, WITHOUT_QUALIFIER

RULES = CompiledRules(SHARED)
OF_OTHER_MODALITIES = {"SCR-081P"}
"""What every patient with depression sets off: depression is no indication of the pain programmes."""

RUN = {"pressure_reading_count": 2}


def results(facts):
    return {result.rule_id: result for result in RULES.evaluate(facts)}


def fired(**facts):
    found = results({**HEALTHY, **facts})
    assert [r.rule_id for r in found.values() if r.verdict is Verdict.INCOMPLETE] == []
    return {rule_id for rule_id, result in found.items() if result.verdict is Verdict.FIRED} - OF_OTHER_MODALITIES


PAIN = {"SCR-081", "SCR-081M", "SCR-081S"}
EVENT = {"cardiac_event": True}


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ({}, set()),
        ({"age_years": 17}, {"SCR-001"}),
        ({"age_years": 18}, set()),
        ({"age_years": 64}, set()),
        ({"age_years": 65}, {"SCR-002"}),
        ({"weight_known": False, "height_known": True}, {"SCR-003"}),
        ({"weight_age_days": 30}, set()),
        ({"weight_age_days": 31}, {"SCR-003"}),
        ({"bmi": 29.999}, set()),
        ({"bmi": 30.0}, {"SCR-004"}),
        ({"allergy_ketamine": True}, {"SCR-010"}),
        ({"aneurysmal_disease": True}, {"SCR-011"}),
        ({"arteriovenous_malformation": True}, {"SCR-012"}),
        ({"intracerebral_haemorrhage": True}, {"SCR-013"}),
        ({"pregnant": True}, {"SCR-020"}),
        ({"pregnancy_test_age_days": 7}, set()),
        ({"pregnancy_test_age_days": 8}, {"SCR-021"}),
        ({"negative_pregnancy_test_known": False}, {"SCR-021"}),
        ({"negative_pregnancy_test_known": False, "could_be_pregnant": False}, set()),
        ({"breastfeeding": True}, {"SCR-022"}),
        ({"breastfeeding": True, "sex_at_birth": "male"}, set()),
        ({"schizophrenia": True}, {"SCR-030"}),
        ({"psychosis_current": True}, {"SCR-030"}),
        ({"psychosis_history": True}, {"SCR-031"}),
        ({"mania_current": True}, {"SCR-032"}),
        ({"bipolar_disorder": True}, {"SCR-033"}),
        ({"mdq_positive": True}, {"SCR-033"}),
        ({"primary_indication": "BIPOLAR_DEPRESSION"}, {"SCR-033", "SCR-081M", "SCR-081S"}),
        ({"dementia_or_delirium": True}, {"SCR-034"}),
        ({"capacity_in_doubt": True}, {"SCR-034"}),
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
        ({**EVENT, "cardiac_event_age_days": 41}, {"SCR-043"}),
        ({**EVENT, "cardiac_event_age_days": 42}, {"SCR-044"}),
        ({"cardiovascular_disease": True}, {"SCR-044"}),
        ({"hypertensive_encephalopathy": True}, {"SCR-044"}),
        ({"severe_cardiovascular_disease": True}, {"SCR-045"}),
        ({"hypertension_diagnosed": True}, set()),
        ({"rhythm_therapy": True}, {"SCR-046"}),
        ({"raised_intracranial_pressure": True}, {"SCR-050"}),
        ({"raised_eye_pressure": True}, {"SCR-051"}),
        ({"open_globe": True}, {"SCR-051G"}),
        ({"uncontrolled_seizures": True}, {"SCR-052"}),
        ({"child_pugh": "A"}, set()),
        ({"child_pugh": "B"}, {"SCR-054"}),
        ({"child_pugh": "C"}, {"SCR-053"}),
        ({"hepatitis": True}, {"SCR-055"}),
        ({"heavy_alcohol": True}, {"SCR-055"}),
        ({"untreated_hyperthyroidism": True}, {"SCR-056"}),
        ({"bladder_trouble": True}, {"SCR-057"}),
        ({"severe_breathing_disorder": True}, {"SCR-058"}),
        ({"substance_misuse_active": True}, {"SCR-060"}),
        ({"substance_misuse_active": True, "addiction_plan": True}, set()),
        ({"primary_indication": "SUBSTANCE_USE_DISORDER"}, {"SCR-060", "SCR-081M", "SCR-081S"}),
        (
            {"primary_indication": "SUBSTANCE_USE_DISORDER", "addiction_plan": True},
            {"SCR-061", "SCR-081M", "SCR-081S"},
        ),
        ({"ketamine_misuse": True}, {"SCR-062"}),
        ({"audit_c_points": 2}, set()),
        ({"audit_c_points": 3}, {"SCR-063"}),
        ({"audit_c_points": 3, "sex_at_birth": "unknown"}, {"SCR-063"}),
        ({"audit_c_points": 3, "sex_at_birth": "male"}, set()),
        ({"audit_c_points": 4, "sex_at_birth": "male"}, {"SCR-063"}),
        ({"intoxicated_now": True}, {"SCR-064"}),
        ({"escort_available": False}, {"SCR-070"}),
        ({"failed_antidepressants": 1}, {"SCR-080"}),
        ({"failed_antidepressants": 1, "primary_indication": "SUICIDAL_IDEATION"}, {"SCR-080", "SCR-081S"}),
        ({"failed_antidepressants": 0, "primary_indication": "FIBROMYALGIA"}, PAIN),
        ({"primary_indication": "MIGRAINE"}, PAIN),
        ({"primary_indication": "GAD"}, {"SCR-081M", "SCR-081S"}),
        ({"under_clinician_care": False}, {"SCR-082"}),
        ({"cssrs_taken": True}, set()),
        ({"cssrs_taken": True, "cssrs_low": True}, {"SCR-090L"}),
        ({"cssrs_taken": True, "cssrs_moderate": True}, {"SCR-090M"}),
        ({"cssrs_taken": True, "cssrs_low": True, "cssrs_high": True}, {"SCR-090", "SCR-090L"}),
        ({"phq9_item9": 1}, {"PHQ9-ITEM9-1"}),
        ({"phq9_item9": 2}, {"PHQ9-ITEM9-2"}),
        ({"phq9_item9": 3}, {"PHQ9-ITEM9-3"}),
        ({"immediate_danger": True, "pregnant": True}, {"SCR-091", "SCR-020"}),
        ({"takes_maoi": True}, {"MED-01"}),
        ({"takes_stimulant": True}, {"MED-02"}),
        ({"takes_cns_depressant": True}, {"MED-03"}),
        ({"alcohol_today": True}, {"MED-03A"}),
        ({"takes_benzodiazepine": True, "benzodiazepine_mg": 8.0}, {"MED-03"}),
        ({"takes_benzodiazepine": True, "benzodiazepine_mg": 8.1}, {"MED-03", "MED-04"}),
        ({"takes_lamotrigine": True}, {"MED-06"}),
        ({"takes_theophylline": True}, {"MED-07"}),
    ],
)
def test_exactly_the_rules_of_the_vector_fire(facts, rules):
    assert fired(**facts) == rules


@pytest.mark.parametrize("fact", sorted(set(HEALTHY) - WITHOUT_QUALIFIER))
def test_an_unknown_answer_leaves_a_rule_incomplete_and_fires_none(fact):
    """A-24: a required answer is missing."""
    found = results({name: value for name, value in HEALTHY.items() if name != fact})
    incomplete = [result for result in found.values() if result.verdict is Verdict.INCOMPLETE]
    assert incomplete != []
    assert all(fact in result.missing for result in incomplete)
    assert {r.rule_id for r in found.values() if r.verdict is Verdict.FIRED} <= OF_OTHER_MODALITIES


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ({"cardiac_event": True}, {"SCR-043", "SCR-044"}),
        ({"substance_misuse_active": True, "addiction_plan": None}, {"SCR-060"}),
        ({"primary_indication": "SUBSTANCE_USE_DISORDER", "addiction_plan": None}, {"SCR-060", "SCR-061"}),
        ({"takes_benzodiazepine": True}, {"MED-04"}),
        ({"systolic_24h_max": 182, "acute_symptoms_now": None}, {"SCR-042E", "SCR-047"}),
    ],
)
def test_a_known_fact_whose_qualifier_is_unknown_stays_open(facts, rules):
    found = results({name: v for name, v in {**HEALTHY, **facts}.items() if v is not None})
    assert {rule_id for rule_id, r in found.items() if r.verdict is Verdict.INCOMPLETE} == rules


def test_nothing_known_passes_no_rule():
    assert {result.verdict for result in RULES.evaluate({})} == {Verdict.INCOMPLETE}


def test_who_cannot_be_pregnant_need_not_be_asked():
    facts = {**HEALTHY, "could_be_pregnant": False, "sex_at_birth": "male"}
    for asked in ("pregnant", "breastfeeding", "pregnancy_test_age_days"):
        del facts[asked]
    assert {results(facts)[rule].verdict for rule in ("SCR-020", "SCR-021", "SCR-022")} == {Verdict.PASSED}


def test_without_any_reading_high_pressure_stays_an_open_question():
    unread = {name: v for name, v in HEALTHY.items() if name not in ("systolic_24h_max", "diastolic_24h_max")}
    del unread["pressure_reading_count"]
    found = results(unread)
    assert {found[rule].verdict for rule in ("SCR-040", "SCR-041", "SCR-042")} == {Verdict.INCOMPLETE}


def test_every_word_of_the_vocabulary_is_explained_and_used():
    used = {name for file in FILES.values() for rule in file.rules for name in rule.needs}
    for name, fact in VOCABULARY.items():
        assert fact.meaning.endswith("."), name
        assert (fact.unit is not None) is (fact.type in ("int", "float")), name
        assert (len(fact.choices) > 1) is (fact.type == "choice"), name
    assert used == set(VOCABULARY)
