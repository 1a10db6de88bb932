"""The suicide-safety path (domain A.6)."""

from datetime import timedelta

import pytest

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
from shared.clinicfile.policies import ScreeningPolicy
from tests.unit.intake.cases import NOW


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


@pytest.mark.parametrize(("risk", "minutes"), [(Risk.HIGH, 5), (Risk.MODERATE, 1440), (Risk.LOW, 1440)])
def test_when_a_clinician_must_answer(risk: Risk, minutes: int) -> None:
    concern = Concern(risk=risk, source="PHQ9-ITEM9")
    assert acknowledge_by(concern, NOW, ScreeningPolicy()) == NOW + timedelta(minutes=minutes)


def test_the_three_item_9_rules_share_one_source() -> None:
    sources = {concern_of_rule(f"PHQ9-ITEM9-{n}", Risk.HIGH).source for n in (1, 2, 3)}
    assert sources == {"PHQ9-ITEM9"}
    assert concern_of_rule("SCR-047", Risk.HIGH).source == "SCR-047"
