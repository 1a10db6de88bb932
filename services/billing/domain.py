"""What billing decides: the price of a session, the estimate of a course, the invoice of a session. Cents."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared.calendar import business_days_after, business_days_between, local_date
from shared.clinicfile.model import ClinicFile
from shared.events.parts import ChargeLine, EstimateDetail, Identity, InvoiceDetail
from shared.money import Money


class Reason(StrEnum):
    """Why a person must look at a course or a session before anything more is charged for it."""

    NO_CLINIC_FILE = "NO_CLINIC_FILE"
    NO_PRICE = "NO_PRICE"
    NO_COURSE = "NO_COURSE"
    ABOVE_ESTIMATE = "ABOVE_ESTIMATE"
    SESSION_ABORTED = "SESSION_ABORTED"


class Recipient(BaseModel):
    """Whom an estimate is for, as it must say (F.6)."""

    model_config = ConfigDict(frozen=True)

    name: str
    birth_date: date

    @classmethod
    def of(cls, identity: Identity) -> "Recipient":
        return cls(name=identity.legal_name, birth_date=identity.birth_date)


@dataclass(frozen=True, slots=True)
class SessionPrice:
    """The self-pay price of one session of a protocol."""

    protocol: str
    name: str
    unit: Money

    def line(self, sessions: int) -> ChargeLine:
        return ChargeLine(
            code=self.protocol,
            description=self.name,
            quantity=sessions,
            unit=self.unit,
            total=self.unit.times(sessions),
        )


def session_price(file: ClinicFile, protocol_id: str) -> SessionPrice | None:
    """The price in the clinic file; None when the protocol has none. A price of zero is no price: a person decides."""
    protocol = file.protocol(protocol_id)
    cents = file.prices.session_cents.get(protocol_id, 0)
    if protocol is None or cents == 0:
        return None
    return SessionPrice(protocol_id, protocol.name, Money(amount_cents=cents, currency=file.prices.currency))


def estimate_for_course(price: SessionPrice, sessions: int) -> EstimateDetail:
    """The good faith estimate of a whole course (F.6): one line, `sessions` times the price of one."""
    line = price.line(sessions)
    return EstimateDetail(lines=(line,), total=line.total)


def invoice_for_session(price: SessionPrice) -> InvoiceDetail:
    """The invoice of one session that took place."""
    line = price.line(1)
    return InvoiceDetail(lines=(line,), total=line.total)


def above_estimate(invoice: InvoiceDetail, session_number: int | None, estimate: EstimateDetail) -> int:
    """Cents by which a session's invoice exceeds what the estimate said for that session; 0 when it does not.

    What the estimate does not name is compared with 0 (F.8): another protocol, another currency, a session beyond the
    estimated number, a session that cannot be placed in its course.
    """
    return sum(max(0, line.total.amount_cents - _estimated(line, session_number, estimate)) for line in invoice.lines)


def _estimated(charge: ChargeLine, session_number: int | None, estimate: EstimateDetail) -> int:
    for line in estimate.lines:
        same = line.code == charge.code and line.unit.currency == charge.unit.currency
        if same and session_number is not None and session_number <= line.quantity:
            return line.unit.amount_cents
    return 0


def gfe_due(scheduled: date, service: date) -> date | None:
    """The last day for a good faith estimate of a scheduled service (F.6); None when there is no automatic duty.

    Days after the scheduling day up to and including the day of service count: 10 or more business days ahead leave 3
    business days, 3 or more leave 1. Both are local dates of the clinic.
    """
    ahead = business_days_between(scheduled, service)
    if ahead < 3:
        return None
    return business_days_after(scheduled, 3 if ahead >= 10 else 1)


def estimate_due(planned_at: datetime, first_starts_at: datetime, zone: str) -> date | None:
    """`gfe_due` of a course: the local dates on which it was planned and on which its first session starts."""
    return gfe_due(local_date(planned_at, zone), local_date(first_starts_at, zone))
