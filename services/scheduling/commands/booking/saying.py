"""The whole state of an appointment as its events tell it."""

from typing import Any

from services.scheduling.models import Appointment
from shared.db.unit_of_work import UnitOfWork
from shared.events import Event
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentMissed,
    AppointmentMoved,
)

Told = type[AppointmentBooked | AppointmentMoved | AppointmentCancelled | AppointmentMissed | AppointmentCompleted]


def say(uow: UnitOfWork, told: Told, row: Appointment, **further: Any) -> None:
    """Emit an event about an appointment with its whole state, and what is `further` known of this one fact."""
    state = {name: getattr(row, name) for name in told.model_fields if name in _STATE}
    event: Event = told(appointment_id=row.id, **state, **further)
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)


_STATE = (
    "patient_id", "version", "kind", "course_id", "session_number", "location", "zone", "starts_at", "ends_at",
)  # fmt: skip
