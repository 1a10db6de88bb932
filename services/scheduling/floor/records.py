"""How the entries of a session and floor events are found and opened. Another organisation's rows do not exist."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.domain.chart import EntryKind
from services.scheduling.domain.infusion import Change, ChangeDetail, Step
from services.scheduling.domain.medicines import Medicine
from services.scheduling.models import Deviation, EntryMove, FloorEvent, FloorSeat, SessionEntry, SessionSignature
from services.scheduling.promised import promised
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.problems import NOT_FOUND

STEPS = frozenset(step.value for step in Step)


async def entries_of(
    uow: UnitOfWork, session_ids: Collection[UUID], kinds: Collection[str] = STEPS
) -> Sequence[SessionEntry]:
    """What was done in sessions, in the order in which it happened; of one moment in that in which it was recorded.
    What was moved to another session is not among it.
    """
    rows = select(SessionEntry).where(
        col(SessionEntry.session_id).in_(session_ids), SessionEntry.organisation_id == uow.organisation_id,
        col(SessionEntry.kind).in_(kinds), col(SessionEntry.id).not_in(select(EntryMove.entry_id)),
    )  # fmt: skip
    return (await uow.session.exec(rows.order_by(col(SessionEntry.occurred_at), col(SessionEntry.id)))).all()


async def changes_of(uow: UnitOfWork, session_ids: Collection[UUID]) -> dict[UUID, list[Change]]:
    """What was done to the infusion of each session; nothing of one whose infusion just ran."""
    found: dict[UUID, list[Change]] = defaultdict(list)
    for row in await entries_of(uow, session_ids):
        found[row.session_id].append(Change(Step(row.kind), row.occurred_at, detail_of(uow, row).rate_ml_per_hour))
    return found


def detail_of(uow: UnitOfWork, row: SessionEntry) -> ChangeDetail:
    """Why an infusion was changed, and its new rate."""
    return uow.open_column(
        "session_entry", "detail", row.id, promised(row.detail, "session_entry.detail"), ChangeDetail
    )


async def medicines_of(uow: UnitOfWork, patient_id: UUID, since: datetime) -> list[tuple[SessionEntry, Medicine]]:
    """What was given to a patient beside doses after a moment, at any clinic of the organisation."""
    rows = select(SessionEntry).where(
        of_person(SessionEntry.patient_id, patient_id), SessionEntry.organisation_id == uow.organisation_id,
        SessionEntry.kind == EntryKind.MEDICINE_GIVEN.value, col(SessionEntry.occurred_at) > since,
        col(SessionEntry.id).not_in(select(EntryMove.entry_id)),
    )  # fmt: skip
    return [(row, medicine_of(uow, row)) for row in await uow.session.exec(rows)]


def medicine_of(uow: UnitOfWork, row: SessionEntry) -> Medicine:
    """What an entry says was given."""
    return uow.open_column("session_entry", "detail", row.id, promised(row.detail, "session_entry.detail"), Medicine)


async def moves_of(uow: UnitOfWork, session_id: UUID) -> dict[UUID, EntryMove]:
    """The entries of a session that were another's, by id."""
    rows = select(EntryMove).where(EntryMove.session_id == session_id, EntryMove.organisation_id == uow.organisation_id)
    return {row.entry_id: row for row in await uow.session.exec(rows)}


async def signature_of(uow: UnitOfWork, session_id: UUID) -> SessionSignature | None:
    """Who signed the record of a session; None while nobody has."""
    return await uow.session.get(SessionSignature, session_id)


async def deviations_of(uow: UnitOfWork, session_id: UUID) -> Sequence[Deviation]:
    """The deviations of a session, in the order in which they were recorded."""
    rows = select(Deviation).where(Deviation.session_id == session_id, Deviation.organisation_id == uow.organisation_id)
    return (await uow.session.exec(rows.order_by(col(Deviation.id)))).all()


async def open_event(uow: UnitOfWork, clinic_id: UUID, location: str) -> FloorEvent | None:
    """What is going on at a location; None: nothing."""
    rows = select(FloorEvent).where(
        FloorEvent.clinic_id == clinic_id, FloorEvent.organisation_id == uow.organisation_id,
        FloorEvent.location == location, col(FloorEvent.ended_at).is_(None),
    )  # fmt: skip
    return (await uow.session.exec(rows.execution_options(populate_existing=True))).first()


async def floor_event(uow: UnitOfWork, event_id: UUID, *, lock: bool = False) -> FloorEvent:
    """A floor event of this organisation, locked if wanted. Raises NOT_FOUND."""
    mine = select(FloorEvent).where(FloorEvent.id == event_id, FloorEvent.organisation_id == uow.organisation_id)
    if lock:
        mine = mine.with_for_update().execution_options(populate_existing=True)
    row = (await uow.session.exec(mine)).first()
    if row is None:
        raise NOT_FOUND()
    return row


async def seats_of(uow: UnitOfWork, event_id: UUID) -> Sequence[FloorSeat]:
    """Everybody who was there, in the order in which they were taken in."""
    rows = select(FloorSeat).where(FloorSeat.floor_event_id == event_id).order_by(col(FloorSeat.id))
    return (await uow.session.exec(rows)).all()


async def open_seat(uow: UnitOfWork, session_id: UUID) -> FloorSeat | None:
    """The chair of a session that a floor event left unsettled."""
    rows = select(FloorSeat).where(
        FloorSeat.session_id == session_id, FloorSeat.organisation_id == uow.organisation_id,
        col(FloorSeat.outcome).is_(None),
    )  # fmt: skip
    return (await uow.session.exec(rows.order_by(col(FloorSeat.id)).limit(1))).first()
