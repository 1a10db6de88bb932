"""What must hold before a dose order is signed, and what is kept of a signed one (domain A.6, A.8, C.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.intake.domain.dosing import Dose
from services.intake.domain.known import Facts
from services.intake.domain.mednotes import MedicationNote
from services.intake.domain.observations import QuantityReading
from services.intake.domain.review import Review
from services.intake.domain.screening import Decision
from shared.clinicfile.model import Protocol
from shared.clinicfile.policies import ScreeningPolicy
from shared.events.parts import Modality
from shared.events.prescribing import OrderContent, StandingOrderContent

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a patient stands when an order is to be signed: the newest decision and the newest review of it."""

    facts: Facts
    decision: Decision | None
    review: Review | None
    open_concerns: int
    weight: QuantityReading | None
    height: QuantityReading | None


def unmet(
    standing: Standing, modality: Modality, at: datetime, policy: ScreeningPolicy, *, by_weight: bool = True
) -> tuple[str, ...]:
    """Codes of every condition that does not hold; unknown is never met. A spray is not dosed `by_weight`."""
    return (
        *_screening_unmet(standing, modality, at, policy),
        *(("SAFETY_CONCERN_OPEN",) if standing.open_concerns else ()),
        *(_body_unmet(standing, at, policy) if by_weight else ()),
        *_allergy_unmet(standing.facts),
    )


def _screening_unmet(standing: Standing, modality: Modality, at: datetime, policy: ScreeningPolicy) -> Iterator[str]:
    if standing.decision is None:
        yield "NOT_SCREENED"
    elif standing.review is None:
        yield "SCREENING_NOT_REVIEWED"
    elif modality not in standing.review.cleared:
        yield _not_cleared(standing.review, modality)
    elif any(condition.until <= at for condition in standing.review.conditions_of(modality)):
        yield "CONDITION_LAPSED"
    elif at - standing.decision.screened_at > timedelta(days=policy.screening_valid_days):
        yield "SCREENING_TOO_OLD"


def _not_cleared(review: Review, modality: Modality) -> str:
    if modality in review.pending:
        return "SECOND_CLINICIAN_AWAITED"
    return "EVIDENCE_AWAITED" if review.awaits_evidence(modality) else "MODALITY_NOT_CLEARED"


def expires_at(signed_at: datetime, protocol: Protocol, review: Review) -> datetime:
    """How long an order holds: as its protocol says, and no longer than what its clearance depends on."""
    ends = [condition.until for condition in review.conditions_of(protocol.modality)]
    return min([signed_at + timedelta(days=protocol.order_valid_days), *ends])


def _body_unmet(standing: Standing, at: datetime, policy: ScreeningPolicy) -> Iterator[str]:
    if standing.height is None:
        yield "HEIGHT_MISSING"
    if standing.weight is None:
        yield "WEIGHT_MISSING"
    elif (at - standing.weight.at).days > policy.weight_max_age_days:
        yield "WEIGHT_TOO_OLD"


def _allergy_unmet(facts: Facts) -> Iterator[str]:
    allergy = facts.get("allergy_ketamine")
    if allergy is None:
        yield "ALLERGY_UNKNOWN"
    elif allergy.value:
        yield "ALLERGY_TO_KETAMINE"


class SignedOrder(BaseModel):
    """An order as it was signed: what others hear of it, and what stays here (basis, override, reasons, what the
    prescriber was told of the medications). `weighed_by`: the readings that the dose weight was computed from; none for
    a spray, and for orders from before that was kept."""

    model_config = ConfigDict(frozen=True)

    content: OrderContent
    unit: str
    weight_basis: str
    first_dose: bool
    devices: int | None = None
    clinic_file_hash: str
    entered_weight_reason: str | None = None
    override_reason_code: str | None = None
    override_note: str | None = None
    above_cap_reason_code: str | None = None
    above_cap_note: str | None = None
    none_known_stated: bool = False
    medication_notes: tuple[MedicationNote, ...] = ()
    weighed_by: tuple[UUID, ...] = ()

    @property
    def needs_second(self) -> bool:
        """The first dose is above its cap: it is signed by two clinicians or not at all (A.8)."""
        return self.above_cap_reason_code is not None

    def replaces(self, other: "SignedOrder") -> bool:
        """A patient has one order of a protocol: the newest."""
        mine, theirs = self.content, other.content
        return (mine.modality, mine.protocol) == (theirs.modality, theirs.protocol)


def stage_at(state: str, expires_at: datetime, now: datetime) -> str:
    """How far an order got, as it is shown: a signed one whose time is over is EXPIRED."""
    return "EXPIRED" if state == "SIGNED" and expires_at <= now else state


@dataclass(frozen=True, slots=True)
class Ordered:
    """A computed dose with what was ordered: mg/kg (mg/kg/h, 0 for a spray) and minutes."""

    dose: Dose
    mg_per_kg: Decimal
    minutes: int

    def content(self, protocol: Protocol, standing: tuple[StandingOrderContent, ...] = ()) -> OrderContent:
        """The order for the other services; mL, mL/h and kg with two decimals, 0 where they do not apply."""
        return OrderContent(
            modality=protocol.modality,
            protocol=protocol.id,
            mg_per_kg=self.mg_per_kg,
            dose_weight_kg=self.dose.dose_weight_kg.quantize(CENT),
            dose_mg=self.dose.dose_mg,
            minutes=self.minutes,
            draw_ml=self.dose.draw_ml.quantize(CENT),
            rate_ml_per_hour=self.dose.rate_ml_per_hour.quantize(CENT),
            stock_mg_per_ml=self.dose.stock_mg_per_ml,
            arithmetic=self.dose.arithmetic,
            standing=standing,
        )
