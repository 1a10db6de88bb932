"""Requests and answers about what the nasal spray adds."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from services.scheduling.schemas.requests import Request
from shared.http.examples import CLINIC, example


class Programme(StrEnum):
    REMS = "REMS"


class EnrolmentState(StrEnum):
    PENDING = "PENDING"
    ENROLLED = "ENROLLED"
    WITHDRAWN = "WITHDRAWN"


class EnrolmentRequest(Request):
    """Where the patient's enrolment stands, as the clinic knows it."""

    model_config = example({"clinic_id": str(CLINIC), "state": "ENROLLED"})

    clinic_id: UUID
    programme: Programme = Programme.REMS
    state: EnrolmentState


class EnrolmentView(BaseModel):
    """A patient's enrolment in a safety programme."""

    enrolment_id: UUID
    patient_id: UUID
    version: int
    programme: Programme
    state: EnrolmentState
    changed_at: datetime


class FormState(StrEnum):
    """OVERDUE: not sent, and the local day it was due on is over."""

    DUE = "DUE"
    OVERDUE = "OVERDUE"
    SUBMITTED = "SUBMITTED"


class RemsFormView(BaseModel):
    """The monitoring form of a session; `due_on` is a local date of the clinic, itself in time."""

    session_id: UUID
    patient_id: UUID
    due_on: date
    state: FormState
    submitted_at: datetime | None
