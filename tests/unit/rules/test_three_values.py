"""A rule fires only if nothing unknown could change that, and never passes on what it does not know."""

from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.clinicfile.facts import Fact
from shared.rules import CompiledRules, Verdict, references

FACTS = {
    "a": Fact("a", "bool", "", "patient"),
    "b": Fact("b", "bool", "", "patient"),
    "c": Fact("c", "bool", "", "patient"),
    "n": Fact("n", "int", "", "patient", "points", 0, 10),
    "x": Fact("x", "float", "", "patient", "mmHg", 0, 300),
    "pick": Fact("pick", "choice", "", "patient", choices=("ONE", "TWO")),
}
FIRED, PASSED, INCOMPLETE = Verdict.FIRED, Verdict.PASSED, Verdict.INCOMPLETE


@dataclass(frozen=True)
class OneRule:
    when: str
    id: str = "TST-001"

    @property
    def needs(self) -> tuple[str, ...]:
        return references(self.when)


def verdict(when, facts):
    return CompiledRules([OneRule(when)], FACTS).evaluate(facts)[0].verdict


@pytest.mark.parametrize(
    ("when", "facts", "expected"),
    [
        ("a", {"a": True}, FIRED),
        ("a", {"a": False}, PASSED),
        ("a", {}, INCOMPLETE),
        ("!a", {}, INCOMPLETE),
        ("a == true", {}, INCOMPLETE),
        ("a || b", {"a": True}, FIRED),
        ("b || a", {"a": True}, FIRED),
        ("a || b", {"a": False}, INCOMPLETE),
        ("a && b", {"a": False}, PASSED),
        ("b && a", {"a": False}, PASSED),
        ("a && b", {"a": True}, INCOMPLETE),
        ("n > 3", {"n": 4}, FIRED),
        ("n > 3", {}, INCOMPLETE),
        ("n > 3 || a", {"a": True}, FIRED),
        ("x > 140", {"x": 140}, PASSED),
        ("x > 140", {"x": 140.5}, FIRED),
        ("pick == 'ONE'", {"pick": "ONE"}, FIRED),
        ("pick in ['ONE', 'TWO'] && n < 2", {"pick": "ONE"}, INCOMPLETE),
    ],
)
def test_an_unknown_fact_decides_nothing(when, facts, expected):
    assert verdict(when, facts) is expected


@pytest.mark.parametrize(
    ("when", "facts", "expected"),
    [
        ("a ? b : b", {"b": True}, FIRED),
        ("a ? b : b", {"b": False}, PASSED),
        ("a || !a", {}, FIRED),
        ("a && !a", {}, PASSED),
        ("pick in ['ONE', 'TWO']", {}, FIRED),
        ("a == b", {"a": True}, INCOMPLETE),
        ("a ? b : n > 3", {"b": True}, INCOMPLETE),
        ("(a ? true : b) || n > 3", {"b": True}, FIRED),
    ],
)
def test_what_holds_for_every_value_of_an_unknown_fact_is_decided(when, facts, expected):
    assert verdict(when, facts) is expected


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("a", {"a": None}),
        ("a == true", {"a": None}),
        ("a", {"a": "yes"}),
        ("a == true", {"a": 1}),
        ("n < 2", {"n": True}),
        ("n < 2", {"n": 1.0}),
        ("n < 2", {"n": "1"}),
        ("n > 2", {"n": -1}),
        ("x > 140", {"x": float("nan")}),
        ("x > 140", {"x": float("-inf")}),
        ("x > 140", {"x": 999}),
        ("pick == 'ONE'", {"pick": "THREE"}),
    ],
)
def test_null_and_values_of_the_wrong_kind_are_unknown_and_never_a_pass(when, facts):
    assert verdict(when, facts) is INCOMPLETE


@pytest.mark.parametrize("when", ["n", "n + 1", "pick", "10 / n > 1", "n > pick", "nowhere", "a && n"])
def test_an_error_or_anything_but_a_bool_is_incomplete(when):
    assert verdict(when, {"a": True, "n": 0, "pick": "ONE"}) is INCOMPLETE


def test_a_fact_outside_the_vocabulary_is_not_believed():
    assert verdict("nowhere", {"nowhere": False}) is INCOMPLETE


def test_a_result_names_what_is_missing_and_what_it_looked_at():
    [result] = CompiledRules([OneRule("a || n > 3 || pick == 'ONE'")], FACTS).evaluate({"a": False, "n": 2, "b": True})
    assert (result.rule_id, result.verdict) == ("TST-001", INCOMPLETE)
    assert result.missing == ("pick",)
    assert result.evidence == {"a": False, "n": 2}


def test_rules_answer_in_file_order():
    rules = CompiledRules([OneRule("a", id="TST-002"), OneRule("b", id="TST-001")], FACTS)
    assert [result.rule_id for result in rules.evaluate({})] == ["TST-002", "TST-001"]


def test_an_expression_that_cannot_be_read_is_refused_when_compiled():
    with pytest.raises(ValueError, match="Syntax error"):
        CompiledRules([OneRule("a || ")], FACTS)


expressions = st.recursive(
    st.sampled_from(["a", "b", "c", "true", "false", "pick == 'ONE'"]),
    lambda inner: st.one_of(
        inner.map(lambda e: f"!({e})"),
        st.tuples(inner, st.sampled_from(["||", "&&", "=="]), inner).map(lambda e: f"({e[0]}) {e[1]} ({e[2]})"),
        st.tuples(inner, inner, inner).map(lambda e: f"({e[0]}) ? ({e[1]}) : ({e[2]})"),
    ),
    max_leaves=8,
)
known_facts = st.fixed_dictionaries({}, optional={
    "a": st.booleans(), "b": st.booleans(), "c": st.booleans(), "pick": st.sampled_from(["ONE", "TWO"]),
})  # fmt: skip


@given(expressions, known_facts)
def test_the_verdict_is_that_of_every_completion_of_the_facts(when, known):
    names = [name for name in ("a", "b", "c", "pick") if name not in known]
    completions = product(*(FACTS[name].finite_values() for name in names))
    whole = {verdict(when, {**known, **dict(zip(names, values, strict=True))}) for values in completions}
    assert verdict(when, known) is (whole.pop() if len(whole) == 1 else INCOMPLETE)


@given(expressions, known_facts, st.sampled_from(["a", "b", "c"]))
def test_learning_a_fact_never_turns_a_decided_rule_around(when, known, name):
    before = verdict(when, {k: v for k, v in known.items() if k != name})
    assume(before is not INCOMPLETE)
    assert {verdict(when, {**known, name: value}) for value in (True, False)} == {before}
