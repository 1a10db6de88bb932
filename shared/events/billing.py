"""What billing says: estimates and invoices. Key: patient id."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from shared.events.envelope import Event, event
from shared.events.parts import EstimateDetail, InvoiceDetail
from shared.sealing import Audience, Sealed

Clinical = Audience("clinical")


@event("billing")
class EstimateIssued(Event):
    """The patient can know the price of a course before it is due (domain F.6)."""

    estimate_id: UUID
    patient_id: UUID
    course_id: UUID
    version: int
    issued_at: datetime
    estimate: Annotated[Sealed[EstimateDetail], Clinical]


@event("billing")
class InvoiceIssued(Event):
    """A session that took place was invoiced."""

    invoice_id: UUID
    patient_id: UUID
    session_id: UUID
    issued_at: datetime
    invoice: Annotated[Sealed[InvoiceDetail], Clinical]
