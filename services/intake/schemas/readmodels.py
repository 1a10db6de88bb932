"""What the read models show: timeline, worklist, the patient's home, and how far they have heard everybody."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.safety import Crisis
from services.intake.schemas.fields import Code, Request, Staff
from shared.http import Instant, Page
from shared.http.examples import example
from shared.money import Money

KnownUntil = Annotated[
    datetime | None,
    Field(description="everything that anybody said until then is known: the oldest one of `as_of`, wall time"),
]


class HeardView(BaseModel):
    """How far this answer has heard one producer.

    Everything that it said until `known_until` is known here, so later than that nothing is promised; with `silent` the
    producer, or the way from it, stands still. The other two times are those of events (their `ce_time`, UTC, business
    time). What the producer said earlier than `about_patient` about this patient stands here too, unless `waiting`.
    """

    service: str
    known_until: datetime | None = Field(None, description="newest watermark, wall time, UTC; null: none heard yet")
    silent: bool = Field(description="`known_until` is 60 s old or more")
    about_patient: datetime | None = Field(None, description="newest event about the patient asked for; null: none yet")
    anybody: datetime | None = Field(None, description="newest event about anybody in the organisation; null: none yet")
    waiting: bool = Field(description="events are held back, behind a gap or for an operator")


class TimelineEntryView(BaseModel):
    """An event and what it did. Staff in care also see `detail`; a patient sees a part of the facts."""

    event_id: UUID
    service: str
    code: str = Field(description="what happened", examples=["APPOINTMENT_BOOKED"])
    at: Instant
    clinic_id: UUID | None
    subject: str = Field(description="id of the thing that it happened to")
    facts: dict[str, Any] = Field(description="the event's clear fields: ids, codes, times, versions")
    detail: dict[str, Any] | None = Field(None, description="the event's clinical fields, with units in their names")


class TimelineView(Page[TimelineEntryView]):
    """Entries in the order of their times; one that is heard late stands where it belongs."""

    as_of: list[HeardView]
    known_until: KnownUntil


class WorklistItemView(BaseModel):
    """Something that needs a person. Its `version` is what claiming and releasing expect in If-Match."""

    id: UUID
    version: int
    kind: str = Field(description="why a person is needed", examples=["SCREENING_REVIEW"])
    about: UUID = Field(description="id of the thing to look at: concern, screening, appointment, session, reply, ...")
    patient_id: UUID = Field(description="a lead's id, when nobody is registered under it yet")
    patient_name: str | None = Field(description="preferred, else legal name; null for a lead")
    clinic_id: UUID | None
    since: Instant
    due_at: Instant | None
    overdue: bool
    facts: dict[str, Any] = Field(description="what the event said in clear, such as the reason of a failed message")
    why: tuple[str, ...] = Field((), description="what it is about, in words, for whoever may see it")
    claimed_by: str | None = Field(description="subject of the staff member who has it")
    claimed_at: Instant | None
    handed_by: str | None = Field(None, description="who gave it to whoever has it; null: it was claimed")
    handed_reason: str | None = Field(None, description="why, as a code")
    state: str = Field(description="OPEN or DONE")
    may_be_done: bool = Field(description="a person may declare it done; otherwise it goes with what it is about")


class HandOverRequest(Request):
    """Whose the item is from now on, and why. Naming oneself takes it over."""

    model_config = example({"to": "clinician-7", "reason_code": "SHIFT_ENDS"})

    to: Staff
    reason_code: Code


class HandOverAllRequest(Request):
    """Everything that one person has at a clinic goes to another one; without `to` it is free to be claimed."""

    model_config = example(
        {
            "clinic_id": "018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e11",
            "of": "clinician-3",
            "to": "clinician-7",
            "reason_code": "ABSENT",
        }
    )

    clinic_id: UUID
    of: Staff
    to: Staff | None = None
    reason_code: Code


class HandedOverView(BaseModel):
    """The items that went from one person to another."""

    items: tuple[UUID, ...]


class WorklistView(Page[WorklistItemView]):
    """What needs a person at a clinic, the most urgent first."""

    as_of: list[HeardView]
    known_until: KnownUntil


class VisitView(BaseModel):
    """An appointment of the patient that is still to come or under way."""

    appointment_id: UUID
    kind: str
    session_number: int | None
    location: str
    starts: Instant
    ends: Instant


class HomeDueView(BaseModel):
    """Something for the patient to fill in: HEALTH_QUESTIONS, an instrument that is asked at intake, or `instrument`
    for an occasion around a session. What staff gives is not among it.
    """

    what: str
    instrument: str | None = Field(None, description="CHECK_IN or a code of `GET /v1/instruments`")
    due_id: UUID | None = None
    session_id: UUID | None = None
    since: Instant | None = None
    late_from: Instant | None = None


class BillView(BaseModel):
    """The newest estimate or invoice, as its total."""

    id: UUID
    version: int
    issued_at: Instant
    total: Money


class HomeView(BaseModel):
    """What a patient sees first. `crisis` is always there: help does not wait for the clinic.

    `instructions`: what to do with own medicines on the day of treatment (MED-11, MED-12).
    """

    patient_id: UUID
    visits: list[VisitView] = Field(description="at most 10, the next one first")
    due: list[HomeDueView]
    consents_missing: list[str] = Field(description="documents that all its treatments need, not in force")
    instructions: tuple[str, ...] = ()
    estimate: BillView | None
    invoice: BillView | None
    crisis: Crisis
    as_of: list[HeardView]
    known_until: KnownUntil
