"""The suicide-safety path (domain A.6): what opens a safety concern, how urgent it is, what help is shown."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from services.intake.domain.observations import Answer, HealthAnswers, Indication
from shared.calendar import DAY, business_days_after, local_date, local_time
from shared.clinicfile.model import ClinicFile


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


def acknowledge_by(concern: Concern, raised_at: datetime, file: ClinicFile) -> datetime:
    """When a clinician must have answered, by the clinic's `policy`: HIGH in minutes; MODERATE on the same local day
    and within hours; LOW within business days. none earlier than a graver one."""
    soonest = raised_at + timedelta(minutes=file.screening.emergency_acknowledge_minutes)
    if concern.risk is Risk.HIGH:
        return soonest
    moderate = raised_at + timedelta(hours=file.screening.concern_acknowledge_hours)
    if file.safety.moderate_same_day:
        moderate = min(moderate, _local(local_date(raised_at, file.zone) + DAY, time(), file.zone))
    moderate = max(moderate, soonest)
    return moderate if concern.risk is Risk.MODERATE else max(moderate, _business_days_later(raised_at, file))


def _business_days_later(at: datetime, file: ClinicFile) -> datetime:
    day = business_days_after(local_date(at, file.zone), file.safety.low_business_days)
    return _local(day, local_time(at, file.zone), file.zone)


def _local(day: date, at: time, zone: str) -> datetime:
    """The instant of a local time; one that daylight saving skips is one beside it, since a deadline always is."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
