"""One episode is one alert: which findings belong together, and when one has got worse (domain C.4)."""

from itertools import pairwise, permutations

import pytest

from services.scheduling.domain.alerts import Finding, Level, findings, overdue
from services.scheduling.domain.episodes import episode_of, rises, worst
from services.scheduling.domain.vitals import Vitals
from tests.unit.scheduling.kit import LIMITS


def found(*, before_dose: bool = False, **vitals: object) -> Finding:
    (one,) = findings(Vitals.model_validate(vitals), None, LIMITS, before_dose=before_dose)
    return one


WARNING, CRISIS = found(systolic=165, diastolic=90), found(systolic=184, diastolic=90)
HELD = found(systolic=148, diastolic=90, before_dose=True)
SHORT, SHORTER = found(spo2=93), found(spo2=88)


@pytest.mark.parametrize(
    ("one", "two", "together"),
    [
        (WARNING, CRISIS, True),
        (WARNING, found(systolic=166, diastolic=90), True),
        (SHORT, SHORTER, True),
        (HELD, CRISIS, False),
        (SHORT, found(respiratory_rate=9), False),
        (found(signs=["CHEST_PAIN"]), found(signs=["CHEST_PAIN"]), True),
        (found(signs=["CHEST_PAIN"]), found(signs=["ANAPHYLAXIS"]), False),
        (found(signs=["NAUSEA"]), found(signs=["VOMITING"]), False),
        (overdue("PRESSURE_AND_PULSE"), overdue("PRESSURE_AND_PULSE"), True),
        (overdue("PRESSURE_AND_PULSE"), overdue("PEAK_CADSS_AND_MOAAS"), False),
        (found(heart_rate=125), found(heart_rate=45), True),
    ],
)
def test_findings_of_one_kind_are_one_episode(one: Finding, two: Finding, together: bool) -> None:
    assert (episode_of(one) == episode_of(two)) is together


def test_only_a_higher_level_is_a_rise() -> None:
    assert rises(SHORT, SHORTER)
    assert not rises(SHORTER, SHORT)
    assert not rises(CRISIS, found(systolic=200, diastolic=90))
    levels = [Finding("AL-04", level, "") for level in Level]
    assert all(rises(low, high) for low, high in pairwise(levels))


def test_the_worst_of_several_stands_for_the_episode_whatever_their_order() -> None:
    for order in permutations((WARNING, CRISIS, SHORT)):
        assert worst(order) == CRISIS
    assert worst([]) is None
    assert worst([SHORT, found(spo2=92)]) == SHORT
