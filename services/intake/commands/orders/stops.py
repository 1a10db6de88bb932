"""Sessions that were not tolerated, as scheduling tells it, and what it takes back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.intake.commands.orders.plans import renew_open
from services.intake.models import SessionStop
from services.intake.records import locked_person
from shared.db.unit_of_work import UnitOfWork
from shared.ids import derived_id


def abort_id(session_id: UUID) -> UUID:
    """The id under which it is kept that a session was aborted; an alert is kept under its own."""
    return derived_id(session_id, "aborted")


async def keep_stop(uow: UnitOfWork, stop: SessionStop) -> None:
    """Remember why a session was not tolerated; scheduling may tell it more than once, and the latest word stands."""
    told = insert(SessionStop).values(stop.model_dump())
    await uow.session.exec(told.on_conflict_do_update(index_elements=["id"], set_={"withdrawn_at": None}))


async def withdraw_stop(
    uow: UnitOfWork, patient_id: UUID, session_id: UUID, alert_id: UUID, *, standing: int, withdrawn_at: datetime
) -> None:
    """An alert was another patient's: it says nothing of how this one bore the session, and what was proposed on that
    ground and nobody decided is made anew. Emits PlanProposed.

    With no alert `standing` in the session only that it was aborted speaks against it, whatever was kept of before.
    """
    patient = await locked_person(uow, patient_id)
    gone = SessionStop.id == alert_id if standing else SessionStop.id != abort_id(session_id)
    stops = select(SessionStop).where(
        SessionStop.session_id == session_id, SessionStop.organisation_id == uow.organisation_id,
        col(SessionStop.withdrawn_at).is_(None), gone,
    )  # fmt: skip
    rows = (await uow.session.exec(stops)).all()
    for row in rows:
        row.withdrawn_at = withdrawn_at
    await uow.session.flush()
    if rows and patient is not None:
        await renew_open(uow, patient)
