"""When a good faith estimate is due (domain F.6)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.estimates import estimate_due, gfe_due
from shared.calendar import is_business_day

VECTORS = [
    ("three business days ahead", date(2026, 11, 30), date(2026, 12, 3), date(2026, 12, 1)),
    ("two business days ahead", date(2026, 11, 30), date(2026, 12, 2), None),
    ("ten business days ahead", date(2026, 11, 30), date(2026, 12, 14), date(2026, 12, 3)),
    ("nine business days ahead", date(2026, 11, 30), date(2026, 12, 11), date(2026, 12, 1)),
    ("Thanksgiving does not count", date(2026, 11, 24), date(2026, 12, 1), date(2026, 11, 25)),
    ("due after a weekend", date(2026, 12, 4), date(2026, 12, 9), date(2026, 12, 7)),
    ("scheduled on a Saturday", date(2026, 12, 5), date(2026, 12, 9), date(2026, 12, 7)),
    ("due after Thanksgiving", date(2026, 11, 25), date(2026, 12, 3), date(2026, 11, 27)),
    ("the same day", date(2026, 11, 30), date(2026, 11, 30), None),
    ("a service in the past", date(2026, 12, 3), date(2026, 11, 30), None),
]


@pytest.mark.parametrize(("case", "scheduled", "service", "due"), VECTORS, ids=[v[0] for v in VECTORS])
def test_due_date_follows_business_days_ahead(case: str, scheduled: date, service: date, due: date | None) -> None:
    assert gfe_due(scheduled, service) == due


def test_scheduling_day_is_the_clinics_local_date() -> None:
    late_evening_in_boise = datetime(2026, 12, 1, 5, 30, tzinfo=UTC)  # Monday 22:30
    thursday = datetime(2026, 12, 3, 16, 0, tzinfo=UTC)
    assert estimate_due(late_evening_in_boise, thursday, "America/Boise") == date(2026, 12, 1)
    assert estimate_due(late_evening_in_boise, thursday, "UTC") is None


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(0, 60))
def test_an_estimate_is_due_on_a_business_day_before_the_service(scheduled: date, days: int) -> None:
    service = scheduled + timedelta(days=days)
    due = gfe_due(scheduled, service)
    assert due is None or (scheduled < due < service and is_business_day(due))


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(0, 60))
def test_a_later_service_never_shortens_the_time_to_give_it(scheduled: date, days: int) -> None:
    sooner, later = (gfe_due(scheduled, scheduled + timedelta(days=n)) for n in (days, days + 1))
    assert sooner is None or (later is not None and later >= sooner)
