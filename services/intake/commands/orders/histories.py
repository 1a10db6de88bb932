"""What a proposal is made from: the history up to a session, as far as it is of the session's protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from services.intake.concerns import open_concerns
from services.intake.domain.checkin import CheckInAnswers
from services.intake.domain.dosing import Body
from services.intake.domain.facts import History
from services.intake.domain.order import SignedOrder
from services.intake.domain.outcomes import Total
from services.intake.domain.phq9 import PHQ9
from services.intake.domain.plan import Course, Given
from services.intake.history import history_of, treatments_of
from services.intake.models import Assessment, CheckIn, DoseOrder, Patient, SessionStop
from services.intake.records import assessments_of, order_of, result_of
from shared.aliases import person_ids
from shared.clinicfile.store import ActiveClinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import DeliveredDose


@dataclass(frozen=True, slots=True)
class After:
    """A session that a proposal follows: where it took place and which number it had in its course, if told."""

    session_id: UUID
    patient_id: UUID
    clinic_id: UUID | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the proposal is made from, and the order that the session was given under."""

    course: Course
    order: DoseOrder
    signed: SignedOrder


async def seen_after(uow: UnitOfWork, patient: Patient, clinic: ActiveClinic, after: After) -> Seen | None:
    """The history up to a session, as far as it is of the session's protocol; None if the order is not known here, or
    the protocol is dosed in devices, which are not titrated."""
    treatments = await treatments_of(uow, patient.id)
    last = treatments.get(after.session_id)
    protocol = clinic.file.protocol(last.protocol) if last else None
    order = await uow.session.get(DoseOrder, last.order_id) if last else None
    if last is None or protocol is None or protocol.dose.unit == "mg":
        return None
    if order is None or order.patient_id not in await person_ids(uow, patient.id):
        return None
    earlier = {
        session: one
        for session, one in treatments.items()
        if one.protocol == last.protocol and one.infusion_started_at <= last.infusion_started_at
    }
    signed, history = order_of(uow, order), await history_of(uow, patient)
    weight = next(iter(history.weights), None)
    course = Course(
        protocol=protocol, mg_per_kg=signed.content.mg_per_kg, minutes=signed.content.minutes,
        basis=signed.weight_basis, number=after.number or len(earlier), given=await _given(uow, earlier),
        scores=await _scores(uow, patient), open_concerns=len(await open_concerns(uow, patient.id)),
        body=_body(history), weight_age=uow.now - weight.at if weight else None,
        weight_max_age_days=clinic.file.screening.weight_max_age_days,
    )  # fmt: skip
    return Seen(course, order, signed)


def _body(history: History) -> Body | None:
    if not history.weights or not history.heights:
        return None
    return Body(history.sex_at_birth, history.heights[0].quantity.amount, history.weights[0].quantity.amount)


async def _given(uow: UnitOfWork, treatments: dict[UUID, DeliveredDose]) -> Sequence[Given]:
    """Sessions oldest first, with what was told and answered about each."""
    stopped = select(SessionStop.session_id).where(
        col(SessionStop.session_id).in_(treatments), col(SessionStop.withdrawn_at).is_(None)
    )
    stops = set(await uow.session.exec(stopped))
    effects: dict[UUID, set[str]] = {}
    for row in await uow.session.exec(select(CheckIn).where(col(CheckIn.session_id).in_(treatments))):
        answers = uow.open_column("check_in", "answers", row.id, row.answers, CheckInAnswers)
        effects.setdefault(row.session_id, set()).update(effect.value for effect in answers.side_effects)
    made = [
        Given(one.infusion_started_at, session in stops, tuple(sorted(effects.get(session, ()))))
        for session, one in treatments.items()
    ]
    return sorted(made, key=lambda given: given.at)


async def _scores(uow: UnitOfWork, patient: Patient) -> Sequence[Total]:
    """PHQ-9 totals, oldest first; a sheet without a total is no point."""
    rows = assessments_of(uow, patient.id).where(Assessment.instrument == PHQ9)
    found = [(row.recorded_at, result_of(uow, row).score.total) for row in await uow.session.exec(rows)]
    return sorted(Total(at, points) for at, points in found if points is not None)
