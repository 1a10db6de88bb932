"""What the provider's words mean (domain E.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.provider import Consequence, consequence, moves_on, signature, signature_fits

TOKEN, URL = "test_auth_token", "https://clinic.example.org/v1/twilio/status?n=42"
FORM = {
    "AccountSid": "AC00000000000000000000000000000001", "From": "+15005550001",
    "MessageSid": "SM00000000000000000000000000000001", "MessageStatus": "delivered", "To": "+15005550006",
}  # fmt: skip
STATUSES = (
    "accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled", "read",
    "partially_delivered", "receiving", "received", "",
)  # fmt: skip


def after(statuses: list[str]) -> str | None:
    current = None
    for status in statuses:
        current = status if moves_on(current, status) else current
    return current


@pytest.mark.parametrize(
    ("arrived", "stands"),
    [
        (["sent", "queued"], "sent"),
        (["delivered", "sent"], "delivered"),
        (["delivered", "delivered"], "delivered"),
        (["delivered", "undelivered"], "delivered"),
        (["undelivered", "delivered"], "undelivered"),
        (["delivered", "read"], "read"),
        (["read", "delivered"], "read"),
        (["sent", "read"], "read"),
        (["failed", "read"], "failed"),
        (["canceled", "read"], "canceled"),
        (["scheduled", "accepted"], "scheduled"),
        (["accepted", "receiving", "queued"], "queued"),
        (["made-up"], None),
    ],
)
def test_only_a_higher_status_counts(arrived: list[str], stands: str | None) -> None:
    assert after(arrived) == stands


@given(st.lists(st.sampled_from(STATUSES), max_size=12))
def test_a_repeated_callback_changes_nothing_and_failure_stays(arrived: list[str]) -> None:
    stands = after(arrived)
    assert after([s for s in arrived for _ in (1, 2)]) == stands
    if stands in ("undelivered", "failed", "canceled"):
        assert after([*arrived, "delivered", "read"]) == stands


@pytest.mark.parametrize(
    ("code", "retried", "follows"),
    [
        (21610, False, Consequence.OPT_OUT),
        (21610, True, Consequence.OPT_OUT),
        (30003, False, Consequence.RETRY_ONCE),
        (30003, True, Consequence.NONE),
        (30005, False, Consequence.NONE),
        (30007, False, Consequence.NONE),
        (None, False, Consequence.NONE),
    ],
)
def test_what_follows_from_an_error_code(code: int | None, retried: bool, follows: Consequence) -> None:
    assert consequence(code, retried) is follows


def test_the_signature_vector() -> None:
    assert signature(TOKEN, URL, FORM.items()) == "QELg79j9gGBkF+e9DGyHjLnS1Ak="
    assert signature(TOKEN, URL, reversed(FORM.items())) == "QELg79j9gGBkF+e9DGyHjLnS1Ak="


@given(st.sampled_from(sorted(FORM)), st.integers(0, 200), st.characters(categories=["L", "N"]))
def test_any_changed_byte_of_the_form_is_noticed(name: str, place: int, character: str) -> None:
    value = FORM[name]
    place %= len(value)
    changed = value[:place] + character + value[place + 1 :]
    fits = signature_fits(TOKEN, URL, (FORM | {name: changed}).items(), "QELg79j9gGBkF+e9DGyHjLnS1Ak=")
    assert fits is (changed == value)


@pytest.mark.parametrize(
    ("token", "url", "sent"),
    [
        ("other", URL, "QELg79j9gGBkF+e9DGyHjLnS1Ak="),
        (TOKEN, URL.replace("42", "43"), "QELg79j9gGBkF+e9DGyHjLnS1Ak="),
        (TOKEN, URL.replace("https", "http"), "QELg79j9gGBkF+e9DGyHjLnS1Ak="),
        (TOKEN, URL, "QELg79j9gGBkF+e9DGyHjLnS1Ak"),
        (TOKEN, URL, ""),
        (TOKEN, URL, "é"),
    ],
)
def test_another_token_address_or_signature_does_not_fit(token: str, url: str, sent: str) -> None:
    assert not signature_fits(token, url, FORM.items(), sent)
