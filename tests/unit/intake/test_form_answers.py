"""What is asked, what is wrong with an answer, what answers become."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.facts import known_facts
from services.intake.domain.formanswers import (
    asked,
    asked_again,
    dangers,
    fingerprint,
    observed_as,
    unanswered,
    wrong,
)
from services.intake.domain.formulary import formulary_of
from services.intake.domain.instrumentfacts import ASKED_BOTH_WAYS
from services.intake.domain.observations import HealthAnswers
from services.intake.domain.safety import Concern, Risk
from services.intake.domain.screening import screen
from shared.clinicfile.facts import VOCABULARY
from shared.clinicfile.formcheck import possible_answers
from shared.clinicfile.forms import Form
from tests.unit.intake.cases import BOISE, NOW, answered, history, larkspur

HEALTH = larkspur().form("health")
BORN, TODAY = date(1986, 3, 14), date(2026, 11, 20)
FINE: dict[str, Any] = {
    **{question.id: "no" for question in HEALTH.questions if question.type == "yes_no"},
    "primary_indication": "MDD_TRD", "failed_antidepressants": 2, "child_pugh": "NONE", "medications": [],
    "under_clinician_care": "yes", "escort_available": "yes",
}  # fmt: skip


def flaws(**changes: Any) -> set[tuple[str, str]]:
    answers = {name: answer for name, answer in (FINE | changes).items() if answer is not None}
    return {(flaw.pointer.removeprefix("/answers/"), flaw.code) for flaw in wrong(HEALTH, answers, BORN, TODAY)}


def test_a_form_that_is_filled_in_as_asked_has_no_flaw():
    assert flaws() == set()


def test_everything_that_is_missing_is_named_at_once():
    missing = {(q.id, "MISSING") for q in HEALTH.questions if q.required and not q.show_if}
    assert {(flaw.pointer.removeprefix("/answers/"), flaw.code) for flaw in wrong(HEALTH, {}, BORN, TODAY)} == missing
    assert len(missing) > 40


TEN_THOUSAND = [{"name": f"drug {n}"} for n in range(10_000)]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"pregnant": "maybe"}, {("pregnant", "NOT_AN_ANSWER")}),
        ({"pregnant": 1}, {("pregnant", "NOT_AN_ANSWER")}),
        ({"pregnant": ["yes"]}, {("pregnant", "NOT_AN_ANSWER")}),
        ({"pregnant": "absent"}, {("pregnant", "NOT_AN_ANSWER")}),
        ({"pregnant": "refused"}, set()),
        ({"primary_indication": "GOUT"}, {("primary_indication", "NOT_AN_ANSWER")}),
        ({"failed_antidepressants": "two"}, {("failed_antidepressants", "NOT_A_NUMBER")}),
        ({"failed_antidepressants": "2"}, {("failed_antidepressants", "NOT_A_NUMBER")}),
        ({"failed_antidepressants": 1.5}, {("failed_antidepressants", "NOT_WHOLE")}),
        ({"failed_antidepressants": 50}, set()),
        ({"failed_antidepressants": 51}, {("failed_antidepressants", "OUT_OF_RANGE")}),
        ({"failed_antidepressants": -1}, {("failed_antidepressants", "OUT_OF_RANGE")}),
        ({"failed_antidepressants": "unknown"}, set()),
        ({"cardiac_event": "yes"}, {("cardiac_event_on", "MISSING")}),
        ({"cardiac_event": "yes", "cardiac_event_on": "unknown"}, set()),
        ({"cardiac_event": "yes", "cardiac_event_on": "1986-03-13"}, {("cardiac_event_on", "BEFORE_BIRTH")}),
        ({"cardiac_event": "yes", "cardiac_event_on": "1986-03-14"}, set()),
        ({"cardiac_event": "yes", "cardiac_event_on": "2026-11-20"}, set()),
        ({"cardiac_event": "yes", "cardiac_event_on": "2026-11-21"}, {("cardiac_event_on", "IN_THE_FUTURE")}),
        ({"cardiac_event": "yes", "cardiac_event_on": "2026-02-30"}, {("cardiac_event_on", "NOT_A_DATE")}),
        ({"cardiac_event": "yes", "cardiac_event_on": "2026-W47-1"}, {("cardiac_event_on", "NOT_A_DATE")}),
        ({"cardiac_event": "yes", "cardiac_event_on": 20261101}, {("cardiac_event_on", "NOT_A_DATE")}),
        ({"cardiac_event": "no", "cardiac_event_on": "the other day"}, set()),
        ({"medications": "unknown"}, set()),
        ({"medications": "aspirin"}, {("medications", "NOT_A_LIST")}),
        ({"medications": [{"name": "sertraline", "dose": 50, "unit": "mg", "times": 1}]}, set()),
        ({"medications": [{"name": "sertraline"}, {"dose": 0, "per": "hour"}, {"name": " "}]},
         {("medications/1/name", "MISSING"), ("medications/1/dose", "OUT_OF_RANGE"),
          ("medications/1/per", "NOT_AN_ANSWER"), ("medications/2/name", "MISSING")}),
        ({"medications": [{"name": "a\u0007"}, {"name": "b", "colour": "red"}]},
         {("medications/0/name", "NOT_PRINTABLE"), ("medications/1", "UNKNOWN_FIELD")}),
        ({"medications": TEN_THOUSAND}, {("medications", "TOO_MANY")}),
        ({"anything_else": "I get dizzy.\nOften. \u0645\u0631\u062d\u0628\u0627 \U0001f600"}, set()),
        ({"anything_else": "\u0000"}, {("anything_else", "NOT_PRINTABLE")}),
        ({"anything_else": "\u202e reversed"}, {("anything_else", "NOT_PRINTABLE")}),
        ({"anything_else": "x" * 4001}, {("anything_else", "TOO_LONG")}),
        ({"anything_else": 3}, {("anything_else", "NOT_A_TEXT")}),
        ({"pregnant": "maybe", "child_pugh": None, "failed_antidepressants": 99},
         {("pregnant", "NOT_AN_ANSWER"), ("child_pugh", "MISSING"), ("failed_antidepressants", "OUT_OF_RANGE")}),
        ({"pregnant": "yes"}, {("pregnant", "CONTRADICTORY"), ("pregnancy_possible", "CONTRADICTORY")}),
        ({"uncontrolled_hypertension_reported": "yes"},
         {("hypertension_diagnosed", "CONTRADICTORY"), ("uncontrolled_hypertension_reported", "CONTRADICTORY")}),
        ({"psychosis_current": "yes"},
         {("psychosis_current", "CONTRADICTORY"), ("psychosis_history", "CONTRADICTORY")}),
        ({"psychosis_current": "yes", "psychosis_history": "unknown"}, set()),
        ({"primary_indication": "BIPOLAR_DEPRESSION"},
         {("primary_indication", "CONTRADICTORY"), ("bipolar_disorder", "CONTRADICTORY")}),
        ({"hepatitis": "yes"}, {("hepatitis", "CONTRADICTORY"), ("child_pugh", "CONTRADICTORY")}),
    ],
)  # fmt: skip
def test_a_bad_answer_is_named_with_what_is_wrong(changes, found):
    assert flaws(**changes) == found


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        question.id: st.sampled_from(possible_answers(question))
        for question in HEALTH.questions if question.type in ("yes_no", "choice")
    }
    | {
        "failed_antidepressants": st.one_of(st.integers(-2, 60), st.just("unknown")),
        "cardiac_event_on": st.sampled_from(["2026-11-01", "1900-01-01", "unknown", "soon"]),
        "negative_pregnancy_test_on": st.sampled_from(["2026-11-19", "refused"]),
        "medications": st.sampled_from([[], [{"name": "lorazepam", "dose": 1, "unit": "mg", "times": 2}], "unknown"]),
    },
)  # fmt: skip


@given(ANSWERS)
def test_answers_without_a_flaw_become_observations_and_hidden_ones_do_not(answers):
    shown = {question.id for question in asked(HEALTH, answers)}
    fields = observed_as(HEALTH, answers)
    assert {*fields.values()} <= shown
    if not wrong(HEALTH, answers, BORN, TODAY):
        HealthAnswers.model_validate_json(json.dumps({name: answers[q] for name, q in fields.items()}))
        assert unanswered(HEALTH, answers) == []


@given(ANSWERS)
def test_a_dangerous_answer_is_found_whatever_else_is_said_or_hidden(answers):
    for answer in ("yes", "no", "unknown", "refused"):
        found = dangers(HEALTH, answers | {"immediate_danger": answer})
        assert (Concern(risk=Risk.HIGH, source="SCR-091") in found) is (answer == "yes")


def test_a_dangerous_answer_opens_a_concern_of_its_risk_and_source():
    sought = dangers(HEALTH, {"primary_indication": "SUICIDAL_IDEATION", "acute_symptoms_now": "yes"})
    assert {*sought} == {
        Concern(risk=Risk.MODERATE, source="SUICIDAL_IDEATION"), Concern(risk=Risk.HIGH, source="SCR-047"),
    }  # fmt: skip


def reworded(question_id: str, **changes: Any) -> Form:
    data = HEALTH.model_dump()
    for section in data["sections"]:
        for question in section["questions"]:
            if question["id"] == question_id:
                question.update(changes)
    return Form.model_validate(data | {"version": 2})


def given_under(form: Form) -> dict[str, str]:
    return {question.id: fingerprint(form, question) for question in form.questions}


def test_a_newer_form_asks_again_what_it_words_otherwise_and_asks_what_is_new():
    given_then = given_under(HEALTH)
    newer = reworded("pregnant", text={"en": "Might you be pregnant now?", "es": "¿Podría estar embarazada ahora?"})
    assert asked_again(newer, FINE, given_then) == ["pregnant"]
    assert asked_again(newer, FINE, given_under(newer)) == []
    assert asked_again(reworded("pregnant", help={"en": "x", "es": "y"}), FINE, given_then) == []
    branching = reworded("cardiac_event_on", show_if=())
    assert (asked_again(branching, FINE, given_then), unanswered(branching, FINE)) == ([], ["cardiac_event_on"])


def test_what_has_no_fingerprint_is_asked_again():
    assert set(asked_again(HEALTH, FINE, {})) == {*FINE} & {q.id for q in asked(HEALTH, FINE)}


def test_a_newer_instrument_asks_again_what_it_asks_about_another_time():
    """The weekly PCL-5 has the same items under another heading; a health question only stands under one."""

    def under(form: Form, heading: str) -> Form:
        data = form.model_dump()
        data["sections"][0]["title"] = dict.fromkeys(form.languages, heading)
        return Form.model_validate(data | {"version": form.version + 1})

    pcl5, items = larkspur().form("pcl5"), {f"item_{n}": "1" for n in range(1, 4)}
    weekly = under(pcl5, "In the past week, how much were you bothered by:")
    assert asked_again(weekly, items, given_under(pcl5)) == [*items]
    assert asked_again(under(HEALTH, "Now"), FINE, given_under(HEALTH)) == []


def test_a_question_without_points_is_no_other_question_for_that():
    phq9 = larkspur().form("phq9")
    data = phq9.model_dump()
    data["sections"][1]["questions"][0]["unscored"] = False
    plain = Form.model_validate(data)
    assert given_under(plain) == given_under(phq9)


DEFINITE = st.fixed_dictionaries(
    {
        question.id: st.sampled_from([a for a in possible_answers(question) if a not in ("unknown", "refused")])
        for question in HEALTH.questions if question.type in ("yes_no", "choice")
    }
    | {
        "failed_antidepressants": st.integers(0, 3),
        "cardiac_event_on": st.sampled_from(["2026-11-01", "2020-01-01"]),
        "negative_pregnancy_test_on": st.sampled_from(["2026-11-19", "2026-10-01"]),
        "medications": st.sampled_from([[], [{"name": "lorazepam", "dose": 1, "unit": "mg", "times": 2}]]),
    },
)  # fmt: skip


@given(DEFINITE)
def test_branching_hides_no_question_that_a_rule_would_need(answers):
    fields = {name: answers[question] for name, question in observed_as(HEALTH, answers).items()}
    told = history(questionnaires=(answered(**fields),))
    facts = known_facts(told, NOW, BOISE, site_certified=True, formulary=formulary_of(larkspur()))
    open_questions = {*screen(larkspur(), "hash", facts, NOW).open_questions}
    tellable = {name for name, fact in VOCABULARY.items() if fact.source == "patient"} - ASKED_BOTH_WAYS
    assert open_questions & (tellable | {"cardiac_event_age_days", "could_be_pregnant"}) == set()
