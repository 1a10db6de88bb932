"""The check on the day of a session (domain A.4, A.5): met, unmet or unknown, and only met passes."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.scheduling.domain.dayanswers import (
    Day,
    DayAnswers,
    Meal,
    Pregnancy,
    Recorded,
    Solids,
    SuicideScreen,
    gathered,
)
from services.scheduling.domain.daycheck import Asked, criteria, day_blockers
from shared.clinicfile.dayof import DayOfPolicy, FastingLimits, OwnCriterion
from shared.clinicfile.model import ClinicFile
from shared.events.parts import Modality
from tests.support.house import larkspur
from tests.unit.scheduling.kit import ANSWERS, NOON, at, day

FILE = larkspur()
MOOD, SPRAY, PAIN = Modality.IV_MOOD, Modality.SPRAVATO_TRD, Modality.IV_PAIN


def asked(modality: Modality = MOOD, file: ClinicFile = FILE, **change: Any) -> Asked:
    return Asked(file, modality, NOON, **change)


def under(**policy: Any) -> ClinicFile:
    return FILE.model_copy(update={"day_of": DayOfPolicy(**policy)})


def found(today: Day, what: Asked) -> list[tuple[str, str | None, str]]:
    blockers = day_blockers(today, what)
    return [(b.code, b.question, "UNMET" if b.known else "UNKNOWN") for b in blockers]


@pytest.mark.parametrize("modality", [*Modality])
def test_a_day_on_which_everything_was_answered_well_keeps_nobody_from_a_dose(modality: Modality) -> None:
    assert found(day(), asked(modality)) == []


def test_a_day_on_which_nobody_asked_names_every_question_once() -> None:
    told = found(Day(), asked(SPRAY))
    assert {state for _, _, state in told} == {"UNKNOWN"}
    assert [question for _, question, _ in told] == [
        "solids", "clear_liquids_at", "intoxicated", "medications_reviewed", "allergies_reviewed", "escort",
        "pregnancy", "weighed_on", "assessed_at", "suicide_screen", "prescriber_on_site", "monitoring_ready",
        "pulse_oximeter",
    ]  # fmt: skip
    assert all(blocker.wording for blocker in day_blockers(Day(), asked(SPRAY)))


@pytest.mark.parametrize("name", [*DayAnswers.model_fields])
def test_a_single_question_that_nobody_answered_refuses(name: str) -> None:
    if name == "own":
        change: dict[str, Any] = {"own": {}}
        what = asked(SPRAY, under(also=(OwnCriterion(code="OWN_RIDE", question="Is the ride there?"),)))
        question = "own/OWN_RIDE"
    else:
        change, what, question = {name: None}, asked(SPRAY), name
    assert [(asks, state) for _, asks, state in found(day(**change), what)] == [(question, "UNKNOWN")]


@pytest.mark.parametrize(
    ("modality", "minutes_ago", "meal", "state"),
    [
        (MOOD, 360, "LIGHT", None), (MOOD, 359.9, "LIGHT", "UNMET"), (MOOD, 480, "HEAVY", None),
        (MOOD, 479.9, "HEAVY", "UNMET"), (MOOD, 360, "HEAVY", "UNMET"), (PAIN, 360, "HEAVY", "UNMET"),
        (MOOD, 600, None, "UNKNOWN"), (MOOD, 10, None, "UNKNOWN"),
        (SPRAY, 120, None, None), (SPRAY, 120, "HEAVY", None), (SPRAY, 119.9, "LIGHT", "UNMET"),
    ],
)  # fmt: skip
def test_solids_wait_by_meal_and_modality(
    modality: Modality, minutes_ago: float, meal: str | None, state: str | None
) -> None:
    solids = Solids(at=at(-minutes_ago), meal=Meal(meal) if meal else None)
    expected = [("NPO_VIOLATION", "solids", state)] if state else []
    assert found(day(solids=solids), asked(modality)) == expected


@pytest.mark.parametrize(
    ("modality", "minutes_ago", "held"),
    [(MOOD, 120, False), (MOOD, 119.9, True), (PAIN, 119, True), (SPRAY, 30, False), (SPRAY, 29.9, True)],
)
def test_clear_liquids_wait_by_modality(modality: Modality, minutes_ago: float, held: bool) -> None:
    expected = [("NPO_VIOLATION", "clear_liquids_at", "UNMET")] if held else []
    assert found(day(clear_liquids_at=at(-minutes_ago)), asked(modality)) == expected


def test_a_clinic_sets_its_own_limits_for_one_modality_and_no_other() -> None:
    own = under(fasting={MOOD: FastingLimits(light_minutes=180, heavy_minutes=180, clear_minutes=60)})
    eaten = day(solids=Solids(at=at(-180)), clear_liquids_at=at(-60))
    assert found(eaten, asked(MOOD, own)) == []
    assert [code for code, _, _ in found(eaten, asked(PAIN, own))] == ["NPO_VIOLATION", "NPO_VIOLATION"]


FIRST_DAY, TODAY = date(2026, 11, 20), date(2026, 11, 30)


def could(late: bool | None = False, pregnant: bool | None = False, tested: date | None = TODAY) -> Pregnancy:
    return Pregnancy(possible=True, late_menses=late, pregnant=pregnant, tested_on=tested)


@pytest.mark.parametrize(
    ("told", "code", "state"),
    [
        (Pregnancy(possible=False), None, None),
        (Pregnancy(), "PREGNANCY_NOT_RULED_OUT", "UNKNOWN"),
        (could(), None, None),
        (could(tested=date(2026, 11, 13)), None, None),
        (could(tested=date(2026, 11, 12)), "PREGNANCY_NOT_RULED_OUT", "UNMET"),
        (could(tested=date(2026, 12, 1)), "PREGNANCY_NOT_RULED_OUT", "UNMET"),
        (could(tested=None), "PREGNANCY_NOT_RULED_OUT", "UNKNOWN"),
        (could(pregnant=None), "PREGNANCY_NOT_RULED_OUT", "UNKNOWN"),
        (could(late=None), "PREGNANCY_NOT_RULED_OUT", "UNKNOWN"),
        (could(late=True), None, None),
        (could(late=True, tested=date(2026, 11, 29)), "PREGNANCY_NOT_RULED_OUT", "UNMET"),
        (could(pregnant=True), "PREGNANT", "UNMET"),
        (Pregnancy(pregnant=True), "PREGNANT", "UNMET"),
        (Pregnancy(possible=False, pregnant=True), "PREGNANT", "UNMET"),
    ],
)
def test_a_pregnancy_is_ruled_out_by_a_test_in_the_window_or_by_nobody(
    told: Pregnancy, code: str | None, state: str | None
) -> None:
    """SCR-021: 7 days before the course, day 7 inside; with late menses a test of today. A yes is never argued with."""
    began = datetime(2026, 11, 20, 17, tzinfo=UTC)
    expected = [(code, "pregnancy", state)] if code else []
    assert found(day(pregnancy=told), asked(course_began=began)) == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"intoxicated": True}, "INTOXICATED"),
        ({"medications_reviewed": False}, "MEDICATIONS_NOT_REVIEWED"),
        ({"allergies_reviewed": False}, "ALLERGIES_NOT_REVIEWED"),
        ({"adult": False}, "ESCORT_NOT_ADULT"),
        ({"weighed_on": date(2026, 10, 30)}, "WEIGHT_TOO_OLD"),
        ({"weighed_on": date(2026, 12, 1)}, "WEIGHT_TOO_OLD"),
        ({"assessed_at": at(-72 * 60 - 0.1)}, "ASSESSMENT_MISSING"),
        ({"assessed_at": at(1)}, "ASSESSMENT_MISSING"),
        ({"suicide_screen": SuicideScreen(at=at(-12 * 60 - 1), concern=False)}, "SUICIDE_SCREEN_MISSING"),
        ({"suicide_screen": SuicideScreen(at=at(-5), concern=True)}, "SUICIDE_CONCERN"),
        ({"monitoring_ready": False}, "MONITORING_NOT_READY"),
        ({"prescriber_on_site": False}, "PRESCRIBER_NOT_ON_SITE"),
    ],
)
def test_an_answer_that_speaks_against_a_dose_holds_it(change: dict[str, Any], code: str) -> None:
    assert [(c, s) for c, _, s in found(day(**change), asked())] == [(code, "UNMET")]


@pytest.mark.parametrize(
    ("recorded", "told", "state"),
    [
        ([-72 * 60], None, None),
        ([-72 * 60 - 0.1], None, "UNKNOWN"),
        ([1], None, "UNKNOWN"),
        ([-100 * 60, -60], -100 * 60, None),
        ([-100 * 60], -100 * 60, "UNMET"),
        ([-100 * 60], -60, None),
        ([], None, "UNKNOWN"),
    ],
)
def test_a_questionnaire_that_intake_recorded_in_time_needs_no_answer_of_the_nurse(
    recorded: list[float], told: float | None, state: str | None
) -> None:
    """72 h, the limit inside; where more than the PHQ-9 is due, or it is too old, the nurse's answer counts."""
    answered = day(assessed_at=None if told is None else at(told))
    known = asked(phq9_at=[at(minute) for minute in recorded], phq9_suffices=True)
    expected = [("ASSESSMENT_MISSING", "assessed_at", state)] if state else []
    assert found(answered, known) == expected
    more_is_due = [b.code for b in day_blockers(answered, asked(phq9_at=known.phq9_at))]
    assert more_is_due == ([] if told == -60 else ["ASSESSMENT_MISSING"])


