"""What a prescriber may answer for before a dose, and for how long that holds (domain A.5, A.6, H.5)."""

import pytest

from services.scheduling.domain.care import Blocker
from services.scheduling.domain.dayanswers import Override
from services.scheduling.domain.dayoverrides import may_be_overridden, still_blocking
from shared.clinicfile.dayof import DayOfPolicy, OwnCriterion
from tests.unit.scheduling.kit import at

POLICY = DayOfPolicy(
    also=(
        OwnCriterion(code="OWN_RIDE", question="Is the ride there?"),
        OwnCriterion(code="OWN_ALWAYS", question="Is the gate locked?", may_be_overridden=False),
    )
)


@pytest.mark.parametrize(
    ("code", "infusion", "spray"),
    [
        ("NPO_VIOLATION", True, True), ("INTOXICATED", True, True), ("WEIGHT_TOO_OLD", True, True),
        ("PREGNANCY_NOT_RULED_OUT", True, True), ("SUICIDE_SCREEN_MISSING", True, True),
        ("PRESSURE_HOLD_FOR_CLINICIAN", True, True), ("OWN_RIDE", True, True),
        ("ARRIVED_LATE", True, True), ("CHAIR_UNSUITABLE", True, True), ("SEAT_NEEDS_UNCLEAR", False, False),
        ("MONITORING_NOT_READY", True, False), ("ESCORT_MISSING", True, False), ("ESCORT_NOT_ADULT", True, False),
        ("PULSE_OXIMETER_MISSING", False, False), ("NOT_ENROLLED", False, False), ("SITE_NOT_CERTIFIED", False, False),
        ("PRESCRIBER_NOT_ON_SITE", False, False), ("NOT_CHECKED_IN", False, False), ("OWN_ALWAYS", False, False),
        ("SUICIDE_CONCERN", False, False), ("SAFETY_CONCERN_OPEN", False, False), ("PREGNANT", False, False),
        ("PRESSURE_CANCEL_SESSION", False, False), ("CONSENT_MISSING", False, False), ("ORDER_MISSING", False, False),
        ("EVENTS_WAITING", False, False), ("OWN_NOWHERE", False, False),
    ],
)  # fmt: skip
def test_some_things_nobody_may_answer_for(code: str, infusion: bool, spray: bool) -> None:
    blocker = Blocker(code, "nurse", "")
    for is_spray, allowed in ((False, infusion), (True, spray)):
        assert may_be_overridden(code, POLICY, spray=is_spray) is allowed
        left = still_blocking([blocker], [Override(code, at(0))], POLICY, spray=is_spray)
        assert left == ([] if allowed else [blocker])


@pytest.mark.parametrize(
    ("told", "overridden", "holds"), [(None, 0, False), (-5, 0, False), (0, 0, False), (0.1, 0, True)]
)
def test_an_answer_for_what_was_known_covers_nothing_that_is_told_later(
    told: float | None, overridden: float, holds: bool
) -> None:
    blocker = Blocker("NPO_VIOLATION", "nurse", "", question="solids", told_at=None if told is None else at(told))
    left = still_blocking([blocker], [Override("NPO_VIOLATION", at(overridden))], POLICY, spray=False)
    assert left == ([blocker] if holds else [])


def test_an_override_covers_its_own_criterion_alone() -> None:
    blockers = [Blocker("INTOXICATED", "clinician", ""), Blocker("WEIGHT_TOO_OLD", "nurse", "")]
    left = still_blocking(blockers, [Override("WEIGHT_TOO_OLD", at(0))], POLICY, spray=False)
    assert [blocker.code for blocker in left] == ["INTOXICATED"]
