"""What is known on the day of a session, opened."""

from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.dayanswers import ESCORT, Day, DayAnswers, Override, Recorded, gathered
from services.scheduling.domain.escort import Escort
from services.scheduling.domain.evaluating import Score
from services.scheduling.models import Appointment, DayOverride, DayRecord, Outcome
from services.scheduling.schemas.dayof import DayOverrideDetail
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import ScoreDetail


async def day_of(uow: UnitOfWork, appointment: Appointment, session_id: UUID) -> Day:
    """The newest answer to each question, what was overridden, and whether the escort is an adult."""
    rows = (await uow.session.exec(select(DayRecord).where(DayRecord.session_id == session_id))).all()
    answers, told_at = gathered(_recorded(uow, row) for row in rows)
    overrides = await _overrides(uow, session_id)
    escort = escort_of(uow, appointment)
    if escort is not None and escort.named_at is not None:
        told_at[ESCORT] = escort.named_at
    return Day(
        answers=answers, told_at=told_at, overrides=overrides, version=len(rows) + len(overrides),
        escort_adult=escort.at_least_18 if escort else None,
    )  # fmt: skip


def escort_of(uow: UnitOfWork, appointment: Appointment) -> Escort | None:
    """Who takes the patient home, once somebody is named."""
    if appointment.escort is None:
        return None
    return uow.open_column("appointment", "escort", appointment.id, appointment.escort, Escort)


async def scores_of(uow: UnitOfWork, patient_id: UUID) -> list[Score]:
    """The patient's PHQ-9 totals, under every merged id; none that was corrected since."""
    rows = select(Outcome).where(
        of_person(Outcome.patient_id, patient_id), Outcome.organisation_id == uow.organisation_id,
        col(Outcome.superseded).is_(False),
    )  # fmt: skip
    return [
        Score(row.recorded_at, uow.open_column("outcome", "score", row.id, row.score, ScoreDetail).total)
        for row in await uow.session.exec(rows)
    ]


def _recorded(uow: UnitOfWork, row: DayRecord) -> Recorded:
    answers = uow.open_column("day_record", "answers", row.id, row.answers, DayAnswers)
    return Recorded(answers, row.occurred_at, row.recorded_at)


async def _overrides(uow: UnitOfWork, session_id: UUID) -> list[Override]:
    rows = select(DayOverride).where(DayOverride.session_id == session_id)
    found = await uow.session.exec(rows.order_by(col(DayOverride.overridden_at), col(DayOverride.id)))
    return [
        Override(criterion=detail.criterion, at=row.overridden_at, by=row.overridden_by, reason=detail.reason)
        for row in found
        for detail in [uow.open_column("day_override", "detail", row.id, row.detail, DayOverrideDetail)]
    ]