def test_an_old_screen_with_concern_says_both() -> None:
    told = SuicideScreen(at=at(-24 * 60), concern=True)
    codes = [code for code, _, _ in found(day(suicide_screen=told), asked())]
    assert codes == ["SUICIDE_SCREEN_MISSING", "SUICIDE_CONCERN"]


def test_the_roster_answers_for_the_prescriber_where_one_is_kept_and_the_spray_alone_asks_for_an_oximeter() -> None:
    nobody = day(prescriber_on_site=None, pulse_oximeter=None)
    assert found(nobody, asked(rostered=True)) == []
    assert [code for code, _, _ in found(nobody, asked(SPRAY))] == ["PRESCRIBER_NOT_ON_SITE", "PULSE_OXIMETER_MISSING"]
    assert [code for code, _, _ in found(day(pulse_oximeter=False), asked(SPRAY))] == ["PULSE_OXIMETER_MISSING"]


def test_the_age_of_an_escort_is_asked_once_somebody_is_named() -> None:
    assert found(day(adult=None), asked(escort_named=False)) == []
    assert found(day(adult=None), asked()) == [("ESCORT_NOT_ADULT", "escort", "UNKNOWN")]


def test_a_clinic_adds_criteria_and_takes_none_away() -> None:
    own = under(also=(OwnCriterion(code="OWN_RIDE", question="Is the ride there?"),))
    everything = {criterion.code for criterion in criteria(day(), asked())}
    assert {criterion.code for criterion in criteria(day(), asked(file=own))} == everything | {"OWN_RIDE"}
    assert found(day(own={"OWN_RIDE": True}), asked(file=own)) == []
    assert found(day(own={"OWN_RIDE": False}), asked(file=own)) == [("OWN_RIDE", "own/OWN_RIDE", "UNMET")]


