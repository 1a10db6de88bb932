"""What notifications and billing say in a story."""

from uuid import UUID

from shared.events import Event
from shared.events import billing as b
from shared.events import notifications as n
from shared.events.parts import (
    AuthorisationDetail,
    EstimateDetail,
    InvoiceDetail,
    PaymentDetail,
)
from shared.ids import new_id
from shared.money import Money
from shared.sealing import Sealed
from tests.integration.readmodels.scene import NOON, at


def message_failed(p: UUID, plan_id: str = "N05", message_id: UUID | None = None) -> Event:
    return n.MessageFailed(
        message_id=message_id or new_id(),
        patient_id=p,
        plan_id=plan_id,
        channel="SMS",
        reason="NO_CONSENT",
        failed_at=NOON,
    )


def message_sent(p: UUID, plan_id: str = "N05") -> Event:
    return n.MessageSent(message_id=new_id(), patient_id=p, plan_id=plan_id, channel="SMS", sent_at=NOON)


def failure_settled(p: UUID, message_id: UUID, plan_id: str = "N05") -> Event:
    return n.MessageFailureSettled(
        message_id=message_id, patient_id=p, plan_id=plan_id, outcome="REACHED", settled_at=NOON
    )


def replied(p: UUID, meaning: str = "FOR_A_PERSON") -> Event:
    return n.ReplyReceived(reply_id=new_id(), patient_id=p, meaning=meaning, received_at=NOON)


def estimate(p: UUID, estimate_id: UUID, cents: int, version: int = 1) -> Event:
    detail = EstimateDetail(lines=(), total=Money(amount_cents=cents))
    return b.EstimateIssued(
        estimate_id=estimate_id, patient_id=p, course_id=new_id(), version=version, issued_at=at(version),
        estimate=Sealed.of(detail),
    )  # fmt: skip


def invoice(p: UUID, cents: int) -> Event:
    detail = InvoiceDetail(lines=(), total=Money(amount_cents=cents))
    return b.InvoiceIssued(
        invoice_id=new_id(), patient_id=p, session_id=new_id(), issued_at=NOON, invoice=Sealed.of(detail)
    )


def paid(p: UUID) -> Event:
    payment = PaymentDetail(amount=Money(amount_cents=45_000), method="CARD")
    return b.PaymentReceived(payment_id=new_id(), patient_id=p, received_at=NOON, payment=Sealed.of(payment))


def authorised(p: UUID) -> Event:
    detail = AuthorisationDetail(
        payer="Alder Health", state="APPROVED", units_granted=8, units_used=1, valid_from=NOON.date(),
        valid_to=NOON.date(),
    )  # fmt: skip
    return b.AuthorisationUpdated(
        authorisation_id=new_id(), patient_id=p, version=1, updated_at=NOON, authorisation=Sealed.of(detail)
    )
