"""The suicide-safety path (domain A.6): what opens a safety concern, how urgent it is, what help is shown."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.intake.domain.observations import Answer, HealthAnswers, Indication
from shared.clinicfile.policies import ScreeningPolicy


class Risk(StrEnum):
    """Risk until a clinician has spoken with the patient (A.6, item-9 fallback), from lower to higher."""

    LOW = "LOW"
    MODERATE = "MODERATE"
    HIGH = "HIGH"

    @property
    def rank(self) -> int:
        return list(Risk).index(self)


class Concern(BaseModel):
    """A reason to worry. `source` is the rule or question it comes from, `answer` names the one answer that gave it."""

    model_config = ConfigDict(frozen=True)

    risk: Risk
    source: str
    answer: str | None = None


class CrisisLine(BaseModel):
    """One way to get help now."""

    model_config = ConfigDict(frozen=True)

    name: str
    how: str


class Crisis(BaseModel):
    """Help that is shown whatever else the answer says (A.6). Replies to messages are never promised to be read."""

    model_config = ConfigDict(frozen=True)

    message: str
    lines: tuple[CrisisLine, ...]


CRISIS = Crisis(
    message="If you might hurt yourself or are in danger, please get help now. You do not have to wait for the clinic.",
    lines=(
        CrisisLine(
            name="911", how="Call 911 or go to the nearest emergency department if you are in immediate danger."
        ),
        CrisisLine(name="988", how="Call or text 988, at any hour, or chat at 988lifeline.org."),
        CrisisLine(name="988 for veterans", how="Call 988 and press 1, or text 838255."),
    ),
)
Stage = Literal["RAISED", "ACKNOWLEDGED", "RESOLVED"]
ITEM9, COLUMBIA = "PHQ9-ITEM9", "CSSRS_SCREEN"
FLAG = "CLINICIAN_FLAG"
SOUGHT, UNSAFE_THOUGHTS = "SUICIDAL_IDEATION", "CHECK_IN_UNSAFE_THOUGHTS"


def concerns_of_item9(points: int | None) -> tuple[Concern, ...]:
    """Item 9 of the PHQ-9: 1 or 2 points are MODERATE, 3 are HIGH, both pending a C-SSRS."""
    if not points:
        return ()
    return (Concern(risk=Risk.HIGH if points >= 3 else Risk.MODERATE, source=ITEM9),)


def concerns_of_screener(risk: Risk | None) -> tuple[Concern, ...]:
    """The Columbia screener: any yes opens a concern of its risk (A.6)."""
    return (Concern(risk=risk, source=COLUMBIA),) if risk else ()


def concerns_of_answers(answers: HealthAnswers) -> tuple[Concern, ...]:
    """A yes to immediate danger is HIGH (SCR-091); suicidal ideation as what is to be treated is MODERATE."""
    danger = answers.immediate_danger is Answer.YES
    sought = answers.primary_indication is Indication.SUICIDAL_IDEATION
    return (
        *((Concern(risk=Risk.HIGH, source="SCR-091"),) if danger else ()),
        *((Concern(risk=Risk.MODERATE, source=SOUGHT),) if sought else ()),
    )


def concern_of_rule(rule_id: str, risk: Risk) -> Concern:
    """The concern that a fired screening rule opens; the three item-9 rules share one source."""
    return Concern(risk=risk, source=ITEM9 if rule_id.startswith(ITEM9) else rule_id)


def stage(state: str, acknowledged_at: datetime | None) -> Stage:
    """How far a concern is dealt with. It may be resolved without having been acknowledged before."""
    if state == "RESOLVED":
        return "RESOLVED"
    return "RAISED" if acknowledged_at is None else "ACKNOWLEDGED"


def acknowledge_by(concern: Concern, raised_at: datetime, policy: ScreeningPolicy) -> datetime:
    """When a clinician must have answered: minutes for HIGH, hours for MODERATE, both the clinic's `policy`."""
    if concern.risk is Risk.HIGH:
        return raised_at + timedelta(minutes=policy.emergency_acknowledge_minutes)
    return raised_at + timedelta(hours=policy.concern_acknowledge_hours)