def test_of_each_question_the_answer_given_last_counts_however_late_an_older_one_is_written_down() -> None:
    nine = Recorded(DayAnswers(intoxicated=False, weighed_on=TODAY), at(-20), at(-19))
    ten = Recorded(DayAnswers(intoxicated=True, own={"OWN_A": True}), at(-10), at(-9))
    paper = Recorded(DayAnswers(intoxicated=False, own={"OWN_A": False, "OWN_B": True}), at(-15), at(-1))
    for order in ([nine, ten, paper], [paper, ten, nine], [ten, nine, paper]):
        answers, told_at = gathered(order)
        assert (answers.intoxicated, answers.weighed_on, answers.own) == (True, TODAY, {"OWN_A": True, "OWN_B": True})
        assert (told_at["intoxicated"], told_at["weighed_on"], told_at["own/OWN_B"]) == (at(-9), at(-19), at(-1))


def test_a_meal_that_is_told_anew_without_its_kind_takes_no_kind_from_before() -> None:
    before = Recorded(DayAnswers(solids=Solids(at=at(-400), meal=Meal.LIGHT)), at(-20), at(-20))
    after = Recorded(DayAnswers(solids=Solids(at=at(-370))), at(-10), at(-10))
    answers, told_at = gathered([before, after])
    today = Day(ANSWERS.model_copy(update={"solids": answers.solids}), told_at, escort_adult=True)
    assert found(today, asked()) == [("NPO_VIOLATION", "solids", "UNKNOWN")]
