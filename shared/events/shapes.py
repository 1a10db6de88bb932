"""What several events of one aggregate have in common, so that each of them says only what is its own."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from shared.events.envelope import Event
from shared.events.parts import AssessmentAsked, ConcernDetail
from shared.events.prescribing import OrderDoubt
from shared.events.readying import ReadinessDetail
from shared.sealing import Audience, Sealed


class Assessment(Event):
    """Something that is to be answered (domain B.8), on an `occasion`: before a session, after one.

    Which instrument it is may tell what is treated, so that is sealed.
    """

    due_id: UUID
    patient_id: UUID
    occasion: str
    asked: Annotated[Sealed[AssessmentAsked] | None, Audience("clinical")] = None
    session_id: UUID | None = None


class Concern(Event):
    """A safety concern in whole state; the higher version wins."""

    concern_id: UUID
    patient_id: UUID
    version: int
    detail: Annotated[Sealed[ConcernDetail], Audience("clinical")]


class Doubt(Event):
    """A doubt about a dose order. `revoked`: it was ended for it, since by what is known now its dose is another one or
    cannot be computed; whoever had heard of the order heard OrderRevoked. `look_by`: when the next session starts.
    """

    doubt_id: UUID
    order_id: UUID
    patient_id: UUID
    revoked: bool
    look_by: datetime | None = None
    doubt: Annotated[Sealed[OrderDoubt], Audience("clinical")]


class Merge(Event):
    """Whether `absorbed_id` is the same person as `survivor_id`, in whole state. Said under both keys (`patient_id`).

    Nothing is re-keyed; what is told of the absorbed id counts for the survivor as long as they are merged. `version`
    counts what became of the absorbed id. A screening of either with a version below `screened_from` no longer stands.
    `clinics`: where the absorbed record was screened. `look_by`: when the next session starts.
    """

    merge_id: UUID
    patient_id: UUID
    absorbed_id: UUID
    survivor_id: UUID
    version: int
    screened_from: int
    clinics: tuple[UUID, ...] = ()
    look_by: datetime | None = None


class Readiness(Event):
    """What blocks a booked session. Whole state; the higher version wins."""

    readiness_id: UUID
    appointment_id: UUID
    patient_id: UUID
    version: int
    ready: bool
    starts_at: datetime
    zone: str
    swept_hours: int | None = None
    changed_at: datetime
    due_at: datetime | None = None
    owners: tuple[str, ...] = ()
    detail: Annotated[Sealed[ReadinessDetail], Audience("clinical")]


class StockDiscrepancy(Event):
    """A container of controlled substances of which something is missing or too much. Whole state."""

    discrepancy_id: UUID
    version: int
    registration_id: UUID
    substance: str
    difference_mg: Decimal
    discovered_at: datetime
    due_at: datetime


class Visit(Event):
    """An appointment in whole state; the higher version wins. `session_number` counts inside its course from 1.

    Each event says which `state` it tells.
    """

    appointment_id: UUID
    patient_id: UUID
    version: int
    state: str
    kind: str
    course_id: UUID | None = None
    session_number: int | None = None
    location: str
    zone: str
    starts_at: datetime
    ends_at: datetime


class Offer(Event):
    """A slot that is offered in place of an appointment, or of several of one course; the higher version wins."""

    offer_id: UUID
    patient_id: UUID
    version: int
    state: str
    appointment_id: UUID
