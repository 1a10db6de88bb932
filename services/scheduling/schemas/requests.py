"""Requests of scheduling. Local dates and times are the clinic's; instants are RFC 3339 with an offset."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.domain.vitals import Vitals
from shared.clinicfile.model import Slug, Weekday


class Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise PydanticCustomError("local_time_only", "Send the clinic's local time without an offset, as 09:00.")
    return value


LocalDay = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
LocalTime = Annotated[time, AfterValidator(_local)]


class CourseRequest(Request):
    """A whole course. It starts on the first pattern day from `start_on`; every session starts at `time`, local."""

    patient_id: UUID
    clinic_id: UUID
    location: Slug
    protocol: str = Field(max_length=40, examples=["IV_MOOD_6"])
    start_on: LocalDay = Field(examples=["2026-11-30"])
    pattern: frozenset[Weekday] = Field(description="one of the protocol's patterns", examples=[["mon", "wed", "fri"]])
    time: LocalTime = Field(examples=["09:00"])


class ClosureReason(StrEnum):
    HOLIDAY = "HOLIDAY"
    STAFF = "STAFF"
    WEATHER = "WEATHER"
    MAINTENANCE = "MAINTENANCE"
    OTHER = "OTHER"


class ClosureRequest(Request):
    """Local days on which a clinic, or one of its locations, is closed. One day: leave `last_day` out."""

    clinic_id: UUID
    location: Slug | None = Field(None, description="all locations when left out")
    first_day: LocalDay
    last_day: LocalDay | None = None
    reason: ClosureReason

    @model_validator(mode="after")
    def _ordered(self) -> "ClosureRequest":
        if self.last_day is not None and self.last_day < self.first_day:
            raise PydanticCustomError("days_inverted", "last_day must not be before first_day.")
        return self


class CancelReason(StrEnum):
    """Kept sealed; whether a fee is due is for the clinic to decide (domain D.4)."""

    PATIENT_WISH = "PATIENT_WISH"
    ILLNESS = "ILLNESS"
    EMERGENCY = "EMERGENCY"
    CLINIC = "CLINIC"
    CLINICAL_DECISION = "CLINICAL_DECISION"


CLINIC_REASONS = frozenset({CancelReason.CLINIC, CancelReason.CLINICAL_DECISION})
REASON_CLASSES = {
    CancelReason.PATIENT_WISH: "PATIENT", CancelReason.ILLNESS: "ILLNESS", CancelReason.EMERGENCY: "ILLNESS",
    CancelReason.CLINIC: "CLINIC", CancelReason.CLINICAL_DECISION: "CLINIC",
}  # fmt: skip


class CancelRequest(Request):
    reason: CancelReason


class MoveRequest(Request):
    """Another local day and time of the clinic, and another of its locations if wanted."""

    day: LocalDay = Field(examples=["2026-12-03"])
    time: LocalTime = Field(examples=["10:30"])
    location: Slug | None = Field(None, description="as it is when left out")


class AddRequest(Request):
    """One more session of a course, after its last one, at a local day and time of the clinic."""

    day: LocalDay = Field(examples=["2026-12-14"])
    time: LocalTime = Field(examples=["09:00"])


class MoveProposalRequest(Request):
    """Local days among which to look; a time that is wished for is explained as well."""

    first_day: LocalDay = Field(examples=["2026-12-03"])
    days: Annotated[int, Field(ge=1, le=14)] = 7
    time: LocalTime | None = Field(None, description="explain this time on the first day", examples=["10:30"])
    location: Slug | None = Field(None, description="as it is when left out")


class VisitRequest(Request):
    """A visit of one of the clinic file's kinds, at a local day and time of the clinic."""

    patient_id: UUID
    clinic_id: UUID
    location: Slug
    kind: Slug = Field(examples=["consultation"])
    day: LocalDay = Field(examples=["2026-11-26"])
    time: LocalTime = Field(examples=["09:00"])


