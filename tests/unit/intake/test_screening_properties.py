"""What holds of screening whatever the facts are."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.clinicfile.facts import VOCABULARY, Fact, FactValue
from shared.events.parts import Modality, Outcome
from tests.unit.intake.cases import NOTHING_AGAINST, decided, history, larkspur, values_of

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
def test_the_order_of_the_rules_does_not_matter(values: Values, modality: Modality, random: Any) -> None:
    rules = list(larkspur().rules)
    random.shuffle(rules)
    shuffled = larkspur().model_copy(update={"rules": tuple(rules)})
    assert decided(values, modality, shuffled) == decided(values, modality)


@given(SOME_KNOWN, MODALITIES, st.sampled_from(NOTHING_AGAINST))
def test_a_contraindication_more_never_improves_the_outcome(
    values: Values, modality: Modality, contraindication: str
) -> None:
    more = values | {contraindication: True}
    if contraindication == "pregnant":
        more |= {"could_be_pregnant": True}
    denied = values | dict.fromkeys(more.keys() - values.keys(), False)
    for before in (values, denied):
        assert decided(more, modality).outcome.severity >= decided(before, modality).outcome.severity


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
