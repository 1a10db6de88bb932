"""What holds of screening whatever the facts are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.known import Facts, KnownFact
from services.intake.domain.replaying import differences
from services.intake.domain.screening import Decision, screen
from shared.clinicfile.facts import VOCABULARY, Fact, FactValue
from shared.events.parts import Modality, Outcome
from tests.unit.intake.cases import (
    CONTRAINDICATIONS,
    NOTHING_AGAINST,
    NOW,
    ago,
    decided,
    history,
    larkspur,
    stated,
    values_of,
)
from tests.unit.rules.facts import HEALTHY
from tests.unit.rules.proving import unproved

MODALITIES = st.sampled_from(list(Modality))
FIT_VALUES = values_of(history())
FIT_FOR = dict.fromkeys(Modality, FIT_VALUES) | {Modality.IV_PAIN: FIT_VALUES | {"primary_indication": "FIBROMYALGIA"}}


def value_of(fact: Fact) -> st.SearchStrategy[FactValue]:
    if fact.finite_values():
        return st.sampled_from(fact.finite_values())
    low, high = int(fact.low or 0), int(fact.high or 0)
    near = [n for n in (0, 1, 2, 17, 18, 30, 31, 90, 91, 119, 120, 140, 141, 179, 180) if low <= n <= high]
    numbers: st.SearchStrategy[int] = st.one_of(st.sampled_from(near), st.integers(low, high))
    return numbers.map(float) if fact.type == "float" else numbers


ALL_KNOWN = st.fixed_dictionaries({name: value_of(fact) for name, fact in VOCABULARY.items()})
SOME_KNOWN = st.fixed_dictionaries({}, optional={name: value_of(fact) for name, fact in VOCABULARY.items()})
Values = dict[str, Any]


@given(SOME_KNOWN, MODALITIES)
def test_the_outcome_is_the_most_severe_of_its_findings(values: Values, modality: Modality) -> None:
    found = decided(values, modality)
    severities = [finding.outcome.severity for finding in found.findings]
    assert found.outcome.severity == max(severities, default=Outcome.ELIGIBLE.severity)
    assert severities == sorted(severities, reverse=True)


@given(SOME_KNOWN, MODALITIES, st.randoms())
def test_the_order_of_rules_and_answers_does_not_matter(values: Values, modality: Modality, random: Any) -> None:
    rules, answers = list(larkspur().rules), list(values.items())
    random.shuffle(rules)
    random.shuffle(answers)
    shuffled = larkspur().model_copy(update={"rules": tuple(rules)})
    assert decided(dict(answers), modality, shuffled) == decided(values, modality)


@given(SOME_KNOWN, MODALITIES, st.sampled_from(CONTRAINDICATIONS))
def test_a_contraindication_more_never_improves_the_outcome(
    values: Values, modality: Modality, contraindication: Values
) -> None:
    more = decided(values | contraindication, modality).outcome
    denied = {name: HEALTHY[name] for name in contraindication if name in HEALTHY}
    for before in (values, denied | values, values | denied):
        assert more.severity >= decided(before, modality).outcome.severity


@given(SOME_KNOWN)
def test_a_replay_of_what_was_stored_says_the_same(values: Values) -> None:
    stored = screen(larkspur(), "hash", stated(values), NOW)
    read = Decision.model_validate_json(stored.model_dump_json())
    again = screen(larkspur(), "hash", read.facts, read.screened_at)
    assert (again.modalities, differences(read, again)) == (stored.modalities, ())


def known_since(days: dict[str, int], values: Values = FIT_VALUES) -> Facts:
    """The facts of somebody with nothing against treatment, each known for so many days."""
    return {
        name: KnownFact(value=value, source="patient", as_of=ago(days=days.get(name, 0)))
        for name, value in values.items()
    }


NAMES = st.sampled_from(sorted(FIT_VALUES))


@given(st.sets(NAMES, max_size=2), st.dictionaries(NAMES, st.sampled_from([0, 1, 89, 90, 91, 400]), max_size=4))
def test_whoever_is_eligible_has_every_needed_fact_known_and_fresh(left_out: set[str], days: dict[str, int]) -> None:
    values = {name: value for name, value in FIT_VALUES.items() if name not in left_out}
    assert list(unproved(larkspur(), screen(larkspur(), "hash", known_since(days, values), NOW))) == []


@pytest.mark.parametrize("name", sorted(n for n in NOTHING_AGAINST if n not in ("alcohol_today", "intoxicated_now")))
def test_a_no_holds_as_long_as_a_screening_and_is_no_ground_for_eligible_afterwards(name: str) -> None:
    outcomes = {}
    for days in (90, 91):
        decision = screen(larkspur(), "hash", known_since({name: days}), NOW)
        outcomes[days] = next(one.outcome for one in decision.modalities if one.modality is Modality.IV_MOOD)
    needed = any(name in rule.needs and Modality.IV_MOOD in rule.outcome for rule in larkspur().rules)
    assert outcomes == {90: Outcome.ELIGIBLE, 91: Outcome.NEEDS_REVIEW if needed else Outcome.ELIGIBLE}


@pytest.mark.parametrize("days", [None, 91], ids=["unknown", "too old"])
def test_an_eligible_that_rests_on_nothing_would_be_noticed(days: int | None) -> None:
    sound = screen(larkspur(), "hash", known_since({}), NOW)
    facts = known_since({"allergy_ketamine": days or 0})
    if days is None:
        del facts["allergy_ketamine"]
    assert list(unproved(larkspur(), sound)) == []
    assert list(unproved(larkspur(), sound.model_copy(update={"facts": facts}))) == [
        "SCR-010 could fire, and IV_MOOD is ELIGIBLE"
    ]


@given(SOME_KNOWN, ALL_KNOWN, MODALITIES)
def test_eligible_holds_however_the_unknown_turns_out(known: Values, rest: Values, modality: Modality) -> None:
    if decided(known, modality).outcome is Outcome.ELIGIBLE:
        assert decided({**rest, **known}, modality).outcome is Outcome.ELIGIBLE


@given(st.sets(st.sampled_from(sorted(FIT_VALUES))), ALL_KNOWN, MODALITIES)
def test_eligible_with_facts_left_out_holds_however_they_turn_out(
    left_out: set[str], rest: Values, modality: Modality
) -> None:
    known = {name: value for name, value in FIT_VALUES.items() if name not in left_out}
    if decided(known, modality).outcome is Outcome.ELIGIBLE:
        assert decided({**rest, **known}, modality).outcome is Outcome.ELIGIBLE


@given(st.sampled_from([*NOTHING_AGAINST, "age_years", "phq9_item9", "systolic_24h_max", "weight_known"]), MODALITIES)
def test_leaving_out_a_needed_fact_never_gives_eligible(fact: str, modality: Modality) -> None:
    concerned = any(fact in rule.needs for rule in larkspur().rules if modality in rule.outcome)
    assert decided(FIT_FOR[modality], modality).outcome is Outcome.ELIGIBLE
    without = {name: value for name, value in FIT_FOR[modality].items() if name != fact}
    assert (decided(without, modality).outcome is not Outcome.ELIGIBLE) == concerned


@given(SOME_KNOWN, ALL_KNOWN, MODALITIES)
def test_no_answer_makes_it_worse_than_was_possible(known: Values, rest: Values, modality: Modality) -> None:
    before, after = decided(known, modality), decided({**rest, **known}, modality)
    assert before.worst_possible.severity >= after.worst_possible.severity
    assert after.worst_possible is after.outcome


@given(ALL_KNOWN, MODALITIES, st.sets(st.sampled_from(sorted(VOCABULARY))))
def test_answers_less_never_make_the_worst_better(values: Values, modality: Modality, left_out: set[str]) -> None:
    less = {name: value for name, value in values.items() if name not in left_out}
    worst = decided(values, modality).worst_possible
    assert decided(less, modality).worst_possible.severity >= worst.severity


def test_the_worst_is_what_an_open_question_could_still_turn_out_to_be() -> None:
    known = {name: value for name, value in FIT_VALUES.items() if name != "allergy_ketamine"}
    found = decided(known, Modality.IV_MOOD)
    assert (found.outcome, found.worst_possible) == (Outcome.NEEDS_REVIEW, Outcome.INELIGIBLE)
