"""Values that travel sealed inside events, shared by owners and consumers. Units stand in the names."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.money import Money


class Part(BaseModel):
    """A frozen value inside an event; a consumer ignores what a newer producer added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Modality(StrEnum):
    """What can be screened for and ordered (domain A.1)."""

    IV_MOOD = "IV_MOOD"
    IV_PAIN = "IV_PAIN"
    SPRAVATO_TRD = "SPRAVATO_TRD"
    SPRAVATO_MDSI = "SPRAVATO_MDSI"


class Outcome(StrEnum):
    """Outcome of screening (domain A.1), from mild to severe."""

    ELIGIBLE = "ELIGIBLE"
    NEEDS_REVIEW = "NEEDS_REVIEW"
    DEFERRED = "DEFERRED"
    INELIGIBLE = "INELIGIBLE"
    EMERGENCY = "EMERGENCY"

    @property
    def severity(self) -> int:
        return _SEVERITY[self]


_SEVERITY = {outcome: place for place, outcome in enumerate(Outcome)}


class Address(Part):
    line: str
    city: str
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    postal_code: str


class SeatNeed(StrEnum):
    """What a patient may need of the chair or room that it is treated in, and what one of them can do (domain D.2)."""

    WHEELCHAIR = "WHEELCHAIR"
    BARIATRIC = "BARIATRIC"


class Identity(Part):
    """Who the patient is: two identifiers at the chair, the name on an estimate. Audience `identity`.

    `access_needs` are the patient's words. `seat_needs`: what of them concerns the chair, each a SeatNeed, or a code
    that a newer producer added; None: nobody has said. `interpreter`: one for `language` is needed.
    """

    legal_name: str
    preferred_name: str | None = None
    birth_date: date
    sex_at_birth: str
    record_number: str
    address: Address | None = None
    language: str = "en"
    allergies: tuple[str, ...] = ()
    interpreter: bool = False
    access_needs: tuple[str, ...] = ()
    seat_needs: tuple[str, ...] | None = None


class Contact(Part):
    """How the patient is reached. Audience `contact`. `zone` is the recipient's IANA zone if known."""

    given_name: str
    phone: str | None = None
    email: str | None = None
    language: str = "en"
    zone: str | None = None


class ContactConsent(Part):
    """One act of contact consent as intake saw it; notifications' ledger decides what it allows (domain E.2)."""

    channel: str
    purpose: str
    granted: bool
    wording_version: str
    method: str
    given_at: datetime


class ContactRecord(Part):
    """Contact and the consent acts that came with it. Audience `contact`."""

    contact: Contact
    consents: tuple[ContactConsent, ...] = ()


class ModalityOutcome(Part):
    modality: Modality
    outcome: Outcome
    rule_ids: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()


class ScreeningSummary(Part):
    """Outcome per modality with the rules that fired. Audience `clinical`."""

    outcomes: tuple[ModalityOutcome, ...]


class FollowUp(Part):
    """What the patient is told after a screening, without a reason. Audience `contact`.

    `next_step`: BOOK_CONSULTATION, STAFF_WILL_CALL, LOOK_AGAIN (from `recheck_after` on) or NONE.
    """

    next_step: str
    recheck_after: datetime | None = None


class ConcernDetail(Part):
    """Why a safety concern is open or how it was settled (domain A.6). Audience `clinical`."""

    risk: str
    source: str
    disposition: str | None = None


class AssessmentAsked(Part):
    """What is to be answered: CHECK_IN, or the code of an instrument (domain B.1). Audience `clinical`."""

    instrument: str


class SafetyTaskDetail(Part):
    """What a safety task is about and what came of it (domain A.6). Audience `clinical`."""

    kind: str
    outcome: str | None = None


class ScoreDetail(Part):
    """A scored instrument (domain B). Audience `clinical`."""

    instrument: str
    total: int
    band: str
    positive_items: tuple[str, ...] = ()


class CourseSession(Part):
    """One planned session of a course. Times are UTC instants; `zone` is the clinic's."""

    appointment_id: UUID
    number: int
    starts_at: datetime
    ends_at: datetime


class CoursePlan(Part):
    """A whole course (domain D.1). Audience `clinical`."""

    protocol: str
    modality: Modality
    sessions: tuple[CourseSession, ...]


class ReasonClass(Part):
    """Whose reason a cancellation had: PATIENT, ILLNESS (or an emergency), CLINIC. Audience `clinical`."""

    code: str


class AlertDetail(Part):
    """A vital-sign alert (domain C.4). Audience `clinical`."""

    rule_id: str
    level: str
    finding: str


class DeviationDetail(Part):
    """A rule that was broken in fact, and what was found, in units. Audience `clinical`."""

    code: str
    finding: str


class DeliveredDose(Part):
    """What was really given. Audience `clinical`. mg and whole minutes of infusion.

    A nasal spray has no infusion: its minutes run from the first device to the end of observation, and `devices` counts
    the 28 mg devices used.
    """

    modality: Modality
    protocol: str
    order_id: UUID
    dose_mg: int
    minutes: int
    infusion_started_at: datetime
    infusion_ended_at: datetime
    devices: int | None = None


class ChargeLine(Part):
    """One priced line: `quantity` times `unit` is `total`."""

    code: str
    description: str
    quantity: int
    unit: Money
    total: Money


class EstimatePart(Part):
    """What one session of an estimated course costs; the parts sum to the total."""

    number: int
    amount: Money


class EstimateChange(Part):
    """Which estimate this one replaces, and why: MOVED, CANCELLED, MISSED, ADDED, or PLANNED anew."""

    supersedes: UUID
    reason: str
    sessions_before: int
    total_before: Money


class PackageOffer(Part):
    """A package of the clinic that could pay for the course instead (domain F.7). `package` is its id in the file."""

    package: str
    name: str
    sessions: int
    price: Money


class EstimateDetail(Part):
    """A good faith estimate (domain F.6). Audience `clinical`. Lines and parts each sum to `total`."""

    lines: tuple[ChargeLine, ...]
    total: Money
    parts: tuple[EstimatePart, ...] = ()
    change: EstimateChange | None = None
    alternatives: tuple[PackageOffer, ...] = ()


class PackageCredit(Part):
    """A credit of a package that stands for money: `amount` is taken off the invoice."""

    package_id: UUID
    amount: Money


class InvoiceDetail(Part):
    """What is charged for one session or visit, or a fee. Audience `clinical`. Due is `total` less the credit."""

    lines: tuple[ChargeLine, ...]
    total: Money
    credit: PackageCredit | None = None


class PaymentDetail(Part):
    """Money that came in or went back. Audience `clinical`. `method` is a code such as CARD, CASH, PACKAGE."""

    amount: Money
    method: str


class AuthorisationDetail(Part):
    """A payer's authorisation and its units (domain F.3). Audience `clinical`. Units are mg of the drug (F.1).

    `state`: APPROVED, USED_UP or EXPIRED. `protocol` is the one it was given for.
    """

    payer: str
    state: str
    units_granted: int
    units_used: int
    valid_from: date
    valid_to: date
    protocol: str | None = None
