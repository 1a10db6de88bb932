"""Everything about one session that decisions at the chair need, read together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlmodel import col, select

from services.scheduling import records
from services.scheduling.dayof.records import day_of, scores_of
from services.scheduling.domain.appointment import State
from services.scheduling.domain.care import Blocker, Care
from services.scheduling.domain.continuity import History
from services.scheduling.domain.cover import Skill
from services.scheduling.domain.dayanswers import Day
from services.scheduling.domain.daycheck import Asked
from services.scheduling.domain.evaluating import Score
from services.scheduling.domain.gate import Gate, pressure_gate
from services.scheduling.domain.infusion import Change, pauses
from services.scheduling.domain.monitoring import Due, Running, schedule
from services.scheduling.domain.needs import NONE, Needs, needs_of
from services.scheduling.domain.paying import Paying
from services.scheduling.domain.preparation import Prepared
from services.scheduling.domain.readiness import AtChair, asked_of, readiness
from services.scheduling.domain.spray import Given, is_spray
from services.scheduling.domain.vitals import Reading, Vitals, baseline
from services.scheduling.floor.records import changes_of
from services.scheduling.models import RUNNING, Appointment, Course, Device, Session
from services.scheduling.planning.cover import on_site
from services.scheduling.promised import promised
from services.scheduling.stock.prepared import drawn_for, prepared_for
from shared.aliases import of_person
from shared.clinicfile.model import Protocol
from shared.clinicfile.policies import SessionPolicy
from shared.clinicfile.store import ActiveClinic, active_clinic, clinic_under
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import CoursePlan, DeliveredDose, SeatNeed
from shared.ids import derived_id
from shared.problems import NOT_FOUND, problem_kind

PROTOCOL_GONE = problem_kind(
    "PROTOCOL_GONE", 409, "The clinic file has no protocol of that name any more",
    "Apply a clinic file with it, or plan a new course.",
)  # fmt: skip
NOT_A_SESSION = problem_kind(
    "NOT_A_SESSION", 409, "The appointment is a visit, not a session", "Complete it when it took place."
)


@dataclass(frozen=True, slots=True)
class Chairside:
    """An appointment, its session once the patient is here, and what was observed. `clinic` is the session's file."""

    appointment: Appointment
    session: Session | None
    clinic: ActiveClinic
    protocol: Protocol
    readings: Sequence[Reading]
    history: History = field(default_factory=History)
    given: Sequence[Given] = ()
    on_site: frozenset[Skill] | None = None
    devices: Sequence[Device] = ()
    changes: Sequence[Change] = ()
    drawn_mg: Decimal = Decimal(0)
    prepared: Sequence[Prepared] = ()
    day: Day = field(default_factory=Day)
    scores: Sequence[Score] = ()
    paying: Paying = field(default_factory=Paying)
    occupied: bool = False
    needs: Needs = NONE

    @property
    def policy(self) -> SessionPolicy:
        return self.clinic.file.session

    @property
    def gate(self) -> Gate:
        return pressure_gate(self._before_dose, self.policy)

    @property
    def _before_dose(self) -> list[Reading]:
        """Readings since check-in, before the dose."""
        begun, dosed = (self.session.checked_in_at, self.session.started_at) if self.session else (None, None)
        return [
            r for r in self.readings if begun is not None and begun <= r.at and (dosed is None or r.at <= dosed)
        ]  # fmt: skip

    def blockers(self, care: Care, now: datetime) -> list[Blocker]:
        """Why the session is not ready, or its dose may not start (domain A.5)."""
        return readiness(care, self._at_chair, self.protocol, self.clinic.file, now)

    def asked(self, now: datetime) -> Asked:
        """What the check on the day is about, for a dose that starts now."""
        return asked_of(self._at_chair, self.protocol, self.clinic.file, now)

    @property
    def _at_chair(self) -> AtChair:
        return AtChair(
            checked_in=self.session is not None, escort_named=self.appointment.escort is not None,
            readings=self._before_dose, room=self.appointment.ends_at - self.appointment.starts_at,
            history=self.history, given=self.given, drawn_mg=self.drawn_mg, prepared=self.prepared,
            on_site=self.on_site, day=self.day, scores=self.scores, paying=self.paying, occupied=self.occupied,
            needs=self.needs, able=self._able,
            late_by=self.session.checked_in_at - self.appointment.starts_at if self.session else timedelta(),
        )  # fmt: skip

    @property
    def _able(self) -> Collection[SeatNeed] | None:
        """What the chair that is booked can do; None where the file in force has no such chair."""
        file, booked = self.clinic.file, self.appointment
        chairs = {file.chair_id(place.id, chair.id): chair for place in file.locations for chair in place.chairs}
        return chairs[booked.chair_id].suits if booked.chair_id in chairs else None

    @property
    def before(self) -> Vitals | None:
        """The baseline that the dose was started on; None before the dose."""
        if self.session is None or self.session.started_at is None:
            return None
        return baseline(self.readings, self.session.started_at, self.policy.baseline_minutes)

    @property
    def dues(self) -> list[Due]:
        """Measurements that are due next; none before the dose, after the end and while a floor event suspends them."""
        session = self.session
        if session is None or session.started_at is None or session.closed_at is not None or session.suspended_at:
            return []
        stood, since = pauses(self.changes)
        running = Running(
            self.protocol.modality, session.started_at, session.infusion_ended_at, stood,
            paused=since is not None and session.infusion_ended_at is None, clocks_from=session.clocks_from,
        )  # fmt: skip
        return schedule(running, self.readings, self.policy)


