"""Estimates and invoices as pure decisions: lines add up, nothing is free by accident, nothing exceeds in silence."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.estimates import above_estimate, estimate_for_course
from services.billing.domain.prices import DrugPrice, SessionPrice, drug_code, invoice_for_session
from shared.money import Money

ON = date(2026, 12, 14)
cents = st.integers(1, 5_000_000)
sessions = st.integers(1, 40)
doses = st.sampled_from((56, 84))


def price(amount_cents: int, protocol: str = "IV_MOOD_6", currency: str = "USD") -> SessionPrice:
    return SessionPrice(protocol, "Mood series", Money(amount_cents=amount_cents, currency=currency))


def spray(session_cents: int = 32_500, mg_cents: int = 1_100, most_mg: int = 84) -> SessionPrice:
    drug = DrugPrice(Money(amount_cents=mg_cents), most_mg)
    return SessionPrice("SPR_TRD_IND", "Nasal spray", Money(amount_cents=session_cents), drug)


def test_a_course_of_six_at_450_dollars_is_estimated_at_2700() -> None:
    estimate = estimate_for_course(price(45_000), range(1, 7), ON)
    assert estimate.total == Money(amount_cents=270_000)
    assert [(line.code, line.quantity, line.unit.amount_cents) for line in estimate.lines] == [("IV_MOOD_6", 6, 45_000)]
    assert [(part.number, part.amount.amount_cents) for part in estimate.parts] == [(n, 45_000) for n in range(1, 7)]


@given(cents, cents, sessions, doses)
def test_lines_and_parts_sum_to_the_total_and_none_is_negative(amount: int, mg: int, count: int, dose: int) -> None:
    for by in (price(amount), spray(amount, mg)):
        estimate, invoice = estimate_for_course(by, range(1, count + 1), ON), invoice_for_session(by, dose, ON)
        for document in (estimate, invoice):
            assert sum(line.total.amount_cents for line in document.lines) == document.total.amount_cents
            assert all(line.total.amount_cents == line.quantity * line.unit.amount_cents > 0 for line in document.lines)
        assert sum(part.amount.amount_cents for part in estimate.parts) == estimate.total.amount_cents


@given(cents, sessions)
def test_a_course_invoiced_at_its_estimated_price_adds_up_to_the_estimate(amount: int, count: int) -> None:
    estimate = estimate_for_course(price(amount), range(1, count + 1), ON)
    invoice = invoice_for_session(price(amount), 35, ON)
    assert invoice.total.times(count) == estimate.total
    assert all(above_estimate(invoice, number, estimate) == 0 for number in range(1, count + 1))


@given(cents, cents, sessions)
def test_only_the_excess_is_above_the_estimate(estimated: int, charged: int, number: int) -> None:
    estimate = estimate_for_course(price(estimated), range(1, 41), ON)
    assert above_estimate(invoice_for_session(price(charged), 35, ON), number, estimate) == max(0, charged - estimated)


def test_what_the_estimate_does_not_name_is_compared_with_zero() -> None:
    estimate = estimate_for_course(price(45_000), range(1, 7), ON)
    others = [price(45_000, protocol="IV_PTSD_6"), price(45_000, currency="CAD")]
    assert [above_estimate(invoice_for_session(price(45_000), 0, ON), n, estimate) for n in (7, None)] == [45_000] * 2
    assert [above_estimate(invoice_for_session(by, 0, ON), 1, estimate) for by in others] == [45_000] * 2


def test_a_cancelled_session_leaves_the_later_ones_in_the_estimate() -> None:
    estimate = estimate_for_course(price(45_000), (1, 2, 4, 5, 6), ON)
    invoice = invoice_for_session(price(45_000), 35, ON)
    assert estimate.total.amount_cents == 225_000
    assert [above_estimate(invoice, number, estimate) for number in (6, 3)] == [0, 45_000]


@pytest.mark.parametrize(
    ("day", "code"),
    [(date(2025, 12, 31), "S0013"), (date(2026, 1, 1), "J0013")],
    ids=["last of S0013", "first of J0013"],
)
def test_the_code_of_the_spray_changes_with_the_year(day: date, code: str) -> None:
    assert drug_code(day) == code
    session, drug = invoice_for_session(spray(), 56, day).lines
    assert (session.code, drug.code, drug.quantity) == ("SPR_TRD_IND", code, 56)


@pytest.mark.parametrize(("dose", "total"), [(56, 94_100), (84, 124_900)])
def test_a_spray_is_the_session_and_its_mg(dose: int, total: int) -> None:
    assert invoice_for_session(spray(), dose, ON).total.amount_cents == total


@given(doses, st.integers(1, 8))
def test_a_spray_is_estimated_with_its_highest_dose_so_that_no_dose_exceeds_it(dose: int, number: int) -> None:
    estimate = estimate_for_course(spray(), range(1, 9), ON)
    assert estimate.total.amount_cents == 8 * 124_900
    assert above_estimate(invoice_for_session(spray(), dose, ON), number, estimate) == 0
