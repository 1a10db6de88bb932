"""From observations to the facts that screening rules use. What nobody said is left out: unknown, never "no"."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.intake.domain.formulary import Formulary
from services.intake.domain.instrumentfacts import (
    ASKED_BOTH_WAYS,
    Filled,
    finished,
    instrument_facts,
    latest_screen,
    suicide_screen,
)
from services.intake.domain.known import Facts, KnownFact
from services.intake.domain.observations import Answered, Item9, PressureReading, QuantityReading
from services.intake.domain.person import names_ketamine
from services.intake.domain.saidfacts import said_facts
from shared.clinicfile.facts import VOCABULARY, FactValue

NO_MEDICINES = Formulary()
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Where the enrolment in the nasal spray's safety programme stands, as scheduling told it."""

    yes: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Consented:
    """A signature under a version of a document."""

    document: str
    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """Everything on record about a patient that screening looks at; every sequence has the newest first.

    `consents` are those that were signed and not revoked.
    """

    birth_date: date
    sex_at_birth: str
    registered_at: datetime
    allergies: Sequence[str] = ()
    questionnaires: Sequence[Answered] = ()
    item9: Sequence[Item9] = ()
    pressures: Sequence[PressureReading] = ()
    weights: Sequence[QuantityReading] = ()
    heights: Sequence[QuantityReading] = ()
    heart_rates: Sequence[QuantityReading] = ()
    asa_classes: Sequence[QuantityReading] = ()
    instruments: Sequence[Filled] = ()
    consents: Sequence[Consented] = ()
    enrolment: Enrolled | None = None


def known_facts(
    history: History, at: datetime, zone: ZoneInfo, *, site_certified: bool = False, formulary: Formulary = NO_MEDICINES
) -> Facts:
    """The facts known at an instant, by name of the vocabulary; implausible values are left out.

    `site_certified` says whether the clinic may give nasal sprays (SCR-072), `formulary` what names of medicines mean.
    """
    return facts_over_time(history, zone, site_certified=site_certified, formulary=formulary)(at)


def facts_over_time(
    history: History, zone: ZoneInfo, *, site_certified: bool = False, formulary: Formulary = NO_MEDICINES
) -> Callable[[datetime], Facts]:
    """The same for any instant; what time does not turn is looked at once, whatever number of instants is asked for."""
    said = {
        **_asked(history, formulary),
        **_by_staff("resting_heart_rate", history.heart_rates),
        **_by_staff("asa_class", history.asa_classes),
        **_pressure_runs(history.pressures),
        **_item9(history.item9),
        **_enrolment(history),
        **suicide_screen(history.instruments),
        **_mass_index(history),
    }
    said |= _pregnancy(history, said) | _listed_allergy(history) | _registered(history)
    lasting, screen = _acceptable(said), latest_screen(history.instruments)

    def known(at: datetime) -> Facts:
        turning = {
            **_age(history, at, zone),
            **_body(history, at),
            **_pressures_of_last_day(history.pressures, at),
            **_screened(history, screen, at),
            **_consent(history, at),
            "site_certified": _derived(site_certified, at),
            **_dated(said, history.birth_date, at.astimezone(zone).date(), at),
            **_meant(said, at),
            **_breastfeeding(history, said, at),
        }
        return lasting | _acceptable(turning)

    return known


def _acceptable(found: Facts) -> Facts:
    """What the vocabulary takes as a fact; anything else is unknown."""
    return {name: fact for name, fact in found.items() if name in VOCABULARY and VOCABULARY[name].accepts(fact.value)}


def _asked(history: History, formulary: Formulary) -> Facts:
    """What was answered in questionnaires, and in instruments that ask the same."""
    said = said_facts(history.questionnaires, formulary)
    rest = {name: fact for name, fact in said.items() if name not in ASKED_BOTH_WAYS}
    return rest | instrument_facts(history.instruments, said)