class EscortRequest(Request):
    """The adult who takes the patient home (domain A.5). Kept sealed."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{7,14}$", description="E.164")]


class CheckInRequest(Request):
    """Two identifiers: the birth date, and the name or the record number (domain A.5)."""

    birth_date: date
    name: str | None = Field(None, min_length=1, max_length=200, description="legal or preferred name")
    record_number: str | None = Field(None, min_length=1, max_length=40)

    @model_validator(mode="after")
    def _two(self) -> "CheckInRequest":
        if self.name is None and self.record_number is None:
            raise PydanticCustomError("second_identifier_missing", "Give the name or the record number as well.")
        return self


class Source(StrEnum):
    STAFF = "staff"
    DEVICE = "device"
    PAPER = "paper"


class ObservationRequest(Vitals):
    """One look at the patient; `occurred_at` is when it was taken, now when left out."""

    occurred_at: AwareDatetime | None = None
    source: Source = Source.STAFF

    def vitals(self) -> Vitals:
        return Vitals.model_validate(self.model_dump(include=set(Vitals.model_fields)))


class StartRequest(Request):
    """The dose starts; `started_at` is now when left out, at most five minutes ago."""

    started_at: AwareDatetime | None = None


class DeviceRequest(Request):
    """A device of a nasal spray is used; `at` is now when left out, at most five minutes ago."""

    lot: Annotated[str, Field(pattern=r"^[A-Z0-9-]{2,20}$", examples=["LOT-24A7"])]
    at: AwareDatetime | None = None


class InfusionEndRequest(Request):
    """What was really given: mg, and whole minutes in which the drug ran (of a nasal spray devices tell them)."""

    ended_at: AwareDatetime | None = Field(None, description="now when left out")
    dose_mg: Annotated[int, Field(ge=0, le=2000, description="mg")]
    minutes: Annotated[int, Field(ge=0, le=1440, description="minutes")]


class AbortReason(StrEnum):
    """Kept sealed."""

    ADVERSE_EVENT = "ADVERSE_EVENT"
    PATIENT_WISH = "PATIENT_WISH"
    LEFT_AGAINST_ADVICE = "LEFT_AGAINST_ADVICE"
    EQUIPMENT = "EQUIPMENT"
    CLINICAL_DECISION = "CLINICAL_DECISION"


class AbortRequest(Request):
    """The session ends early. `dose_mg` and `minutes` say what ran and are needed while the infusion runs."""

    reason: AbortReason
    aborted_at: AwareDatetime | None = Field(None, description="now when left out")
    dose_mg: Annotated[int, Field(ge=0, le=2000, description="mg")] | None = None
    minutes: Annotated[int, Field(ge=0, le=1440, description="minutes")] | None = None


Points = Annotated[int, Field(ge=0, le=2)]


class AldreteAnswers(Request):
    """The three Aldrete domains that staff judge (domain B.6); circulation and oxygen follow from the vitals."""

    activity: Points | None = None
    respiration: Points | None = None
    consciousness: Points | None = None


class DischargeRequest(Request):
    """Answers at the door (domain C.5). What is left out is unknown, and unknown refuses.

    A nasal spray asks for escort, instructions, suicide concern and the last two alone.
    """

    discharged_at: AwareDatetime | None = Field(None, description="now when left out")
    aldrete: AldreteAnswers = AldreteAnswers()
    gait_steady: bool | None = None
    nausea_controlled: bool | None = None
    iv_out: bool | None = None
    escort_present: bool | None = Field(None, description="the escort is here in person")
    instructions_given: bool | None = Field(None, description="written, with crisis numbers")
    new_suicide_concern: bool | None = None
    pressure_acceptable: bool | None = Field(None, description="nasal spray: judged by the nurse or clinician")
    dissociation_resolved: bool | None = Field(None, description="nasal spray: judged, when CADSS was not scored")
