"""What may be cleared, and what must hold before an order is signed."""

from dataclasses import replace
from typing import Any

import pytest

from services.intake.domain.order import Standing, unmet
from services.intake.domain.review import CannotClear, Review, review
from shared.clinicfile.policies import ScreeningPolicy
from shared.events.parts import Modality
from tests.unit.intake.cases import NOW, ago, decision_on, facts_of, history, pressure, quantity

IV, PAIN, SPRAVATO = Modality.IV_MOOD, Modality.IV_PAIN, Modality.SPRAVATO_TRD


def test_clearing_what_is_eligible_needs_no_reason() -> None:
    assert review(decision_on(history()), [IV]) == Review(cleared=(IV,), overridden_rule_ids=())


def test_clearing_nothing_is_a_review_too() -> None:
    assert review(decision_on(history({"pregnant": "yes"})), []).cleared == ()


def test_overriding_names_the_rules_overridden_also_the_undecided_ones() -> None:
    decision = decision_on(history({"failed_antidepressants": 1, "schizophrenia": "unknown"}))
    assert review(decision, [IV], "SECOND_OPINION").overridden_rule_ids == ("SCR-030", "SCR-080")


@pytest.mark.parametrize(
    ("answers", "modality", "reason", "code"),
    [
        ({"failed_antidepressants": 1}, IV, None, "REASON_NEEDED"),
        ({"pregnant": "yes"}, IV, "JUDGEMENT", "IS_INELIGIBLE"),
        ({"immediate_danger": "yes"}, IV, "JUDGEMENT", "IS_EMERGENCY"),
        ({"uncontrolled_hypertension_reported": "yes"}, IV, "JUDGEMENT", "IS_DEFERRED"),
        ({}, SPRAVATO, "JUDGEMENT", "NOT_SCREENED"),
    ],
)
def test_what_cannot_be_cleared(answers: dict[str, Any], modality: Modality, reason: str | None, code: str) -> None:
    with pytest.raises(CannotClear) as caught:
        review(decision_on(history(answers)), [modality], reason)
    assert caught.value.refused == ((0, code),)


def standing(**changes: Any) -> Standing:
    decision = decision_on(history())
    facts = facts_of(history())
    good = Standing(facts, decision, review(decision, [IV]), 0, quantity("70"), quantity("165"))
    return replace(good, **changes)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ()),
        ({"decision": None, "review": None}, ("NOT_SCREENED",)),
        ({"review": None}, ("SCREENING_NOT_REVIEWED",)),
        ({"review": Review(cleared=(PAIN,), overridden_rule_ids=())}, ("MODALITY_NOT_CLEARED",)),
        ({"open_concerns": 1}, ("SAFETY_CONCERN_OPEN",)),
        ({"weight": None}, ("WEIGHT_MISSING",)),
        ({"height": None}, ("HEIGHT_MISSING",)),
        ({"weight": quantity("70", at=ago(days=30, hours=23))}, ()),
        ({"weight": quantity("70", at=ago(days=31))}, ("WEIGHT_TOO_OLD",)),
        ({"facts": facts_of(history({"allergy_ketamine": "unknown"}))}, ("ALLERGY_UNKNOWN",)),
        ({"facts": facts_of(history({"allergy_ketamine": "yes"}))}, ("ALLERGY_TO_KETAMINE",)),
        ({"decision": decision_on(history()).model_copy(update={"screened_at": ago(days=90)})}, ()),
        ({"decision": decision_on(history()).model_copy(update={"screened_at": ago(days=90, minutes=1)})},
         ("SCREENING_TOO_OLD",)),
    ],
)  # fmt: skip
def test_what_must_hold_before_an_order(changes: dict[str, Any], codes: tuple[str, ...]) -> None:
    assert unmet(standing(**changes), IV, NOW, ScreeningPolicy()) == codes


def test_everything_that_is_missing_is_named() -> None:
    nothing = Standing({}, None, None, 2, None, None)
    assert unmet(nothing, IV, NOW, ScreeningPolicy()) == (
        "NOT_SCREENED", "SAFETY_CONCERN_OPEN", "HEIGHT_MISSING", "WEIGHT_MISSING", "ALLERGY_UNKNOWN",
    )  # fmt: skip


def test_a_high_reading_since_the_review_does_not_hide_behind_it() -> None:
    later = decision_on(history(pressures=(pressure(150, 80),)))
    assert unmet(standing(decision=later, review=None), IV, NOW, ScreeningPolicy()) == ("SCREENING_NOT_REVIEWED",)
