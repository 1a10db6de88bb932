"""What needs a person, and whose work it is. Which events put it on the worklist and take it off stand in `*work.py`.

Everything about one item comes from one producer, so of two events about it the later in that stream decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.ids import derived_id

UNDATED = timedelta(days=7)


class Kind(StrEnum):
    """Why a person is needed."""

    SAFETY_CONCERN = "SAFETY_CONCERN"
    SAFETY_TASK = "SAFETY_TASK"
    VITAL_ALERT = "VITAL_ALERT"
    DEVIATION = "DEVIATION"
    MONITORING_FORM = "MONITORING_FORM"
    MONITORING_FORM_LATE = "MONITORING_FORM_LATE"
    SCREENING_REVIEW = "SCREENING_REVIEW"
    PLAN_PROPOSAL = "PLAN_PROPOSAL"
    ORDER_DOUBTED = "ORDER_DOUBTED"
    RECORDS_MERGED = "RECORDS_MERGED"
    BREAK_GLASS = "BREAK_GLASS"
    ASSESSMENT_OVERDUE = "ASSESSMENT_OVERDUE"
    MESSAGE_FAILED = "MESSAGE_FAILED"
    REPLY_TO_ANSWER = "REPLY_TO_ANSWER"
    APPOINTMENT_MISSED = "APPOINTMENT_MISSED"
    SESSION_NOT_READY = "SESSION_NOT_READY"
    LEAD = "LEAD"


CARE, DESK, PRIVACY = ("nurse", "clinician"), ("frontdesk", "nurse", "clinician"), ("director", "admin")
ROLES: Mapping[Kind, tuple[str, ...]] = {
    Kind.SAFETY_CONCERN: CARE,
    Kind.SAFETY_TASK: CARE,
    Kind.VITAL_ALERT: CARE,
    Kind.DEVIATION: CARE,
    Kind.MONITORING_FORM: DESK,
    Kind.MONITORING_FORM_LATE: ("clinician", *PRIVACY),
    Kind.SCREENING_REVIEW: CARE,
    Kind.PLAN_PROPOSAL: CARE,
    Kind.ORDER_DOUBTED: ("clinician",),
    Kind.RECORDS_MERGED: CARE,
    Kind.BREAK_GLASS: PRIVACY,
    Kind.ASSESSMENT_OVERDUE: DESK,
    Kind.MESSAGE_FAILED: DESK,
    Kind.REPLY_TO_ANSWER: DESK,
    Kind.APPOINTMENT_MISSED: DESK,
    Kind.SESSION_NOT_READY: DESK,
    Kind.LEAD: DESK,
}
"""Who sees an item and may take it."""

BY_HAND = frozenset({
    Kind.RECORDS_MERGED, Kind.BREAK_GLASS, Kind.ASSESSMENT_OVERDUE, Kind.MESSAGE_FAILED, Kind.REPLY_TO_ANSWER,
    Kind.APPOINTMENT_MISSED, Kind.SESSION_NOT_READY, Kind.LEAD, Kind.DEVIATION, Kind.ORDER_DOUBTED,
})  # fmt: skip
"""What a person may declare done; everything else ends where it belongs: reviewed, resolved, discharged."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it was heard. `open` gives the plain value of one of its sealed fields."""

    event: Any
    at: datetime
    clinic_id: UUID | None
    open: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """An item is needed (`due_at` if it has a time) or, with `done`, needed no longer.

    `subject` tells items of a kind apart, `about` is the id of the thing to look at; with `of_this` the item ends only
    while it is about that.
    """

    kind: Kind
    subject: UUID
    about: UUID
    done: bool = False
    of_this: bool = False
    due_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def item_id(kind: Kind, subject: UUID) -> UUID:
    """The id of the one item of this kind about a subject."""
    return derived_id(subject, f"worklist:{kind}")


def urgent_from(since: datetime, due_at: datetime | None) -> datetime:
    """Where an item stands in the list: by its due time; one without stands as if it were due in a week."""
    return due_at or since + UNDATED


def screening_subject(patient_id: UUID, clinic_id: UUID | None) -> UUID:
    """What a review is about: the newest screening at a clinic is the one that stands there."""
    return derived_id(patient_id, f"screening:{clinic_id}")
