"""What happens at the chair and needs somebody: alerts until the session is over, rules that were broken, a form that a
programme waits for."""

from collections.abc import Callable, Iterator, Mapping

from services.intake.domain.worklist import Effect, Kind, Told
from shared.events import Event
from shared.events.scheduling import (
    DeviationRecorded,
    MonitoringFormChanged,
    SessionAborted,
    SessionCompleted,
    VitalAlertRaised,
    VitalAlertWithdrawn,
)


def _alert(told: Told) -> Iterator[Effect]:
    alert: VitalAlertRaised = told.event
    yield Effect(Kind.VITAL_ALERT, alert.session_id, alert.session_id, due_at=alert.raised_at if alert.live else None)


def _alert_withdrawn(told: Told) -> Iterator[Effect]:
    yield from _session_over(told) if told.event.standing == 0 else ()


def _session_over(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.VITAL_ALERT, told.event.session_id, told.event.session_id, done=True)


def _deviation(told: Told) -> Iterator[Effect]:
    yield Effect(Kind.DEVIATION, told.event.deviation_id, told.event.session_id)


def _form(told: Told) -> Iterator[Effect]:
    """Whoever sends it is reminded; once it is late, whoever answers for the clinic hears of it too."""
    form: MonitoringFormChanged = told.event
    sent = form.state == "SENT"
    yield Effect(Kind.MONITORING_FORM, form.session_id, form.session_id, done=sent, due_at=form.due_at)
    if form.state != "DUE":
        yield Effect(Kind.MONITORING_FORM_LATE, form.session_id, form.session_id, done=sent, due_at=form.due_at)


CHAIR_EFFECTS: Mapping[type[Event], Callable[[Told], Iterator[Effect]]] = {
    VitalAlertRaised: _alert,
    VitalAlertWithdrawn: _alert_withdrawn,
    SessionCompleted: _session_over,
    SessionAborted: _session_over,
    DeviationRecorded: _deviation,
    MonitoringFormChanged: _form,
}
