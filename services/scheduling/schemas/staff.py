"""Requests and answers about staff and rosters. Days and times are the clinic's; a shift may end after midnight."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.scheduling.domain.cover import Credential, Role
from services.scheduling.schemas.requests import LocalDay, LocalTime, Request
from shared.clinicfile.forms import Language
from shared.clinicfile.policies import Slug
from shared.http import Instant
from shared.http.examples import CLINIC, example, some_id

Credentials = dict[Credential, LocalDay]
_EXPIRES = "the last local day on which it counts; what is left out is not held"
_ACLS = {"LICENCE": "2028-06-30", "ACLS": "2027-03-31"}
_STAFF = str(some_id("staff member"))
Interprets = Annotated[
    tuple[Language, ...],
    Field(max_length=20, description="languages as patients' cards name them, each such as es or es-MX; only of role"
          " OTHER, since whoever interprets for one patient watches no other"),
]  # fmt: skip


class StaffState(StrEnum):
    ACTIVE = "ACTIVE"
    LEFT = "LEFT"


class RosterState(StrEnum):
    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"


class StaffRequest(Request):
    """Somebody who starts to work here."""

    model_config = example({"clinic_id": str(CLINIC), "name": "Marlow Quill", "role": "NURSE", "credentials": _ACLS})

    clinic_id: UUID
    name: Annotated[str, Field(min_length=1, max_length=120)]
    role: Role
    credentials: Credentials = Field(default_factory=dict, description=_EXPIRES)
    interprets: Interprets = ()


class StaffChangeRequest(Request):
    """The whole of what changed: credentials and languages replace those of before."""

    model_config = example({"name": "Marlow Quill, RN", "state": "ACTIVE", "credentials": _ACLS})

    name: Annotated[str, Field(min_length=1, max_length=120)]
    state: StaffState = StaffState.ACTIVE
    credentials: Credentials = Field(default_factory=dict, description=_EXPIRES)
    interprets: Interprets = ()


class StaffView(BaseModel):
    """Somebody who works for the organisation; `expired` are credentials that count for nothing today."""

    staff_id: UUID
    clinic_id: UUID
    version: int
    state: StaffState
    name: str
    role: Role
    credentials: dict[Credential, date]
    expired: list[Credential]
    interprets: list[str] = []


class ShiftRequest(Request):
    """Somebody is on site on a local day. `ends` at or before `starts` is the morning after."""

    model_config = example(
        {"clinic_id": str(CLINIC), "location": "main", "staff_id": _STAFF, "day": "2026-11-30", "starts": "08:00",
         "ends": "16:30"}
    )  # fmt: skip

    clinic_id: UUID
    location: Slug
    staff_id: UUID
    day: LocalDay
    starts: LocalTime
    ends: LocalTime


class ShiftView(BaseModel):
    """A shift as it was rostered; absences are shown apart."""

    shift_id: UUID
    staff_id: UUID
    clinic_id: UUID
    location: str
    version: int
    state: RosterState
    starts: Instant
    ends: Instant


class AbsenceReason(StrEnum):
    SICK = "SICK"
    LEAVE = "LEAVE"
    TRAINING = "TRAINING"
    OTHER = "OTHER"


class SpanRequest(Request):
    """From a local day and time until another; whole days when times are left out."""

    first_day: LocalDay
    last_day: LocalDay | None = Field(None, description="the same day when left out")
    starts: LocalTime = time(0)
    ends: LocalTime | None = Field(None, description="on the last day; its end when left out")


class AbsenceRequest(SpanRequest):
    """Somebody is away from a local day and time until another; whole days when times are left out."""

    model_config = example({"staff_id": _STAFF, "first_day": "2026-11-30", "reason": "SICK"})

    staff_id: UUID
    reason: AbsenceReason


class Lack(BaseModel):
    """What is missing while it lasts: TOO_FEW_NURSES, NO_PRESCRIBER, NO_ACLS_AND_BLS, ... with its numbers. A visit may
    lack NO_INTERPRETER alone."""

    code: str
    params: dict[str, Any]


class UncoveredView(BaseModel):
    """A booked session that the roster does not cover."""

    appointment_id: UUID
    patient_id: UUID
    starts: Instant
    lacks: list[Lack]


class AbsenceView(BaseModel):
    """An absence, and the booked sessions at its clinic that are not covered now: they need other staff or times."""

    absence_id: UUID
    staff_id: UUID
    clinic_id: UUID
    version: int
    state: RosterState
    starts: Instant
    ends: Instant
    reason: AbsenceReason
    uncovered: list[UncoveredView] = []


class CoverView(BaseModel):
    """A local day at a location: whether a roster is kept here, and which booked sessions it does not cover."""

    clinic_id: UUID
    location: str
    day: date
    rostered: bool
    sessions: int
    uncovered: list[UncoveredView]
