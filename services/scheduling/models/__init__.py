"""Scheduling's tables. A column named after a value that says something about a person holds sealed text (`rest`)."""

from services.scheduling.models.bookings import LIVE_STATES, Appointment, Closure, Course
from services.scheduling.models.chair import Alert, Observation, Session
from services.scheduling.models.row import Row
from services.scheduling.models.told import Consent, DoseOrder, Patient, SafetyConcern, Screening

__all__ = [
    "LIVE_STATES", "Alert", "Appointment", "Closure", "Consent", "Course", "DoseOrder", "Observation", "Patient", "Row",
    "SafetyConcern", "Screening", "Session",
]  # fmt: skip
