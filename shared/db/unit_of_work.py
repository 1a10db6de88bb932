"""The unit of work: state, outbox rows, timers and audit rows are committed together or not at all.

The only place in the product that commits a business transaction.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import timers
from shared.audit import writing
from shared.bells import Bell
from shared.caller import Caller
from shared.events import Envelope, Event
from shared.ids import derived_id, new_id
from shared.messaging import outbox
from shared.sealing import CannotOpen, Sealed, event_place, row_place, sealed_fields
from shared.service import Service

M = TypeVar("M", bound=BaseModel)


class MayNotEmit(Exception):
    """A read model was about to say something, or to make something due: it only writes down what it heard."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where an emitted event stands: the value of `Stillwater-Event`."""

    service: str
    key: UUID
    sequence: int

    def __str__(self) -> str:
        return f"{self.service}/{self.key}/{self.sequence}"


class UnitOfWork:
    """One transaction of one service. Commands and handlers get it, use `session`, `emit`, `audit`, `schedule`.

    `once` keeps what is found once and then holds for the whole transaction, by what it is about.
    """

    def __init__(
        self, service: Service, session: AsyncSession, caller: Caller, *, cause: Envelope | None, correlation_id: UUID,
        traceparent: str | None, source: str | None, may_emit: bool = True,
    ) -> None:  # fmt: skip
        self.service, self.session, self.caller, self.cause = service, session, caller, cause
        self._may_emit = may_emit
        self.correlation_id, self.traceparent, self.source = correlation_id, traceparent, source
        self.now: datetime = service.clock.now()
        self.positions: list[Position] = []
        self.once: dict[object, Any] = {}
        self._drafts: list[outbox.Draft] = []
        self._entries: list[writing.Entry] = []
        self._timers: list[timers.Timer] = []
        self._written = 0
        self._rings: set[Bell] = set()

    @property
    def organisation_id(self) -> UUID:
        return self.caller.organisation_id

    async def sql(self, statement: str, *args: Any) -> Sequence[Row[Any]]:
        """Run plain SQL with $1, $2, ... inside this transaction; returns the rows, if it gives any."""
        connection = await self.session.connection()
        result = await connection.exec_driver_sql(statement, args)
        return result.fetchall() if result.returns_rows else []

    def emit(self, event: Event, *, key: UUID, subject: UUID, clinic_id: UUID | None) -> UUID:
        """Add an event to this transaction; plain `Sealed` fields are sealed. Returns its `ce_id`.

        `key` orders it (the patient id), `subject` is its aggregate. An event made while handling another gets an id
        derived from its cause, so that a redo is the same event. Raises MayNotEmit in a read model's consumer.
        """
        self._require_voice()
        event_id = derived_id(self.cause.id, f"{event.type}:{subject}:{len(self._drafts)}") if self.cause else new_id()
        time = max(self.now, self.cause.time + timedelta(microseconds=1)) if self.cause else self.now
        self._drafts.append(
            outbox.Draft(
                event_id=event_id, type=event.type, subject=str(subject), key=key, event_time=time,
                organisation_id=self.organisation_id, clinic_id=clinic_id, correlation_id=self.correlation_id,
                causation_id=self.cause.id if self.cause else None, traceparent=self.traceparent,
                body=self._sealed(event, event_id).model_dump_json(),
            )
        )  # fmt: skip
        return event_id

    def _require_voice(self) -> None:
        if not self._may_emit:
            raise MayNotEmit

    def _sealed(self, event: Event, event_id: UUID) -> Event:
        sealed = {}
        for name, field in sealed_fields(type(event)).items():
            value: Sealed[Any] | None = getattr(event, name)
            if value is not None and value.token is None:
                plain = field.adapter.dump_json(value.value)
                token = self.service.keyring.seal(field.audience, event_place(event_id, name), plain)
                sealed[name] = Sealed[Any](token=token)
        return event.model_copy(update=sealed)

    def open(self, event: Event, field: str) -> Any:
        """The plain value of a sealed field of the event being handled. Raises CannotOpen."""
        if self.cause is None:
            raise CannotOpen("only a handled event has sealed fields to open")
        plain = self.service.keyring.open(event_place(self.cause.id, field), getattr(event, field).token)
        return sealed_fields(type(event))[field].adapter.validate_json(plain)

    def seal_column(self, table: str, column: str, row: object, value: BaseModel) -> str:
        """Seal a value for a column of this service's own database (audience `rest`)."""
        return self.service.keyring.seal("rest", row_place(table, column, row), value.model_dump_json().encode())

    def open_column(self, table: str, column: str, row: object, token: str, model: type[M]) -> M:
        """The plain value of a sealed column. Raises CannotOpen."""
        return model.model_validate_json(self.service.keyring.open(row_place(table, column, row), token))

    async def schedule(
        self, kind: str, aggregate_id: UUID, version: int, due_at: datetime, *, key: UUID, clinic_id: UUID | None
    ) -> None:
        """Make a thing due (business time). The same (kind, aggregate, version) again changes nothing.

        Written behind the transaction's work, with all that it makes due. Raises MayNotEmit in a read model's consumer.
        """
        self._require_voice()
        self._rings.add(self.service.bells.timers)
        self._timers.append(
            timers.Timer(kind, aggregate_id, version, due_at, key, self.organisation_id, clinic_id, self.correlation_id)
        )

    async def audit(
        self, action: str, resource: str, resource_id: object, *, patient_id: UUID | None = None,
        clinic_id: UUID | None = None, version: int | None = None, reason: str | None = None, outcome: str = "ok",
    ) -> None:  # fmt: skip
        """Write an audit row (domain H.3) before the commit. `reason` is a code, never free text.

        What was created or updated is at the same time a change that live updates tell (shared/http/changes.py).
        """
        self._entries.append(
            writing.Entry(new_id(), clinic_id, action, resource, str(resource_id), version, patient_id, reason, outcome)
        )

    async def write_events(self) -> list[Position]:
        """Write what is due, audit rows and what was emitted, and say where it stands; the last statements of all.

        The commit does this by itself; only an answer that must be stored with its positions asks for it earlier.
        """
        await self.session.flush()
        await self._write_timers()
        await self._write_audit()
        drafts = self._drafts[self._written :]
        if drafts:
            last = await outbox.write(await self.session.connection(), drafts)
            self.positions += [Position(self.service.name, key, seq) for key, seq in last.items()]
            self._written = len(self._drafts)
            self._rings.add(self.service.bells.outbox)
        return self.positions

    async def _write_timers(self) -> None:
        if made_due := self._timers:
            self._timers = []
            await timers.write(await self.session.connection(), made_due)

    async def _write_audit(self) -> None:
        if not (entries := self._entries):
            return
        self._entries, connection = [], await self.session.connection()
        await writing.write(connection, self.caller, self.source, self.correlation_id, self.now, entries)
        self._rings.add(self.service.bells.changes)

    async def _commit(self) -> None:
        await self.write_events()
        await self.session.commit()
        for bell in self._rings:
            bell.ring()


@asynccontextmanager
async def unit_of_work(
    service: Service, caller: Caller, *, cause: Envelope | None = None, correlation_id: UUID | None = None,
    traceparent: str | None = None, source: str | None = None, may_emit: bool = True,
) -> AsyncIterator[UnitOfWork]:  # fmt: skip
    """Commit on a clean exit, roll back on any exception.

    `caller` says who acts and in which organisation; `cause` is the event being handled; `source` an address for audit.
    A read model's consumer may not emit.
    """
    correlation = cause.correlation_id if cause else correlation_id or new_id()
    async with AsyncSession(service.database.engine, expire_on_commit=False) as session:
        uow = UnitOfWork(
            service, session, caller, cause=cause, correlation_id=correlation,
            traceparent=cause.traceparent if cause else traceparent, source=source, may_emit=may_emit,
        )  # fmt: skip
        yield uow
        await uow._commit()
