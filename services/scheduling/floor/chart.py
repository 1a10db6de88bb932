"""The record of a session: everything that was observed and done, what was moved, and what is signed of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import RootModel
from sqlmodel import col, select

from services.scheduling import views
from services.scheduling.domain.chart import Addendum, EntryKind, MoveReason, digest_of
from services.scheduling.domain.infusion import Step
from services.scheduling.floor.records import detail_of, deviations_of, medicine_of, moves_of, signature_of
from services.scheduling.floor.views import deviation
from services.scheduling.models import Device, EntryMove, Observation, Session, SessionEntry
from services.scheduling.promised import promised
from services.scheduling.schemas.answers import MovedView, RecordedView
from services.scheduling.schemas.record import EntryView, SessionRecordView, SignatureView
from shared.db.unit_of_work import UnitOfWork


class Plain(RootModel[dict[str, Any]]):
    """A sealed value as it was written, whatever shape it has today."""


_SEALED = ("order_content", "delivered", "abort_reason", "departure", "leaving", "attestation")
_KEPT = (
    "id", "appointment_id", "patient_id", "clinic_id", "state", "file_hash", "checked_in_at", "started_at",
    "infusion_ended_at", "closed_at", "order_id", "reckoned",
)  # fmt: skip


async def record_view(uow: UnitOfWork, session: Session) -> SessionRecordView:
    """The whole record, what was moved elsewhere included, and whether its signature still holds."""
    moves = await moves_of(uow, session.id)
    return SessionRecordView(
        session_id=session.id, patient_id=session.patient_id,
        observations=[observed(uow, row, moves) for row in await observations_of(uow, session.id)],
        entries=[_entry(uow, row, moves) for row in await _entries(uow, session.id)],
        deviations=[deviation(uow, row) for row in await deviations_of(uow, session.id)],
        signature=await _signature(uow, session),
    )  # fmt: skip


async def digest_until(uow: UnitOfWork, session: Session, until: datetime) -> str:
    """The digest of what was recorded of a session by a moment; what is added later does not change it."""
    return digest_of(await _content(uow, session, until))


async def observations_of(uow: UnitOfWork, session_id: UUID) -> Sequence[Observation]:
    """Everything observed in a session, also what was another's, in the order in which it was recorded."""
    rows = select(Observation).where(
        Observation.session_id == session_id, Observation.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(rows.order_by(col(Observation.id)))).all()


def observed(uow: UnitOfWork, row: Observation, moves: Mapping[UUID, EntryMove]) -> RecordedView:
    """An observation; one that was another session's says so."""
    return views.recorded(uow, row).model_copy(update={"moved": _moved(moves.get(row.id))})


async def _entries(uow: UnitOfWork, session_id: UUID) -> Sequence[SessionEntry]:
    rows = select(SessionEntry).where(
        SessionEntry.session_id == session_id, SessionEntry.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(rows.order_by(col(SessionEntry.occurred_at), col(SessionEntry.id)))).all()


def _entry(uow: UnitOfWork, row: SessionEntry, moves: Mapping[UUID, EntryMove]) -> EntryView:
    kind, reason, rate, text, medicine = EntryKind(row.kind), None, None, None, None
    if row.kind in set(Step):
        detail = detail_of(uow, row)
        reason, rate = detail.reason, detail.rate_ml_per_hour
    elif kind is EntryKind.ADDENDUM:
        token = promised(row.detail, "session_entry.detail")
        text = uow.open_column("session_entry", "detail", row.id, token, Addendum).text
    elif kind is EntryKind.MEDICINE_GIVEN:
        medicine = medicine_of(uow, row)
    return EntryView(
        entry_id=row.id, kind=kind, occurred_at=row.occurred_at, recorded_at=row.recorded_at,
        recorded_by=row.recorded_by, source=row.source, reason=reason, rate_ml_per_hour=rate, text=text,
        medicine=medicine, moved=_moved(moves.get(row.id)),
    )  # fmt: skip


def _moved(move: EntryMove | None) -> MovedView | None:
    if move is None:
        return None
    return MovedView(
        to_session_id=move.to_session_id, reason=MoveReason(move.reason), moved_at=move.moved_at, moved_by=move.moved_by
    )


async def _signature(uow: UnitOfWork, session: Session) -> SignatureView | None:
    row = await signature_of(uow, session.id)
    if row is None:
        return None
    return SignatureView(
        signed_at=row.signed_at, signed_by=row.signed_by, digest=row.digest,
        holds=row.digest == await digest_until(uow, session, row.signed_at),
    )  # fmt: skip


async def _content(uow: UnitOfWork, session: Session, until: datetime) -> dict[str, Any]:
    devices = select(Device).where(Device.session_id == session.id, col(Device.recorded_at) <= until)
    return {
        "session": {name: getattr(session, name) for name in _KEPT} | _opened(uow, "session", session, _SEALED),
        "observations": [
            _row(uow, "observation", row, ("vitals",))
            for row in await observations_of(uow, session.id) if row.recorded_at <= until
        ],
        "entries": [
            _row(uow, "session_entry", row, ("detail",))
            for row in await _entries(uow, session.id) if row.recorded_at <= until
        ],
        "devices": [
            _row(uow, "device", row, ("detail",)) for row in await uow.session.exec(devices.order_by(col(Device.id)))
        ],
        "deviations": [
            _row(uow, "deviation", row, ("detail",))
            for row in await deviations_of(uow, session.id) if row.recorded_at <= until
        ],
    }  # fmt: skip


def _row(
    uow: UnitOfWork, table: str, row: Observation | SessionEntry | Device | Any, sealed: Sequence[str]
) -> dict[str, Any]:  # fmt: skip
    return row.model_dump(mode="json", exclude=set(sealed)) | _opened(uow, table, row, sealed)


def _opened(uow: UnitOfWork, table: str, row: Any, names: Sequence[str]) -> dict[str, Any]:
    """Sealed columns in plain: sealing them anew changes no digest."""
    tokens = {name: getattr(row, name) for name in names}
    return {
        name: uow.open_column(table, name, row.id, token, Plain).root if token else None
        for name, token in tokens.items()
    }