def age_on(birth_date: date, day: date) -> int:
    """Completed years; somebody born on 29 February has the birthday on 1 March in other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def birthday(birth_date: date, years: int) -> date:
    """The day on which somebody completes so many years; born on 29 February, that is 1 March in other years."""
    year = min(birth_date.year + years, date.max.year)
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _age(history: History, at: datetime, zone: ZoneInfo) -> Facts:
    years = age_on(history.birth_date, at.astimezone(zone).date())
    return {"age_years": KnownFact(value=years, source="derived", as_of=history.registered_at)}


def _body(history: History, at: datetime) -> Facts:
    """Whether weight and height are on record is itself always known (SCR-003)."""
    weight, height = _first(history.weights), _first(history.heights)
    known = {
        "weight_known": _derived(weight is not None, weight.at if weight else at),
        "height_known": _derived(height is not None, height.at if height else at),
    }
    if weight:
        known["weight_age_days"] = _derived((at - weight.at).days, weight.at)
    return known


def _mass_index(history: History) -> Facts:
    weight, height = _first(history.weights), _first(history.heights)
    if weight is None or height is None:
        return {}
    return {"bmi": _derived(float(_bmi(weight, height)), min(weight.at, height.at))}


def _bmi(weight: QuantityReading, height: QuantityReading) -> Decimal:
    return weight.quantity.amount / (height.quantity.amount / 100) ** 2


def _by_staff(name: str, newest_first: Sequence[QuantityReading]) -> Facts:
    """The newest of what staff measured or judged, a whole number (SCR-046, SCR-083)."""
    newest = _first(newest_first)
    return {name: KnownFact(value=int(newest.quantity.amount), source="staff", as_of=newest.at)} if newest else {}


def _pressure_runs(readings: Sequence[PressureReading]) -> Facts:
    """The highest mean over the latest 2, latest 3, ... readings (SCR-040, A.8), in mmHg."""
    if not readings:
        return {}
    latest = readings[0].at
    facts = {"pressure_reading_count": _derived(len(readings), latest)}
    if len(readings) >= 2:
        facts["run_mean_systolic_max"] = _derived(_highest_run(r.pressure.systolic for r in readings), latest)
        facts["run_mean_diastolic_max"] = _derived(_highest_run(r.pressure.diastolic for r in readings), latest)
    return facts


def _highest_run(newest_first: Iterable[int]) -> float:
    total, means = 0, []
    for count, value in enumerate(newest_first, start=1):
        total += value
        means.append(total / count)
    return max(means[1:])


def _pressures_of_last_day(readings: Sequence[PressureReading], at: datetime) -> Facts:
    recent = [r for r in readings if at - r.at <= DAY]
    if not recent:
        return {}
    return {
        "systolic_24h_max": _derived(float(max(r.pressure.systolic for r in recent)), recent[0].at),
        "diastolic_24h_max": _derived(float(max(r.pressure.diastolic for r in recent)), recent[0].at),
    }


def _item9(answers: Sequence[Item9]) -> Facts:
    """The newest answer to item 9. Leaving it out takes back a zero but never a point (A.6)."""
    answered = next((answer for answer in answers if answer.points is not None), None)
    if answered is None or answered.points is None or (answered is not answers[0] and answered.points == 0):
        return {}
    return {"phq9_item9": KnownFact(value=answered.points, source=answered.source, as_of=answered.at)}


def _screened(history: History, screen: Filled | None, at: datetime) -> Facts:
    """Whether a suicide screen stands, and a whole one that no PHQ-9 came after: until then item 9 decides alone
    (A.6)."""
    item9 = history.item9[0].at if history.item9 else None
    done = screen is not None and finished(screen) and (item9 is None or screen.at >= item9)
    since = screen.at if screen else at
    return {"cssrs_taken": _derived(screen is not None, since), "cssrs_finished": _derived(done, since)}


def _consent(history: History, at: datetime) -> Facts:
    """Whether a treatment consent stands, and how old the latest is (SCR-071)."""
    if not history.consents:
        return {"consent_known": _derived(False, at)}
    signed = history.consents[0].at
    return {"consent_known": _derived(True, signed), "consent_age_days": _derived((at - signed).days, signed)}


def _enrolment(history: History) -> Facts:
    enrolled = history.enrolment
    return {"rems_enrolled": _derived(enrolled.yes, enrolled.at)} if enrolled else {}


def _meant(said: Facts, at: datetime) -> Facts:
    """No course of high and frequent doses is meant until somebody says so (SCR-055)."""
    return {"high_dose_course": said.get("high_dose_course", _derived(False, at))}


def _breastfeeding(history: History, said: Facts, at: datetime) -> Facts:
    """Nobody who was male at birth is asked; a yes counts all the same (SCR-022)."""
    own = said.get("breastfeeding")
    told = own is not None and own.value is True
    return {} if told or history.sex_at_birth != "male" else {"breastfeeding": _derived(False, at)}


def _pregnancy(history: History, said: Facts) -> Facts:
    """`could_be_pregnant`: own words first, a yes to pregnancy above all; then sex at birth; else unknown (A.8)."""
    pregnant, possible = said.get("pregnant"), said.get("pregnancy_possible")
    if pregnant and pregnant.value:
        return {"could_be_pregnant": _derived(True, pregnant.as_of)}
    if possible:
        return {"could_be_pregnant": _derived(possible.value, possible.as_of)}
    if history.sex_at_birth == "unknown":
        return {}
    return {"could_be_pregnant": _derived(history.sex_at_birth != "male", history.registered_at)}


def _dated(said: Facts, born: date, today: date, at: datetime) -> Facts:
    """Ages of what patients date, in days of the clinic's calendar; a day to come, or before the birth, says nothing
    (SCR-021, SCR-043)."""
    test = _days_since(said.get("negative_pregnancy_test_on"), born, today)
    event = _days_since(said.get("cardiac_event_on"), born, today)
    ages = {"pregnancy_test_age_days": test, "cardiac_event_age_days": event}
    known = {"negative_pregnancy_test_known": _derived(test is not None, test.as_of if test else at)}
    return known | {name: age for name, age in ages.items() if age is not None}


def _days_since(said: KnownFact | None, born: date, today: date) -> KnownFact | None:
    day = date.fromisoformat(str(said.value)) if said else None
    return _derived((today - day).days, said.as_of) if said and day and born <= day <= today else None


def _registered(history: History) -> Facts:
    return {"sex_at_birth": _derived(history.sex_at_birth, history.registered_at)}


def _listed_allergy(history: History) -> Facts:
    """An allergy on the identity card counts as a yes, also against a no in the questionnaire (A.8, contradictions)."""
    if not names_ketamine(history.allergies):
        return {}
    return {"allergy_ketamine": KnownFact(value=True, source="staff", as_of=history.registered_at)}


def _first(readings: Sequence[QuantityReading]) -> QuantityReading | None:
    return readings[0] if readings else None


def _derived(value: FactValue, as_of: datetime) -> KnownFact:
    return KnownFact(value=value, source="derived", as_of=as_of)
