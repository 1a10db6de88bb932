"""Examples of rule files: what all rules make of somebody, for each modality, checked where the rules are read."""

from typing import Any

import pytest

from shared.clinicfile.examples import check_examples, declared
from shared.clinicfile.load import InvalidClinicFile, load, validate
from shared.clinicfile.ruleset import RuleSetExample
from shared.clinicfile.shipped import shipped_rules
from tests.unit.clinicfile.every import FILES
from tests.unit.clinicfile.larkspur import PATH, TEXT, data
from tests.unit.rules.facts import HEALTHY

RULES = declared(shipped_rules().rules, shipped_rules().parameters)
FIT: dict[str, Any] = {"id": "fit", "facts": HEALTHY, "expect": {"IV_MOOD": {"outcome": "ELIGIBLE"}}}


def said(*examples: dict[str, Any]) -> list[str]:
    return [str(issue) for issue in check_examples([RuleSetExample.model_validate(one) for one in examples], RULES)]


def about(outcome: str, modality: str = "IV_MOOD", **more: Any) -> dict[str, Any]:
    """An example beside somebody fit; `fired` and `left` are rules, the rest are facts or what an example has."""
    rules = {"fired": more.pop("fired", []), "open": more.pop("left", [])}
    return {"id": "one", "like": "fit", **more, "expect": {modality: {"outcome": outcome, **rules}}}


@pytest.mark.parametrize(
    "example",
    [
        about("INELIGIBLE", fired=["SCR-012"], facts={"arteriovenous_malformation": True}),
        about("INELIGIBLE", "SPRAVATO_TRD", fired=["SCR-022"], facts={"breastfeeding": True}),
        about("NEEDS_REVIEW", fired=["SCR-022"], facts={"breastfeeding": True}),
        about("NEEDS_REVIEW", left=["SCR-010"], unknown=["allergy_ketamine"]),
        about("DEFERRED", left=["SCR-003"], unknown=["weight_age_days"]),
        about("NEEDS_REVIEW", fired=["MED-03", "MED-05"], facts={"takes_benzodiazepine": True, "benzodiazepine_mg": 8}),
        about("NEEDS_REVIEW", fired=["MED-03"], left=["MED-04"], facts={"takes_benzodiazepine": True},
              unknown=["benzodiazepine_mg"]),
        about("ELIGIBLE", "SPRAVATO_MDSI", facts={"failed_antidepressants": 0}),
    ],
)  # fmt: skip
def test_an_example_holds_for_the_modality_that_it_names(example):
    assert said(FIT, example) == []


@pytest.mark.parametrize(
    ("example", "says"),
    [
        (about("ELIGIBLE", facts={"child_pugh": "C"}),
         "examples[1].expect.IV_MOOD.outcome of one is ELIGIBLE, but comes to INELIGIBLE (SCR-053); mend rule or"),
        (about("NEEDS_REVIEW"), "is NEEDS_REVIEW, but comes to ELIGIBLE (every rule passes)"),
        (about("INELIGIBLE", facts={"child_pugh": "C"}), "expect.IV_MOOD.fired of one lacks SCR-053, which fires"),
        (about("ELIGIBLE", fired=["SCR-010"]), "fired of one names SCR-010, which passes"),
        (about("ELIGIBLE", fired=["SCR-999"]), "fired of one names SCR-999, which is no rule here"),
        (about("NEEDS_REVIEW", fired=["SCR-010"], unknown=["allergy_ketamine"]),
         "fired of one names SCR-010, which is left open"),
        (about("NEEDS_REVIEW", unknown=["allergy_ketamine"]), "open of one lacks SCR-010, which is left open"),
        (about("ELIGIBLE", "SPRAVATO_TRD", fired=["SCR-004"], facts={"bmi": 31}),
         "fired of one names SCR-004, which fires or does not concern it"),
        (about("ELIGIBLE", facts={"bmi": 300}), "examples[1].facts.bmi of one cannot be 300"),
        (about("ELIGIBLE", facts={"bmj": 20}), "examples[1].facts.bmj of one is no known fact"),
        (about("ELIGIBLE", like="nobody"), "examples[1].like is nobody, which is no earlier example"),
        (about("ELIGIBLE", id="fit"), "examples[1].id is fit, as that of another example is"),
    ],
    ids=lambda one: str(one)[:40],
)  # fmt: skip
def test_a_wrong_example_names_itself_and_the_rule(example, says):
    found = said(FIT, example)
    assert any(says in line for line in found), found


@pytest.fixture
def folder(tmp_path):
    for shared in ("rules", "forms", "medicines"):
        (tmp_path / shared).mkdir()
        for each in (PATH.parent / shared).glob("*.yaml"):
            (tmp_path / shared / each.name).write_text(each.read_text())
    (tmp_path / PATH.name).write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("rules/general.yaml", "      SPRAVATO_TRD: {outcome: DEFERRED, fired: [SCR-072]}",
         "      SPRAVATO_TRD: {outcome: ELIGIBLE, fired: [SCR-072]}",
         "expect.SPRAVATO_TRD.outcome of spray-without-enrolment is ELIGIBLE, but comes to DEFERRED (SCR-072)"),
        ("rules/general.yaml", "    like: pressure-of-a-crisis", "    like: pressure", "like is pressure, which is no"),
        ("larkspur.yaml", "      IV_MOOD: {outcome: INELIGIBLE, fired: [LRK-001, SCR-031]}",
         "      IV_MOOD: {outcome: INELIGIBLE, fired: [LRK-001]}",
         "expect.IV_MOOD.fired of earlier-psychosis lacks SCR-031, which fires"),
        ("larkspur.yaml", "    like: nothing-against-it", "    like: nothing", "examples[0].like is nothing, which is"),
    ],
)  # fmt: skip
def test_a_wrong_example_of_a_file_is_told_with_file_and_line(folder, name, old, new, says):
    text = (folder / name).read_text()
    (folder / name).write_text(text.replace(old, new, 1))
    line = text.splitlines().index(old) + 1
    with pytest.raises(InvalidClinicFile) as refused:
        load(folder / PATH.name)
    assert any(told.startswith(f"{name}, line {line},") and says in told for told in str(refused.value).splitlines())


def test_examples_of_a_clinic_file_are_about_its_own_rules_and_changes_too():
    file = FILES["larkspur"]
    assert [example.id for example in file.examples] == ["earlier-psychosis"]
    assert len(file.examples[0].facts) > 70  # those of the included example that it is like
    changes = [{"rule": "SCR-031", "outcome": {"IV_MOOD": "EMERGENCY"}}]
    _, issues = validate(data() | {"rule_changes": changes})
    assert [str(issue) for issue in issues] == [
        "examples[0].expect.IV_MOOD.outcome of earlier-psychosis is INELIGIBLE, but comes to EMERGENCY (SCR-031);"
        " mend rule or example"
    ]
