"""The check on the day of a session (domain A.4, A.5): each criterion is met, unmet or unknown, and only met passes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.scheduling.domain.care import Blocker
from services.scheduling.domain.dayanswers import ESCORT, Day, Pregnancy, SuicideScreen
from services.scheduling.domain.fasting import clear_ok, solids_ok
from services.scheduling.domain.spray import is_spray
from shared.calendar import local_date
from shared.clinicfile.model import ClinicFile
from shared.events.parts import Modality


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something that must be so before a dose. `met` None: unknown; then `ask` is to be asked, else `mend` done.

    `question` names the answer that decides it.
    """

    code: str
    question: str
    met: bool | None
    ask: str
    mend: str
    owner: str = "nurse"

    def blocker(self, day: Day) -> Blocker:
        """What keeps the dose from starting."""
        known = self.met is not None
        return Blocker(
            self.code, self.owner, self.mend if known else self.ask, question=self.question, known=known,
            told_at=day.told_at.get(self.question),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the questions are about: the clinic's file, the kind of dose, when it shall start.

    `course_began`: when the first dose of the course did, None before it. `rostered`: the roster says who is on site.
    Without an escort nobody's age is asked. `phq9_at`: when intake recorded one; `phq9_suffices`: no other instrument
    is due before a dose of this protocol, so that such a record answers by itself.
    """

    file: ClinicFile
    modality: Modality
    now: datetime
    course_began: datetime | None = None
    rostered: bool = False
    escort_named: bool = True
    phq9_at: Sequence[datetime] = ()
    phq9_suffices: bool = False

    @property
    def today(self) -> date:
        return local_date(self.now, self.file.zone)

    @property
    def first_day(self) -> date:
        return local_date(self.course_began or self.now, self.file.zone)


def criteria(day: Day, asked: Asked) -> list[Criterion]:
    """Everything that is asked before this dose, in the order in which it is asked."""
    return [
        *_fasting(day, asked),
        *_sober(day),
        *_reviewed(day),
        *(_escort(day) if asked.escort_named else []),
        *_pregnancy(day.answers.pregnancy, asked),
        *_recent(day, asked),
        *_suicide_screen(day.answers.suicide_screen, asked),
        *_site(day, asked),
        *_own(day, asked),
    ]


def day_blockers(day: Day, asked: Asked) -> list[Blocker]:
    """Every criterion that is not met, and every one that nobody knows of."""
    return [criterion.blocker(day) for criterion in criteria(day, asked) if criterion.met is not True]


def _fasting(day: Day, asked: Asked) -> Iterator[Criterion]:
    limits = asked.file.day_of.limits(asked.modality)
    food = f"{_hours(limits.light_minutes)} after a light meal, {_hours(limits.heavy_minutes)} after a heavy one"
    yield Criterion(
        "NPO_VIOLATION", "solids", solids_ok(day.answers.solids, limits, asked.now),
        "Ask when the patient last ate, and whether the meal was light or heavy.",
        f"Hold the session: the patient ate too lately ({food}).",
    )  # fmt: skip
    yield Criterion(
        "NPO_VIOLATION", "clear_liquids_at", clear_ok(day.answers.clear_liquids_at, limits, asked.now),
        "Ask when the patient last drank clear liquids.",
        f"Hold the session: the patient drank less than {_hours(limits.clear_minutes)} ago.",
    )  # fmt: skip


def _hours(minutes: int) -> str:
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _sober(day: Day) -> Iterator[Criterion]:
    seen = day.answers.intoxicated
    yield Criterion(
        "INTOXICATED", "intoxicated", None if seen is None else not seen,
        "Look for signs of intoxication.", "Hold the session: signs of intoxication are seen.", "clinician",
    )  # fmt: skip


def _reviewed(day: Day) -> Iterator[Criterion]:
    yield Criterion(
        "MEDICATIONS_NOT_REVIEWED", "medications_reviewed", day.answers.medications_reviewed,
        "Ask about changes of medication.", "Review the changes of medication first.",
    )  # fmt: skip
    yield Criterion(
        "ALLERGIES_NOT_REVIEWED", "allergies_reviewed", day.answers.allergies_reviewed,
        "Ask about allergies.", "Review the allergies first.",
    )  # fmt: skip


def _escort(day: Day) -> Iterator[Criterion]:
    yield Criterion(
        "ESCORT_NOT_ADULT", ESCORT, day.escort_adult,
        "Ask whether the escort is at least 18, and name the escort with that.",
        "Name an escort who is at least 18.", "frontdesk",
    )  # fmt: skip


def _pregnancy(told: Pregnancy | None, asked: Asked) -> Iterator[Criterion]:
    if told is not None and told.pregnant:
        yield Criterion(
            "PREGNANT", "pregnancy", False, "", "No dose: the patient is pregnant; a clinician screens again.",
            "clinician",
        )  # fmt: skip
        return
    yield Criterion(
        "PREGNANCY_NOT_RULED_OUT", "pregnancy", _ruled_out(told, asked),
        "Ask whether the patient could be pregnant; if so, about late menses and the newest test.",
        f"Have a test made: none of today with late menses, else of {asked.file.day_of.pregnancy_test_days} days before"
        " the course, is known to be negative.",
    )  # fmt: skip


def _ruled_out(told: Pregnancy | None, asked: Asked) -> bool | None:
    """SCR-021: a negative test of 7 days before the course or later, with late menses one of today."""
    if told is None or told.possible is None:
        return None
    if not told.possible:
        return True
    if told.late_menses is None or told.pregnant is None or told.tested_on is None:
        return None
    window = timedelta(days=asked.file.day_of.pregnancy_test_days)
    return asked.today >= told.tested_on >= (asked.today if told.late_menses else asked.first_day - window)


def _recent(day: Day, asked: Asked) -> Iterator[Criterion]:
    weighed, most_days = day.answers.weighed_on, asked.file.screening.weight_max_age_days
    age = None if weighed is None else (asked.today - weighed).days
    yield Criterion(
        "WEIGHT_TOO_OLD", "weighed_on", None if age is None else 0 <= age <= most_days,
        "Look up when the patient was last weighed, or weigh now.",
        f"Weigh the patient: the weight is more than {most_days} days old; the order may have to be signed anew.",
    )  # fmt: skip
    hours = asked.file.assessments.before_session_hours
    yield Criterion(
        "ASSESSMENT_MISSING", "assessed_at", _assessed(day.answers.assessed_at, asked, timedelta(hours=hours)),
        "Ask when the PHQ-9, and the instrument of what is treated, were filled in.",
        f"Have them filled in: the last ones are more than {hours} h old.",
    )  # fmt: skip


def _assessed(told: datetime | None, asked: Asked, most: timedelta) -> bool | None:
    """As intake recorded it, where that says all; else as the nurse was told (A.5)."""
    known = asked.phq9_at if asked.phq9_suffices else ()
    if any(timedelta() <= asked.now - at <= most for at in known):
        return True
    return None if told is None else timedelta() <= asked.now - told <= most


def _suicide_screen(told: SuicideScreen | None, asked: Asked) -> Iterator[Criterion]:
    today = None if told is None else local_date(told.at, asked.file.zone) == asked.today
    yield Criterion(
        "SUICIDE_SCREEN_MISSING", "suicide_screen", today,
        "Screen for suicidal thoughts today.", "Screen for suicidal thoughts today: the last screen is older.",
    )  # fmt: skip
    if told is not None and told.concern:
        yield Criterion(
            "SUICIDE_CONCERN", "suicide_screen", False, "",
            "Today's screen gives concern: stay with the patient, raise a safety concern, a clinician decides.",
            "clinician",
        )  # fmt: skip


def _site(day: Day, asked: Asked) -> Iterator[Criterion]:
    if not asked.rostered:
        yield Criterion(
            "PRESCRIBER_NOT_ON_SITE", "prescriber_on_site", day.answers.prescriber_on_site,
            "Make sure that a prescriber is on site.", "Wait until a prescriber is on site.", "admin",
        )  # fmt: skip
    yield Criterion(
        "MONITORING_NOT_READY", "monitoring_ready", day.answers.monitoring_ready,
        "Check monitoring staff and equipment.", "Make monitoring staff and equipment ready.",
    )  # fmt: skip
    if is_spray(asked.modality):
        yield Criterion(
            "PULSE_OXIMETER_MISSING", "pulse_oximeter", day.answers.pulse_oximeter,
            "Check that a pulse oximeter is at the chair.", "Bring a pulse oximeter to the chair.",
        )  # fmt: skip


def _own(day: Day, asked: Asked) -> Iterator[Criterion]:
    for own in asked.file.day_of.also:
        yield Criterion(own.code, f"own/{own.code}", day.answers.own.get(own.code), own.question, own.question)
