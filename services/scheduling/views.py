"""Rows as answers."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from services.scheduling.dayof.blockers import blocker_view
from services.scheduling.domain.appointment import State
from services.scheduling.domain.cadence import Dates, Impossible, Placed
from services.scheduling.domain.course import Violation
from services.scheduling.domain.cover import Credential, Role
from services.scheduling.domain.interval import Interval
from services.scheduling.domain.monitoring import Due
from services.scheduling.domain.needs import Needs
from services.scheduling.domain.place import Block
from services.scheduling.domain.series import CourseState
from services.scheduling.domain.spray import DeviceDetail
from services.scheduling.domain.vitals import Vitals
from services.scheduling.domain.weighing import CourseWishes
from services.scheduling.models import (
    Absence,
    Alert,
    Appointment,
    Closure,
    Course,
    Device,
    Enrolment,
    Observation,
    RemsForm,
    Session,
    Shift,
    StaffMember,
)
from services.scheduling.planning.courses import Draft, Seat
from services.scheduling.planning.cover import told_of
from services.scheduling.planning.uncovered import Uncovered
from services.scheduling.schemas.answers import (
    AlertView,
    AppointmentView,
    ClosureView,
    CourseView,
    DeliveredView,
    DeviceView,
    DueView,
    ObservationView,
    OrderView,
    ProposalView,
    ProposedSession,
    RecordedView,
    RuleBroken,
    SessionView,
    SlotView,
    WhyView,
)
from services.scheduling.schemas.attestation import Attested
from services.scheduling.schemas.leaving import LeavingView
from services.scheduling.schemas.spray import EnrolmentState, EnrolmentView, FormState, Programme, RemsFormView
from services.scheduling.schemas.staff import (
    AbsenceReason,
    AbsenceView,
    Lack,
    RosterState,
    ShiftView,
    StaffState,
    StaffView,
    UncoveredView,
)
from shared.calendar import local_date
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import AlertDetail, CoursePlan, DeliveredDose
from shared.events.prescribing import OrderContent
from shared.http import instant


def appointment(row: Appointment) -> AppointmentView:
    return AppointmentView(
        appointment_id=row.id, version=row.version, state=State(row.state), patient_id=row.patient_id,
        clinic_id=row.clinic_id, kind=row.kind, course_id=row.course_id, session_number=row.session_number,
        location=row.location, chair=row.chair, starts=instant(row.starts_at, row.zone),
        ends=instant(row.ends_at, row.zone), escort_named=row.escort is not None, cancelled_at=row.cancelled_at,
        late=row.late,
    )  # fmt: skip


def course(uow: UnitOfWork, row: Course, appointments: Sequence[Appointment]) -> CourseView:
    plan = uow.open_column("course", "plan", row.id, row.plan, CoursePlan)
    return CourseView(
        course_id=row.id, version=row.version, state=CourseState(row.state), patient_id=row.patient_id,
        clinic_id=row.clinic_id, location=row.location, protocol=plan.protocol, modality=plan.modality,
        planned_at=row.planned_at, clinic_file_hash=row.file_hash, sessions=[appointment(a) for a in appointments],
        wishes=CourseWishes.model_validate(row.wishes) if row.wishes is not None else None,
    )  # fmt: skip


def slot(block: Block, zone: str) -> SlotView:
    return SlotView(starts=instant(block.starts_at, zone), ends=instant(block.ends_at, zone))


def broken(violations: Iterable[Violation]) -> list[RuleBroken]:
    return [RuleBroken(code=v.code, number=v.number, params=v.params) for v in violations]


def closure(row: Closure, booked: int) -> ClosureView:
    return ClosureView(
        closure_id=row.id, clinic_id=row.clinic_id, location=row.location, first_day=row.first_day,
        last_day=row.last_day, reason=row.reason, booked=booked,
    )  # fmt: skip


def proposal(draft: Draft) -> ProposalView:
    planned = draft.dates if isinstance(draft.dates, Dates) else Dates(())
    return ProposalView(
        bookable=draft.bookable, block_minutes=int(draft.length.total_seconds() // 60),
        sessions=[_proposed(s, p, draft) for s, p in zip(draft.seats, planned.placed, strict=True)],
        passed_over=[passed.day for passed in planned.passed_over],
        rules_broken=broken(draft.dates.violations if isinstance(draft.dates, Impossible) else _uncovered(draft)),
        blockers=[blocker_view(b) for b in draft.blockers],
    )  # fmt: skip


def _uncovered(draft: Draft) -> list[Violation]:
    return [Violation(s.code, number, told_of(s, draft.clinic.file.zone)) for number, s in draft.uncovered]


def _proposed(seat: Seat, placed: Placed, draft: Draft) -> ProposedSession:
    zone = draft.clinic.file.zone
    return ProposedSession(
        number=seat.number, starts=instant(seat.block.starts_at, zone), ends=instant(seat.block.ends_at, zone),
        chair=seat.chair.id if seat.chair else None,
        why=[*_why_date(placed), *_why_chair(seat, draft.needs), *_why_interval(seat, placed, draft.interval)],
    )  # fmt: skip


def _why_date(placed: Placed) -> list[WhyView]:
    if placed.closed is None:
        return [WhyView(code="CADENCE", wording=f"{placed.day:%A} of the pattern.")]
    earlier = "earlier" if placed.day < placed.nominal else "later"
    moved = f"{placed.nominal} is closed ({placed.closed}); {placed.shift} d {earlier} keeps every rule."
    return [WhyView(code="MOVED", wording=moved)]


def _why_chair(seat: Seat, needs: Needs) -> list[WhyView]:
    if seat.chair is None:
        words = "No chair that suits the patient's needs is free" if needs.seat else "Every chair is taken"
        return [WhyView(code=needs.unseated, wording=f"{words} during the block.")]
    return [WhyView(code="CHAIR_FREE", wording=f"{seat.chair.name} is free for the whole block.")]


def _why_interval(seat: Seat, placed: Placed, interval: Interval | None) -> list[WhyView]:
    """Only the first session of what is planned follows the last one that took place."""
    if interval is None or seat.number != 1:
        return []
    return [WhyView(code="INTERVAL", wording=interval.wording(placed.day))]


def due(found: Due) -> DueView:
    return DueView(what=found.what, due_at=found.due_at)


def alert(uow: UnitOfWork, row: Alert) -> AlertView:
    detail = uow.open_column("alert", "detail", row.id, row.detail, AlertDetail)
    return AlertView(
        alert_id=row.id, raised_at=row.raised_at, acknowledge_by=row.acknowledge_by,
        acknowledged_at=row.acknowledged_at, acknowledged_by=row.acknowledged_by, count=row.count,
        last_seen_at=row.last_seen_at, withdrawn_at=row.withdrawn_at, **detail.model_dump(),
    )  # fmt: skip


def recorded(uow: UnitOfWork, row: Observation) -> RecordedView:
    return RecordedView(
        observation_id=row.id, session_id=row.session_id, occurred_at=row.occurred_at, recorded_at=row.recorded_at,
        source=row.source, vitals=uow.open_column("observation", "vitals", row.id, row.vitals, Vitals),
    )  # fmt: skip


def observation(uow: UnitOfWork, row: Observation, alerts: Sequence[Alert], dues: Sequence[Due]) -> ObservationView:
    return ObservationView(
        **recorded(uow, row).model_dump(), alerts=[alert(uow, a) for a in alerts], due=[due(d) for d in dues]
    )


def session(
    uow: UnitOfWork, row: Session, dues: Sequence[Due], alerts: Sequence[Alert], devices: Sequence[Device] = ()
) -> SessionView:
    return SessionView(
        session_id=row.id, appointment_id=row.appointment_id, patient_id=row.patient_id, clinic_id=row.clinic_id,
        version=row.version, state=State(row.state), checked_in_at=row.checked_in_at, started_at=row.started_at,
        infusion_ended_at=row.infusion_ended_at, closed_at=row.closed_at,
        order=_order(uow, row.id, row.order_id, row.order_content), delivered=_delivered(uow, row),
        devices=[_device(uow, d) for d in devices], attested=_attested(uow, row), leaving=_leaving(uow, row),
        due=[due(d) for d in dues], alerts=[alert(uow, a) for a in alerts],
    )  # fmt: skip


def _attested(uow: UnitOfWork, row: Session) -> Attested | None:
    if row.attestation is None:
        return None
    return uow.open_column("session", "attestation", row.id, row.attestation, Attested)


def _leaving(uow: UnitOfWork, row: Session) -> LeavingView | None:
    if row.leaving is None:
        return None
    return uow.open_column("session", "leaving", row.id, row.leaving, LeavingView)


def _order(uow: UnitOfWork, session_id: UUID, order_id: UUID | None, content: str | None) -> OrderView | None:
    if order_id is None or content is None:
        return None
    order = uow.open_column("session", "order_content", session_id, content, OrderContent)
    return OrderView(
        order_id=order_id, dose_mg=order.dose_mg, minutes=order.minutes, rate_ml_per_hour=order.rate_ml_per_hour,
        standing=order.standing,
    )  # fmt: skip


def _delivered(uow: UnitOfWork, row: Session) -> DeliveredView | None:
    if row.delivered is None:
        return None
    given = uow.open_column("session", "delivered", row.id, row.delivered, DeliveredDose)
    return DeliveredView(dose_mg=given.dose_mg, minutes=given.minutes, devices=given.devices)


def _device(uow: UnitOfWork, row: Device) -> DeviceView:
    detail = uow.open_column("device", "detail", row.id, row.detail, DeviceDetail)
    return DeviceView(number=row.number, lot=detail.lot, given_at=row.given_at)


def enrolment(row: Enrolment) -> EnrolmentView:
    return EnrolmentView(
        enrolment_id=row.id, patient_id=row.patient_id, version=row.version, programme=Programme(row.programme),
        state=EnrolmentState(row.state), changed_at=row.changed_at,
    )  # fmt: skip


def rems_form(row: RemsForm, zone: str, now: datetime) -> RemsFormView:
    waiting = FormState.OVERDUE if local_date(now, zone) > row.due_on else FormState.DUE
    return RemsFormView(
        session_id=row.session_id, patient_id=row.patient_id, due_on=row.due_on,
        state=FormState.SUBMITTED if row.submitted_at else waiting, submitted_at=row.submitted_at,
    )  # fmt: skip


def staff(row: StaffMember, zone: str, now: datetime) -> StaffView:
    credentials = {Credential(name): date.fromisoformat(until) for name, until in row.credentials.items()}
    today = local_date(now, zone)
    return StaffView(
        staff_id=row.id, clinic_id=row.clinic_id, version=row.version, state=StaffState(row.state), name=row.name,
        role=Role(row.role), credentials=credentials,
        expired=sorted(credential for credential, until in credentials.items() if until < today),
        interprets=row.interprets,
    )  # fmt: skip


def shift(row: Shift, zone: str) -> ShiftView:
    return ShiftView(
        shift_id=row.id, staff_id=row.staff_id, clinic_id=row.clinic_id, location=row.location, version=row.version,
        state=RosterState(row.state), starts=instant(row.starts_at, zone), ends=instant(row.ends_at, zone),
    )  # fmt: skip


def absence(row: Absence, zone: str, found: Iterable[Uncovered]) -> AbsenceView:
    return AbsenceView(
        absence_id=row.id, staff_id=row.staff_id, clinic_id=row.clinic_id, version=row.version,
        state=RosterState(row.state), starts=instant(row.starts_at, zone), ends=instant(row.ends_at, zone),
        reason=AbsenceReason(row.reason), uncovered=uncovered(found),
    )  # fmt: skip


def uncovered(found: Iterable[Uncovered]) -> list[UncoveredView]:
    return [
        UncoveredView(
            appointment_id=one.appointment.id, patient_id=one.appointment.patient_id,
            starts=instant(one.appointment.starts_at, one.appointment.zone),
            lacks=[Lack(code=s.code, params=told_of(s, one.appointment.zone)) for s in one.shortages],
        )
        for one in found
    ]  # fmt: skip
