"""What scheduling answers, shown in its OpenAPI document: a course of six sessions, the first of them at the chair."""

from datetime import date, datetime
from decimal import Decimal

from services.scheduling.domain.alerts import Level
from services.scheduling.domain.answering import AlertAnswer, AlertResponse
from services.scheduling.domain.appointment import State
from services.scheduling.domain.board import Phase
from services.scheduling.domain.cover import Credential, Role
from services.scheduling.domain.dayanswers import DayAnswers, Meal, Solids
from services.scheduling.domain.gate import Gate
from services.scheduling.domain.monitoring import Measure
from services.scheduling.domain.series import CourseState
from services.scheduling.domain.vitals import Vitals
from services.scheduling.floor.examples import FLOOR_EXAMPLES
from services.scheduling.handouts.examples import HANDOUT_EXAMPLES
from services.scheduling.schemas.alerts import AnsweredAlertView
from services.scheduling.schemas.answers import (
    AlertView,
    AppointmentView,
    BlockerView,
    ClosureView,
    CourseView,
    DueView,
    MoveProposalView,
    ObservationView,
    OrderView,
    ProposalView,
    ProposedSession,
    ReadinessView,
    RecordedView,
    RuleBroken,
    SessionView,
    SlotsView,
    SlotView,
    WhyView,
)
from services.scheduling.schemas.board import BoardDue, BoardView, ChairView
from services.scheduling.schemas.dayof import CriterionState, CriterionView, DayCheckView, DayOverrideView
from services.scheduling.schemas.spray import EnrolmentState, EnrolmentView, FormState, Programme, RemsFormView
from services.scheduling.schemas.staff import (
    AbsenceReason,
    AbsenceView,
    CoverView,
    Lack,
    RosterState,
    ShiftView,
    StaffState,
    StaffView,
    UncoveredView,
)
from services.scheduling.slots.examples import SLOT_EXAMPLES
from services.scheduling.stock.examples import STOCK_EXAMPLES
from shared.events.parts import Modality
from shared.http.examples import APPOINTMENT, CLINIC, CLINIC_FILE_HASH, COURSE, PATIENT, SESSION, at, some_id
from shared.oncall.view import PageView


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment + "Z")


_WHOSE = {"patient_id": PATIENT, "clinic_id": CLINIC}
_STARTS, _ENDS = at("2026-11-30T09:00:00-07:00"), at("2026-11-30T11:00:00-07:00")
_BOOKED = AppointmentView(
    **_WHOSE, appointment_id=APPOINTMENT, version=1, state=State.CONFIRMED, kind="session", course_id=COURSE,
    session_number=1, location="main", chair="chair-2", starts=_STARTS, ends=_ENDS, escort_named=True,
    cancelled_at=None, late=None,
)  # fmt: skip
_LATER = SlotView(starts=at("2026-12-03T10:30:00-07:00"), ends=at("2026-12-03T12:30:00-07:00"))
_BOOKING = (
    ProposalView(
        bookable=True, block_minutes=120,
        sessions=[
            ProposedSession(
                number=1, starts=_STARTS, ends=_ENDS, chair="chair-2",
                why=[
                    WhyView(code="CADENCE", wording="Monday of the pattern."),
                    WhyView(code="CHAIR_FREE", wording="Chair 2 is free for the whole block."),
                ],
            )
        ],
        passed_over=[date(2026, 12, 25)], rules_broken=[], blockers=[],
    ),
    CourseView(
        **_WHOSE, course_id=COURSE, version=1, state=CourseState.ACTIVE, location="main", protocol="IV_MOOD_6",
        modality=Modality.IV_MOOD, planned_at=_utc("2026-11-21T16:05:00"), clinic_file_hash=CLINIC_FILE_HASH,
        wishes=None, sessions=[_BOOKED],
    ),
    _BOOKED,
    SlotsView(clinic_id=CLINIC, location="main", kind="consultation", minutes=50, slots=[_LATER]),
    MoveProposalView(
        appointment_id=APPOINTMENT, alternatives=[_LATER],
        rules_broken=[RuleBroken(code="MIN_GAP", number=2, params={"min_gap_hours": 48})],
    ),
    ClosureView(
        closure_id=some_id("closure"), clinic_id=CLINIC, location=None, first_day=date(2026, 12, 24),
        last_day=date(2026, 12, 25), reason="HOLIDAY", booked=2,
    ),
)  # fmt: skip

