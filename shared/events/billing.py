"""What billing says: estimates, what is paid before sessions, invoices, payments, authorisations. Key: patient id."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared.events.envelope import Event, event
from shared.events.parts import AuthorisationDetail, EstimateDetail, InvoiceDetail, PaymentDetail
from shared.events.paying import PaymentPolicyDetail
from shared.sealing import Audience, Sealed

Clinical = Audience("clinical")


@event("billing")
class EstimateIssued(Event):
    """The patient can know the price of a course, or of a visit, before it is due (domain F.6). Whole, with `version`.

    For a visit that is no session `appointment_id` is set, and `course_id` repeats it.
    """

    estimate_id: UUID
    patient_id: UUID
    course_id: UUID
    version: int
    issued_at: datetime
    estimate: Annotated[Sealed[EstimateDetail], Clinical]
    appointment_id: UUID | None = None


@event("billing")
class PaymentPolicyMet(Event):
    """What the clinic asks to be paid before sessions of a course is paid, or is so no longer (domain F.7).

    Whole state; the higher version wins. `met`, as it stands `since`, is about all of its sessions that are to come;
    which of them, and what is missing, is sealed. Not told where the clinic's file asks nothing.
    """

    policy_id: UUID
    patient_id: UUID
    course_id: UUID
    version: int
    met: bool
    since: datetime
    changed_at: datetime
    detail: Annotated[Sealed[PaymentPolicyDetail], Clinical]


@event("billing")
class InvoiceIssued(Event):
    """A session or a visit that took place was invoiced, or a fee for one that did not (domain D.4).

    For anything but a session `appointment_id` is set, and `session_id` repeats it.
    """

    invoice_id: UUID
    patient_id: UUID
    session_id: UUID
    issued_at: datetime
    invoice: Annotated[Sealed[InvoiceDetail], Clinical]
    appointment_id: UUID | None = None


@event("billing")
class PaymentReceived(Event):
    """Money came in: for an invoice, or for a package of sessions."""

    payment_id: UUID
    patient_id: UUID
    invoice_id: UUID | None = None
    package_id: UUID | None = None
    received_at: datetime
    payment: Annotated[Sealed[PaymentDetail], Clinical]


@event("billing")
class RefundIssued(Event):
    """Money goes back to the patient (domain F.7)."""

    refund_id: UUID
    patient_id: UUID
    invoice_id: UUID | None = None
    package_id: UUID | None = None
    issued_at: datetime
    refund: Annotated[Sealed[PaymentDetail], Clinical]


@event("billing")
class AuthorisationUpdated(Event):
    """A payer's authorisation changed, or units of it were used. Whole state; the higher version wins."""

    authorisation_id: UUID
    patient_id: UUID
    version: int
    updated_at: datetime
    authorisation: Annotated[Sealed[AuthorisationDetail], Clinical]
