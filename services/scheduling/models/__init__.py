"""Scheduling's tables. A column named after a value that says something about a person holds sealed text (`rest`)."""

from services.scheduling.models.bookings import LIVE_STATES, Appointment, Closure, Course
from services.scheduling.models.chair import Alert, Observation, Session
from services.scheduling.models.paged import AlertPage
from services.scheduling.models.row import Row
from services.scheduling.models.spray import ENROLMENT_STATES, Device, Enrolment, RemsForm
from services.scheduling.models.told import Authorisation, Consent, DoseOrder, Patient, SafetyConcern, Screening

__all__ = [
    "ENROLMENT_STATES", "LIVE_STATES", "Alert", "AlertPage", "Appointment", "Authorisation", "Closure", "Consent",
    "Course", "Device", "DoseOrder", "Enrolment", "Observation", "Patient", "RemsForm", "Row", "SafetyConcern",
    "Screening", "Session",
]  # fmt: skip
