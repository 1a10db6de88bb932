"""Answers of scheduling. Times are UTC beside the clinic's zone, local time and local date."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.scheduling.domain.alerts import Level
from services.scheduling.domain.appointment import State
from services.scheduling.domain.chart import MoveReason
from services.scheduling.domain.gate import Gate
from services.scheduling.domain.monitoring import Measure
from services.scheduling.domain.series import CourseState
from services.scheduling.domain.vitals import Vitals
from services.scheduling.domain.weighing import CourseWishes
from services.scheduling.schemas.attestation import Attested
from services.scheduling.schemas.infusion import DeviationView, InfusionView
from services.scheduling.schemas.leaving import LeavingView
from shared.events.parts import Modality
from shared.events.prescribing import StandingOrderContent
from shared.http import Instant


class BlockerView(BaseModel):
    """Why something may not happen yet, who can mend it, and words for the screen.

    Of the check on the day: the `question` that decides it, and whether it was answered at all. `deadline` is when it
    should be settled for a session that is booked; `cleared_by` the events and acts (operation ids) that clear it.
    Not `holds_dose`: the session is not ready, but a dose that is otherwise safe does not wait for it (money).
    """

    code: str
    owner: str
    wording: str
    question: str | None = None
    known: bool = True
    deadline: datetime | None = None
    patient_wording: str | None = Field(None, description="null where the patient is told nothing")
    cleared_by: list[str] = []
    holds_dose: bool = True


class WhyView(BaseModel):
    """One reason for a proposed date."""

    code: str
    wording: str


class ProposedSession(BaseModel):
    """A session of a proposal. `chair` is null when every chair is taken then."""

    number: int
    starts: Instant
    ends: Instant
    chair: str | None
    why: list[WhyView]


class RuleBroken(BaseModel):
    """A rule that no dates can keep; `number` is the session, null for the whole course."""

    code: str
    number: int | None
    params: dict[str, Any]


class ProposalView(BaseModel):
    """What booking would give now. Nothing is held. `sessions` is empty when no dates keep every rule."""

    bookable: bool
    block_minutes: int
    sessions: list[ProposedSession]
    passed_over: list[date] = Field(description="closed days of the cadence that nothing replaces")
    rules_broken: list[RuleBroken]
    blockers: list[BlockerView]


class AppointmentView(BaseModel):
    """An appointment. A visit has neither course nor chair. `late`: cancelled with less than 24 h of notice."""

    appointment_id: UUID
    version: int
    state: State
    patient_id: UUID
    clinic_id: UUID
    kind: str
    course_id: UUID | None
    session_number: int | None
    location: str
    chair: str | None
    starts: Instant
    ends: Instant
    escort_named: bool
    cancelled_at: datetime | None
    late: bool | None


class SlotView(BaseModel):
    """A free time of a visit."""

    starts: Instant
    ends: Instant


class SlotsView(BaseModel):
    """Free times of a kind of visit, in order. Nothing is held."""

    clinic_id: UUID
    location: str
    kind: str
    minutes: int
    slots: list[SlotView]


class MoveProposalView(BaseModel):
    """Where an appointment may go. `rules_broken` is about the time that was asked for, if one was."""

    appointment_id: UUID
    rules_broken: list[RuleBroken]
    alternatives: list[SlotView]


class CourseView(BaseModel):
    """A course with its sessions in order. NEEDS_CLINICIAN: a clinician reviews it before it goes on (domain D.4)."""

    course_id: UUID
    version: int
    state: CourseState
    patient_id: UUID
    clinic_id: UUID
    location: str
    protocol: str
    modality: Modality
    planned_at: datetime
    clinic_file_hash: str
    wishes: CourseWishes | None
    sessions: list[AppointmentView]


class ClosureView(BaseModel):
    """A closure. `booked` counts live appointments on those days: they stay until somebody moves them."""

    closure_id: UUID
    clinic_id: UUID
    location: str | None
    first_day: date
    last_day: date
    reason: str
    booked: int


class ReadinessView(BaseModel):
    """Is the session ready? Only when `blockers` is empty. Its dose waits for those of them that `holds_dose`."""

    appointment_id: UUID
    session_id: UUID | None
    ready: bool
    attestation_needed: bool = Field(False, description="intake was not heard lately: the start needs an attestation")
    gate: Gate
    blockers: list[BlockerView]


class DueView(BaseModel):
    """A measurement that is due."""

    what: Measure
    due_at: datetime


class AlertView(BaseModel):
    """An alert (domain C.4). Nobody acknowledged it by `acknowledge_by`: an urgent one pages whoever is on call.

    It is one episode of `count` findings of a kind; level and finding are those of the worst. Withdrawn: what it was
    found in was another patient's.
    """

    alert_id: UUID
    rule_id: str
    level: Level
    finding: str
    raised_at: datetime
    acknowledge_by: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    count: int = 1
    last_seen_at: datetime | None = None
    withdrawn_at: datetime | None = None


class MovedView(BaseModel):
    """An entry was another session's: there it is now, here it is shown and counts no longer."""

    to_session_id: UUID
    reason: MoveReason
    moved_at: datetime
    moved_by: str


class RecordedView(BaseModel):
    """What was observed, when it was taken and when it was written down."""

    observation_id: UUID
    session_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    source: str
    vitals: Vitals
    moved: MovedView | None = None


class ObservationView(RecordedView):
    """What was recorded, which alerts it raised, and what is due next."""

    alerts: list[AlertView]
    due: list[DueView]


class OrderView(BaseModel):
    """The order that the running dose was started under, with what may be given beside it. mg, minutes, mL/h."""

    order_id: UUID
    dose_mg: int
    minutes: int
    rate_ml_per_hour: Decimal
    standing: tuple[StandingOrderContent, ...] = ()


class DeliveredView(BaseModel):
    """What was given: mg and minutes. Of a nasal spray the minutes run until observation ended."""

    dose_mg: int
    minutes: int
    devices: int | None = None


class DeviceView(BaseModel):
    """A device that the patient used."""

    number: int
    lot: str
    given_at: datetime


class SessionView(BaseModel):
    """A session at the chair. `attested`: its dose was started while intake was not heard. `leaving`: how it ended for
    the patient, once that was told. While it is suspended (a floor event) nothing is due."""

    session_id: UUID
    appointment_id: UUID
    patient_id: UUID
    clinic_id: UUID
    version: int
    state: State
    checked_in_at: datetime
    started_at: datetime | None
    infusion_ended_at: datetime | None
    closed_at: datetime | None
    order: OrderView | None
    delivered: DeliveredView | None
    devices: list[DeviceView]
    attested: Attested | None = None
    leaving: LeavingView | None = None
    due: list[DueView]
    alerts: list[AlertView]
    infusion: InfusionView | None = None
    suspended_at: datetime | None = None
    deviations: list[DeviationView] = []
