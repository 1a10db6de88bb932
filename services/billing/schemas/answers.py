"""What billing answers."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.billing.domain.authorisations import State
from services.billing.domain.estimates import Recipient
from services.billing.domain.reasons import Reason, Waiver
from services.billing.models import Review
from shared.events.parts import ChargeLine, EstimateChange, EstimatePart, PackageCredit, PackageOffer
from shared.money import Money


class NoteView(BaseModel):
    """A change after which the estimate still stands, since nothing costs more or less."""

    version: int = Field(description="version of the course or visit after the change")
    reason: str = Field(description="MOVED, CANCELLED, MISSED, ADDED, or PLANNED anew")
    noted_at: datetime


class EstimateView(BaseModel):
    """A good faith estimate of a course or a visit. `recipient` is null until the identity card is known."""

    estimate_id: UUID
    patient_id: UUID
    clinic_id: UUID
    course_id: UUID | None
    appointment_id: UUID | None
    version: int = Field(description="version of the course or visit that it estimates")
    recipient: Recipient | None
    lines: tuple[ChargeLine, ...]
    parts: tuple[EstimatePart, ...] = Field(description="what each session costs; they sum to the total")
    total: Money
    change: EstimateChange | None = Field(description="which estimate it replaces and why; null for the first")
    notes: tuple[NoteView, ...] = Field(description="later changes that cost the same, oldest first")
    alternatives: tuple[PackageOffer, ...] = Field(description="packages that could pay for it instead")
    due_on: date | None = Field(description="last day to give it (45 CFR 149.610); null when there is no such duty")
    issued_at: datetime
    clinic_file_hash: str


class InvoiceView(BaseModel):
    """An invoice of one session or visit, or a fee. Due is the total less credit, payments and what was waived."""

    invoice_id: UUID
    version: int
    patient_id: UUID
    clinic_id: UUID
    kind: Literal["SESSION", "VISIT", "FEE"]
    session_id: UUID | None
    appointment_id: UUID | None
    course_id: UUID | None
    session_number: int | None
    lines: tuple[ChargeLine, ...]
    total: Money
    credit: PackageCredit | None = Field(description="the credit of a package that was used")
    paid: Money
    waived: Money
    waiver: Waiver | None
    due: Money
    state: Literal["OPEN", "PARTLY", "PAID", "WAIVED"]
    estimate_id: UUID | None = Field(description="the estimate it was compared with; null when there is none")
    above_estimate: Money | None = Field(description="0 within the estimate; null when there is no estimate")
    issued_at: datetime
    clinic_file_hash: str


class ReviewView(BaseModel):
    """A course, session, appointment or authorisation that waits for a person."""

    review_id: UUID
    patient_id: UUID
    clinic_id: UUID
    subject: Literal["COURSE", "SESSION", "APPOINTMENT", "AUTHORISATION"]
    subject_id: UUID
    reason: Reason
    due_on: date | None = Field(description="last day to give the estimate that is missing")
    proposed: Money | None = Field(description="the fee that CHARGE would take")
    state: Literal["OPEN", "SETTLED"]
    waiver: Waiver | None = Field(description="why the fee was not taken")
    version: int
    opened_at: datetime

    @classmethod
    def of(cls, row: Review) -> "ReviewView":
        fee = None
        if row.amount_cents is not None and row.currency is not None:
            fee = Money(amount_cents=row.amount_cents, currency=row.currency)
        return cls.model_validate({**row.model_dump(), "review_id": row.id, "proposed": fee})


class PackageView(BaseModel):
    """Sessions paid beforehand."""

    package_id: UUID
    version: int
    patient_id: UUID
    clinic_id: UUID
    package: str = Field(description="its id in the clinic file")
    name: str
    price: Money
    sessions: int
    used: int
    left: int
    unused_value: Money = Field(description="what the credits left are worth pro rata; 0 when refunded")
    refund: Money | None
    state: Literal["ACTIVE", "USED_UP", "EXPIRED", "REFUNDED"]
    sold_at: datetime
    expires_on: date = Field(description="the last local day on which a credit can be used")


class PaymentView(BaseModel):
    """Money that came in for an invoice or a package."""

    payment_id: UUID
    patient_id: UUID
    clinic_id: UUID
    invoice_id: UUID | None
    package_id: UUID | None
    amount: Money
    refunded: Money
    method: str
    received_at: datetime


class RefundView(BaseModel):
    """Money that went back, of a payment or for what was unused of a package."""

    refund_id: UUID
    patient_id: UUID
    clinic_id: UUID
    payment_id: UUID | None
    package_id: UUID | None
    amount: Money
    method: str
    issued_at: datetime


class AuthorisationView(BaseModel):
    """A payer's authorisation. A unit is a mg of the drug (F.1). Both dates are local and inside."""

    authorisation_id: UUID
    version: int
    patient_id: UUID
    clinic_id: UUID
    payer: str
    protocol: str
    units_granted: int
    units_used: int
    units_left: int
    valid_from: date
    valid_to: date
    state: State
    approved_at: datetime


class Balance(BaseModel):
    """What was charged in one currency and how it was settled: due = invoiced - credited - waived - paid."""

    currency: str
    invoiced: Money
    credited: Money
    waived: Money
    paid: Money
    due: Money
    package_value: Money = Field(description="what unused credits of packages are worth")


class AccountView(BaseModel):
    """The money of one patient. Each list is the newest 50, newest first; all of them have routes with pages."""

    patient_id: UUID
    balances: tuple[Balance, ...] = Field(description="one per currency; empty when nothing was charged or sold")
    estimates: tuple[EstimateView, ...]
    invoices: tuple[InvoiceView, ...]
    packages: tuple[PackageView, ...]
    payments: tuple[PaymentView, ...]
    refunds: tuple[RefundView, ...]
