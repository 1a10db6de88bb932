"""The record of a session: shown whole, signed, amended, and entries moved to where they belong."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.scheduling.domain.chart import EntryKind, MoveReason
from services.scheduling.domain.infusion import ChangeReason
from services.scheduling.domain.medicines import Medicine
from services.scheduling.schemas.answers import MovedView, RecordedView
from services.scheduling.schemas.infusion import DeviationView
from services.scheduling.schemas.requests import Request, Source
from shared.http.examples import example, some_id


class AddendumRequest(Request):
    """What is added to the record of a session that is over. Kept sealed."""

    model_config = example({"text": "Pump log read on 1 December: the infusion ended at 10:12."})

    text: Annotated[str, Field(min_length=3, max_length=2000)]
    occurred_at: AwareDatetime | None = Field(None, description="what it is about; now when left out")
    source: Source = Source.STAFF


class MoveEntryRequest(Request):
    """An observation, or a change of an infusion, was another session's."""

    model_config = example({"to_session_id": str(some_id("other session")), "reason": "WRONG_PATIENT"})

    to_session_id: UUID
    reason: MoveReason


class EntryView(BaseModel):
    """Something done in a session: when it happened, when and by whom it was told, its source. mL/h."""

    entry_id: UUID
    kind: EntryKind = Field(
        description="more kinds may come: show one that is not known by its name", json_schema_extra={"x-open": True}
    )
    occurred_at: datetime
    recorded_at: datetime
    recorded_by: str
    source: str
    reason: ChangeReason | None = None
    rate_ml_per_hour: Decimal | None = None
    text: str | None = Field(None, description="of an addendum")
    medicine: Medicine | None = Field(None, description="that was given beside the dose")
    moved: MovedView | None = None


class SignatureView(BaseModel):
    """Who signed the record. `holds`: what was recorded by then still has the digest (SHA-256) that was signed."""

    signed_at: datetime
    signed_by: str
    digest: str
    holds: bool


class SessionRecordView(BaseModel):
    """Everything observed and done in a session, also what was moved elsewhere; and its signature, once it has one."""

    session_id: UUID
    patient_id: UUID
    observations: list[RecordedView]
    entries: list[EntryView]
    deviations: list[DeviationView]
    signature: SignatureView | None