async def at_appointment(uow: UnitOfWork, appointment: Appointment, session: Session | None) -> Chairside:
    """Read everything around an appointment. Raises NOT_A_SESSION, NO_CLINIC_FILE, PROTOCOL_GONE."""
    clinic_id, course_id = appointment.clinic_id, require_session(appointment)
    clinic = await (clinic_under(uow, clinic_id, session.file_hash) if session else active_clinic(uow, clinic_id))
    course = (await uow.session.exec(select(Course).where(Course.id == course_id))).one()
    plan = uow.open_column("course", "plan", course.id, course.plan, CoursePlan)
    protocol = clinic.file.protocol(plan.protocol)
    if protocol is None:
        raise PROTOCOL_GONE()
    readings = await records.readings_of(uow, session.id) if session else []
    changes = (await changes_of(uow, [session.id]))[session.id] if session else []
    chair = Chairside(appointment, session, clinic, protocol, readings, changes=changes)
    if session is not None and is_spray(protocol.modality):
        return replace(chair, devices=await devices_of(uow, session.id))
    return chair


async def before_dose(uow: UnitOfWork, chair: Chairside) -> Chairside:
    """The same with what decides about a dose beside: the course so far, what was given lately, what is drawn."""
    rows = select(Appointment, Session, Course).join(Course, col(Course.id) == Appointment.course_id).join(
        Session, col(Session.appointment_id) == Appointment.id, isouter=True
    ).where(
        of_person(Appointment.patient_id, chair.appointment.patient_id),
        Appointment.organisation_id == uow.organisation_id,
    )  # fmt: skip
    known = [(a, s, c) for a, s, c in await uow.session.exec(rows)]
    reviews = [c.reviewed_at for _, _, c in known if c.id == chair.appointment.course_id]
    found = [(a, s, c) for a, s, c in known if a.id != chair.appointment.id]
    mine = [(a, s, c) for a, s, c in found if a.course_id == chair.appointment.course_id]
    number = promised(chair.appointment.session_number, "appointment.session_number")
    earlier = [(a, s, c) for a, s, c in mine if promised(a.session_number, "appointment.session_number") < number]
    history = History(
        earlier_open=sum(State(a.state).is_live for a, _, _ in earlier),
        last_dosed_at=max((s.started_at for _, s, _ in mine if s and s.started_at), default=None),
        reviewed_at=max((at for at in reviews if at), default=None),
        dosed_at=tuple(s.started_at for _, s, _ in mine if s and s.started_at),
    )  # fmt: skip
    given = [_given(uow, s) for _, s, _ in found if s and s.delivered]
    drawn_mg = await drawn_for(uow, chair.session.id) if chair.session else Decimal(0)
    prepared = await prepared_for(uow, chair.session.id, chair.clinic.file.controlled) if chair.session else []
    there = await _on_site(uow, chair)
    day = await day_of(uow, chair.appointment, chair.session.id) if chair.session else Day()
    scores = await scores_of(uow, chair.appointment.patient_id)
    asks = chair.clinic.file.prices.before_session.asks
    paying = await records.paying_of(uow, chair.appointment) if asks else Paying()
    needs = needs_of(await records.cards_of(uow, chair.appointment.patient_id))
    occupied = chair.session is not None and await is_occupied(uow, chair.appointment, chair.appointment.chair_id)
    return replace(
        chair, history=history, given=given, drawn_mg=drawn_mg, prepared=prepared, on_site=there, day=day,
        scores=scores, paying=paying, occupied=occupied, needs=needs,
    )  # fmt: skip


