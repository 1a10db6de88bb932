"""What floor events answer, shown in the OpenAPI document."""

from datetime import datetime
from decimal import Decimal

from services.scheduling.domain.appointment import State
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.floor import FloorAction, FloorKind
from services.scheduling.domain.infusion import ChangeReason
from services.scheduling.domain.vitals import Vitals
from services.scheduling.schemas.floor import FloorEventView, RollCallLine
from services.scheduling.schemas.monitor import MonitorBatchView, MonitorReadingView
from services.scheduling.schemas.record import EntryView, SessionRecordView, SignatureView
from shared.http.examples import APPOINTMENT, CLINIC, CLINIC_FILE_HASH, PATIENT, SESSION, at, some_id


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment + "Z")


FLOOR_EXAMPLES = (
    FloorEventView(
        floor_event_id=some_id("floor event"), version=1, clinic_id=CLINIC, location="main", kind=FloorKind.FIRE_ALARM,
        action=FloorAction.PAUSE, source="staff", occurred=at("2026-11-30T09:32:00-07:00"),
        recorded_at=_utc("2026-11-30T16:32:04"), ended_at=None, unsettled=1,
        roll_call=[
            RollCallLine(
                session_id=SESSION, appointment_id=APPOINTMENT, patient_id=PATIENT, name="Ro", chair="chair-2",
                escort_name="Ash Hale", escort_phone="+12085550188", phase=State.IN_PROGRESS, state=State.IN_PROGRESS,
                version=4, given_mg=Decimal("19.3"), minutes=22, outcome=None, settled_at=None,
            )
        ],
    ),
    MonitorBatchView(stored=12, known=3, alerts=0),
    MonitorReadingView(
        reading_id=some_id("monitor reading"), device_id="MON-0412", taken_at=_utc("2026-11-30T16:32:00"),
        received_at=_utc("2026-11-30T16:32:04"), vitals=Vitals(heart_rate=72, spo2=98),
    ),
    SessionRecordView(
        session_id=SESSION, patient_id=PATIENT, observations=[], deviations=[],
        entries=[
            EntryView(
                entry_id=some_id("entry"), kind=EntryKind.PAUSED, occurred_at=_utc("2026-11-30T16:32:00"),
                recorded_at=_utc("2026-11-30T16:32:04"), recorded_by="nurse-2", source="staff",
                reason=ChangeReason.FLOOR_EVENT,
            )
        ],
        signature=SignatureView(
            signed_at=_utc("2026-11-30T19:02:00"), signed_by="clinician-1", digest=CLINIC_FILE_HASH, holds=True
        ),
    ),
)  # fmt: skip
