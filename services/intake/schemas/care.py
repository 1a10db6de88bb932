"""Treatment consents and dose orders."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.consenting import Medium, State
from services.intake.domain.mednotes import MedicationNote
from services.intake.schemas.fields import CareClinic, ClientId, Code, Language, Moment, Name, Note, Request
from shared.clinicfile.consents import ConsentVersion
from shared.events.parts import Modality
from shared.events.prescribing import StandingOrderContent
from shared.http import Instant
from shared.http.examples import example


class ConsentRequest(Request):
    """A signature under one of the clinic's documents, in a language in which it is offered (domain H.6).

    `signed_at` is for paper; without it the consent is signed now. `witness` and `interpreter` are names; `device` is
    whatever the client calls what was signed on.
    """

    model_config = example({"document": "IV_TREATMENT", "document_version": "2026-10", "language": "en"})

    consent_id: ClientId | None = None
    clinic_id: CareClinic = None
    document: Code
    document_version: ConsentVersion
    language: Language = "en"
    medium: Medium = "SCREEN"
    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")] | None = None
    witness: Name | None = None
    interpreter: Name | None = None
    signed_at: Moment | None = None
    scan_id: UUID | None = Field(None, description="a document of the kind PAPER_CONSENT, of what was signed on paper")


class ConsentView(BaseModel):
    """A signature. What was not written down when it was signed is null."""

    id: UUID
    patient_id: UUID
    clinic_id: UUID
    version: int
    state: Literal["SIGNED", "REVOKED"]
    document: str
    document_version: str
    language: str | None
    medium: Medium | None
    device: str | None = None
    witness: str | None
    interpreter: str | None
    scan_id: UUID | None = None
    signed_by: str
    signed_at: Instant
    valid_until: Instant
    revoked_at: Instant | None


class ConsentDocumentView(BaseModel):
    """A document of the clinic and how it stands with a patient: to be signed, signed, run out, revoked.

    `titles` has the languages in which it may be signed. OUTDATED: signed under a version that does not hold any more.
    """

    document: str
    document_version: str
    titles: dict[str, str]
    witness_needed: bool
    required_for: list[str] = Field(description="protocols that are not started without it")
    state: State
    consent_id: UUID | None
    valid_until: Instant | None


class ConsentDocuments(BaseModel):
    patient_id: UUID
    clinic_id: UUID
    items: list[ConsentDocumentView]


class EnteredWeight(Request):
    """A dose weight that the prescriber decides, where none can be computed or none of the computed ones fits."""

    kg: Annotated[Decimal, Field(ge=20, le=400, decimal_places=2)]
    reason: Note


class OverrideRequest(Request):
    """A prescriber's reason to leave the usual range. Never lifts the absolute limit or the first-dose cap."""

    reason_code: Code
    note: Note | None = None


StandingId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class OrderRequest(Request):
    """What a prescriber orders: mg/kg (mg/kg/h in pain protocols), minutes, and the stock it is drawn from (mg/mL).

    A nasal spray is ordered in `dose_mg` instead, and observed for 120 minutes unless longer is asked for.
    """

    model_config = example({"modality": "IV_MOOD", "protocol": "IV_MOOD_6", "mg_per_kg": "0.5", "minutes": 40})

    order_id: ClientId | None = None
    clinic_id: CareClinic = None
    modality: Modality
    protocol: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
    mg_per_kg: Annotated[Decimal, Field(gt=0, le=100, decimal_places=4)] | None = None
    dose_mg: Annotated[int, Field(gt=0, le=1000)] | None = None
    minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    stock_mg_per_ml: Literal[10, 50, 100] | None = None
    diluted_to_mg_per_ml: Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)] | None = None
    weight_basis: Literal["ACTUAL", "IBW", "ADJ"] | None = Field(None, description="used from BMI 30 on")
    entered_weight: EnteredWeight | None = None
    override: OverrideRequest | None = None
    above_first_dose_cap: OverrideRequest | None = Field(
        None, description="a reason to go above the first-dose cap; the order then waits for a second clinician"
    )
    standing: Annotated[tuple[StandingId, ...], Field(max_length=40)] = Field(
        (), description="standing and PRN orders of the clinic file that are signed with it"
    )
    no_known_allergies: bool = Field(False, description="the patient was asked and knows of none")
    interval_days: Annotated[int, Field(ge=1, le=366)] | None = Field(
        None, description="days from the last session to the next one, in maintenance; by default the protocol's"
    )


class OrderView(BaseModel):
    """A signed order with every step of its arithmetic. mg, kg, mL, mL/h, minutes; 0 where it does not apply.

    Only a SIGNED order may be used, and only until it expires; `stage` says why one may not. PENDING: above the
    first-dose cap, a second clinician has to sign as well. SUPERSEDED: by a newer order.
    """

    id: UUID
    patient_id: UUID
    clinic_id: UUID
    screening_id: UUID
    version: int
    state: Literal["SIGNED", "REVOKED"]
    signed_by: str
    signed_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    modality: Modality
    protocol: str
    mg_per_kg: Decimal
    unit: str
    dose_weight_kg: Decimal
    weight_basis: str
    dose_mg: int
    minutes: int
    draw_ml: Decimal
    rate_ml_per_hour: Decimal
    stock_mg_per_ml: Decimal
    first_dose: bool
    devices: int | None = Field(description="of a nasal spray")
    arithmetic: tuple[str, ...]
    standing: tuple[StandingOrderContent, ...] = ()
    stage: Literal["PENDING", "SIGNED", "EXPIRED", "SUPERSEDED", "REVOKED"]
    countersigned_by: str | None = None
    superseded_by: UUID | None = None
    interval_days: int | None = Field(None, description="to the next session, where one was ordered")
    medication_notes: tuple[MedicationNote, ...] = Field((), description="what MED-08 to MED-13 told then")
