"""Numbers that domain.md marks `policy`, as defaults of a clinic file: thresholds, windows, blocks, evidence."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.clinicfile.crisiswords import CRISIS_WORDS

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class FilePart(BaseModel):
    """A part of a clinic file: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class VitalLimits(FilePart):
    """Thresholds of domain C.4, all `policy`. mmHg, percent, per minute."""

    hold_systolic: int = 140
    hold_diastolic: int = 90
    cancel_systolic: int = 180
    cancel_diastolic: int = 120
    warn_systolic: int = 160
    warn_diastolic: int = 100
    warn_rise_systolic: int = 40
    warn_rise_diastolic: int = 25
    critical_systolic: int = 180
    critical_diastolic: int = 110
    warn_spo2: int = 94
    critical_spo2: int = 90
    warn_respiratory_rate: int = 10
    critical_respiratory_rate: int = 8
    warn_heart_rate: tuple[int, int] = (50, 120)
    critical_heart_rate: tuple[int, int] = (40, 140)
    overdue_minutes: int = 5


class SessionPolicy(FilePart):
    """Blocks and monitoring of an IV session (domain C.3, D.2). Minutes."""

    checkin_minutes: int = 15
    baseline_minutes: int = 15
    recovery_minutes: int = 60
    turnover_minutes: int = 15
    grid_minutes: int = 15
    vitals_every_minutes: int = 10
    recovery_vitals_every_minutes: int = 15
    pressure_tries: int = 3
    late_after_minutes: int = Field(
        10, ge=0, le=120, description="who comes later than this is dosed only if a prescriber says so (D.4)"
    )
    discharge_systolic_below: int = 160
    discharge_diastolic_below: int = 100
    discharge_spo2: int = 94
    discharge_cadss_above_baseline: int = 4
    monitor_alerts: bool = Field(
        False,
        description="raise alerts from what a monitor sends. Off: it is stored and shown. Software that alarms from a"
        " patient's signal is a medical device (United States: section 520(o)(1)(E) of the FD&C Act exempts none that"
        " analyses a signal); a clinic turns it on only where that is cleared",
    )
    vitals: VitalLimits = VitalLimits()


class ChartPolicy(FilePart):
    """How what is told of a session is taken (domain C.2, C.4; design: facts have two times). Minutes, percent."""

    late_entry_minutes: int = Field(
        5, ge=1, le=60, description="what is recorded later than this was done already: it raises no live alarm"
    )
    given_tolerance_percent: int = Field(
        10, ge=0, le=50, description="of the ordered dose: how far mg told may be from rate and time unremarked"
    )
    late_discharge_minutes: int = Field(
        30, ge=0, le=240, description="after the end of the booked block; who leaves later is looked into"
    )


class CoverPolicy(FilePart):
    """Who must be on site (domain D.2), or interpret. Without `rostered` no roster is kept here, and the clinic sees to
    it itself."""

    rostered: bool = Field(False, description="refuse what the roster does not cover, minute by minute")
    light_per_nurse: Annotated[int, Field(ge=1, le=20)] = 3
    heavy_per_nurse: Annotated[int, Field(ge=1, le=20, description="while a dose starts, and with pain infusions")] = 2
    start_minutes: Annotated[int, Field(ge=1, le=60, description="so long a dose starts")] = 15


class ScreeningPolicy(FilePart):
    """Ages and windows of screening (domain A.8)."""

    weight_max_age_days: int = Field(30, description="left out: weight_days of the rules; no other number is taken")
    consent_valid_days: int = Field(365, description="left out: consent_days of the rules; no other number is taken")
    emergency_acknowledge_minutes: int = 5
    concern_acknowledge_hours: int = Field(24, description="the most that a MODERATE concern may wait (SafetyPolicy)")
    screening_valid_days: int = 90


class SafetyPolicy(FilePart):
    """What is done about signs of danger (domain A.6). Minutes for HIGH and hours for MODERATE stand in `screening`."""

    moderate_same_day: bool = Field(
        True, description="a MODERATE concern is acknowledged before the clinic's local day ends"
    )
    low_business_days: int = Field(
        1, ge=1, le=5, description="a LOW concern is acknowledged by the same local time so many business days later"
    )
    disposition_days: int = Field(
        14, ge=0, le=90, description="how long a disposition with a safety plan covers answers that are no worse"
    )
    crisis_words: Annotated[tuple[str, ...], Field(min_length=1, max_length=200)] = Field(
        CRISIS_WORDS, description="words and phrases that show help and open a task; a word may go on behind them"
    )
    triage_minutes: int = Field(60, ge=1, le=24 * 60, description="until a person has looked at words of crisis")
    guardian_below_years: int = Field(18, ge=0, le=21, description="of a younger patient a guardian is reached")


class NeededEvidence(FilePart):
    """What would settle a rule that fired: "eligible if the ECG is normal"; who sees to it, and in how many days."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
    text: str = Field(description='continues "eligible if", such as "the ECG is normal"')
    owner: Literal["frontdesk", "nurse", "clinician"] = "clinician"
    within_days: Annotated[int, Field(ge=1, le=365)] = 30
