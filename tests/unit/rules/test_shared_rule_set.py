"""The rules that every clinic includes, around every limit of domain A.2 and A.3."""

import pytest

from shared.clinicfile.facts import VOCABULARY
from shared.events.parts import Modality, Outcome
from shared.rules import CompiledRules, Verdict
from tests.unit.clinicfile.every import FILES, SHARED
from tests.unit.intake.cases import decided
from tests.unit.rules.facts import HEALTHY, WITHOUT_QUALIFIER
from tests.unit.rules.table import OUTCOMES, UNKNOWN, VECTORS, misfits, outcomes

RULES = CompiledRules(SHARED)
OF_OTHER_MODALITIES = {"SCR-081P"}
"""What every patient with depression sets off: depression is no indication of the pain programmes."""


def results(facts):
    return {result.rule_id: result for result in RULES.evaluate(facts)}


OWN = {rule.id: rule for file in FILES.values() for rule in file.rules_in_force}


@pytest.mark.parametrize("rule_id", OUTCOMES)
def test_each_rule_does_what_the_table_of_the_domain_says(rule_id):
    assert list(misfits(OWN[rule_id])) == []


def test_no_rule_is_missing_and_none_is_not_in_the_table():
    assert set(OWN) == set(OUTCOMES)


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_the_outcome_of_each_modality_is_that_of_the_most_severe_rule(vector):
    """All rules together: what the table says of those that fire or stay open, and nothing of the others."""
    for modality in Modality:
        found = decided(vector.known, modality, FILES["cedar"])
        fired = [outcomes(rule_id)[modality] for rule_id in vector.fired if modality in outcomes(rule_id)]
        left = [rule_id for rule_id in vector.open if outcomes(rule_id).get(modality, Outcome.ELIGIBLE).severity]
        open_ones = [UNKNOWN.get(rule_id, Outcome.NEEDS_REVIEW) for rule_id in left]
        assert found.outcome is max([Outcome.ELIGIBLE, *fired, *open_ones], key=lambda one: one.severity)


@pytest.mark.parametrize("fact", sorted(set(HEALTHY) - WITHOUT_QUALIFIER))
def test_an_unknown_answer_leaves_a_rule_incomplete_and_fires_none(fact):
    """A-24: a required answer is missing."""
    found = results({name: value for name, value in HEALTHY.items() if name != fact})
    incomplete = [result for result in found.values() if result.verdict is Verdict.INCOMPLETE]
    assert incomplete != []
    assert all(fact in result.missing for result in incomplete)
    assert {r.rule_id for r in found.values() if r.verdict is Verdict.FIRED} <= OF_OTHER_MODALITIES


def test_nothing_known_passes_no_rule():
    assert {result.verdict for result in RULES.evaluate({})} == {Verdict.INCOMPLETE}


def test_who_cannot_be_pregnant_need_not_be_asked():
    facts = {**HEALTHY, "could_be_pregnant": False}
    for asked in ("pregnant", "late_menses", "pregnancy_test_age_days"):
        del facts[asked]
    assert {results(facts)[rule].verdict for rule in ("SCR-020", "SCR-021")} == {Verdict.PASSED}


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
