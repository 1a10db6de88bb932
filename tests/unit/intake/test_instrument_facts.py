"""From filled instruments to facts: any yes of a suicide screen counts, saying less never helps (domain A.6, A.8)."""

import pytest

from services.intake.domain.facts import known_facts
from services.intake.domain.instrumentfacts import Filled
from services.intake.domain.instruments import InstrumentCode, InstrumentResult, score
from services.intake.domain.observations import Item9
from shared.events.parts import Modality
from tests.unit.intake.cases import BOISE, NOW, ago, answered, decision_on, history

NONE, WISH, METHOD, PLAN = [0] * 7, [1, 0, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0, 0], [0, 1, 0, 0, 1, 0, 0]
EVER, LATELY, EMPTY = [0, 0, None, None, None, 1, None], [0, 0, 0, 0, 0, 1, 1], [None] * 7
COLUMBIA = "CSSRS_SCREEN"
SAID = {"audit_c_points": 0, "mdq_positive": False}  # in the health questionnaire of somebody fit


def filled(code, answers, *, days=0.0, sex="female"):
    result = InstrumentResult(answers=tuple(answers), score=score(InstrumentCode(code), answers, sex))
    return Filled(at=ago(days=days), source="patient", result=result)


def facts_with(*newest_first, **more):
    return {
        name: fact.value
        for name, fact in known_facts(history(instruments=newest_first, **more), NOW, BOISE).items()
        if (name.startswith("cssrs") and name != "cssrs_finished") or name in ("audit_c_points", "mdq_positive")
    }


def test_without_an_instrument_only_that_is_known():
    assert facts_with() == {"cssrs_taken": False, **SAID}


@pytest.mark.parametrize(
    ("answers", "low", "moderate", "high"),
    [
        (NONE, False, False, False),
        (WISH, True, False, False),
        (METHOD, True, True, False),
        (PLAN, True, False, True),
        (EVER, False, True, None),
        (LATELY, False, True, True),
        (EMPTY, None, None, None),
        ([0, 0, 0, 1, 0, 0, 0], False, False, True),
    ],
)
def test_the_columbia_screener_by_its_questions(answers, low, moderate, high):
    wanted = SAID | {"cssrs_taken": True, "cssrs_low": low, "cssrs_moderate": moderate, "cssrs_high": high}
    assert facts_with(filled(COLUMBIA, answers)) == {name: value for name, value in wanted.items() if value is not None}


@pytest.mark.parametrize(
    ("screens", "phq9_days", "finished"),
    [
        ([], 1, False),
        ([filled(COLUMBIA, NONE)], 1, True),
        ([filled(COLUMBIA, NONE, days=1)], 1, True),
        ([filled(COLUMBIA, NONE, days=1.01)], 1, False),  # item 9 was answered since: it decides until a new screen
        ([filled(COLUMBIA, PLAN)], 1, True),
        ([filled(COLUMBIA, EVER)], 1, False),
        ([filled(COLUMBIA, EMPTY), filled(COLUMBIA, NONE, days=0.5)], 1, False),
    ],
)
def test_a_suicide_screen_stands_for_item_9_when_it_is_whole_and_not_older(screens, phq9_days, finished):
    item9 = (Item9(at=ago(days=phq9_days), source="patient", points=3),)
    subject = history(instruments=screens, item9=item9)
    assert known_facts(subject, NOW, BOISE)["cssrs_finished"].value is finished
    found = decision_on(subject).of(Modality.IV_MOOD)
    assert found is not None
    assert ("PHQ9-ITEM9-3" in found.rule_ids) is not finished
    assert ("SCR-090T" in found.rule_ids) is finished


@pytest.mark.parametrize(
    ("older", "newer", "high"),
    [(PLAN, NONE, False), (PLAN, EMPTY, True), (NONE, EMPTY, None), (NONE, PLAN, True), (EMPTY, NONE, False)],
)
def test_only_a_no_takes_back_a_yes(older, newer, high):
    assert facts_with(filled(COLUMBIA, newer), filled(COLUMBIA, older, days=1)).get("cssrs_high") is high


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (NONE, "ELIGIBLE"),
        (WISH, "NEEDS_REVIEW"),
        (METHOD, "NEEDS_REVIEW"),
        (PLAN, "EMERGENCY"),
        (LATELY, "EMERGENCY"),
        (EVER, "NEEDS_REVIEW"),
        (EMPTY, "NEEDS_REVIEW"),
    ],
)
def test_what_screening_makes_of_the_columbia_screener(answers, outcome):
    """A-18 to A-20: low and moderate are looked at, high is an emergency; what could be worse is INCOMPLETE."""
    found = decision_on(history(instruments=[filled(COLUMBIA, answers)])).of(Modality.IV_MOOD)
    assert found is not None
    assert found.outcome == outcome


def test_points_of_the_newest_of_questionnaire_and_instrument_count():
    told = answered(at=ago(days=2), audit_c_points=1, mdq_positive="yes")
    drinks, mood = filled("AUDITC", [4, 2, 1], days=1), filled("MDQ", [0] * 15, days=3)
    assert facts_with(drinks, mood, questionnaires=[told]) == {
        "cssrs_taken": False, "audit_c_points": 7, "mdq_positive": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "sheet", "days", "points"),
    [
        (0, [4, None, 1], 1, None),  # newer and open: what was said before no longer holds
        (0, [4, None, 1], 3, 0),  # older: what was said since does
        (0, [4, 2, 1], 1, 7),
        (9, [0, 0, 0], 1, 0),
    ],
)
def test_a_newer_sheet_counts_also_when_it_leaves_the_points_open(said, sheet, days, points):
    told = answered(at=ago(days=2), audit_c_points=said)
    assert facts_with(filled("AUDITC", sheet, days=days), questionnaires=[told]).get("audit_c_points") == points


@pytest.mark.parametrize(("said", "positive"), [("yes", True), ("no", None), ("unknown", None)])
def test_an_open_sheet_takes_back_a_no_and_never_a_yes(said, positive):
    told = answered(at=ago(days=2), mdq_positive=said)
    sheet = filled("MDQ", [1] * 7 + [0] * 6 + [None, 2], days=1)
    assert facts_with(sheet, questionnaires=[told]).get("mdq_positive") is positive
