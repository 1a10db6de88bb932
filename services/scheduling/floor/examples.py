"""What floor events answer, shown in the OpenAPI document."""

from datetime import date, datetime
from decimal import Decimal

from services.scheduling.domain.appointment import State
from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.floor import FloorAction, FloorKind, PlaceFound
from services.scheduling.domain.infusion import ChangeReason
from services.scheduling.domain.remsanswers import ASKING, FormStage
from services.scheduling.domain.remsform import YES, FilledField, Origin, RemsField
from services.scheduling.domain.vitals import Vitals
from services.scheduling.schemas.floor import FloorEventView, RollCallLine, RollCallPlace
from services.scheduling.schemas.monitor import MonitorBatchView, MonitorReadingView
from services.scheduling.schemas.record import EntryView, SessionRecordView, SignatureView
from services.scheduling.schemas.remsform import MissingField, RemsFormDetailView
from services.scheduling.schemas.spray import FormState
from shared.http.examples import APPOINTMENT, CLINIC, CLINIC_FILE_HASH, PATIENT, SESSION, at, some_id


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment + "Z")


_FORM = RemsFormDetailView(
    session_id=SESSION, patient_id=PATIENT, version=2, due_on=date(2026, 12, 7), state=FormState.DUE,
    stage=FormStage.DRAFT, submitted_at=None, site="BH-0412", edition=2, changed=[], versions=[],
    fields=[
        FilledField(field=RemsField.TREATED_ON, value="2026-11-30", origin=Origin.SESSION),
        FilledField(field=RemsField.DOSE_MG, value="56", origin=Origin.DEVICES),
        FilledField(
            field=RemsField.PRESSURE_AT_40_MIN, value="134/86", origin=Origin.OBSERVATIONS,
            at=_utc("2026-11-30T16:50:00"),
        ),
        FilledField(
            field=RemsField.DISSOCIATION, value=YES, origin=Origin.STAFF, at=_utc("2026-11-30T19:10:00"), by="nurse-2"
        ),
    ],
    missing=[
        MissingField(
            field=RemsField.SERIOUS_ADVERSE_EVENT, wording=ASKING[RemsField.SERIOUS_ADVERSE_EVENT][0],
            filled_by=["fillRemsForm"],
        )
    ],
)  # fmt: skip

FLOOR_EXAMPLES = (
    _FORM,
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
        unchecked=0,
        places=[
            RollCallPlace(
                place_id=some_id("place"), chair="chair-3", appointment_id=None, patient_id=None, name=None, kind=None,
                starts=None, escort_name=None, escort_phone=None, found=PlaceFound.EMPTY,
                told_at=_utc("2026-11-30T16:35:00"), stopped_at=None, waits=False,
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
