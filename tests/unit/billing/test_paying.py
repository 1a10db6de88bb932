"""What is paid before a session: which credit is there for which, what is due, and what of it is news (domain F.7)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.paying import (
    Coming,
    Credits,
    is_met,
    is_news,
    missing_before,
    prepaid,
    standing,
    still_coming,
    too_much_due,
)
from shared.clinicfile.paying import PaymentPolicy
from shared.events.paying import SessionPayment

START = datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
LATER = START + timedelta(days=1)
LAST = date(2027, 12, 1)
PREPAID, BOTH = PaymentPolicy(prepaid=True), PaymentPolicy(prepaid=True, most_due_cents=0)


def session(number: int, protocol: str = "IV_MOOD_6", *, course: int = 1, asked: bool = True) -> Coming:
    """The session of a day: number 1 on December 1."""
    at = START + timedelta(days=number - 1)
    return Coming(UUID(int=100 * course + number), UUID(int=course), number, at, at.date(), protocol, asked)


def package(left: int, *protocols: str, until: date = LAST, number: int = 1) -> Credits:
    return Credits(UUID(int=number), left, until, protocols)


MOOD = [session(number) for number in range(1, 7)]


@pytest.mark.parametrize(
    ("packages", "paid"),
    [
        ([], []),
        ([package(6)], [1, 2, 3, 4, 5, 6]),
        ([package(4)], [1, 2, 3, 4]),
        ([package(1), package(2, number=2)], [1, 2, 3]),
        ([package(0)], []),
        ([package(6, "IV_PTSD_6")], []),
        ([package(6, "IV_MOOD_6")], [1, 2, 3, 4, 5, 6]),
        ([package(6, until=date(2026, 12, 3))], [1, 2, 3]),
        ([package(6, until=date(2026, 11, 30))], []),
        ([package(2, number=2), package(2, until=date(2026, 12, 2))], [1, 2, 3, 4]),
        ([package(3, until=date(2026, 12, 1)), package(1, number=2)], [1, 2]),
    ],
)
def test_a_credit_is_there_for_the_session_that_will_use_it(packages: list[Credits], paid: list[int]) -> None:
    found = prepaid(MOOD, packages)
    assert sorted(one.number for one in MOOD if one.appointment_id in found) == paid


def test_a_credit_is_promised_to_one_session_only_of_whichever_course() -> None:
    soon = session(2, "IV_PTSD_6", course=2)
    assert prepaid([*MOOD, soon], [package(2)]) == {MOOD[0].appointment_id, MOOD[1].appointment_id}
    assert prepaid([*MOOD[2:], soon], [package(1)]) == {soon.appointment_id}


def test_a_session_for_which_a_payer_is_asked_uses_its_credit_all_the_same_and_lacks_nothing() -> None:
    """So it is charged (F.7): what it will use is not there for a later one."""
    authorised, mine = session(1, asked=False), session(2)
    missing = missing_before([authorised, mine], [package(1)], BOTH, too_much=True)
    assert missing == {authorised.appointment_id: (), mine.appointment_id: ("PREPAYMENT", "BALANCE_DUE")}


@pytest.mark.parametrize(
    ("most", "due", "too_much"),
    [
        (None, {"USD": 99_999}, False), (0, {}, False), (0, {"USD": 0}, False), (0, {"USD": 1}, True),
        (5_000, {"USD": 5_000}, False), (5_000, {"USD": 5_001}, True), (5_000, {"CAD": 1}, True),
        (5_000, {"USD": 1, "CAD": 0}, False),
    ],
)  # fmt: skip
def test_more_due_than_the_clinic_lets_be_is_too_much(most: int | None, due: dict[str, int], too_much: bool) -> None:
    assert too_much_due(due, PaymentPolicy(most_due_cents=most), "USD") is too_much


@pytest.mark.parametrize(
    ("policy", "too_much", "missing"),
    [
        (PaymentPolicy(), False, ()), (PREPAID, False, ("PREPAYMENT",)), (BOTH, True, ("PREPAYMENT", "BALANCE_DUE")),
        (PaymentPolicy(most_due_cents=0), True, ("BALANCE_DUE",)), (PaymentPolicy(most_due_cents=0), False, ()),
        (PaymentPolicy(estimate=True), False, ()),
    ],
)  # fmt: skip
def test_only_what_the_clinic_asks_is_missing(policy: PaymentPolicy, too_much: bool, missing: tuple[str, ...]) -> None:
    found = missing_before([session(1)], [], policy, too_much=too_much)
    assert [*found.values()] == [missing]


@given(st.lists(st.integers(1, 40), max_size=8), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 45)), max_size=5))
def test_no_credit_is_promised_twice_and_one_more_package_takes_none_away(
    days: list[int], bought: list[tuple[int, int]]
) -> None:
    coming = [session(day, course=place) for place, day in enumerate(days, start=1)]
    packages = [
        package(left, until=START.date() + timedelta(days=until), number=number)
        for number, (left, until) in enumerate(bought, start=1)
    ]
    paid = prepaid(coming, packages)
    assert len(paid) <= sum(one.left for one in packages)
    assert paid <= {one.appointment_id for one in coming}
    assert len(prepaid(coming, [*packages, package(1, number=99)])) >= len(paid)
    for one in coming:
        if one.appointment_id in paid:
            assert any(one.on <= credit.expires_on for credit in packages)


def told(*missing: str, since: datetime = START, number: int = 1) -> SessionPayment:
    return SessionPayment(
        appointment_id=session(number).appointment_id, number=number, met=not missing, since=since, missing=missing
    )


@pytest.mark.parametrize(
    ("before", "missing", "since"),
    [
        ([], (), LATER), ([], ("PREPAYMENT",), LATER), ([told()], (), START), ([told()], ("PREPAYMENT",), LATER),
        ([told("PREPAYMENT")], (), LATER), ([told("PREPAYMENT")], ("PREPAYMENT",), START),
        ([told("PREPAYMENT")], ("BALANCE_DUE",), START), ([told(number=2)], (), LATER),
    ],
)  # fmt: skip
def test_a_session_stands_as_it_does_since_that_began(
    before: list[SessionPayment], missing: tuple[str, ...], since: datetime
) -> None:
    one = session(1)
    (found,) = standing([one], {one.appointment_id: missing}, before, LATER)
    assert (found.met, found.missing, found.since) == (not missing, missing, since)


@pytest.mark.parametrize(
    ("now", "before", "asks", "news"),
    [
        ([told()], [], True, True), ([told()], [], False, False), ([told()], [told()], True, False),
        ([told("PREPAYMENT")], [told()], True, True), ([told("BALANCE_DUE")], [told("PREPAYMENT")], True, True),
        ([told()], [told("PREPAYMENT")], False, True), ([], [told("PREPAYMENT")], True, False),
        ([told()], [told(), told(number=2)], True, False), ([told(), told(number=2)], [told()], True, True),
        ([], [], True, False),
    ],
)  # fmt: skip
def test_what_was_told_is_not_told_again(
    now: Sequence[SessionPayment], before: Sequence[SessionPayment], asks: bool, news: bool
) -> None:
    assert is_news(now, before, asks=asks) is news


def test_a_course_is_met_when_nothing_is_missing_before_any_session_left() -> None:
    assert [is_met(one) for one in ([], [told()], [told(), told("PREPAYMENT", number=2)])] == [True, True, False]


@pytest.mark.parametrize(("hours", "coming"), [(-1, True), (0, True), (23.9, True), (24, False), (200, False)])
def test_a_session_that_nobody_ended_is_looked_at_for_another_day(hours: float, coming: bool) -> None:
    assert still_coming(START, START + timedelta(hours=hours)) is coming
