"""What billing answers, shown in its OpenAPI document: a course of six sessions, the first of them paid."""

from datetime import date, datetime

from services.billing.domain.authorisations import State
from services.billing.domain.estimates import Recipient
from services.billing.domain.reasons import Reason
from services.billing.schemas.answers import (
    AccountView,
    AuthorisationView,
    Balance,
    EstimateView,
    InvoiceView,
    NoteView,
    PackageView,
    PaymentView,
    RefundView,
    ReviewView,
)
from shared.events.parts import ChargeLine, EstimatePart, PackageOffer
from shared.http.examples import APPOINTMENT, CLINIC, CLINIC_FILE_HASH, COURSE, PATIENT, SESSION, some_id
from shared.money import Money


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment + "Z")


def _usd(dollars: int) -> Money:
    return Money(amount_cents=dollars * 100)


def _sessions(count: int) -> tuple[ChargeLine, ...]:
    return (
        ChargeLine(
            code="IV_MOOD_6", description="Ketamine infusion, mood", quantity=count, unit=_usd(450),
            total=_usd(450 * count),
        ),
    )  # fmt: skip


_WHOSE = {"patient_id": PATIENT, "clinic_id": CLINIC}
_ESTIMATE, _INVOICE, _PACKAGE, _PAYMENT = map(some_id, ("estimate", "invoice", "package", "payment"))
_SHOWN_ESTIMATE = EstimateView(
    **_WHOSE, estimate_id=_ESTIMATE, course_id=COURSE, appointment_id=None, version=1,
    recipient=Recipient(name="Rowan Hale", birth_date=date(1986, 3, 14)), lines=_sessions(6),
    parts=tuple(EstimatePart(number=number, amount=_usd(450)) for number in range(1, 7)), total=_usd(2700),
    change=None, notes=(NoteView(version=2, reason="MOVED", noted_at=_utc("2026-11-24T17:30:00")),),
    alternatives=(PackageOffer(package="six", name="Six sessions", sessions=6, price=_usd(2430)),),
    due_on=date(2026, 11, 24), issued_at=_utc("2026-11-21T16:10:00"), clinic_file_hash=CLINIC_FILE_HASH,
)  # fmt: skip
_SHOWN_INVOICE = InvoiceView(
    **_WHOSE, invoice_id=_INVOICE, version=2, kind="SESSION", session_id=SESSION, appointment_id=APPOINTMENT,
    course_id=COURSE, session_number=1, lines=_sessions(1), total=_usd(450), credit=None, paid=_usd(450),
    waived=_usd(0), waiver=None, due=_usd(0), state="PAID", estimate_id=_ESTIMATE, above_estimate=_usd(0),
    issued_at=_utc("2026-11-30T18:05:00"), clinic_file_hash=CLINIC_FILE_HASH,
)  # fmt: skip
_SHOWN_PACKAGE = PackageView(
    **_WHOSE, package_id=_PACKAGE, version=2, package="six", name="Six sessions", price=_usd(2430), sessions=6, used=1,
    left=5, unused_value=_usd(2025), refund=None, state="ACTIVE", sold_at=_utc("2026-11-21T16:40:00"),
    expires_on=date(2027, 11, 21),
)  # fmt: skip
_SHOWN_PAYMENT = PaymentView(
    **_WHOSE, payment_id=_PAYMENT, invoice_id=_INVOICE, package_id=None, amount=_usd(450), refunded=_usd(0),
    method="CARD", received_at=_utc("2026-11-30T18:12:00"),
)  # fmt: skip
_SHOWN_REFUND = RefundView(
    **_WHOSE, refund_id=some_id("refund"), payment_id=some_id("payment-2"), package_id=None, amount=_usd(50),
    method="CARD", issued_at=_utc("2026-12-02T20:00:00"),
)  # fmt: skip
EXAMPLES = (
    _SHOWN_ESTIMATE,
    _SHOWN_INVOICE,
    _SHOWN_PACKAGE,
    _SHOWN_PAYMENT,
    _SHOWN_REFUND,
    ReviewView(
        **_WHOSE, review_id=some_id("review"), subject="APPOINTMENT", subject_id=some_id("appointment-2"),
        reason=Reason.LATE_CANCEL, due_on=None, proposed=_usd(75), state="OPEN", waiver=None, version=1,
        opened_at=_utc("2026-12-01T22:15:00"),
    ),
    AuthorisationView(
        **_WHOSE, authorisation_id=some_id("authorisation"), version=1, payer="Meadow Mutual", protocol="SPR_TRD_IND",
        units_granted=672, units_used=56, units_left=616, valid_from=date(2026, 12, 1), valid_to=date(2027, 5, 31),
        state=State.APPROVED, approved_at=_utc("2026-11-25T15:00:00"),
    ),
    AccountView(
        patient_id=PATIENT,
        balances=(
            Balance(
                currency="USD", invoiced=_usd(450), credited=_usd(0), waived=_usd(0), paid=_usd(450), due=_usd(0),
                package_value=_usd(0),
            ),
        ),
        estimates=(_SHOWN_ESTIMATE,), invoices=(_SHOWN_INVOICE,), packages=(), payments=(_SHOWN_PAYMENT,), refunds=(),
    ),
)  # fmt: skip
