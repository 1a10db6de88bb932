"""What a monitor at the chair sends: kept and shown. It alarms only where the clinic file says so (domain C.4)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.scheduling.chairside import Chairside, at_session
from services.scheduling.commands.chair.alerts import Seen, note_finding
from services.scheduling.commands.moments import is_record
from services.scheduling.domain.alerts import findings
from services.scheduling.models import MonitorReading, Session
from services.scheduling.schemas.monitor import MonitorBatchRequest, MonitorBatchView, ReadingTold
from services.scheduling.schemas.requests import Source
from shared.db.unit_of_work import UnitOfWork
from shared.ids import new_id
from shared.problems import INVALID_REQUEST, FieldError


async def take_readings(uow: UnitOfWork, session_id: UUID, request: MonitorBatchRequest) -> MonitorBatchView:
    """Keep each reading once, by its device and moment, in any state of the session.

    None of them is an observation: it answers for nothing that is due, and for no criterion of a discharge.
    Raises NOT_FOUND, FORBIDDEN, INVALID_REQUEST for a reading of the future or from before check-in.
    """
    session, chair = await at_session(uow, session_id, "nurse", "clinician")
    _require_possible(uow, session, request.readings)
    rows = {new_id(): told for told in request.readings}
    values = [
        {
            "id": row_id, "organisation_id": session.organisation_id, "clinic_id": session.clinic_id,
            "patient_id": session.patient_id, "session_id": session.id, "device_id": request.device_id,
            "taken_at": told.taken_at, "received_at": uow.now,
            "vitals": uow.seal_column("monitor_reading", "vitals", row_id, told.vitals()),
        }
        for row_id, told in rows.items()
    ]  # fmt: skip
    kept = insert(MonitorReading).values(values).on_conflict_do_nothing().returning(col(MonitorReading.id))
    new = {row[0] for row in await uow.session.exec(kept)}
    alerts = 0
    if chair.policy.monitor_alerts:
        alerts = await _alarm(uow, session, chair, [told for row_id, told in rows.items() if row_id in new])
    await uow.audit(
        "create", "monitor_reading", session.id, patient_id=session.patient_id, clinic_id=session.clinic_id
    )  # fmt: skip
    return MonitorBatchView(stored=len(new), known=len(rows) - len(new), alerts=alerts)


def _require_possible(uow: UnitOfWork, session: Session, readings: Sequence[ReadingTold]) -> None:
    """Raises INVALID_REQUEST, naming every reading whose moment cannot be."""
    wrong = [
        FieldError(f"/readings/{n}/taken_at", "IN_THE_FUTURE" if told.taken_at > uow.now else "TOO_EARLY")
        for n, told in enumerate(readings)
        if not session.checked_in_at <= told.taken_at <= uow.now
    ]
    if wrong:
        raise INVALID_REQUEST(errors=wrong)


async def _alarm(uow: UnitOfWork, session: Session, chair: Chairside, new: Sequence[ReadingTold]) -> int:
    """What is found in readings that are new, as in any look at the patient; what lies behind wakes nobody."""
    count = 0
    for told in sorted(new, key=lambda one: one.taken_at):
        before_dose = session.started_at is None or told.taken_at < session.started_at
        live = session.closed_at is None and not is_record(
            uow, told.taken_at, Source.DEVICE.value, chair.clinic.file.chart
        )
        for finding in findings(told.vitals(), chair.before, chair.policy.vitals, before_dose=before_dose):
            await note_finding(uow, session, Seen(new_id(), finding, None, told.taken_at, live))
            count += 1
    return count
