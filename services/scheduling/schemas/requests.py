"""Requests of scheduling. Local dates and times are the clinic's; instants are RFC 3339 with an offset."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.domain.vitals import Vitals
from services.scheduling.domain.weighing import CourseWishes
from services.scheduling.schemas.attestation import Attestation
from shared.clinicfile.model import Weekday
from shared.clinicfile.policies import Slug
from shared.http.examples import CLINIC, PATIENT, example


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

    model_config = example(
        {
            "patient_id": str(PATIENT), "clinic_id": str(CLINIC), "location": "main", "protocol": "IV_MOOD_6",
            "start_on": "2026-11-30", "pattern": ["mon", "thu"], "time": "09:00",
            "wishes": {"from_time": "08:00", "until_time": "11:00", "driver": {"until_time": "15:00"}},
        }
    )  # fmt: skip

    patient_id: UUID
    clinic_id: UUID
    location: Slug
    protocol: str = Field(max_length=40)
    start_on: LocalDay
    pattern: frozenset[Weekday] = Field(description="one of the protocol's patterns")
    time: LocalTime
    wishes: CourseWishes | None = Field(None, description="what suits the patient when sessions are re-planned")


class WishesRequest(Request):
    """What suits the patient from now on, all of it; null: anything."""

    model_config = example({"wishes": {"days": ["mon", "wed"], "same_slot": True, "driver": {"until_time": "15:00"}}})

    wishes: CourseWishes | None


class ClosureReason(StrEnum):
    HOLIDAY = "HOLIDAY"
    STAFF = "STAFF"
    WEATHER = "WEATHER"
    MAINTENANCE = "MAINTENANCE"
    OTHER = "OTHER"


class ClosureRequest(Request):
    """Local days on which a clinic, or one of its locations, is closed. One day: leave `last_day` out."""

    model_config = example(
        {"clinic_id": str(CLINIC), "first_day": "2026-12-24", "last_day": "2026-12-25", "reason": "HOLIDAY"}
    )

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
    model_config = example({"reason": "ILLNESS"})

    reason: CancelReason


class MoveRequest(Request):
    """Another local day and time of the clinic, and another of its locations if wanted."""

    model_config = example({"day": "2026-12-03", "time": "10:30"})

    day: LocalDay
    time: LocalTime
    location: Slug | None = Field(None, description="as it is when left out")


class AddRequest(Request):
    """One more session of a course, after its last one, at a local day and time of the clinic."""

    model_config = example({"day": "2026-12-21", "time": "09:00"})

    day: LocalDay
    time: LocalTime


class MoveProposalRequest(Request):
    """Local days among which to look; a time that is wished for is explained as well."""

    model_config = example({"first_day": "2026-12-03", "time": "10:30"})

    first_day: LocalDay
    days: Annotated[int, Field(ge=1, le=14)] = 7
    time: LocalTime | None = Field(None, description="explain this time on the first day")
    location: Slug | None = Field(None, description="as it is when left out")


class VisitRequest(Request):
    """A visit of one of the clinic file's kinds, at a local day and time of the clinic."""

    model_config = example(
        {
            "patient_id": str(PATIENT), "clinic_id": str(CLINIC), "location": "main", "kind": "consultation",
            "day": "2026-11-24", "time": "09:00",
        }
    )  # fmt: skip

    patient_id: UUID
    clinic_id: UUID
    location: Slug
    kind: Slug
    day: LocalDay
    time: LocalTime


class EscortRequest(Request):
    """The adult who takes the patient home (domain A.5). Kept sealed."""

    model_config = example({"name": "Ash Hale", "phone": "+12085550188", "at_least_18": True})

    name: Annotated[str, Field(min_length=1, max_length=200)]
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{7,14}$", description="E.164")]
    at_least_18: bool | None = Field(None, description="without a yes no dose starts")


class Source(StrEnum):
    STAFF = "staff"
    DEVICE = "device"
    PAPER = "paper"


class CheckInRequest(Request):
    """Two identifiers: the birth date, and the name or the record number (domain A.5).

    All three where another patient has the same name and birth date. `occurred_at` is when the patient was here; from
    paper it is recorded on any later day.
    """

    model_config = example({"birth_date": "1986-03-14", "name": "Rowan Hale"})

    birth_date: date
    name: str | None = Field(None, min_length=1, max_length=200, description="legal or preferred name")
    record_number: str | None = Field(None, min_length=1, max_length=40)
    occurred_at: AwareDatetime | None = Field(None, description="now when left out; on the appointment's local day")
    source: Source = Source.STAFF

    @model_validator(mode="after")
    def _two(self) -> "CheckInRequest":
        if self.name is None and self.record_number is None:
            raise PydanticCustomError("second_identifier_missing", "Give the name or the record number as well.")
        return self


class ObservationRequest(Vitals):
    """One look at the patient; `occurred_at` is when it was taken, now when left out."""

    model_config = example({"systolic": 128, "diastolic": 82, "heart_rate": 72, "spo2": 98, "respiratory_rate": 14})

    occurred_at: AwareDatetime | None = None
    source: Source = Source.STAFF

    def vitals(self) -> Vitals:
        return Vitals.model_validate(self.model_dump(include=set(Vitals.model_fields)))


class StartRequest(Request):
    """The dose starts; `started_at` is now when left out, at most five minutes ago. From paper it has started already:
    that is recorded whenever it was, and what stood in its way is a deviation.
    """

    model_config = example({})

    started_at: AwareDatetime | None = None
    source: Source = Source.STAFF
    attestation: Attestation | None = Field(None, description="needed when intake was not heard within a minute")


class DeviceRequest(Request):
    """A device of a nasal spray is used; `at` is now when left out, at most five minutes ago. From paper it was used
    already: that is recorded whenever it was, and what stood in its way is a deviation.
    """

    model_config = example({"lot": "LOT-24A7"})

    lot: Annotated[str, Field(pattern=r"^[A-Z0-9-]{2,20}$")]
    at: AwareDatetime | None = None
    source: Source = Source.STAFF
    attestation: Attestation | None = Field(None, description="for the first device, as for the start of an infusion")


class InfusionEndRequest(Request):
    """What was really given: mg, and whole minutes in which the drug ran (of a nasal spray devices tell them).

    Left out, both follow from the rates and the time that the infusion ran.
    """

    model_config = example({"dose_mg": 35, "minutes": 40})

    ended_at: AwareDatetime | None = Field(None, description="now when left out")
    source: Source = Source.STAFF
    dose_mg: Annotated[int, Field(ge=0, le=2000, description="mg")] | None = None
    minutes: Annotated[int, Field(ge=0, le=1440, description="minutes")] | None = None
