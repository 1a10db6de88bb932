"""The screening vectors of domain A.7 that the fact vocabulary can decide, under every clinic's file."""

import pytest

from shared.events.parts import Modality
from tests.unit.clinicfile.every import FILES
from tests.unit.intake.cases import decided
from tests.unit.rules.facts import HEALTHY

IV, PAIN, SPRAY, MDSI = Modality


@pytest.mark.parametrize("clinic", FILES)
@pytest.mark.parametrize(
    ("vector", "facts", "outcomes"),
    [
        ("A-1", {}, {IV: "ELIGIBLE", SPRAY: "ELIGIBLE"}),
        ("A-2", {"age_years": 17}, {IV: "INELIGIBLE", SPRAY: "INELIGIBLE"}),
        ("A-3", {"pregnant": True, "mdq_positive": True}, {IV: "INELIGIBLE", SPRAY: "INELIGIBLE"}),
        ("A-4", {"arteriovenous_malformation": True}, {IV: "INELIGIBLE", SPRAY: "INELIGIBLE"}),
        ("A-6", {"systolic_24h_max": 140, "diastolic_24h_max": 90}, {IV: "ELIGIBLE", SPRAY: "ELIGIBLE"}),
        ("A-7", {"systolic_24h_max": 141, "diastolic_24h_max": 90}, {IV: "NEEDS_REVIEW", SPRAY: "NEEDS_REVIEW"}),
        ("A-8", {"systolic_24h_max": 182, "diastolic_24h_max": 100}, {IV: "DEFERRED", SPRAY: "DEFERRED"}),
        ("A-11", {"cardiac_event": True, "cardiac_event_age_days": 90}, {IV: "NEEDS_REVIEW", SPRAY: "NEEDS_REVIEW"}),
        ("A-12", {"child_pugh": "B"}, {IV: "NEEDS_REVIEW", SPRAY: "NEEDS_REVIEW"}),
        ("A-13", {"child_pugh": "C"}, {IV: "INELIGIBLE", SPRAY: "INELIGIBLE"}),
        ("A-15", {"failed_antidepressants": 1}, {IV: "NEEDS_REVIEW", SPRAY: "NEEDS_REVIEW"}),
        ("A-16", {"primary_indication": "FIBROMYALGIA"}, {PAIN: "ELIGIBLE", SPRAY: "INELIGIBLE"}),
        ("A-18", {"phq9_item9": 1}, {IV: "NEEDS_REVIEW", SPRAY: "NEEDS_REVIEW"}),
        ("A-19", {"cssrs_taken": True, "cssrs_moderate": True}, {IV: "NEEDS_REVIEW", SPRAY: "NEEDS_REVIEW"}),
        (
            "A-20",
            {"cssrs_taken": True, "cssrs_high": True, "pregnant": True},
            {IV: "EMERGENCY", PAIN: "EMERGENCY", SPRAY: "EMERGENCY", MDSI: "EMERGENCY"},
        ),
        (
            "A-23",
            {"takes_benzodiazepine": True, "benzodiazepine_mg": 20.0},
            {IV: "NEEDS_REVIEW", SPRAY: "NEEDS_REVIEW"},
        ),
        ("A-24", {"allergy_ketamine": None}, {IV: "NEEDS_REVIEW", SPRAY: "NEEDS_REVIEW"}),
    ],
)
def test_vectors(vector, facts, outcomes, clinic):
    values = {name: value for name, value in {**HEALTHY, **facts}.items() if value is not None}
    assert {m: decided(values, m, FILES[clinic]).outcome for m in outcomes} == outcomes, vector


@pytest.mark.parametrize(
    ("clinic", "facts", "outcome", "elsewhere"),
    [
        ("larkspur", {"psychosis_history": True}, "INELIGIBLE", "NEEDS_REVIEW"),
        ("coastline", {"hypertension_diagnosed": True}, "NEEDS_REVIEW", "ELIGIBLE"),
        ("northfield", {"severe_cardiovascular_disease": True}, "INELIGIBLE", "INELIGIBLE"),
    ],
)
def test_a_clinic_s_own_rule_is_stricter_only_there(clinic, facts, outcome, elsewhere):
    values = {**HEALTHY, **facts}
    for name, file in FILES.items():
        assert decided(values, IV, file).outcome == (outcome if name == clinic else elsewhere), name


@pytest.mark.parametrize("clinic", FILES)
def test_every_file_holds_the_shared_rules_first_and_its_own_after_them(clinic):
    shared = FILES["cedar"].rules
    assert FILES[clinic].rules[: len(shared)] == shared
    assert {rule.id[:3] for rule in FILES[clinic].rules[len(shared) :]} <= {"LRK", "NFD", "CST"}