async def is_occupied(uow: UnitOfWork, appointment: Appointment, chair_id: UUID) -> bool:
    """Whether somebody else's session is still open in a chair: its dose ran, and nobody said that it has ended."""
    rows = select(Appointment.id).where(
        Appointment.organisation_id == uow.organisation_id, Appointment.clinic_id == appointment.clinic_id,
        Appointment.chair_id == chair_id, Appointment.id != appointment.id, RUNNING,
    )  # fmt: skip
    return (await uow.session.exec(rows.limit(1))).first() is not None


async def take_turn(uow: UnitOfWork, chair_id: UUID) -> None:
    """Of doses that would start in one chair at once each looks at it after the other; nothing is locked behind it."""
    await uow.sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(chair_id))


async def _on_site(uow: UnitOfWork, chair: Chairside) -> frozenset[Skill] | None:
    """Who is there now; before the day, who will be."""
    booked, at = chair.appointment, max(uow.now, chair.appointment.starts_at)
    return await on_site(uow, booked.clinic_id, chair.clinic.file, booked.location, at)


def _given(uow: UnitOfWork, session: Session) -> Given:
    token = promised(session.delivered, "session.delivered")
    dose = uow.open_column("session", "delivered", session.id, token, DeliveredDose)
    return Given(dose.infusion_started_at, dose.dose_mg, dose.protocol, dose.modality)


async def devices_of(uow: UnitOfWork, session_id: UUID) -> Sequence[Device]:
    """The devices used in a session, in order."""
    rows = select(Device).where(Device.session_id == session_id).order_by(col(Device.number))
    return (await uow.session.exec(rows)).all()


def require_session(appointment: Appointment) -> UUID:
    """The course of a session. Raises NOT_A_SESSION for a visit."""
    if appointment.course_id is None:
        raise NOT_A_SESSION()
    return appointment.course_id


async def at_session(
    uow: UnitOfWork, session_id: UUID, *roles: str, lock: bool = True
) -> tuple[Session, Chairside]:  # fmt: skip
    """The same, from a session; appointment and session are locked in this order. Raises NOT_FOUND, FORBIDDEN."""
    appointment_id = (await records.find(uow, Session, session_id)).appointment_id
    appointment = await records.find_for(uow, appointment_id, *roles, lock=lock)
    session = await records.session_of(uow, appointment_id, lock=lock)
    if session is None:
        raise NOT_FOUND()
    return session, await at_appointment(uow, appointment, session)


def overdue_alert_id(session: Session, due: Due) -> UUID:
    """The id of the one alert that a missed measurement raises."""
    return derived_id(session.id, f"overdue:{due.what}:{due.due_at.isoformat()}")


def longest_wait(policy: SessionPolicy) -> timedelta:
    """How old a recovery measurement may be to still describe the patient at the door."""
    return timedelta(minutes=policy.recovery_vitals_every_minutes + policy.vitals.overdue_minutes)
