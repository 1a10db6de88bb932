"""The rule language and the trials that find what the CEL library does not check."""

import pytest

from shared.clinicfile.rulecheck import check_parameter, check_rule
from shared.clinicfile.ruleset import Parameter, Rule
from tests.unit.clinicfile.larkspur import FILE

AGE = [{"facts": {"age_years": 17}, "outcome": "INELIGIBLE"}, {"facts": {"age_years": 18}, "outcome": "PASS"}]


def rule(when, needs, examples=AGE, outcome="INELIGIBLE"):
    return Rule.model_validate({
        "id": "TST-001", "when": when, "needs": needs, "outcome": {"IV_MOOD": outcome}, "reason": "r",
        "patient_reason": "p", "examples": examples,
    })  # fmt: skip


def said(when, needs=(), examples=AGE):
    return [str(issue) for issue in check_rule(rule(when, needs, examples), ("rules", 0))]


@pytest.mark.parametrize(
    ("when", "needs", "says"),
    [
        ("age_years <", ["age_years"], "is not a CEL expression"),
        ("age < 18", ["age"], "uses age, which is no known fact"),
        ("age_years < 18", [], "needs of TST-001 does not list the facts that when uses; write [age_years]"),
        ("age_years < 18", ["age_years", "pregnant"], "needs of TST-001 does not list"),
        ("age_years + 1", ["age_years"], "gives 1 instead of true or false"),
        ("age_years < '18'", ["age_years"], "compares with '18'"),
        ("pregnant < 3", ["pregnant"], "fails with TypeError for pregnant = False"),
        ("pregnant == 1", ["pregnant"], "is never true"),
        ("psychosis_current || pregnant == 1", ["pregnant", "psychosis_current"], "whatever pregnant is"),
        ("primary_indication == 'HEADACHE'", ["primary_indication"], "compares with 'HEADACHE'"),
        ("primary_indication == 3", ["primary_indication"], "is never true"),
        ("age_years >= 0", ["age_years"], "is true whatever"),
        ("age_years > 200", ["age_years"], "is never true"),
        ("10 / age_years > 1", ["age_years"], "fails with ZeroDivisionError"),
        ("true", [], "is true whatever"),
        ("pregnant == null", ["pregnant"], "uses null; an unknown"),
        ("has(pregnant)", ["pregnant"], "calls has()"),
        ("size([pregnant]) > 0", ["pregnant"], "calls size()"),
        ("pregnant.answer", ["pregnant"], "'.answer', which a rule may not use"),
        ("[pregnant].exists(p, p)", ["pregnant"], "which a rule may not use"),
        ("{'a': pregnant}['a']", ["pregnant"], "which a rule may not use"),
        ('primary_indication == "MDD_TRD"', ["primary_indication"], "which a rule may not use"),
        ("pregnant // always\n|| true", ["pregnant"], "has '//', which a rule may not use"),
    ],
)
def test_an_expression_that_could_decide_wrongly_is_refused(when, needs, says):
    found = said(when, needs)
    assert any(says in line for line in found), found


@pytest.mark.parametrize(
    ("examples", "says"),
    [
        ([AGE[0], {"facts": {"age_years": 17}, "outcome": "PASS"}], "examples[1].outcome is PASS, but TST-001 fires"),
        ([AGE[0], {"facts": {}, "outcome": "PASS"}], "examples[1].outcome is PASS, but TST-001 is incomplete"),
        ([{"facts": {"age_years": 30}, "outcome": "INELIGIBLE"}, AGE[1]], "is INELIGIBLE, but TST-001 passes"),
        ([{"facts": {"age_years": 17}, "outcome": "DEFERRED"}, AGE[1]], "is DEFERRED, which TST-001 never gives"),
        ([{"facts": {"age": 17}, "outcome": "INELIGIBLE"}, AGE[1]], "examples[0].facts.age is no fact of TST-001"),
        ([{"facts": {"age_years": "17"}, "outcome": "INCOMPLETE"}, AGE[1]], "age_years of TST-001 cannot be '17'"),
        ([{"facts": {"age_years": None}, "outcome": "INCOMPLETE"}, AGE[1]], "age_years of TST-001 cannot be None"),
    ],
)
def test_an_example_that_does_not_hold_is_refused(examples, says):
    found = said("age_years < 18", ["age_years"], examples)
    assert any(says in line for line in found), found


def test_a_rule_without_outcome_is_refused():
    bare = rule("age_years < 18", ["age_years"]).model_copy(update={"outcome": {}})
    assert "rules[0].outcome of TST-001 is empty; give an outcome for at least one modality" in map(
        str, check_rule(bare, ("rules", 0))
    )


@pytest.mark.parametrize("sound", FILE.rules, ids=lambda r: r.id)
def test_every_rule_of_the_sample_file_is_sound(sound):
    assert check_rule(sound, ("rules", 0), {one.id: one for one in FILE.parameters}) == []


AGED = Parameter(id="adult_age", value=18, stricter="higher", unit="years", text="adult")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"parameters": ["adult"]}, "rules[0].parameters[0] of TST-001 is adult, which no rule file declares"),
        ({"parameters": []}, "rules[0].when of TST-001 uses adult_age, which is no known fact"),
        ({"when": "age_years < 18"}, "rules[0].parameters[0] of TST-001 is adult_age, which when does not use"),
        ({"recheck_after_parameter": "wait"}, "recheck_after_parameter of TST-001 is no parameter of whole days"),
        (
            {"recheck_after_parameter": "adult_age", "recheck_after_days": 3},
            "stands beside recheck_after_parameter",
        ),
    ],
)
def test_a_parameter_that_is_not_there_or_not_used_is_refused(fields, says):
    whole = rule("age_years < adult_age", ["age_years"]).model_dump() | {"parameters": ["adult_age"]} | fields
    found = [str(issue) for issue in check_rule(Rule.model_validate(whole), ("rules", 0), {AGED.id: AGED})]
    assert any(says in line for line in found), found


def test_a_parameter_may_not_be_called_like_a_fact():
    [issue] = check_parameter(AGED.model_copy(update={"id": "bmi"}), ("parameters", 0))
    assert str(issue) == "parameters[0].id is bmi, which is a fact; give it a name of its own"
