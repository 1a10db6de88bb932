"""The suicide-safety path (domain A.6)."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.observations import HealthAnswers
from services.intake.domain.safety import (
    CRISIS,
    Concern,
    Risk,
    acknowledge_by,
    concern_of_rule,
    concerns_of_answers,
    concerns_of_item9,
)  # fmt: skip
from tests.unit.intake.cases import larkspur


@pytest.mark.parametrize(("points", "risk"), [(None, None), (0, None), (1, "MODERATE"), (2, "MODERATE"), (3, "HIGH")])
def test_item_9_without_a_suicide_screen(points: int | None, risk: str | None) -> None:
    assert [concern.risk for concern in concerns_of_item9(points)] == ([risk] if risk else [])


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, []),
        ({"immediate_danger": "no"}, []),
        ({"immediate_danger": "refused"}, []),
        ({"immediate_danger": "yes"}, [("HIGH", "SCR-091")]),
        ({"primary_indication": "SUICIDAL_IDEATION"}, [("MODERATE", "SUICIDAL_IDEATION")]),
        ({"primary_indication": "MDD_TRD"}, []),
    ],
)
def test_answers_that_worry(answers: dict[str, str], expected: list[tuple[str, str]]) -> None:
    found = concerns_of_answers(HealthAnswers.model_validate(answers))
    assert [(concern.risk, concern.source) for concern in found] == expected


def test_help_names_every_way_and_promises_no_reply() -> None:
    text = " ".join(line.how for line in CRISIS.lines)
    assert all(way in text for way in ("911", "text 988", "988lifeline.org", "press 1", "838255"))
    assert "reply" not in (CRISIS.message + text).lower()


def due(risk: str, raised: str, **policy: Any) -> str:
    """When a concern raised at a local time of larkspur is due there; `policy` by section."""
    file, zone = larkspur(), ZoneInfo(larkspur().zone)
    changed = {name: getattr(file, name).model_copy(update=parts) for name, parts in policy.items()}
    at = datetime.fromisoformat(raised).replace(tzinfo=zone).astimezone(UTC)
    by = acknowledge_by(Concern(risk=Risk(risk), source="PHQ9-ITEM9"), at, file.model_copy(update=changed))
    return by.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("risk", "raised", "by"),
    [
        ("HIGH", "2026-11-20 23:58", "Sat 2026-11-21 00:03"),
        ("MODERATE", "2026-11-20 09:00", "Sat 2026-11-21 00:00"),
        ("MODERATE", "2026-11-20 00:00", "Sat 2026-11-21 00:00"),
        ("MODERATE", "2026-11-20 22:30", "Sat 2026-11-21 00:00"),
        ("MODERATE", "2026-11-20 23:58", "Sat 2026-11-21 00:03"),  # as long as HIGH at least
        ("MODERATE", "2026-11-01 00:30", "Sun 2026-11-01 23:30"),  # the day has 25 hours, a concern waits 24 at most
        ("LOW", "2026-11-19 16:00", "Fri 2026-11-20 16:00"),
        ("LOW", "2026-11-20 16:00", "Mon 2026-11-23 16:00"),
        ("LOW", "2026-11-21 10:00", "Mon 2026-11-23 10:00"),
        ("LOW", "2026-11-25 10:00", "Fri 2026-11-27 10:00"),  # over Thanksgiving
        ("LOW", "2027-03-12 02:30", "Mon 2027-03-15 02:30"),  # over the hour that is skipped
    ],
)
def test_when_a_clinician_must_answer(risk: str, raised: str, by: str) -> None:
    """A.6: HIGH at once, MODERATE on the same day, LOW within a business day; all `policy`."""
    assert due(risk, raised) == by


@pytest.mark.parametrize(
    ("risk", "policy", "by"),
    [
        ("HIGH", {"screening": {"emergency_acknowledge_minutes": 2}}, "Fri 2026-11-20 09:02"),
        ("MODERATE", {"screening": {"concern_acknowledge_hours": 4}}, "Fri 2026-11-20 13:00"),
        ("MODERATE", {"safety": {"moderate_same_day": False}}, "Sat 2026-11-21 09:00"),
        ("LOW", {"safety": {"low_business_days": 2}}, "Tue 2026-11-24 09:00"),
    ],
)
def test_the_clinic_s_policy_says_how_long_each_risk_may_wait(risk: str, policy: Any, by: str) -> None:
    assert due(risk, "2026-11-20 09:00", **policy) == by


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))
def test_a_graver_concern_is_never_due_later(raised: datetime) -> None:
    by = [acknowledge_by(Concern(risk=risk, source="X"), raised, larkspur()) for risk in Risk]
    assert raised < by[2] <= by[1] <= by[0]


def test_the_three_item_9_rules_share_one_source() -> None:
    sources = {concern_of_rule(f"PHQ9-ITEM9-{n}", Risk.HIGH).source for n in (1, 2, 3)}
    assert sources == {"PHQ9-ITEM9"}
    assert concern_of_rule("SCR-047", Risk.HIGH).source == "SCR-047"
