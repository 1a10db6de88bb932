"""When a difference in the drug ledger, or a loss, pages somebody (domain H.4)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.counting import loss_clock, settle_by
from services.scheduling.domain.ledgeralarms import LedgerStep, first_alarm, next_alarm
from services.scheduling.models import StockDiscrepancy
from services.scheduling.stock.counts import waits_for
from shared.clinicfile.controlled import LedgerAlarms
from shared.clinicfile.oncall import OnCall, Rung
from shared.oncall.duty import turn_of

BOISE = "America/Boise"
POLICY = LedgerAlarms()
FOUND = datetime(2026, 12, 4, 17, tzinfo=UTC)  # a Friday, 10:00 in Boise
SETTLE = {LedgerStep.SETTLE: settle_by(FOUND, BOISE)}
LOSS = loss_clock(FOUND, BOISE)
NOTICE, FORM = {LedgerStep.NOTICE: LOSS.notice_due_at}, {LedgerStep.FORM_106: LOSS.form_due_at}


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}-07:00").astimezone(UTC)


def alarms(due: dict[LedgerStep, datetime], count: int, policy: LedgerAlarms = POLICY) -> list[datetime]:
    """The first pages about what was found on that Friday and is never done."""
    at = first_alarm(due, policy, FOUND)
    found = []
    while at is not None and len(found) < count:
        found.append(at)
        at = next_alarm(due, policy, at)
    return found


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (SETTLE, ["2026-12-04T16:00", "2026-12-04T23:00", "2026-12-05T00:00", "2026-12-06T00:00", "2026-12-07T00:00"]),
        (NOTICE, ["2026-12-07T00:00", "2026-12-07T20:00", "2026-12-08T00:00", "2026-12-09T00:00", "2026-12-10T00:00"]),
        (FORM, ["2027-01-05T00:00", "2027-01-16T00:00", "2027-01-18T00:00", "2027-01-19T00:00", "2027-01-20T00:00"]),
        (NOTICE | FORM, ["2026-12-07T00:00", "2026-12-07T20:00", "2026-12-08T00:00", "2026-12-09T00:00"]),
    ],
)  # fmt: skip
def test_it_pages_before_a_deadline_when_it_ends_and_then_every_day(
    due: dict[LedgerStep, datetime], expected: list[str]
) -> None:
    """By the end of the day of discovery; by the end of the next business day; within 45 days."""
    assert alarms(due, len(expected)) == [local(text) for text in expected]


def test_the_clinic_says_how_long_before_and_how_often_again() -> None:
    policy = LedgerAlarms(settle_hours=(), notice_hours=(2,), repeat_hours=6)
    assert alarms(SETTLE, 3, policy) == [local(f"2026-12-05T{hour}:00") for hour in ("00", "06", "12")]
    assert alarms(NOTICE, 2, policy) == [local("2026-12-07T22:00"), local("2026-12-08T00:00")]


def test_what_is_late_when_it_is_told_pages_at_once_and_what_waits_for_nothing_never() -> None:
    late = LOSS.notice_due_at
    assert first_alarm(NOTICE, POLICY, late) == late
    assert first_alarm(NOTICE | FORM, POLICY, late + timedelta(days=2)) == late + timedelta(days=2)
    assert (first_alarm({}, POLICY, FOUND), next_alarm({}, POLICY, FOUND)) == (None, None)


@given(
    st.integers(0, 90 * 24 * 60), st.lists(st.integers(1, 44 * 24), max_size=5), st.integers(1, 7 * 24),
    st.sampled_from([SETTLE, NOTICE, FORM]),
)  # fmt: skip
def test_the_next_page_is_never_past_never_after_the_deadline_and_then_never_longer_away_than_the_pause(
    minutes: int, hours: list[int], repeat: int, due: dict[LedgerStep, datetime]
) -> None:
    now, (due_at,) = FOUND + timedelta(minutes=minutes), due.values()
    policy = LedgerAlarms(
        settle_hours=tuple(hours), notice_hours=tuple(hours), form_hours=tuple(hours), repeat_hours=repeat
    )
    at = next_alarm(due, policy, now)
    assert at is not None
    assert now < at <= (due_at if now < due_at else now + timedelta(hours=repeat))


def discrepancy(state: str, notice_at: datetime | None = None, form_at: datetime | None = None) -> StockDiscrepancy:
    lost = {"notice_due_at": LOSS.notice_due_at, "form_due_at": LOSS.form_due_at} if state == "LOSS" else {}
    return StockDiscrepancy(
        id=UUID(int=1), state=state, due_at=SETTLE[LedgerStep.SETTLE], notice_at=notice_at, form_at=form_at, **lost
    )


@pytest.mark.parametrize(
    ("row", "steps"),
    [
        (discrepancy("OPEN"), ["SETTLE"]),
        (discrepancy("ADJUSTED"), []),
        (discrepancy("RECOUNTED"), []),
        (discrepancy("LOSS"), ["NOTICE", "FORM_106"]),
        (discrepancy("LOSS", notice_at=FOUND), ["FORM_106"]),
        (discrepancy("LOSS", form_at=FOUND), ["NOTICE"]),
        (discrepancy("LOSS", FOUND, FOUND), []),
    ],
)
def test_it_waits_until_everything_is_done_and_each_by_itself(row: StockDiscrepancy, steps: list[str]) -> None:
    assert [step.value for step in waits_for(row)] == steps
    assert row.unanswered is bool(steps)
    assert turn_of(row) == row.id, "it is about no patient whose turn it could wait for"


def test_it_pages_its_own_people_or_else_those_on_call_with_its_own_words() -> None:
    duty, keeper = (Rung(name=name, role="Nurse", email="x@clinic.example") for name in ("Duty line", "Keeper"))
    of_clinic = OnCall(ladder=(duty,), text="Somebody waits.")
    assert POLICY.on_call(of_clinic) == OnCall(ladder=(duty,), text=POLICY.text)
    assert LedgerAlarms(ladder=(keeper,)).on_call(of_clinic).ladder == (keeper,)