_DUE = DueView(what=Measure.PRESSURE_AND_PULSE, due_at=_utc("2026-11-30T16:25:00"))
_ALERT = AlertView(
    alert_id=some_id("alert"), rule_id="AL-02", level=Level.WARN, finding="pressure 166/92 mmHg",
    raised_at=_utc("2026-11-30T16:40:00"), acknowledge_by=_utc("2026-11-30T16:45:00"),
)  # fmt: skip
_RECORDED = {
    "observation_id": some_id("observation"), "session_id": SESSION, "occurred_at": _utc("2026-11-30T16:40:00"),
    "recorded_at": _utc("2026-11-30T16:40:21"), "source": "staff",
    "vitals": Vitals(systolic=166, diastolic=92, heart_rate=84, spo2=97),
}  # fmt: skip
_AT_THE_CHAIR = (
    ReadinessView(
        appointment_id=APPOINTMENT, session_id=SESSION, ready=False, gate=Gate.HOLD_RECHECK,
        attestation_needed=False,
        blockers=[
            BlockerView(
                code="PRESSURE_HOLD", owner="nurse",
                wording="Pressure above the gate; recheck after 5 to 15 min of rest.",
            )
        ],
    ),
    SessionView(
        **_WHOSE, session_id=SESSION, appointment_id=APPOINTMENT, version=3, state=State.IN_PROGRESS,
        checked_in_at=_utc("2026-11-30T15:52:00"), started_at=_utc("2026-11-30T16:10:00"), infusion_ended_at=None,
        closed_at=None,
        order=OrderView(order_id=some_id("order"), dose_mg=35, minutes=40, rate_ml_per_hour=Decimal("52.50")),
        delivered=None, devices=[], due=[_DUE], alerts=[], attested=None,
    ),
    AnsweredAlertView(
        alert_id=some_id("urgent alert"), rule_id="AL-03", level=Level.CRITICAL, finding="pressure 184/104 mmHg",
        raised_at=_utc("2026-11-30T16:50:00"), acknowledge_by=_utc("2026-11-30T16:50:30"),
        acknowledged_at=_utc("2026-11-30T16:52:10"), acknowledged_by="nurse-2", patient_id=PATIENT, session_id=SESSION,
        version=3, escalations=1, escalated_at=_utc("2026-11-30T16:50:30"),
        answers=[
            AlertAnswer(
                at=_utc("2026-11-30T16:52:10"), by="nurse-2",
                done=(AlertResponse.INFUSION_STOPPED, AlertResponse.PRESCRIBER_CALLED),
            )
        ],
        pages=[
            PageView(
                at=at("2026-11-30T09:50:30-07:00"), to="Duty line", role="Clinician on call", channel="EMAIL",
                escalation=1, attempt=1, outcome="TAKEN",
            )
        ],
    ),
    DayCheckView(
        session_id=SESSION, version=2, passed=False,
        answers=DayAnswers(solids=Solids(at=_utc("2026-11-30T11:40:00"), meal=Meal.LIGHT), intoxicated=False),
        criteria=[
            CriterionView(
                code="NPO_VIOLATION", question="solids", state=CriterionState.OVERRIDDEN, owner="nurse",
                wording="Hold the session: the patient ate too lately (6 h after a light meal, 8 h after a heavy one).",
                may_be_overridden=True,
            ),
            CriterionView(
                code="NPO_VIOLATION", question="clear_liquids_at", state=CriterionState.UNKNOWN, owner="nurse",
                wording="Ask when the patient last drank clear liquids.", may_be_overridden=True,
            ),
        ],
        overrides=[
            DayOverrideView(
                criterion="NPO_VIOLATION", reason="Half a slice of toast five hours ago.", by="clinician-1",
                at=_utc("2026-11-30T16:02:00"),
            )
        ],
    ),
    RecordedView(**_RECORDED),
    ObservationView(**_RECORDED, alerts=[_ALERT], due=[_DUE]),
    EnrolmentView(
        enrolment_id=some_id("enrolment"), patient_id=PATIENT, version=1, programme=Programme.REMS,
        state=EnrolmentState.ENROLLED, changed_at=_utc("2026-11-23T17:00:00"),
    ),
    RemsFormView(
        session_id=SESSION, patient_id=PATIENT, due_on=date(2026, 12, 7), state=FormState.DUE, submitted_at=None
    ),
    BoardView(
        clinic_id=CLINIC, as_of=_utc("2026-11-30T16:24:00"),
        chairs=[
            ChairView(
                location="main", chair="chair-2", name="Chair 2", phase=Phase.IN_PROGRESS, minutes_in=14, patient="Ro",
                patient_id=PATIENT, appointment_id=APPOINTMENT, session_id=SESSION, open_alerts=0, worst_alert=None,
                next_due=BoardDue(
                    what=Measure.PRESSURE_AND_PULSE, due_at=at("2026-11-30T09:25:00-07:00"), overdue=False
                ),
                expected_free=_ENDS, next_starts=at("2026-11-30T13:00:00-07:00"),
            )
        ],
    ),
)  # fmt: skip

_SHIFT_STARTS, _SHIFT_ENDS = at("2026-11-30T08:00:00-07:00"), at("2026-11-30T16:30:00-07:00")
_UNCOVERED = UncoveredView(
    appointment_id=APPOINTMENT, patient_id=PATIENT, starts=_STARTS,
    lacks=[
        Lack(
            code="TOO_FEW_NURSES",
            params={
                "since": "2026-11-30T09:30:00-07:00", "until": "2026-11-30T09:45:00-07:00", "nurses": 1, "needed": 2
            },
        )
    ],
)  # fmt: skip
_WORK = {"staff_id": some_id("staff member"), "clinic_id": CLINIC, "version": 1}
_STAFF = (
    StaffView(
        **_WORK, state=StaffState.ACTIVE, name="Marlow Quill", role=Role.NURSE,
        credentials={Credential.LICENCE: date(2028, 6, 30), Credential.ACLS: date(2026, 10, 31)},
        expired=[Credential.ACLS],
    ),
    ShiftView(
        **_WORK, shift_id=some_id("shift"), location="main", state=RosterState.ACTIVE, starts=_SHIFT_STARTS,
        ends=_SHIFT_ENDS,
    ),
    AbsenceView(
        **_WORK, absence_id=some_id("absence"), state=RosterState.ACTIVE, starts=_SHIFT_STARTS, ends=_SHIFT_ENDS,
        reason=AbsenceReason.SICK, uncovered=[_UNCOVERED],
    ),
    CoverView(
        clinic_id=CLINIC, location="main", day=date(2026, 11, 30), rostered=True, sessions=6, uncovered=[_UNCOVERED]
    ),
)  # fmt: skip

EXAMPLES = (*_BOOKING, *_AT_THE_CHAIR, *_STAFF, *SLOT_EXAMPLES, *STOCK_EXAMPLES, *HANDOUT_EXAMPLES, *FLOOR_EXAMPLES)
