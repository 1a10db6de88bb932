"""The gate after the third infusion (domain D.3, D.5), and what settles each blocker."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

import services.scheduling.domain
from services.scheduling.domain.evaluating import (
    Score,
    gate_blockers,
    last_decision,
    periodic_blockers,
    phase_blockers,
)
from services.scheduling.domain.settling import SETTLING, settling_of
from services.scheduling.domain.spray import Given
from shared.clinicfile.model import Protocol
from shared.clinicfile.prescribing import ReactingPlan
from shared.events.parts import Modality
from tests.support.house import larkspur
from tests.unit.scheduling.kit import NOON, at, order

DAY = 24 * 60
DOSES = [at(day * DAY) for day in (-6, -4, -2)]
DOMAIN = Path(next(iter(services.scheduling.domain.__path__)))


@pytest.fixture
def mood() -> Protocol:
    protocol = larkspur().protocol("IV_MOOD_6")
    assert protocol is not None
    return protocol


def held(
    protocol: Protocol, baseline: int | None, latest: int | None, *, doses: int = 3, decided: float | None = None,
    latest_day: float = -1, **plan: int,
) -> bool:  # fmt: skip
    scores = [Score(at(day * DAY), total) for day, total in ((-7, baseline), (latest_day, latest)) if total is not None]
    decided_at = None if decided is None else at(decided * DAY)
    return bool([*gate_blockers(scores, DOSES[:doses], decided_at, protocol, ReactingPlan(**plan))])


@pytest.mark.parametrize(
    ("baseline", "latest", "holds"),
    [
        (20, 16, False), (20, 17, True), (20, 20, True), (20, 25, True), (20, 0, False), (5, 4, False), (5, 5, True),
        (11, 9, True), (10, 8, False), (0, 0, True), (0, 3, True), (None, 10, True), (20, None, True),
        (None, None, True),
    ],
)  # fmt: skip
def test_without_a_drop_of_a_fifth_the_fourth_session_is_held(
    mood: Protocol, baseline: int | None, latest: int | None, holds: bool
) -> None:
    """20 % itself passes; a baseline of 0 and a missing score hold (D.5)."""
    assert held(mood, baseline, latest) is holds


def test_a_score_from_before_the_third_dose_tells_nothing_about_it(mood: Protocol) -> None:
    assert held(mood, 20, 8, latest_day=-2) is True
    assert held(mood, 20, 8, latest_day=-1.99) is False


def test_the_newest_score_decides(mood: Protocol) -> None:
    scores = [Score(at(-7 * DAY), 20), Score(at(-0.5 * DAY), 19), Score(at(-1 * DAY), 4)]
    assert [*gate_blockers(scores, DOSES, None, mood, ReactingPlan())] != []


@pytest.mark.parametrize("doses", [0, 1, 2])
def test_before_the_third_dose_nothing_is_evaluated(mood: Protocol, doses: int) -> None:
    assert held(mood, None, None, doses=doses) is False
    assert held(mood, None, None, doses=doses, gate_after_session=2) is (doses == 2)


@pytest.mark.parametrize(
    ("gate", "doses", "holds"),
    [(None, 2, False), (None, 3, True), (2, 1, False), (2, 2, True), (2, 3, True), (4, 3, False), (5, 3, False)],
)
def test_a_protocol_names_after_which_session_it_is_judged_and_else_the_plan_does(
    mood: Protocol, gate: int | None, doses: int, holds: bool
) -> None:
    """D.1: pain after 2, PTSD of eight after 4. What was scored before that dose tells nothing about it."""
    named = mood.model_copy(update={"gate_after_session": gate})
    assert held(named, None, None, doses=doses) is holds
    if gate == 2:
        assert held(named, 20, 8, doses=2, latest_day=-4.5) is True
        assert held(named, 20, 8, doses=2, latest_day=-3.5) is False


def test_a_gate_that_would_hold_no_session_back_is_refused(mood: Protocol) -> None:
    told = mood.model_dump() | {"gate_after_session": mood.course.sessions}
    with pytest.raises(ValidationError, match="below the sessions of the course"):
        Protocol.model_validate(told)
    assert Protocol.model_validate(told | {"gate_after_session": 5}).gate_after(ReactingPlan()) == 5


@pytest.mark.parametrize(
    ("given", "decided", "holds"),
    [
        ([("SPR_TRD_M2", -7)], -28, False), ([("SPR_TRD_M2", -7)], -28.01, True), ([("SPR_TRD_M2", -7)], None, True),
        ([("SPR_TRD_M2", -30), ("SPR_TRD_M2", -14)], -15, False), ([("SPR_TRD_M1", -7)], -40, False), ([], None, False),
    ],
)  # fmt: skip
def test_the_last_phase_of_a_spray_is_judged_every_four_weeks(
    mood: Protocol, given: list[tuple[str, float]], decided: float | None, holds: bool
) -> None:
    """D.1: exactly 28 days are in time; the first dose is what the end of the phase before is asked for."""
    last = mood.model_copy(
        update={"id": "SPR_TRD_M2", "modality": Modality.SPRAVATO_TRD, "evaluated_every_days": 28}
    )  # fmt: skip
    doses = [Given(at(day * DAY), 84, protocol, last.modality) for protocol, day in given]
    decided_at = None if decided is None else at(decided * DAY)
    found = [blocker.code for blocker in periodic_blockers(doses, decided_at, last, "America/Los_Angeles", NOON)]
    assert found == ["BENEFIT_NOT_EVALUATED"] * holds
    assert [*periodic_blockers(doses, None, mood, "America/Los_Angeles", NOON)] == []


def test_a_course_that_ends_with_the_third_session_and_a_spray_have_no_gate(mood: Protocol) -> None:
    short = mood.model_copy(update={"course": mood.course.model_copy(update={"sessions": 3})})
    assert held(short, None, None) is False
    assert held(mood.model_copy(update={"modality": Modality.SPRAVATO_TRD}), None, None) is False
    assert held(mood.model_copy(update={"modality": Modality.IV_PAIN}), None, None) is True


def test_a_spray_is_evaluated_at_the_end_of_its_weeks_and_not_after_its_third_session(mood: Protocol) -> None:
    """D.3 names sessions 4 to 6, which a course of infusions has; D.1 has a spray's benefit judged after week 4."""
    induction = mood.model_copy(update={"id": "SPR_TRD_IND", "modality": Modality.SPRAVATO_TRD})
    assert held(induction, 20, 20) is False
    assert next_phase([], phase=induction) is False


