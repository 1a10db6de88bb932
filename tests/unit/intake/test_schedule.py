"""The schedule of instruments (domain B.8): what is asked of whom, when, and from when on it is late."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.due import (
    CHECK_IN,
    Occasion,
    Window,
    after_session,
    asks_anew,
    at_intake,
    before_session,
    due_id,
    enough,
    given_by_staff,
    headed_for_treatment,
    next_maintenance,
    tracks_of,
)
from services.intake.domain.instruments import CATALOGUE, InstrumentCode, score
from services.intake.domain.phq9 import PHQ9
from services.intake.domain.phq9 import score as score_phq9
from shared.clinicfile.assessments import Asked, AssessmentPolicy, ScheduledInstrument, Track
from shared.ids import derived_id, new_id
from tests.unit.intake.cases import decision_on, history, larkspur

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
POLICY, HOUR, DAY = AssessmentPolicy(), timedelta(hours=1), timedelta(days=1)
TRACKS: tuple[Track, ...] = get_args(Track)


def asked(occasion: Occasion, *tracks: Track, number: int = 1, sessions: int | None = 6) -> list[str]:
    found = (*before_session(POLICY, tracks, NOW), *after_session(POLICY, tracks, NOW, number, sessions))
    return [one.instrument for one in found if one.occasion is occasion]


@pytest.mark.parametrize(
    ("track", "before", "beside", "evaluated", "maintained"),
    [
        ("MOOD", ["PHQ9"], [], ["PHQ9", "GAD7", "CSSRS_SCREEN"], ["PHQ9", "CSSRS_SCREEN"]),
        ("PTSD", ["PHQ9", "PCL5"], [], ["PCL5", "CSSRS_SCREEN"], ["PCL5", "CSSRS_SCREEN"]),
        ("OCD", ["PHQ9"], [], ["YBOCS", "CSSRS_SCREEN"], ["YBOCS", "CSSRS_SCREEN"]),
        ("PAIN", ["PAIN_NRS", "PHQ9"], ["PAIN_NRS"], ["BPI_SF", "CSSRS_SCREEN"], ["BPI_SF", "CSSRS_SCREEN"]),
    ],
)
def test_each_column_of_the_table(
    track: Track, before: list[str], beside: list[str], evaluated: list[str], maintained: list[str]
) -> None:
    assert asked(Occasion.BEFORE_SESSION, track) == before
    assert asked(Occasion.CHECK_IN_24H, track) == asked(Occasion.CHECK_IN_72H, track) == [CHECK_IN]
    assert asked(Occasion.AFTER_24H, track) == asked(Occasion.AFTER_72H, track) == beside
    assert asked(Occasion.EVALUATION, track, number=3) == asked(Occasion.EVALUATION, track, number=6) == evaluated
    assert asked(Occasion.MAINTENANCE, track, number=6) == maintained


@pytest.mark.parametrize(
    ("track", "first"),
    [
        ("MOOD", ["PHQ9", "GAD7", "AUDITC", "MDQ", "CSSRS_SCREEN"]),
        ("PTSD", ["PHQ9", "GAD7", "AUDITC", "MDQ", "PCL5", "CSSRS_SCREEN"]),
        ("OCD", ["PHQ9", "GAD7", "AUDITC", "MDQ", "YBOCS", "CSSRS_SCREEN"]),
        ("PAIN", ["PAIN_NRS", "BPI_SF", "CSSRS_SCREEN"]),
    ],
)
def test_what_is_asked_at_intake(track: Track, first: list[str]) -> None:
    found = at_intake(POLICY, (track,), NOW)
    assert [(one.occasion, one.instrument) for one in found] == [(Occasion.INTAKE, name) for name in first]
    assert {one.window for one in found} == {Window(NOW, NOW + 7 * DAY, NOW - 30 * DAY)}


@pytest.mark.parametrize(
    ("answers", "headed"),
    [
        ({}, True),
        ({"failed_antidepressants": 1}, True),
        ({"alcohol_today": "yes"}, True),
        ({"immediate_danger": "yes"}, True),
        ({"pregnant": "yes"}, False),
        ({"pregnant": "yes", "immediate_danger": "yes"}, True),
    ],
)
def test_only_who_can_be_treated_somehow_is_asked_for_the_sake_of_it(answers: dict[str, Any], headed: bool) -> None:
    assert headed_for_treatment(decision_on(history(answers))) is headed


@pytest.mark.parametrize(
    ("before", "now", "anew"),
    [
        (None, {}, True),
        ({}, {}, False),
        ({}, {"alcohol_today": "yes"}, False),
        ({}, {"pregnant": "yes"}, True),
        ({"pregnant": "yes"}, {}, True),
        ({}, {"primary_indication": "PTSD"}, True),
        ({}, {"primary_indication": "unknown"}, True),
    ],
)
def test_a_screening_asks_anew_when_what_is_sought_or_a_way_to_it_changed(
    before: dict[str, Any] | None, now: dict[str, Any], anew: bool
) -> None:
    previous = None if before is None else decision_on(history(before))
    assert asks_anew(decision_on(history(now)), previous) is anew


@pytest.mark.parametrize(
    ("number", "sessions", "evaluated", "maintained"),
    [
        (1, 6, False, False), (2, 6, False, False), (3, 6, True, False), (4, 6, False, False), (6, 6, True, True),
        (7, 6, False, True), (1, 1, False, True), (3, None, True, False), (5, 5, False, True),
    ],
)  # fmt: skip
def test_sessions_3_and_6_are_evaluated_and_maintenance_follows_the_last(
    number: int, sessions: int | None, evaluated: bool, maintained: bool
) -> None:
    found = after_session(POLICY, ("MOOD",), NOW, number, sessions)
    assert any(one.occasion is Occasion.EVALUATION for one in found) is evaluated
    assert any(one.occasion is Occasion.MAINTENANCE for one in found) is maintained
    named = after_session(POLICY, ("MOOD",), NOW, number, sessions, 2)
    assert any(one.occasion is Occasion.EVALUATION for one in named) is (evaluated or number == 2)


@pytest.mark.parametrize(
    ("instrument", "hours_before", "counts"),
    [
        ("PHQ9", 72, True), ("PHQ9", 72.01, False), ("PHQ9", 0, True), ("PHQ9", -0.01, False), ("PHQ9", 24, True),
        ("PCL5", 168, True), ("PCL5", 168.01, False), ("PCL5", 100, True),
    ],
)  # fmt: skip
def test_what_counts_for_a_session(instrument: str, hours_before: float, counts: bool) -> None:
    (window,) = [one.window for one in before_session(POLICY, ("PTSD",), NOW) if one.instrument == instrument]
    assert (window.counts_from <= NOW - timedelta(hours=hours_before) <= window.late_from) is counts
    assert window.opens_at == NOW - 72 * HOUR


@pytest.mark.parametrize(
    ("occasion", "opens", "late"),
    [
        (Occasion.CHECK_IN_24H, DAY, DAY), (Occasion.CHECK_IN_72H, 3 * DAY, DAY), (Occasion.AFTER_72H, 3 * DAY, DAY),
        (Occasion.EVALUATION, DAY, DAY), (Occasion.MAINTENANCE, 28 * DAY, 7 * DAY),
    ],
)  # fmt: skip
def test_what_follows_a_session_opens_after_discharge_and_is_late_in_time(
    occasion: Occasion, opens: timedelta, late: timedelta
) -> None:
    windows = {one.window for one in after_session(POLICY, ("PAIN",), NOW, 6, 6) if one.occasion is occasion}
    assert [(w.opens_at - NOW, w.late_from - w.opens_at, w.counts_from) for w in windows] == [
        (opens, late, NOW + opens)
    ]


def test_every_number_and_list_is_the_clinics() -> None:
    policy = AssessmentPolicy(
        intake_late_days=3,
        intake_counts_days=0,
        before_session_hours=48,
        after_sessions=(2,),
        maintenance_every_days=14,
        tracks={"MOOD": Asked()},
        safety=Asked(),
    )
    assert before_session(policy, ("MOOD", "PAIN"), NOW) == ()
    assert [one.instrument for one in after_session(policy, ("MOOD",), NOW, 2, 2)] == [CHECK_IN, CHECK_IN]
    assert next_maintenance(policy, NOW).opens_at == NOW + 14 * DAY
    assert at_intake(policy, ("MOOD",), NOW) == ()
    assert at_intake(AssessmentPolicy(intake_late_days=3, intake_counts_days=0), ("MOOD",), NOW)[0].window == Window(
        NOW, NOW + 3 * DAY, NOW
    )
    sooner = AssessmentPolicy(before_session_hours=48)
    assert before_session(sooner, ("MOOD",), NOW)[0].window.opens_at == NOW - 48 * HOUR


@pytest.mark.parametrize(
    ("protocol", "sought", "tracks"),
    [
        (None, None, ("MOOD",)),
        (None, "PTSD", ("PTSD",)),
        ("IV_MOOD_6", "OCD", ("MOOD",)),
        ("IV_PTSD_6", None, ("PTSD",)),
        ("IV_MAINT_MONTHLY", "OCD", ("OCD",)),
        ("IV_MAINT_MONTHLY", None, ("MOOD", "PTSD", "OCD")),
        ("IV_MAINT_MONTHLY", "CRPS", ("MOOD", "PTSD", "OCD")),
    ],
)
def test_a_protocol_for_several_asks_what_the_patient_seeks_and_everything_when_that_is_not_known(
    protocol: str | None, sought: str | None, tracks: tuple[Track, ...]
) -> None:
    found = larkspur().protocol(protocol) if protocol else None
    assert tracks_of(found, sought) == tracks


@given(st.lists(st.sampled_from(TRACKS), unique=True), st.integers(1, 12), st.integers(1, 12))
def test_nothing_is_asked_twice_and_the_ids_tell_everything_apart(tracks: list[Track], number: int, last: int) -> None:
    session, found = new_id(), after_session(POLICY, tuple(tracks), NOW, number, last)
    ids = {due_id(session, one.occasion, one.instrument) for one in found}
    assert len(ids) == len(found)


def test_ids_of_what_was_always_asked_stay_what_they_were() -> None:
    session = new_id()
    assert due_id(session, Occasion.BEFORE_SESSION, PHQ9) == derived_id(session, "BEFORE_SESSION")
    assert due_id(session, Occasion.CHECK_IN_24H, CHECK_IN) == derived_id(session, "CHECK_IN_24H")
    assert due_id(session, Occasion.BEFORE_SESSION, "PCL5") != due_id(session, Occasion.BEFORE_SESSION, PHQ9)


def test_every_instrument_of_a_schedule_can_be_sent_in() -> None:
    assert set(get_args(ScheduledInstrument)) == {PHQ9, *CATALOGUE}
    assert [code for code in ("PHQ9", "GAD7", "YBOCS", "MDQ", CHECK_IN) if given_by_staff(code)] == ["YBOCS", "MDQ"]


@pytest.mark.parametrize(
    ("code", "answers", "counts"),
    [
        ("GAD7", [1] * 7, True), ("GAD7", [1] * 6 + [None], False), ("CSSRS_SCREEN", [0] * 7, True),
        ("CSSRS_SCREEN", [None] * 7, False), ("BPI_SF", [5] * 11, True), ("BPI_SF", [5] * 8 + [None] * 3, True),
        ("BPI_SF", [5] * 7 + [None] * 4, False), ("MDQ", [1] * 14 + [2], True),
    ],
)  # fmt: skip
def test_a_sheet_with_too_much_missing_settles_nothing(code: str, answers: list[int | None], counts: bool) -> None:
    assert enough(score(InstrumentCode(code), answers)) is counts
    assert enough(score_phq9([1] * 6 + [None] * 3)) is False
