"""What intake's read models answer, shown in its OpenAPI document: the same invented patient as elsewhere there."""

from datetime import datetime

from services.intake.domain.safety import CRISIS
from services.intake.schemas.readmodels import (
    BillView,
    HandedOverView,
    HeardView,
    HomeDueView,
    HomeView,
    TimelineEntryView,
    TimelineView,
    VisitView,
    WorklistItemView,
    WorklistView,
)
from shared.http.examples import APPOINTMENT, CLINIC, PATIENT, at, some_id
from shared.money import Money

_KNOWN_UNTIL = datetime.fromisoformat("2026-11-30T18:22:04Z")
_HEARD = HeardView(
    service="scheduling", known_until=_KNOWN_UNTIL, silent=False,
    about_patient=datetime.fromisoformat("2026-11-30T18:05:12Z"),
    anybody=datetime.fromisoformat("2026-11-30T18:21:40Z"), waiting=False,
)  # fmt: skip
_ITEM = WorklistItemView(
    id=some_id("item"), version=1, kind="SCREENING_REVIEW", about=some_id("screening"), patient_id=PATIENT,
    patient_name="Ro Hale", clinic_id=CLINIC, since=at("2026-11-20T10:02:00-07:00"), due_at=None, overdue=False,
    facts={}, claimed_by=None,
    claimed_at=None, state="OPEN", may_be_done=False, why=("IV_MOOD: NEEDS_REVIEW (SCR-041)",),
)  # fmt: skip
_BILLS = {"version": 1, "issued_at": at("2026-11-21T09:10:00-07:00"), "total": Money(amount_cents=270000)}
READ_MODELS = (
    TimelineView(
        items=[
            TimelineEntryView(
                event_id=some_id("event"), service="intake", code="ORDER_SIGNED", at=at("2026-11-20T11:50:00-07:00"),
                clinic_id=CLINIC, subject=str(some_id("order")),
                facts={"order_id": str(some_id("order")), "version": 1},
                detail={"order": {"dose_mg": 35, "minutes": 40, "protocol": "IV_MOOD_6"}},
            )
        ],
        as_of=[_HEARD], known_until=_KNOWN_UNTIL,
    ),
    _ITEM,
    HandedOverView(items=(some_id("item"),)),
    WorklistView(items=[_ITEM], as_of=[_HEARD], known_until=_KNOWN_UNTIL),
    HomeView(
        patient_id=PATIENT,
        visits=[
            VisitView(
                appointment_id=APPOINTMENT, kind="session", session_number=1, location="Larkspur Clinic",
                starts=at("2026-11-30T09:00:00-07:00"), ends=at("2026-11-30T11:00:00-07:00"),
            )
        ],
        due=[
            HomeDueView(
                what="BEFORE_SESSION", instrument="PHQ9", due_id=some_id("due-phq9"),
                since=at("2026-11-29T09:00:00-07:00"), late_from=at("2026-12-02T09:00:00-07:00"),
            )
        ],
        consents_missing=[], estimate=BillView(id=some_id("estimate"), **_BILLS), invoice=None, crisis=CRISIS,
        as_of=[_HEARD], known_until=_KNOWN_UNTIL,
    ),
)  # fmt: skip