def next_phase(
    given: list[tuple[str, float]], *, phase: Protocol, decided: float | None = None, begun: int = 0
) -> bool:
    doses = [Given(at(day * DAY), 84, protocol, phase.modality) for protocol, day in given]
    decided_at = None if decided is None else at(decided * DAY)
    return bool([*phase_blockers(doses, DOSES[:begun], decided_at, phase)])


@pytest.mark.parametrize(
    ("given", "decided", "begun", "holds"),
    [
        ([("SPR_TRD_IND", -10), ("SPR_TRD_IND", -4)], None, 0, True),
        ([("SPR_TRD_IND", -10), ("SPR_TRD_IND", -4)], -5, 0, True),
        ([("SPR_TRD_IND", -4)], -4, 0, True),
        ([("SPR_TRD_IND", -4)], -3.99, 0, False),
        ([("SPR_TRD_IND", -4), ("SPR_TRD_M1", -2)], None, 1, False),
        ([("SPR_TRD_M1", -4)], None, 0, False),
        ([], None, 0, False),
    ],
)
def test_the_next_phase_of_a_spray_waits_for_a_decision_since_the_last_dose_of_the_one_before(
    mood: Protocol, given: list[tuple[str, float]], decided: float | None, begun: int, holds: bool
) -> None:
    weekly = mood.model_copy(update={"id": "SPR_TRD_M1", "modality": Modality.SPRAVATO_TRD})
    assert next_phase(given, phase=weekly, decided=decided, begun=begun) is holds


def test_an_infusion_given_before_is_no_phase_of_a_spray(mood: Protocol) -> None:
    weekly = mood.model_copy(update={"id": "SPR_TRD_M1", "modality": Modality.SPRAVATO_TRD})
    assert [*phase_blockers([Given(at(-4 * DAY), 35, "IV_MOOD_6", Modality.IV_MOOD)], [], None, weekly)] == []
    assert [*phase_blockers([Given(at(-4 * DAY), 84, "SPR_TRD_IND", Modality.SPRAVATO_TRD)], [], None, mood)] == []


@pytest.mark.parametrize(("decided", "holds"), [(None, True), (-3, True), (-2, True), (-1.99, False)])
def test_a_clinician_who_decides_after_the_third_dose_opens_the_gate(
    mood: Protocol, decided: float | None, holds: bool
) -> None:
    assert held(mood, 20, 20, decided=decided) is holds


def test_a_review_and_a_newer_order_are_both_decisions() -> None:
    assert last_decision(None, None) is None
    assert last_decision(at(-5), None) == at(-5)
    assert last_decision(at(-5), replace(order(), signed_at=at(-3))) == at(-3)
    assert last_decision(at(-1), replace(order(), signed_at=at(-3))) == at(-1)


def test_every_blocker_says_what_clears_it_and_until_when() -> None:
    """Every code that stands in the domain's sources as a blocker or a criterion."""
    sources = "\n".join(path.read_text() for path in DOMAIN.glob("*.py"))
    codes = {*re.findall(r'(?:Blocker|Criterion)\(\s*"([A-Z0-9_]+)"', sources), "EVALUATION_GATE"}
    assert codes == {*SETTLING}
    assert all(settling_of(code).by for code in codes)


@pytest.mark.parametrize(("code", "hours"), [("ORDER_MISSING", 24), ("NPO_VIOLATION", 0), ("OWN_RIDE", 0)])
def test_what_takes_long_is_settled_a_day_before(code: str, hours: int) -> None:
    assert settling_of(code).deadline(NOON) == NOON - timedelta(hours=hours)
