"""What becomes of an answer that worries (domain A.6): no alarm fatigue, no blind spot."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.handling import (
    OF_SUICIDALITY,
    Known,
    Step,
    acknowledge_at,
    covering,
    heard_before,
    step_for,
    worst_of_each,
)
from services.intake.domain.safety import Concern, Risk
from shared.clinicfile.policies import SafetyPolicy
from tests.unit.intake.cases import NOW

POLICY = SafetyPolicy()
LOW, MODERATE, HIGH = Risk.LOW, Risk.MODERATE, Risk.HIGH
ITEM9, SCREEN, SYMPTOMS = "PHQ9-ITEM9", "CSSRS_SCREEN", "SCR-047"
SETTLED = Known(
    UUID(int=1), ITEM9, MODERATE, "RESOLVED", frozenset(), "SAFETY_PLAN_MADE", NOW - timedelta(days=3)
)  # fmt: skip


def is_open(risk: Risk = MODERATE, source: str = ITEM9, *, acknowledged: bool = False) -> Known:
    return Known(UUID(int=2), source, risk, "ACKNOWLEDGED" if acknowledged else "RAISED", frozenset())


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("risk", "source", "known", "sought", "step"),
    [
        # nothing is known
        (LOW, ITEM9, [], True, Step.RAISE),
        (MODERATE, ITEM9, [], False, Step.RAISE),
        # settled lately with a plan, where suicidality is treated
        (LOW, ITEM9, [SETTLED], True, Step.ASK),
        (MODERATE, ITEM9, [SETTLED], True, Step.ASK),
        (MODERATE, SCREEN, [SETTLED], True, Step.ASK),
        (MODERATE, "CHECK_IN_UNSAFE_THOUGHTS", [SETTLED], True, Step.ASK),
        (MODERATE, "SUICIDAL_IDEATION", [SETTLED], True, Step.ASK),
        # a rise, and HIGH, always
        (HIGH, ITEM9, [SETTLED], True, Step.RAISE),
        (HIGH, ITEM9, [replace(SETTLED, risk=HIGH)], True, Step.RAISE),
        (MODERATE, ITEM9, [replace(SETTLED, risk=LOW)], True, Step.RAISE),
        (LOW, ITEM9, [replace(SETTLED, risk=LOW)], True, Step.ASK),
        (MODERATE, ITEM9, [replace(SETTLED, risk=HIGH)], True, Step.ASK),
        # not what is treated, or another danger
        (MODERATE, ITEM9, [SETTLED], False, Step.RAISE),
        (MODERATE, SYMPTOMS, [SETTLED], True, Step.RAISE),
        (MODERATE, "intake/mood", [SETTLED], True, Step.RAISE),
        (MODERATE, ITEM9, [replace(SETTLED, source=SYMPTOMS)], True, Step.RAISE),
        # no plan
        (LOW, ITEM9, [replace(SETTLED, disposition="NO_CURRENT_RISK")], True, Step.RAISE),
        (LOW, ITEM9, [replace(SETTLED, disposition="REFERRED")], True, Step.RAISE),
        (LOW, ITEM9, [replace(SETTLED, disposition="EMERGENCY_SERVICES")], True, Step.RAISE),
        # fourteen days, the last one inside
        (LOW, ITEM9, [replace(SETTLED, resolved_at=days_ago(14))], True, Step.ASK),
        (LOW, ITEM9, [replace(SETTLED, resolved_at=days_ago(14.001))], True, Step.RAISE),
        # the last disposition counts, of equal ones the milder
        (LOW, ITEM9, [SETTLED, replace(SETTLED, resolved_at=days_ago(1), disposition="REFERRED")], True, Step.RAISE),
        (MODERATE, ITEM9, [SETTLED, replace(SETTLED, resolved_at=days_ago(1), risk=LOW)], True, Step.RAISE),
        (MODERATE, ITEM9, [SETTLED, replace(SETTLED, risk=LOW)], True, Step.RAISE),
        (MODERATE, ITEM9, [replace(SETTLED, resolved_at=days_ago(9), risk=LOW), SETTLED], True, Step.ASK),
        # something is open about it
        (MODERATE, ITEM9, [is_open()], False, Step.ADD),
        (LOW, ITEM9, [is_open()], True, Step.ADD),
        (HIGH, ITEM9, [is_open(HIGH)], True, Step.ADD),
        (HIGH, ITEM9, [is_open()], True, Step.RAISE),
        (MODERATE, ITEM9, [is_open(acknowledged=True)], False, Step.ADD_AND_ASK),
        (HIGH, ITEM9, [is_open(HIGH, acknowledged=True)], True, Step.RAISE),
        (MODERATE, ITEM9, [is_open(acknowledged=True), is_open()], False, Step.ADD),
        (MODERATE, SCREEN, [is_open()], False, Step.RAISE),
        (MODERATE, SCREEN, [is_open(), SETTLED], True, Step.RAISE),
        (MODERATE, SCREEN, [is_open(source=SYMPTOMS), SETTLED], True, Step.ASK),
    ],
)  # fmt: skip
def test_what_becomes_of_an_answer(risk: Risk, source: str, known: list[Known], sought: bool, step: Step) -> None:
    assert step_for(Concern(risk=risk, source=source), known, NOW, POLICY, sought=sought) is step


def test_a_clinic_may_have_every_answer_open_a_concern() -> None:
    strict = SafetyPolicy(disposition_days=0)
    assert step_for(Concern(risk=LOW, source=ITEM9), [SETTLED], NOW, strict, sought=True) is Step.RAISE


KNOWN = st.builds(
    Known, id=st.just(UUID(int=1)), source=st.sampled_from([*sorted(OF_SUICIDALITY), SYMPTOMS]),
    risk=st.sampled_from(Risk), stage=st.sampled_from(["RAISED", "ACKNOWLEDGED", "RESOLVED"]),
    answers=st.just(frozenset()), disposition=st.sampled_from(["SAFETY_PLAN_MADE", "NO_CURRENT_RISK", None]),
    resolved_at=st.integers(0, 30).map(days_ago),
)  # fmt: skip
CONCERN = st.builds(Concern, risk=st.sampled_from(Risk), source=st.sampled_from([*sorted(OF_SUICIDALITY), SYMPTOMS]))


@given(CONCERN, st.lists(KNOWN, max_size=5), st.booleans())
def test_no_answer_is_dropped_and_none_that_is_high_goes_without_a_concern(
    concern: Concern, known: list[Known], sought: bool
) -> None:
    step = step_for(concern, known, NOW, POLICY, sought=sought)
    assert step is not Step.NOTHING
    if concern.risk is HIGH:
        assert step is Step.RAISE or (step is Step.ADD and any(k.stage == "RAISED" and k.risk is HIGH for k in known))
    if step is Step.ASK:
        assert sought
        assert concern.risk.rank <= max(k.risk.rank for k in known if k.stage == "RESOLVED")
    if step in (Step.ADD, Step.ADD_AND_ASK):
        assert covering(concern, known) is not None


def test_of_one_observation_each_source_counts_once_at_its_worst() -> None:
    found = [
        Concern(risk=LOW, source=ITEM9, answer="a"), Concern(risk=MODERATE, source=ITEM9, answer="b"),
        Concern(risk=MODERATE, source=ITEM9, answer="c"), Concern(risk=HIGH, source=SYMPTOMS),
    ]  # fmt: skip
    assert [(c.source, c.answer) for c in worst_of_each(found)] == [(SYMPTOMS, None), (ITEM9, "b")]


@pytest.mark.parametrize(
    ("answer", "risk", "heard"),
    [("a", MODERATE, True), ("a", LOW, True), ("a", HIGH, False), ("b", LOW, False), (None, LOW, False)],
)
def test_only_the_very_same_answer_is_heard_before(answer: str | None, risk: Risk, heard: bool) -> None:
    concern = Concern(risk=risk, source=ITEM9, answer=answer)
    assert heard_before(concern, [(ITEM9, "a", MODERATE), (SCREEN, "b", HIGH)]) is heard


@pytest.mark.parametrize(
    ("session_in", "lapses_in", "due_in"),
    [(2, 11, 2), (11, 11, 11), (12, 11, 1), (None, 11, 1)],
)
def test_an_answer_is_acknowledged_at_check_in_unless_the_disposition_lapses_before(
    session_in: int | None, lapses_in: int, due_in: int
) -> None:
    session = None if session_in is None else NOW + timedelta(days=session_in)
    due = acknowledge_at(NOW, session, NOW + timedelta(days=lapses_in), 24)
    assert due == NOW + timedelta(days=due_in)
