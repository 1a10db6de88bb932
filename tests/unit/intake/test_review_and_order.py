"""What may be cleared, and what must hold before an order is signed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.intake.domain.order import Standing, expires_at, stage_at, unmet
from services.intake.domain.review import CannotClear, Condition, Evidence, Judgement, Review, confirmed, review
from shared.clinicfile.policies import ScreeningPolicy
from shared.events.parts import Modality
from tests.unit.intake.cases import NOW, ago, decision_on, facts_of, history, larkspur, pressure, quantity

IV, PAIN, SPRAVATO = Modality.IV_MOOD, Modality.IV_PAIN, Modality.SPRAVATO_TRD


def judged(answers: dict[str, Any] | None, *cleared: Modality, at: datetime = NOW, **judgement: Any) -> Review:
    never = judgement.pop("never", ())
    return review(decision_on(history(answers)), Judgement(cleared=cleared, **judgement), at, never)


def flaws(answers: dict[str, Any] | None, *cleared: Modality, **judgement: Any) -> set[tuple[str, str]]:
    with pytest.raises(CannotClear) as caught:
        judged(answers, *cleared, **judgement)
    return {(flaw.pointer, flaw.code) for flaw in caught.value.flaws}


PREGNANT, PRESSED = {"pregnant": "yes"}, {"uncontrolled_hypertension_reported": "yes"}
WEEK = NOW + timedelta(days=7)
ECG = Evidence(code="ECG", modalities=(PAIN,), due_at=WEEK)
LIVER = Condition(code="LIVER_TESTS", text="Normal.", owner="nurse-2", until=WEEK, modalities=())


def test_clearing_what_is_eligible_needs_no_reason() -> None:
    assert judged(None, IV) == Review(cleared=(IV,), overridden_rule_ids=())


def test_clearing_nothing_is_a_review_too() -> None:
    assert judged(PREGNANT).cleared == ()


def test_overriding_names_the_rules_overridden_also_the_undecided_ones() -> None:
    found = judged({"failed_antidepressants": 1, "schizophrenia": "unknown"}, IV, reason_code="SECOND_OPINION")
    assert found.overridden_rule_ids == ("SCR-030", "SCR-080")


@pytest.mark.parametrize(
    ("answers", "modality", "judgement", "codes"),
    [
        ({"failed_antidepressants": 1}, IV, {}, {("/cleared/0", "REASON_NEEDED")}),
        (PREGNANT, IV, {"reason_code": "JUDGEMENT"}, {("/cleared/0", "IS_INELIGIBLE")}),
        ({"immediate_danger": "yes"}, IV, {"reason_code": "JUDGEMENT"}, {("/cleared/0", "IS_EMERGENCY")}),
        ({"immediate_danger": "yes"}, IV, {"reason_code": "JUDGEMENT", "overridden_rule_ids": ["SCR-091"]},
         {("/cleared/0", "IS_EMERGENCY")}),
        (PRESSED, IV, {"reason_code": "JUDGEMENT"}, {("/cleared/0", "IS_DEFERRED")}),
        (PRESSED, IV, {"overridden_rule_ids": ["SCR-040"]}, {("/cleared/0", "REASON_NEEDED")}),
        (PRESSED | {"alcohol_today": "yes"}, IV, {"overridden_rule_ids": ["SCR-040"], "reason_code": "JUDGEMENT"},
         {("/cleared/0", "IS_DEFERRED")}),
        (PREGNANT, IV, {"overridden_rule_ids": ["SCR-020"], "reason_code": "JUDGEMENT", "never": ["SCR-020"]},
         {("/cleared/0", "NEVER_OVERRIDDEN")}),
        (PREGNANT, IV, {"overridden_rule_ids": ["SCR-020", "SCR-012"], "reason_code": "JUDGEMENT"},
         {("/overridden_rule_ids/1", "NOT_A_FINDING")}),
        ({}, SPRAVATO, {"reason_code": "JUDGEMENT"}, {("/cleared/0", "NOT_SCREENED")}),
        ({}, PAIN, {"evidence": [ECG], "reason_code": "JUDGEMENT"}, {("/cleared/0", "EVIDENCE_ASKED")}),
        ({}, IV, {"evidence": [ECG.model_copy(update={"due_at": NOW})]}, {("/evidence/0/due_at", "IN_THE_PAST")}),
        ({}, IV, {"evidence": [ECG.model_copy(update={"modalities": (SPRAVATO,)})]},
         {("/evidence/0/modalities/0", "NOT_CONCERNED")}),
        ({}, IV, {"conditions": [LIVER.model_copy(update={"until": NOW})]}, {("/conditions/0/until", "IN_THE_PAST")}),
        ({}, IV, {"conditions": [LIVER.model_copy(update={"modalities": (PAIN,)})]},
         {("/conditions/0/modalities/0", "NOT_CONCERNED")}),
    ],
)  # fmt: skip
def test_what_cannot_be_cleared(
    answers: dict[str, Any], modality: Modality, judgement: dict[str, Any], codes: set[tuple[str, str]]
) -> None:
    assert flaws(answers, modality, **judgement) >= codes
    if answers in ({}, PREGNANT, PRESSED):
        assert {flaw for flaw in flaws(answers, modality, **judgement) if flaw not in codes} == set()


def test_what_is_deferred_is_overridden_by_name_and_reason() -> None:
    found = judged(PRESSED, IV, overridden_rule_ids=["SCR-040"], reason_code="MEASURED_AT_HOME")
    assert (found.cleared, found.overridden, found.pending) == ((IV,), (IV,), ())
    assert "SCR-040" in found.overridden_rule_ids


def test_what_is_ineligible_waits_for_a_second_clinician() -> None:
    first = judged(PREGNANT, IV, PAIN, overridden_rule_ids=["SCR-020"], reason_code="OBSTETRICIAN_AGREES")
    assert (first.cleared, first.overridden, first.pending) == ((), (), (IV, PAIN))
    second = confirmed(first, "clinician-1")
    assert (second.cleared, second.overridden, second.pending) == ((IV, PAIN), (IV, PAIN), ())
    assert second.first_clinician == "clinician-1"
    assert second.summary().overridden == (IV, PAIN)


def test_conditions_without_modalities_concern_all_that_are_cleared() -> None:
    found = judged(None, IV, PAIN, conditions=[LIVER], reason_code="PAIN_TOO")
    assert found.conditions[0].modalities == (IV, PAIN)
    assert flaws(None, conditions=[LIVER]) == {("/conditions/0", "NOTHING_CLEARED")}


@pytest.mark.parametrize(
    ("until", "codes"),
    [
        (NOW + timedelta(minutes=1), ()),
        (NOW, ("CONDITION_LAPSED",)),
        (ago(days=1), ("CONDITION_LAPSED",)),
    ],
)
def test_a_clearance_holds_as_long_as_its_conditions(until: datetime, codes: tuple[str, ...]) -> None:
    depends = judged(None, IV, at=ago(days=9), conditions=[LIVER.model_copy(update={"until": until})])
    assert unmet(standing(review=depends), IV, NOW, ScreeningPolicy()) == codes
    elsewhere = depends.model_copy(update={"cleared": (IV, PAIN)})
    assert unmet(standing(review=elsewhere), PAIN, NOW, ScreeningPolicy()) == ()


def test_an_order_ends_with_what_its_clearance_depends_on() -> None:
    protocol = larkspur().protocol("IV_MOOD_6")
    assert protocol is not None
    assert expires_at(NOW, protocol, judged(None, IV)) == NOW + timedelta(days=60)
    assert expires_at(NOW, protocol, judged(None, IV, conditions=[LIVER])) == WEEK


@pytest.mark.parametrize(
    ("state", "minutes", "shown"),
    [("SIGNED", 1, "SIGNED"), ("SIGNED", 0, "EXPIRED"), ("SIGNED", -1, "EXPIRED"), ("REVOKED", -1, "REVOKED")],
)
def test_a_signed_order_expires(state: str, minutes: int, shown: str) -> None:
    assert stage_at(state, NOW + timedelta(minutes=minutes), NOW) == shown


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (Review(cleared=(), overridden_rule_ids=(), pending=(IV,)), "SECOND_CLINICIAN_AWAITED"),
        (Review(cleared=(), overridden_rule_ids=(), evidence=(ECG.model_copy(update={"modalities": (IV,)}),)),
         "EVIDENCE_AWAITED"),
        (Review(cleared=(), overridden_rule_ids=(), evidence=(ECG,)), "MODALITY_NOT_CLEARED"),
    ],
)  # fmt: skip
def test_what_a_review_awaits_is_not_ordered(found: Review, code: str) -> None:
    assert unmet(standing(review=found), IV, NOW, ScreeningPolicy()) == (code,)


def standing(**changes: Any) -> Standing:
    decision = decision_on(history())
    facts = facts_of(history())
    good = Standing(facts, decision, judged(None, IV), 0, quantity("70"), quantity("165"))
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
