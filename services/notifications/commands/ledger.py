"""Reading and adding to the contact-consent ledger, and what an act means for messages that wait (domain E.2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, func, or_, select

from services.notifications.commands import queue
from services.notifications.domain.consent import ALL, Act, ActKind, Ruling, effective, rule_on, stopped
from services.notifications.domain.plan import CARE, Channel, Why
from services.notifications.models import ConsentAct, ContactPoint, Message
from shared.aliases import of_person, person_ids, survivor_of, survivors_of
from shared.db.unit_of_work import UnitOfWork
from shared.events.notifications import OptOutReceived
from shared.ids import derived_id


async def ruling(uow: UnitOfWork, point: ContactPoint, channel: Channel, purpose: str) -> Ruling | None:
    """What the ledger says about a message of `purpose` to this patient's number or address; None without one."""
    index = index_on(point, channel)
    if index is None:
        return None
    concerned = or_(of_person(ConsentAct.patient_id, point.patient_id), ConsentAct.number_index == index)
    rows = await uow.session.exec(
        select(ConsentAct).where(concerned, ConsentAct.organisation_id == uow.organisation_id)
    )
    ids = await person_ids(uow, point.patient_id)
    acts = [replace(_act(row), patient_id=point.patient_id) if row.patient_id in ids else _act(row) for row in rows]
    return rule_on(acts, patient_id=point.patient_id, number=index, channel=channel, purpose=purpose)


def index_on(point: ContactPoint, channel: Channel) -> str | None:
    """The blind index of where the patient is reached on a channel."""
    return point.number_index if channel is Channel.SMS else point.address_index


async def number_stopped(uow: UnitOfWork, number_index: str) -> bool:
    """Whether texts to a number were stopped altogether and not brought back since."""
    rows = await uow.session.exec(select(ConsentAct).where(
        ConsentAct.number_index == number_index, ConsentAct.organisation_id == uow.organisation_id
    ))  # fmt: skip
    return stopped([_act(row) for row in rows], number=number_index, channel=Channel.SMS)


async def add(uow: UnitOfWork, act: ConsentAct) -> bool:
    """Add an act; the same one again changes nothing and gives False."""
    new = (await uow.session.exec(insert(ConsentAct).values(act.model_dump()).on_conflict_do_nothing())).rowcount == 1
    if new:
        await uow.audit("create", "consent_act", act.id, patient_id=act.patient_id, reason=act.kind)
    return new


async def follow(uow: UnitOfWork, point: ContactPoint) -> None:
    """Act on what the ledger now rules: what was cleared is decided about anew, and so is what an opt-out held."""
    await queue.recall(uow, point.patient_id)
    if await ruling(uow, point, Channel.SMS, CARE) is Ruling.ALLOWED:
        await queue.release(uow, point.patient_id, Why.OPTED_OUT)


async def opt_out(uow: UnitOfWork, point: ContactPoint, cause: UUID, method: str, at: datetime) -> None:
    """The patient wants no more texts, of any kind (scope ALL): add the act, hold what waits, tell everybody.

    `cause` is what it came from, an inbound text or a message; the same cause again changes nothing.
    """
    act = ConsentAct(
        id=derived_id(cause, f"stop:{point.patient_id}"), organisation_id=uow.organisation_id,
        patient_id=point.patient_id, number_index=point.number_index, kind=ActKind.REVOKE, channel=Channel.SMS,
        purpose=ALL, method=method, given_at=at, recorded_at=uow.now, recorded_by=uow.caller.subject,
    )  # fmt: skip
    if await add(uow, act):
        await follow(uow, point)
        await say_opt_out(uow, point, Channel.SMS, ALL, at)


async def say_opt_out(uow: UnitOfWork, point: ContactPoint, channel: str, scope: str, at: datetime) -> None:
    """The version of an opt-out is the number of acts so far: it grows with each, under the contact point's lock."""
    acts = select(func.count()).select_from(ConsentAct).where(ConsentAct.patient_id == point.patient_id)
    said = OptOutReceived(
        opt_out_id=derived_id(point.patient_id, f"opt-out:{channel}"), patient_id=point.patient_id,
        version=(await uow.session.exec(acts)).one(), channel=channel, scope=scope, received_at=at,
    )  # fmt: skip
    uow.emit(said, key=point.patient_id, subject=said.opt_out_id, clinic_id=point.clinic_id)


async def lock_points(uow: UnitOfWork, number_index: str) -> list[ContactPoint]:
    """Everybody of the organisation who is reached at a number, locked in the order of their ids."""
    theirs = select(ContactPoint).where(
        ContactPoint.number_index == number_index, ContactPoint.organisation_id == uow.organisation_id
    )
    return list(await uow.session.exec(theirs.order_by(col(ContactPoint.patient_id)).with_for_update()))


async def lock_point(uow: UnitOfWork, patient_id: UUID) -> ContactPoint | None:
    """The patient's contact point, locked until the end of the unit of work; None while nobody told it."""
    mine = select(ContactPoint).where(
        ContactPoint.patient_id == patient_id, ContactPoint.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(mine.with_for_update())).one_or_none()


async def lock_message(uow: UnitOfWork, message_id: UUID) -> tuple[ContactPoint | None, Message | None]:
    """A message and its patient's contact point, locked. The point first, as everywhere: an opt-out locks it and then
    the messages it holds, and whoever counts a patient's texts does it one after the other."""
    whose = select(Message.patient_id).where(Message.id == message_id, Message.organisation_id == uow.organisation_id)
    patient_id = (await uow.session.exec(whose)).one_or_none()
    point = await one_at_a_time(uow, patient_id) if patient_id else None
    return point, await queue.lock(uow, message_id)


async def one_at_a_time(uow: UnitOfWork, patient_id: UUID) -> ContactPoint | None:
    """Whoever decides about a patient's messages, or learns what those decisions rest on, does it one after the other:
    else a message could be held for something that was learned at the same moment, and nobody would let it go.

    Gives how the person is reached: by the record that others were merged into.
    """
    points = await _lock_person(uow, patient_id)
    survivor_id = await survivor_of(uow, patient_id)
    if survivor_id not in points:
        await uow.sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(survivor_id))
        points = await _lock_person(uow, patient_id)
    return points.get(survivor_id)


async def _lock_person(uow: UnitOfWork, patient_id: UUID) -> dict[UUID, ContactPoint]:
    """The contact points of every record that is this person, locked in the order of their ids."""
    theirs = select(ContactPoint).where(
        of_person(ContactPoint.patient_id, patient_id), ContactPoint.organisation_id == uow.organisation_id
    )
    in_order = theirs.order_by(col(ContactPoint.patient_id)).with_for_update()
    return {point.patient_id: point for point in await uow.session.exec(in_order)}


async def one_each(uow: UnitOfWork, points: Sequence[ContactPoint]) -> list[ContactPoint]:
    """Of records that are one person, the one that others were merged into, if it is there."""
    whose = await survivors_of(uow, {point.patient_id for point in points})
    survivors = {point.patient_id: point for point in points if whose[point.patient_id] == point.patient_id}
    left = [point for point in points if whose[point.patient_id] not in survivors]
    return [*survivors.values(), *left]


def _act(row: ConsentAct) -> Act:
    kind = ActKind(row.kind)
    return Act(
        kind=kind, patient_id=row.patient_id, number=row.number_index, channel=row.channel, purpose=row.purpose,
        holds_from=effective(kind, row.given_at, row.recorded_at),
    )  # fmt: skip
