"""What is proposed after a session (domain C.1, D.3, D.5)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.dosing import Body
from services.intake.domain.outcomes import Total
from services.intake.domain.plan import Course, Given, Proposal, propose
from shared.clinicfile.model import Protocol
from shared.clinicfile.prescribing import ReactingPlan
from tests.unit.intake.cases import ago, larkspur

D = Decimal
PLAN = ReactingPlan(enabled=True)


def protocol(name: str = "IV_MOOD_6") -> Protocol:
    found = larkspur().protocol(name)
    assert found is not None
    return found


def course(points: tuple[int | None, ...], mg_per_kg: str = "0.5", every: float = 2, **changes: Any) -> Course:
    """One session per score, `every` so many days; each score is taken an hour before its session."""
    last = len(points) - 1
    sessions = [Given(ago(days=every * (last - n))) for n in range(len(points))]
    scores = [Total(g.at - timedelta(hours=1), p) for g, p in zip(sessions, points, strict=True) if p is not None]
    made = Course(
        protocol=protocol(), mg_per_kg=D(mg_per_kg), minutes=40, basis="ACTUAL",
        number=len(points), given=sessions, scores=scores, open_concerns=0,
        body=Body("female", D(165), D(70)), weight_age=timedelta(days=3), weight_max_age_days=30,
    )  # fmt: skip
    return replace(made, **changes)


def last_session(found: Course, **changes: Any) -> Course:
    return replace(found, given=[*found.given[:-1], replace(found.given[-1], **changes)])


def said(found: Proposal) -> tuple[str, str | None, int | None]:
    return found.kind, None if found.mg_per_kg is None else str(found.mg_per_kg), found.dose_mg


@pytest.mark.parametrize(
    ("found", "kind", "mg_per_kg", "dose_mg", "reasons"),
    [
        (course((18,)), "RAISE", "0.6", 42, ("BENEFIT_TOO_SMALL",)),
        (course((18, 10)), "RAISE", "0.6", 42, ("BENEFIT_TOO_SMALL",)),  # 44 % gone
        (course((18, 9)), "CONTINUE", "0.5", 35, ("BENEFIT_ENOUGH",)),  # 50 % gone
        (course((18, 16, 15)), "HOLD", None, None, ("GATE_WITHOUT_BENEFIT",)),  # 16.7 % gone after session 3
        (course((20, 16, 16)), "RAISE", "0.6", 42, ("BENEFIT_TOO_SMALL",)),  # 20 % is enough for the gate
        (course((18, 16, 15), number=4), "RAISE", "0.6", 42, ("BENEFIT_TOO_SMALL",)),
        (course((0, 0, 0)), "HOLD", None, None, ("GATE_WITHOUT_BENEFIT",)),
        (course((18, 16, None)), "HOLD", None, None, ("PHQ9_MISSING", "GATE_WITHOUT_BENEFIT")),
        (course((18, None)), "HOLD", None, None, ("PHQ9_MISSING",)),
        (course((None,)), "HOLD", None, None, ("PHQ9_MISSING",)),
        (course((None, 12)), "CONTINUE", "0.5", 35, ("BENEFIT_NOT_KNOWN",)),
        (course((10, 15)), "HOLD", None, None, ("PHQ9_RISEN",)),
        (course((10, 14)), "RAISE", "0.6", 42, ("BENEFIT_TOO_SMALL",)),
        (course((18, 8, 13)), "HOLD", None, None, ("PHQ9_RISEN",)),  # since the session before
        (course((18,), open_concerns=1), "HOLD", None, None, ("SAFETY_CONCERN_OPEN",)),
        (course((18,), body=None), "HOLD", None, None, ("WEIGHT_MISSING",)),
        (course((18,), weight_age=None), "HOLD", None, None, ("WEIGHT_MISSING",)),
        (course((18,), weight_age=timedelta(days=30, hours=23)), "RAISE", "0.6", 42, ("BENEFIT_TOO_SMALL",)),
        (course((18,), weight_age=timedelta(days=31)), "HOLD", None, None, ("WEIGHT_TOO_OLD",)),
        (last_session(course((18,)), stopped=True), "HOLD", None, None, ("STOP_EVENT",)),
        (last_session(course((18,)), side_effects=("VOMITING",)), "CONTINUE", "0.5", 35, ("SIDE_EFFECTS_REPORTED",)),
        (course((18,), basis="ENTERED"), "HOLD", None, None, ("WEIGHT_WAS_ENTERED",)),
        (course((18,), body=Body("female", D(165), D(100))), "RAISE", "0.6", 34, ("BENEFIT_TOO_SMALL",)),
        (course((18,), body=Body("female", D(165), D(100)), basis="ADJ"), "RAISE", "0.6", 44, ("BENEFIT_TOO_SMALL",)),
        (course((18,), "0.95"), "RAISE", "1.0", 70, ("BENEFIT_TOO_SMALL",)),
        (course((18,), "1.0"), "CONTINUE", "1.0", 70, ("AT_HARD_STOP",)),
        (course((18,), "1.2"), "HOLD", None, None, ("ABOVE_HARD_STOP",)),  # it was overridden once, by a clinician
        (course((18,), body=Body("other", D(165), D(100))), "HOLD", None, None, ("NO_IDEAL_WEIGHT_FOR_SEX",)),
    ],
)  # fmt: skip
def test_the_next_dose(
    found: Course, kind: str, mg_per_kg: str | None, dose_mg: int | None, reasons: tuple[str, ...]
) -> None:
    proposed = propose(found, PLAN)
    assert said(proposed) == (kind, mg_per_kg, dose_mg)
    assert (proposed.reasons, proposed.interval_days) == (reasons, None)


def test_pain_is_not_titrated_by_a_mood_score() -> None:
    pain = course((18,), protocol=protocol("IV_PAIN_5X4H"))
    assert propose(replace(pain, minutes=240), PLAN).reasons == ("NOT_TITRATED_BY_SCORE",)


MONTHLY = protocol("IV_MAINT_MONTHLY")


@pytest.mark.parametrize(
    ("points", "every", "interval", "reason"),
    [
        ((6,), 28, 28, "INTERVAL_KEPT"),
        ((6, 6), 28, 28, "INTERVAL_KEPT"),  # how the first of them stood to the one before it is not known
        ((6, 6, 6), 28, 35, "INTERVAL_EXTENDED"),
        ((9, 9, 9), 28, 35, "INTERVAL_EXTENDED"),
        ((4, 9, 9), 28, 28, "INTERVAL_KEPT"),  # five up at the first of the two
        ((6, None, 6), 28, 28, "INTERVAL_KEPT"),
        ((6, 6, 6), 80, 84, "INTERVAL_EXTENDED"),
        ((6, 6, 6, 6), 84, 84, "OFFER_STOP"),
        ((6, 6, 6), 84, 84, "INTERVAL_EXTENDED"),  # two gaps at the cap only
        ((10, 9, 10), 28, 21, "INTERVAL_SHORTENED"),  # crosses 10
        ((10, 11, 12), 28, 28, "INTERVAL_KEPT"),  # was above before
        ((3, 3, 8), 28, 21, "INTERVAL_SHORTENED"),
        ((3, 3, 8), 18, 14, "INTERVAL_SHORTENED"),
    ],
)
def test_the_interval_of_maintenance(points: tuple[int | None, ...], every: float, interval: int, reason: str) -> None:
    proposed = propose(course(points, every=every, protocol=MONTHLY), PLAN)
    assert (proposed.interval_days, proposed.reasons[-1]) == (interval, reason)


def starting(*days_ago: float) -> Course:
    """Maintenance sessions so many days ago, each with 6 points at the very start of it."""
    sessions = [Given(ago(days=days)) for days in days_ago]
    scores = [Total(session.at, 6) for session in sessions]
    return replace(course((6,), protocol=MONTHLY), given=sessions, scores=scores, number=len(sessions))


@pytest.mark.parametrize(
    ("days_ago", "interval", "reason"),
    [
        ((56, 28, 0), 35, "INTERVAL_EXTENDED"),  # a score of the very start is that of the session
        ((4, 2, 0), 14, "INTERVAL_EXTENDED"),  # never below the shortest
        ((252, 168, 84, 0), 84, "OFFER_STOP"),
        ((245, 161, 84, 0), 84, "INTERVAL_EXTENDED"),  # one of the three gaps was 77 days
        ((238, 168, 84, 0), 84, "INTERVAL_EXTENDED"),
    ],
)
def test_three_sessions_at_the_cap_offer_to_stop(days_ago: tuple[float, ...], interval: int, reason: str) -> None:
    proposed = propose(starting(*days_ago), PLAN)
    assert (proposed.interval_days, proposed.reasons[-1]) == (interval, reason)


def test_a_score_belongs_to_the_session_that_it_was_taken_for() -> None:
    first, second = Given(ago(days=2)), Given(ago(days=0))
    mood = replace(course((18,)), given=[first, second], number=2)
    at_the_start = [Total(first.at, 18), Total(second.at, 9)]
    assert propose(replace(mood, scores=at_the_start), PLAN).reasons == ("BENEFIT_ENOUGH",)
    before_both = [Total(first.at, 18)]
    assert propose(replace(mood, scores=before_both), PLAN).reasons == ("PHQ9_MISSING",)
    risen = [Total(first.at - timedelta(days=3), 18), Total(first.at, 8), Total(second.at, 13)]
    third = replace(mood, given=[Given(ago(days=4)), first, second], number=4)
    assert propose(replace(third, scores=risen), PLAN).reasons == ("PHQ9_RISEN",)


def test_a_course_that_ends_with_the_session_has_no_gate_left() -> None:
    short = protocol().model_copy(update={"course": protocol().course.model_copy(update={"sessions": 3})})
    assert propose(course((18, 16, 15), protocol=short), PLAN).kind == "RAISE"


@pytest.mark.parametrize(("number", "held"), [(2, True), (3, False)])
def test_a_protocol_that_is_judged_after_its_second_session_waits_there(number: int, held: bool) -> None:
    """D.1: of a pain course the gate is after 2; a drop of 20 % passes it, none does not."""
    early = protocol().model_copy(update={"gate_after_session": 2})
    proposed = propose(course((18,) + (17,) * (number - 1), protocol=early, number=number), PLAN)
    assert ("GATE_WITHOUT_BENEFIT" in proposed.reasons) is held


POINTS: Any = st.lists(st.one_of(st.none(), st.integers(0, 27)), min_size=1, max_size=7)
COURSES: Any = st.builds(
    lambda points, dose, number, concerns, kg, days, stopped, name: last_session(
        course(
            tuple(points), str(dose), number=number, open_concerns=concerns, body=Body("female", D(165), kg),
            weight_age=timedelta(days=days), protocol=protocol(name),
        ),
        stopped=stopped,
    ),
    POINTS, st.decimals(D("0.1"), D("2.0"), places=2), st.integers(1, 8), st.integers(0, 1),
    st.decimals(40, 180, places=1), st.integers(0, 40), st.booleans(),
    st.sampled_from(["IV_MOOD_6", "IV_PTSD_6", "IV_MAINT_MONTHLY"]),
)  # fmt: skip


@given(COURSES)
def test_no_proposal_is_above_a_limit_and_each_step_is_small(found: Course) -> None:
    proposed, limits = propose(found, PLAN), found.protocol.dose
    assert (proposed.mg_per_kg is None) == (proposed.dose_mg is None) == (proposed.kind == "HOLD")
    if proposed.mg_per_kg is not None and proposed.dose_mg is not None and found.body is not None:
        assert proposed.mg_per_kg <= limits.hard_stop_mg_per_kg
        assert proposed.mg_per_kg - proposed.previous_mg_per_kg <= D("0.1")
        assert proposed.dose_mg <= limits.hard_stop_mg_per_kg * found.body.weight_kg + D("0.5")
    if proposed.interval_days is not None:
        assert 14 <= proposed.interval_days <= 84


@given(COURSES)
def test_the_same_history_gives_the_same_proposal(found: Course) -> None:
    again = replace(found, given=tuple(found.given), scores=list(found.scores))
    assert propose(again, PLAN) == propose(found, PLAN)


@given(COURSES)
def test_danger_or_a_stop_always_holds(found: Course) -> None:
    assert propose(replace(found, open_concerns=1), PLAN).kind == "HOLD"
    assert propose(last_session(found, stopped=True), PLAN).kind == "HOLD"


def test_it_is_off_until_a_clinic_wants_it() -> None:
    assert ReactingPlan().enabled is False
