"""A booked session that is not ready: somebody settles what blocks it before its day."""

from collections.abc import Callable, Iterator, Mapping

from services.intake.domain.worklist import Effect, Kind, Told
from shared.events import Event
from shared.events.scheduling import (
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentMoved,
    ReadinessChanged,
    SessionCheckedIn,
)


def _changed(told: Told) -> Iterator[Effect]:
    """Due when the first of its blockers is; it goes when nothing blocks the session any more."""
    readiness: ReadinessChanged = told.event
    facts = {"owners": list(readiness.owners), "starts_at": readiness.starts_at.isoformat(), "zone": readiness.zone}
    yield Effect(
        Kind.SESSION_NOT_READY, readiness.appointment_id, readiness.appointment_id, done=readiness.ready,
        due_at=readiness.due_at, facts=facts,
    )  # fmt: skip


def _no_longer(told: Told) -> Iterator[Effect]:
    """The session is on another day, and looked at again before it; or the patient is here; or it will not be."""
    appointment_id = told.event.appointment_id
    yield Effect(Kind.SESSION_NOT_READY, appointment_id, appointment_id, done=True)


READY_EFFECTS: Mapping[type[Event], Callable[[Told], Iterator[Effect]]] = {
    ReadinessChanged: _changed,
    AppointmentMoved: _no_longer,
    AppointmentCancelled: _no_longer,
    AppointmentMissed: _no_longer,
    SessionCheckedIn: _no_longer,
}
