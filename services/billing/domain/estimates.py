"""Good faith estimates (domain F.6): what a course or visit will cost, until when to say it, what goes beyond it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.billing.domain.prices import SessionPrice, total_of
from shared.calendar import business_day_before, business_days_after, business_days_between, local_date
from shared.events.parts import (
    ChargeLine,
    CourseSession,
    EstimateChange,
    EstimateDetail,
    EstimatePart,
    Identity,
    InvoiceDetail,
    PackageOffer,
)


class Recipient(BaseModel):
    """Whom an estimate is for, as it must say (F.6)."""

    model_config = ConfigDict(frozen=True)

    name: str
    birth_date: date

    @classmethod
    def of(cls, identity: Identity) -> "Recipient":
        return cls(name=identity.legal_name, birth_date=identity.birth_date)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The estimate that stands until now."""

    id: UUID
    detail: EstimateDetail

    def changed(self, reason: str) -> EstimateChange:
        """What a newer estimate says about this one."""
        return EstimateChange(
            supersedes=self.id, reason=reason, sessions_before=len(self.detail.parts), total_before=self.detail.total
        )

    def costs_the_same(self, other: EstimateDetail) -> bool:
        """Whether nothing that the patient pays differs: a move may then be noted on the estimate that stands."""
        return (self.detail.lines, self.detail.parts) == (other.lines, other.parts)


def estimate_for_course(
    price: SessionPrice, numbers: Sequence[int], on: date, offers: tuple[PackageOffer, ...] = ()
) -> EstimateDetail:
    """The estimate of a whole course: `numbers` are its sessions, `on` the local date of the first.

    A drug by the mg counts with the highest dose that can be ordered, since the high end is shown (F.8).
    """
    most_mg = price.drug.most_mg if price.drug else 0
    one = total_of(price.lines(1, most_mg, on))
    lines = price.lines(len(numbers), most_mg * len(numbers), on)
    parts = tuple(EstimatePart(number=number, amount=one) for number in numbers)
    return EstimateDetail(lines=lines, total=total_of(lines), parts=parts, alternatives=offers)


def estimate_for_visit(line: ChargeLine) -> EstimateDetail:
    """The estimate of one visit that is no session."""
    return EstimateDetail(lines=(line,), total=line.total, parts=(EstimatePart(number=1, amount=line.total),))


def above_estimate(invoice: InvoiceDetail, number: int | None, estimate: EstimateDetail) -> int:
    """Cents by which an invoice exceeds what the estimate said for that session; 0 when it does not.

    What the estimate does not name is compared with 0 (F.8): another protocol, another currency, a session that is not
    one of its parts, a session that cannot be placed in its course.
    """
    return sum(max(0, line.total.amount_cents - _estimated(line, number, estimate)) for line in invoice.lines)


def _estimated(charge: ChargeLine, number: int | None, estimate: EstimateDetail) -> int:
    if number not in {part.number for part in estimate.parts}:
        return 0
    for line in estimate.lines:
        if line.code == charge.code and line.unit.currency == charge.unit.currency:
            return line.total.amount_cents // len(estimate.parts)
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


def estimate_due(scheduled_at: datetime, starts_at: datetime, zone: str) -> date | None:
    """`gfe_due` of a course or visit: the local dates on which it was scheduled and on which it first starts."""
    return gfe_due(local_date(scheduled_at, zone), local_date(starts_at, zone))


def change_due(changed_at: datetime, sessions: Sequence[CourseSession], zone: str) -> date | None:
    """The last day for a new estimate of a changed course: one business day before the next service (F.6, F.8).

    None when that day has passed or no session is left: what can no longer be kept is not promised.
    """
    ahead = [session.starts_at for session in sessions if session.starts_at > changed_at]
    if not ahead:
        return None
    due = business_day_before(local_date(min(ahead), zone))
    return due if due >= local_date(changed_at, zone) else None
