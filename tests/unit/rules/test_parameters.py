"""Numbers of the shipped rules that have names: each moves outcomes in the direction that it declares, and no other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.screening import screen
from services.intake.explaining import lines_of
from shared.clinicfile.facts import VOCABULARY
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Parameter, RuleChange
from shared.clinicfile.shipped import shipped_rules
from shared.events.parts import Modality
from tests.unit.clinicfile.every import FILES
from tests.unit.intake.cases import NOW, decided, stated
from tests.unit.rules.facts import HEALTHY
from tests.unit.rules.table import VECTORS

SHIPPED = shipped_rules().parameters
APPROVAL = {"approved_by": "Avery Kestrel", "approved_on": "2026-11-20", "why": "Agreed at the board of May."}


def with_changes(*changes: dict[str, Any]) -> ClinicFile:
    made = tuple(RuleChange.model_validate(change) for change in changes)
    return FILES["larkspur"].model_copy(update={"rule_changes": made})


def moved(parameter: Parameter, by: float) -> ClinicFile:
    """The clinic with the parameter so much stricter; below 0, looser."""
    value = parameter.value + (by if parameter.stricter == "higher" else -by)
    return with_changes({"parameter": parameter.id, "value": max(value, 0)})


def outcomes(facts: dict[str, Any], file: ClinicFile) -> list[int]:
    return [decided(facts, modality, file).outcome.severity for modality in Modality]


@pytest.mark.parametrize("parameter", SHIPPED, ids=lambda one: one.id)
def test_the_declared_direction_is_the_strict_one(parameter):
    """By the rules that use it, no vector is milder when it is moved that way, and moving it makes a difference."""
    users = tuple(rule for rule in FILES["larkspur"].rules if parameter.id in rule.parameters)
    ways = (FILES["larkspur"], moved(parameter, 1), moved(parameter, -1))
    shipped, stricter, looser = (file.model_copy(update={"rules": users}) for file in ways)
    severer = milder = 0
    for facts in (vector.known for vector in VECTORS):
        before, after, back = (outcomes(facts, file) for file in (shipped, stricter, looser))
        assert all(b >= a for a, b in zip(before, after, strict=True)), facts
        assert all(b <= a for a, b in zip(before, back, strict=True)), facts
        severer, milder = severer + (after != before), milder + (back != before)
    assert severer > 0
    assert milder > 0


FACTS = {name: fact for name, fact in VOCABULARY.items() if fact.type in ("int", "float")}
ANSWERS = st.fixed_dictionaries(
    {}, optional={name: st.integers(int(fact.low or 0), min(int(fact.high or 0), 400)) for name, fact in FACTS.items()}
)


@given(ANSWERS, st.sampled_from(SHIPPED), st.integers(0, 5))
def test_moved_in_its_strict_direction_a_parameter_never_improves_an_outcome(answers, parameter, by):
    facts = HEALTHY | answers
    before, after = outcomes(facts, FILES["larkspur"]), outcomes(facts, moved(parameter, by))
    assert all(b >= a for a, b in zip(before, after, strict=True))


def test_reasons_and_times_follow_the_number():
    file = with_changes({"parameter": "cardiac_wait_days", "value": 90}, {"parameter": "weight_days", "value": 14})
    [event] = [rule for rule in file.rules_in_force if rule.id == "SCR-043"]
    assert (event.recheck_after_days, "less than 90 days ago" in event.reason) == (90, True)
    [weight] = [rule for rule in file.rules_in_force if rule.id == "SCR-003"]
    assert weight.patient_reason == "We need your height and a weight from the last 14 days."
    assert decided(HEALTHY | {"weight_age_days": 15}, Modality.IV_MOOD, file).outcome == "DEFERRED"


def test_a_changed_rule_decides_as_changed_and_a_removed_one_no_more():
    harder = with_changes({"rule": "SCR-057", "outcome": {"IV_MOOD": "DEFERRED"}})
    without = with_changes({"rule": "SCR-057", "removed": True, "approval": APPROVAL})
    trouble = HEALTHY | {"bladder_trouble": True}
    found = [decided(trouble, Modality.IV_MOOD, file).outcome for file in (FILES["larkspur"], harder, without)]
    assert found == ["NEEDS_REVIEW", "DEFERRED", "ELIGIBLE"]


def test_what_is_looser_stands_in_every_decision_and_nothing_else_does():
    file = with_changes(
        {"parameter": "high_systolic", "value": 150, "approval": APPROVAL}, {"parameter": "weight_days", "value": 14}
    )
    decision = screen(file, "h", stated(HEALTHY), NOW)
    assert [(one.change, one.approved_by) for one in decision.looser] == [
        ("high_systolic is 150 instead of 140", "Avery Kestrel")
    ]
    assert lines_of(decision)[-1] == (
        "Looser than the shipped rules: high_systolic is 150 instead of 140"
        " (approved by Avery Kestrel on 2026-11-20: Agreed at the board of May.)"
    )
    assert screen(FILES["larkspur"], "h", stated(HEALTHY), NOW).looser == ()


def test_rules_in_force_follow_a_file_that_is_copied_with_other_rules():
    file = FILES["larkspur"]
    assert len(file.rules_in_force) == len(file.rules)
    assert len(file.model_copy(update={"rules": file.rules[1:]}).rules_in_force) == len(file.rules) - 1
