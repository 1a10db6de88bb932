"""Estimates and invoices as pure decisions: lines add up, nothing is free by accident, nothing exceeds in silence."""

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain import SessionPrice, above_estimate, estimate_for_course, invoice_for_session
from shared.money import Money

cents = st.integers(1, 5_000_000)
sessions = st.integers(1, 40)


def price(amount_cents: int, protocol: str = "IV_MOOD_6", currency: str = "USD") -> SessionPrice:
    return SessionPrice(protocol, "Mood series", Money(amount_cents=amount_cents, currency=currency))


def test_a_course_of_six_at_450_dollars_is_estimated_at_2700() -> None:
    estimate = estimate_for_course(price(45_000), 6)
    assert estimate.total == Money(amount_cents=270_000)
    assert [(line.code, line.quantity, line.unit.amount_cents) for line in estimate.lines] == [("IV_MOOD_6", 6, 45_000)]


@given(cents, sessions)
def test_lines_sum_to_the_total_and_no_part_is_negative(amount: int, count: int) -> None:
    for document in (estimate_for_course(price(amount), count), invoice_for_session(price(amount))):
        assert sum(line.total.amount_cents for line in document.lines) == document.total.amount_cents
        assert all(line.total.amount_cents == line.quantity * line.unit.amount_cents > 0 for line in document.lines)


@given(cents, sessions)
def test_a_course_invoiced_at_its_estimated_price_adds_up_to_the_estimate(amount: int, count: int) -> None:
    estimate = estimate_for_course(price(amount), count)
    invoice = invoice_for_session(price(amount))
    assert invoice.total.times(count) == estimate.total
    assert all(above_estimate(invoice, number, estimate) == 0 for number in range(1, count + 1))


@given(cents, cents, sessions)
def test_only_the_excess_is_above_the_estimate(estimated: int, charged: int, number: int) -> None:
    above = above_estimate(invoice_for_session(price(charged)), number, estimate_for_course(price(estimated), 40))
    assert above == max(0, charged - estimated)


def test_what_the_estimate_does_not_name_is_compared_with_zero() -> None:
    estimate = estimate_for_course(price(45_000), 6)
    assert above_estimate(invoice_for_session(price(45_000)), 7, estimate) == 45_000
    assert above_estimate(invoice_for_session(price(45_000)), None, estimate) == 45_000
    assert above_estimate(invoice_for_session(price(45_000, protocol="IV_PTSD_6")), 1, estimate) == 45_000
    assert above_estimate(invoice_for_session(price(45_000, currency="CAD")), 1, estimate) == 45_000
