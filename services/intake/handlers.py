"""What intake does when another service said something."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.intake import commands
from services.intake.commands.answers.due import Discharge, Visit
from services.intake.commands.orders.histories import After
from services.intake.commands.orders.stops import abort_id
from services.intake.models import Enrolment, SessionStop, Treatment
from shared.db.unit_of_work import UnitOfWork
from shared.events import Event
from shared.events.notifications import ReplyReceived
from shared.events.parts import DeliveredDose
from shared.events.scheduling import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentMoved,
    EnrolmentChanged,
    SessionAborted,
    SessionCompleted,
    VitalAlertEased,
    VitalAlertRaised,
    VitalAlertWithdrawn,
)
from shared.service import Handler

SESSION, CRISIS = "session", "CRISIS"
BEARABLE = frozenset({"INFO", "WARN", "HOLD"})
"""Levels of an alert with which a session may go on; any other, an unknown one too, is the most severe."""


async def on_appointment(
    uow: UnitOfWork, event: AppointmentBooked | AppointmentMoved | AppointmentCancelled | AppointmentMissed
) -> None:
    """Instruments are due before each session (B.8), planned anew when it is moved, dropped when it will not be."""
    if event.kind == SESSION:
        visit = Visit(
            appointment_id=event.appointment_id, patient_id=event.patient_id, clinic_id=_clinic(uow),
            version=event.version, starts_at=event.starts_at, planned=event.state == "CONFIRMED",
        )  # fmt: skip
        await commands.plan_before_session(uow, visit)


async def on_session_completed(uow: UnitOfWork, event: SessionCompleted) -> None:
    """Remember a completed treatment: it ends the first-dose cap of later orders (C.1), and a proposal is made for the
    next one. Check-ins and what is asked after some sessions follow (B.8).
    """
    given: DeliveredDose = uow.open(event, "delivered")
    treatment = Treatment(
        session_id=event.session_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow),
        patient_id=event.patient_id, discharged_at=event.discharged_at,
        delivered=uow.seal_column("treatment", "delivered", event.session_id, given),
    )  # fmt: skip
    await uow.session.exec(insert(Treatment).values(treatment.model_dump()).on_conflict_do_nothing())
    await commands.propose_plan(uow, After(event.session_id, event.patient_id, _clinic(uow), event.session_number))
    end = Discharge(
        event.session_id, event.appointment_id, event.patient_id, _clinic(uow), event.discharged_at, given.protocol,
        event.session_number,
    )  # fmt: skip
    await commands.plan_after_session(uow, end)


async def on_session_stopped(uow: UnitOfWork, event: VitalAlertRaised | SessionAborted) -> None:
    """A session that was stopped, or in which something called for it (C.4), was not tolerated."""
    if isinstance(event, VitalAlertRaised) and uow.open(event, "alert").level in BEARABLE:
        return
    at = event.raised_at if isinstance(event, VitalAlertRaised) else event.aborted_at
    stop = SessionStop(
        id=event.alert_id if isinstance(event, VitalAlertRaised) else abort_id(event.session_id),
        session_id=event.session_id, organisation_id=uow.organisation_id, clinic_id=_clinic(uow),
        patient_id=event.patient_id, stopped_at=at,
    )  # fmt: skip
    await commands.keep_stop(uow, stop)


async def on_alert_withdrawn(uow: UnitOfWork, event: VitalAlertWithdrawn) -> None:
    """What an alert was raised for was another patient's: this one's session is no longer held against the plan."""
    await commands.withdraw_stop(
        uow, event.patient_id, event.session_id, event.alert_id, standing=event.standing,
        withdrawn_at=event.withdrawn_at,
    )  # fmt: skip


async def on_alert_eased(uow: UnitOfWork, event: VitalAlertEased) -> None:
    """The worst of an alert was another patient's: what is left of it may be something with which a session goes on."""
    if uow.open(event, "alert").level in BEARABLE:
        await commands.withdraw_stop(
            uow, event.patient_id, event.session_id, event.alert_id, standing=1, withdrawn_at=event.eased_at
        )


async def on_enrolment_changed(uow: UnitOfWork, event: EnrolmentChanged) -> None:
    """Screening for the nasal spray looks at the enrolment (SCR-072)."""
    told = Enrolment(
        id=event.enrolment_id, organisation_id=uow.organisation_id, patient_id=event.patient_id, version=event.version,
        programme=event.programme, state=event.state, changed_at=event.changed_at,
    )  # fmt: skip
    await commands.keep_enrolment(uow, told)


async def on_reply_received(uow: UnitOfWork, event: ReplyReceived) -> None:
    """Words of crisis in a text are for care staff to look at; whatever else a text says is not for here."""
    if event.meaning == CRISIS:
        await commands.heed_reply(uow, event.patient_id, _clinic(uow), event.reply_id)


def _clinic(uow: UnitOfWork) -> UUID | None:
    return uow.cause.clinic_id if uow.cause else None


SUBSCRIPTIONS: dict[type[Event], Handler] = {
    AppointmentBooked: on_appointment,
    AppointmentMoved: on_appointment,
    AppointmentCancelled: on_appointment,
    AppointmentMissed: on_appointment,
    SessionCompleted: on_session_completed,
    SessionAborted: on_session_stopped,
    VitalAlertRaised: on_session_stopped,
    VitalAlertWithdrawn: on_alert_withdrawn,
    VitalAlertEased: on_alert_eased,
    ReplyReceived: on_reply_received,
    EnrolmentChanged: on_enrolment_changed,
}
