"""Series of sessions: the vectors of domain D.3, closures as D.5 settles them, daylight saving."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.scheduling.domain.cadence import Dates, Impossible, plan_dates
from services.scheduling.domain.course import Elsewhere, Limits
from services.scheduling.domain.place import Closure
from shared.clinicfile.model import CourseTemplate
from tests.unit.scheduling.kit import IV_MOOD_6, PAIN_5, SPR_IND, WEEKDAYS, closed, days, limits, place

MONDAY = date(2026, 11, 30)
WITH_SATURDAY = (*WEEKDAYS, "sat")


def planned(asked: Limits) -> Dates:
    found = plan_dates(asked)
    assert isinstance(found, Dates), found
    return found


def refused(asked: Limits) -> set[str]:
    found = plan_dates(asked)
    assert isinstance(found, Impossible), found
    return {violation.code for violation in found.violations}


@pytest.mark.parametrize(
    ("template", "start", "pattern", "expected"),
    [
        (IV_MOOD_6, MONDAY, "mon wed fri", "11-30 12-02 12-04 12-07 12-09 12-11"),
        (IV_MOOD_6, MONDAY, "mon thu", "11-30 12-03 12-07 12-10 12-14 12-17"),
        (SPR_IND, date(2026, 12, 1), "tue fri", "12-01 12-04 12-08 12-11 12-15 12-18 12-22 12-25"),
        (PAIN_5, MONDAY, "mon tue wed thu fri", "11-30 12-01 12-02 12-03 12-04"),
        (PAIN_5, date(2026, 12, 2), "mon tue wed thu fri", "12-02 12-03 12-04 12-07 12-08"),
    ],
)
def test_without_closures_the_cadence_is_every_pattern_day(
    template: CourseTemplate, start: date, pattern: str, expected: str
) -> None:
    assert planned(limits(template, start, pattern)).days == days(expected)


def test_a_start_between_pattern_days_begins_on_the_next_one() -> None:
    assert planned(limits(IV_MOOD_6, date(2026, 12, 1), "mon wed fri")).days[0] == date(2026, 12, 2)


def test_christmas_is_moved_to_the_day_before() -> None:
    asked = limits(SPR_IND, date(2026, 12, 1), "tue fri", where=place(closed(date(2026, 12, 25))))
    found = planned(asked)
    assert found.days[-1] == date(2026, 12, 24)
    assert found.days[:-1] == days("12-01 12-04 12-08 12-11 12-15 12-18 12-22")
    assert (found.shift, found.placed[-1].closed) == (1, "CLOSED_HOLIDAY")


def test_of_equal_shifts_the_earlier_day_is_taken() -> None:
    asked = limits(IV_MOOD_6, MONDAY, "mon thu", where=place(closed(date(2026, 12, 10))))
    assert planned(asked).days == days("11-30 12-03 12-07 12-09 12-14 12-17")


def test_a_closed_day_that_no_gap_allows_to_move_is_passed_over() -> None:
    asked = limits(IV_MOOD_6, MONDAY, "mon wed fri", where=place(closed(date(2026, 12, 2))))
    found = planned(asked)
    assert found.days == days("11-30 12-04 12-07 12-09 12-11 12-14")
    assert [passed.day for passed in found.passed_over] == [date(2026, 12, 2)]


def test_an_open_saturday_takes_a_closed_friday() -> None:
    where = place(closed(date(2026, 12, 4)), open_on=WITH_SATURDAY)  # type: ignore[arg-type]
    assert planned(limits(IV_MOOD_6, MONDAY, "mon wed fri", where=where)).days == days(
        "11-30 12-02 12-05 12-07 12-09 12-11"
    )


def test_a_movable_day_moves_although_another_must_be_passed_over() -> None:
    roomy = IV_MOOD_6.model_copy(update={"window_days": (12, 24)})
    shut = closed(*days("12-03 12-14 12-15 12-16"))
    found = planned(limits(roomy, MONDAY, "mon thu", where=place(shut)))
    assert found.days == days("11-30 12-02 12-07 12-10 12-17 12-21")
    assert [passed.day for passed in found.passed_over] == [date(2026, 12, 14)]


def test_running_on_past_the_window_is_refused() -> None:
    tight = CourseTemplate(
        sessions=6, patterns=(("mon", "wed", "fri"),), min_gap_hours=48, max_gap_days=7, window_days=(12, 14)
    )
    asked = limits(tight, MONDAY, "mon wed fri", where=place(closed(date(2026, 12, 2))))
    assert refused(asked) == {"WINDOW"}


def test_a_closure_longer_than_the_largest_gap_is_refused() -> None:
    asked = limits(
        IV_MOOD_6, MONDAY, "mon wed fri", where=place([Closure(date(2026, 12, 3), date(2026, 12, 10), "STAFF")])
    )
    assert refused(asked) == {"MAX_GAP"}


def test_a_gap_of_exactly_seven_days_is_no_gap_too_long() -> None:
    weekly = CourseTemplate(sessions=3, patterns=(("mon",),), min_gap_hours=48, max_gap_days=7, window_days=(15, 15))
    assert planned(limits(weekly, MONDAY, "mon")).days == days("11-30 12-07 12-14")
    assert refused(limits(weekly.model_copy(update={"max_gap_days": 6}), MONDAY, "mon")) == {"MAX_GAP"}


def test_a_pain_course_passes_over_closed_weekdays_even_with_an_open_saturday() -> None:
    where = place(closed(date(2026, 12, 2)), open_on=WITH_SATURDAY)  # type: ignore[arg-type]
    roomy = PAIN_5.model_copy(update={"window_days": (5, 9), "max_gap_days": 4})
    assert planned(limits(roomy, MONDAY, "mon tue wed thu fri", where=where)).days == days(
        "11-30 12-01 12-03 12-04 12-07"
    )


def test_no_session_is_moved_before_the_day_asked_for() -> None:
    asked = limits(IV_MOOD_6, date(2026, 12, 3), "mon thu", where=place(closed(date(2026, 12, 3))))
    assert planned(asked).days[0] == date(2026, 12, 4)


def test_a_place_that_never_opens_again_has_no_days() -> None:
    shut = [Closure(date(2026, 1, 1), date(2031, 1, 1), "OTHER")]
    assert refused(limits(IV_MOOD_6, MONDAY, "mon thu", where=place(shut))) == {"NO_OPEN_DAYS"}


def test_sessions_keep_their_wall_clock_when_daylight_saving_begins() -> None:
    asked = limits(IV_MOOD_6, date(2027, 3, 8), "mon wed fri")
    starts = [asked.starts_at(day) for day in planned(asked).days]
    assert [moment.astimezone(ZoneInfo("America/Boise")).time() for moment in starts] == [time(9)] * 6
    assert starts[3] - starts[2] == timedelta(hours=71)
    assert starts[2] == datetime(2027, 3, 12, 16, tzinfo=UTC)
    assert starts[3] == datetime(2027, 3, 15, 15, tzinfo=UTC)


def test_a_gap_in_hours_is_elapsed_time_so_the_lost_hour_counts() -> None:
    pattern = CourseTemplate(
        sessions=2, patterns=(("mon", "sat"),), min_gap_hours=48, max_gap_days=7, window_days=(2, 7)
    )
    where = place(open_on=("mon", "sat"))
    assert refused(limits(pattern, date(2027, 3, 13), "mon sat", where=where)) == {"MIN_GAP"}
    assert planned(limits(pattern, date(2027, 3, 20), "mon sat", where=where)).days == days("3-20 3-22", 2027)


def test_seven_days_by_the_wall_clock_hold_across_daylight_saving() -> None:
    weekly = CourseTemplate(sessions=3, patterns=(("mon",),), min_gap_hours=48, max_gap_days=7, window_days=(15, 15))
    assert planned(limits(weekly, date(2026, 10, 26), "mon", now=datetime(2026, 10, 1, tzinfo=UTC))).shift == 0


def test_a_session_elsewhere_keeps_its_distance_on_either_side() -> None:
    first = datetime(2026, 11, 30, 16, tzinfo=UTC)

    def near(start: datetime, gap_hours: int) -> tuple[Elsewhere, ...]:
        return (Elsewhere(start, timedelta(hours=gap_hours)),)

    def asked(elsewhere: tuple[Elsewhere, ...]) -> Limits:
        return limits(IV_MOOD_6, MONDAY, "mon wed fri", elsewhere=elsewhere)

    assert refused(asked(near(first - timedelta(hours=71), 72))) == {"NEAR_OTHER_SESSION"}
    assert planned(asked(near(first - timedelta(hours=72), 72))).shift == 0
    last = datetime(2026, 12, 11, 16, tzinfo=UTC)
    assert refused(asked(near(last + timedelta(hours=47), 1))) == {"NEAR_OTHER_SESSION"}
    assert planned(asked(near(last + timedelta(hours=48), 1))).shift == 0


def test_every_session_lies_in_the_future_and_before_the_order_ends() -> None:
    late = limits(IV_MOOD_6, MONDAY, "mon thu", now=datetime(2026, 11, 30, 16, tzinfo=UTC))
    assert refused(late) == {"IN_THE_PAST"}
    short = limits(IV_MOOD_6, MONDAY, "mon thu", order_expires_at=datetime(2026, 12, 17, 16, tzinfo=UTC))
    found = plan_dates(short)
    assert isinstance(found, Impossible)
    assert [(v.code, v.number) for v in found.violations] == [("ORDER_ENDS_BEFORE", 6)]


def test_a_moved_day_may_not_fill_its_week_beyond_the_pattern() -> None:
    """A Monday moved back to Saturday would be the third session of a two-session week."""
    free = CourseTemplate(
        sessions=4, patterns=(("mon", "thu"),), min_gap_hours=24, max_gap_days=7, window_days=(10, 21)
    )
    shut = closed(date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 9))
    where = place(shut, open_on=WITH_SATURDAY)  # type: ignore[arg-type]
    assert planned(limits(free, MONDAY, "mon thu", where=where)).days == days("11-30 12-03 12-10 12-14")


def test_many_closures_do_not_make_the_search_explode() -> None:
    """Each of twenty closed Mondays may move four ways: a plain search would try a trillion courses."""
    weekly = CourseTemplate(sessions=40, patterns=(("mon",),), min_gap_hours=48, max_gap_days=10, window_days=(2, 400))
    shut = closed(*(MONDAY + timedelta(days=14 * n + side) for n in range(20) for side in (-1, 0, 1)))
    found = planned(limits(weekly, date(2026, 11, 23), "mon", where=place(shut)))
    assert (len(found.days), found.shift, found.passed_over) == (40, 40, ())
