"""Alerts are acknowledged in time, or whoever is on call is paged (domain C.4)."""

from datetime import timedelta

import pytest

from services.scheduling.domain.alerts import Level
from services.scheduling.domain.answering import acknowledge_by, at_once, climbs
from shared.clinicfile.oncall import AlertPages, OnCall, Rung
from tests.unit.scheduling.kit import NOON

LADDER = (Rung(name="Ash", role="Clinician", email="ash@clinic.example"),)


@pytest.mark.parametrize(
    ("level", "seconds", "shorter"),
    [
        (Level.INFO, 300, 120), (Level.WARN, 300, 120), (Level.HOLD, 300, 120), (Level.CRITICAL, 30, 10),
        (Level.EMERGENCY, 30, 10),
    ],
)  # fmt: skip
def test_an_urgent_alert_has_seconds_a_milder_one_minutes(level: Level, seconds: int, shorter: int) -> None:
    assert acknowledge_by(level, NOON, AlertPages()) == NOON + timedelta(seconds=seconds)
    assert acknowledge_by(level, NOON, AlertPages(urgent_seconds=10, other_minutes=2)) == NOON + timedelta(
        seconds=shorter
    )


@pytest.mark.parametrize(
    ("page_from", "paged"),
    [
        ("WARN", {Level.WARN, Level.HOLD, Level.CRITICAL, Level.EMERGENCY}),
        ("CRITICAL", {Level.CRITICAL, Level.EMERGENCY}),
        ("EMERGENCY", {Level.EMERGENCY}),
    ],
)
def test_the_clinic_says_from_which_level_on_somebody_is_paged(page_from: str, paged: set[Level]) -> None:
    policy = AlertPages.model_validate({"page_from": page_from})
    assert {level for level in Level if climbs(level, policy)} == paged


@pytest.mark.parametrize(
    ("change", "paged"),
    [
        ({}, [Level.EMERGENCY]),
        ({"at_once_from": "CRITICAL"}, [Level.CRITICAL, Level.EMERGENCY]),
        ({"at_once_from": "CRITICAL", "page_from": "EMERGENCY"}, [Level.EMERGENCY]),
    ],
)
def test_what_cannot_wait_is_paged_when_it_is_raised_if_there_is_anybody(
    change: dict[str, str], paged: list[Level]
) -> None:
    policy = AlertPages.model_validate(change)
    assert [level for level in Level if at_once(level, OnCall(ladder=LADDER, alerts=policy))] == paged
    assert [level for level in Level if at_once(level, OnCall(alerts=policy))] == []
