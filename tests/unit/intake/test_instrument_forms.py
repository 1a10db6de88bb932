"""Instruments as forms: which items are asked, what their answers give, what contradicts (domain B, A.6, A.8)."""

from datetime import date

import pytest

from services.intake.domain.formanswers import asked, dangers, difficulty, points, unanswered, wrong
from services.intake.domain.instruments import CATALOGUE
from services.intake.domain.safety import Concern, Risk
from shared.clinicfile.formcheck import ITEMS
from tests.unit.intake.cases import larkspur

BORN, TODAY = date(1986, 3, 14), date(2026, 11, 20)


def test_forms_have_the_items_that_are_scored():
    scored = {str(code): tuple(one.highest) for code, one in CATALOGUE.items()} | {"PHQ9": (3,) * 9}
    assert {name: scored[name] for name in ITEMS} == ITEMS


@pytest.mark.parametrize(
    ("form", "answers", "found"),
    [
        ("phq9", {f"item_{n}": str(n % 4) for n in range(1, 10)}, (1, 2, 3, 0, 1, 2, 3, 0, 1)),
        ("phq9", {"item_9": "refused", "item_1": "3"}, (3, *[None] * 8)),
        ("pain", {"item_1": 7}, (7,)),
        ("pain", {"item_1": 7.0}, (7,)),
        ("cssrs-screen", {"q1": "yes", "q2": "no", "q5": "yes", "q6": "no"}, (1, 0, None, None, 1, 0, None)),
        ("cssrs-screen", {"q1": "no", "q2": "yes", "q3": "unknown", "q4": "yes", "q6": "yes", "q6r": "no"},
         (0, 1, None, 1, None, 1, 0)),
    ],
)  # fmt: skip
def test_answers_to_an_instrument_give_points(form, answers, found):
    assert points(larkspur().form(form), answers) == found


@pytest.mark.parametrize(("points_", "risk"), [("0", None), ("1", "MODERATE"), ("2", "MODERATE"), ("3", "HIGH")])
def test_item_9_means_danger_from_one_point_on(points_, risk):
    found = dangers(larkspur().form("phq9"), {"item_9": points_, "item_1": "3"})
    assert found == ((Concern(risk=Risk(risk), source="PHQ9-ITEM9"),) if risk else ())


NEVER, DRINKS = {"item_1": "0"}, {"item_1": "2"}


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (NEVER, {}),
        (NEVER | {"item_2": "0", "item_3": "0"}, {}),  # answered on paper: nothing is different
        (NEVER | {"item_2": "1"}, {"item_1": ["item_2"], "item_2": ["item_1"]}),
        (NEVER | {"item_3": "4"}, {"item_1": ["item_3"], "item_3": ["item_1"]}),
        (NEVER | {"item_2": "3", "item_3": "1"},
         {"item_1": ["item_2", "item_3"], "item_2": ["item_1", "item_3"], "item_3": ["item_1", "item_2"]}),
        (NEVER | {"item_2": "unknown", "item_3": "refused"}, {}),
        (NEVER | {"item_2": "many"}, {}),  # not asked, and no answer
        (DRINKS | {"item_2": "1", "item_3": "0"}, {}),
        ({"item_1": "unknown", "item_2": "1", "item_3": "0"}, {}),
    ],
)  # fmt: skip
def test_drinks_of_somebody_who_never_drinks_are_named(answers, found):
    flaws = wrong(larkspur().form("audit-c"), answers, BORN, TODAY)
    assert {flaw.pointer.removeprefix("/answers/"): flaw.params["with"] for flaw in flaws} == found
    assert {flaw.code for flaw in flaws} == ({"CONTRADICTORY"} if found else set())


@pytest.mark.parametrize(
    ("answers", "asks", "given"),
    [
        ({}, ["item_1"], (None, None, None)),
        (NEVER, ["item_1"], (0, None, None)),
        (DRINKS, ["item_1", "item_2", "item_3"], (2, None, None)),
        ({"item_1": "refused"}, ["item_1", "item_2", "item_3"], (None, None, None)),
        (NEVER | {"item_2": "0"}, ["item_1"], (0, None, None)),
    ],
)
def test_who_never_drinks_is_not_asked_how_much(answers, asks, given):
    form = larkspur().form("audit-c")
    assert ([question.id for question in asked(form, answers)], points(form, answers)) == (asks, given)


def test_a_yes_that_an_earlier_no_of_the_screener_hides_counts_and_is_no_contradiction():
    answers = {"q1": "no", "q2": "no", "q5": "yes", "q6": "no"}
    form = larkspur().form("cssrs-screen")
    assert (wrong(form, answers, BORN, TODAY), points(form, answers)[4]) == ([], 1)


@pytest.mark.parametrize(("form", "items"), [("phq9", 9), ("gad7", 7)])
@pytest.mark.parametrize(("answer", "kept"), [("0", 0), ("3", 3), ("refused", None), (None, None)])
def test_the_question_of_difficulty_is_kept_beside_the_points_and_may_be_left_out(form, items, answer, kept):
    asks = larkspur().form(form)
    answers = {f"item_{n}": "1" for n in range(1, items + 1)} | ({"difficulty": answer} if answer else {})
    assert (difficulty(asks, answers), points(asks, answers)) == (kept, (1,) * items)
    assert (wrong(asks, answers, BORN, TODAY), unanswered(asks, answers)) == ([], [])


def test_an_instrument_without_the_question_has_no_difficulty():
    assert difficulty(larkspur().form("pcl5"), {"difficulty": "3", "item_1": "3"}) is None
