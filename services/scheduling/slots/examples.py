"""What scheduling answers about slots, shown in its OpenAPI document."""

from datetime import date, datetime, time

from services.scheduling.domain.replanning import How, ImprovementOutcome
from services.scheduling.schemas.answers import SlotView
from services.scheduling.schemas.offers import (
    DIGEST,
    Cause,
    ChangeView,
    ImprovementView,
    OfferCause,
    OfferState,
    OfferView,
    OutageReason,
    OutageView,
    ProposedChanges,
    ReplanView,
)
from services.scheduling.schemas.slots import FoundView, HoldState, HoldView, WhyNotView
from services.scheduling.schemas.staff import RosterState
from services.scheduling.schemas.waitlist import WaitState, WaitView
from shared.http.examples import APPOINTMENT, CLINIC, COURSE, PATIENT, at, some_id

_WHOSE = {"patient_id": PATIENT, "clinic_id": CLINIC, "location": "main", "kind": "session"}
_STARTS, _ENDS = at("2026-12-03T10:30:00-07:00"), at("2026-12-03T13:00:00-07:00")
_CHANGE = ChangeView(
    appointment_id=APPOINTMENT, how=How.MOVE, session_number=2, starts_was=at("2026-12-02T09:00:00-07:00"),
    starts=_STARTS, ends=_ENDS, location="main", chair="chair-2",
)  # fmt: skip

SLOT_EXAMPLES = (
    FoundView(
        **_WHOSE, slots=[SlotView(starts=_STARTS, ends=_ENDS)], blockers=[],
        why_not=[
            WhyNotView(
                code="TOO_FEW_NURSES", wording="nurse ratio 1:2 exceeded 10:15 to 10:30",
                params={
                    "since": "2026-12-03T10:15:00-07:00", "until": "2026-12-03T10:30:00-07:00", "nurses": 1,
                    "needed": 2, "per_nurse": 2,
                },
            )
        ],
    ),
    HoldView(
        **_WHOSE, hold_id=some_id("hold"), version=1, state=HoldState.HELD, appointment_id=APPOINTMENT,
        course_id=COURSE, chair="chair-2", starts=_STARTS, ends=_ENDS, held_until=at("2026-12-01T09:20:00-07:00"),
    ),
    OutageView(
        outage_id=some_id("outage"), clinic_id=CLINIC, location="main", chair="chair-2", version=1,
        state=RosterState.ACTIVE, starts=at("2026-11-30T00:00:00-07:00"), ends=at("2026-12-01T00:00:00-07:00"),
        reason=OutageReason.BROKEN, booked=1,
    ),
    ReplanView(
        cause=Cause.CLOSURE, cause_id=some_id("closure"), digest=DIGEST, offers=[some_id("offer")],
        proposals=[
            ProposedChanges(
                patient_id=PATIENT, clinic_id=CLINIC, course_id=COURSE, appointment_ids=[APPOINTMENT],
                changes=[_CHANGE], why_not=[],
            )
        ],
        improvement=ImprovementView(outcome=ImprovementOutcome.IMPROVED, weight=42, greedy_weight=86),
    ),
    OfferView(
        offer_id=some_id("offer"), version=1, state=OfferState.OPEN, patient_id=PATIENT, clinic_id=CLINIC,
        cause=OfferCause.CLOSURE, appointment_id=APPOINTMENT, starts_was=_CHANGE.starts_was,
        offered_at=at("2026-11-30T17:05:00-07:00"), expires_at=at("2026-12-01T17:05:00-07:00"), answered_at=None,
        answered_by=None, changes=[_CHANGE],
    ),
    WaitView(
        entry_id=some_id("waitlist entry"), version=1, state=WaitState.WAITING, patient_id=PATIENT, clinic_id=CLINIC,
        appointment_id=APPOINTMENT, location="main", starts=_STARTS, priority=0, first_day=date(2026, 12, 1),
        last_day=None, from_time=time(10), until_time=None,
        asked_at=datetime.fromisoformat("2026-11-30T17:05:00Z"),
    ),
)  # fmt: skip
