"""The programme's form of a session: written out from its record and from what people said, and what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import BaseModel
from sqlmodel import col, select

from services.scheduling.chairside import Chairside
from services.scheduling.domain.leaving import Disposition
from services.scheduling.domain.remsanswers import (
    ASKING,
    RemsAnswers,
    RemsContent,
    RemsDraft,
    Teller,
    changed_since,
    stage,
    written,
)
from services.scheduling.domain.remsform import FilledField, RemsField, SprayRecord, from_record
from services.scheduling.domain.spray import DeviceDetail
from services.scheduling.floor.chart import observations_of
from services.scheduling.floor.records import moves_of
from services.scheduling.models import RemsForm, RemsFormVersion, Session
from services.scheduling.promised import promised
from services.scheduling.schemas.leaving import LeavingView
from services.scheduling.schemas.remsform import MissingField, RemsFormDetailView, RemsFormVersionView
from services.scheduling.schemas.spray import FormState
from shared.calendar import local_date
from shared.db.unit_of_work import UnitOfWork
from shared.problems import NOT_FOUND


class AtTheDoor(BaseModel):
    """Of the answers at discharge what the form asks for."""

    pressure_acceptable: bool | None = None


@dataclass(frozen=True, slots=True)
class FormNow:
    """A form as it stands now, with everything that was sent, the oldest first."""

    row: RemsForm
    on_record: Sequence[FilledField]
    draft: RemsDraft
    content: RemsContent
    sent: Sequence[RemsFormVersion]

    def with_answers(self, said: RemsAnswers, teller: Teller) -> "FormNow":
        """The same with what is said now."""
        draft = self.draft.with_answers(said, teller)
        return replace(self, draft=draft, content=written(self.on_record, draft, self.content.edition))

    @property
    def number(self) -> int:
        """Of the version that is sent next; a form that was sent before its content was kept here was the first."""
        return max([version.number for version in self.sent], default=int(self.row.submitted_at is not None)) + 1


async def form_now(uow: UnitOfWork, session: Session, chair: Chairside, *, lock: bool = False) -> FormNow:
    """The form of a session that is over, its row locked if wanted. Raises NOT_FOUND when none is due."""
    mine = select(RemsForm).where(RemsForm.session_id == session.id, RemsForm.organisation_id == uow.organisation_id)
    if lock:
        mine = mine.with_for_update().execution_options(populate_existing=True)
    row = (await uow.session.exec(mine)).first()
    if row is None:
        raise NOT_FOUND()
    draft = RemsDraft()
    if row.draft is not None:
        draft = uow.open_column("rems_form", "draft", row.session_id, row.draft, RemsDraft)
    known = from_record(await _record(uow, session, chair), chair.policy)
    content = written(known, draft, chair.clinic.file.monitoring_form.edition)
    return FormNow(row, known, draft, content, await _versions(uow, session.id))


async def _versions(uow: UnitOfWork, session_id: UUID) -> Sequence[RemsFormVersion]:
    rows = select(RemsFormVersion).where(
        RemsFormVersion.session_id == session_id, RemsFormVersion.organisation_id == uow.organisation_id
    )
    return (await uow.session.exec(rows.order_by(col(RemsFormVersion.number)))).all()


async def _record(uow: UnitOfWork, session: Session, chair: Chairside) -> SprayRecord:
    door, left = AtTheDoor(), None
    if session.departure is not None:
        door = uow.open_column("session", "departure", session.id, session.departure, AtTheDoor)
    if session.leaving is not None:
        left = uow.open_column("session", "leaving", session.id, session.leaving, LeavingView)
    started_at = promised(session.started_at, "session.started_at")
    ended_at = promised(session.closed_at, "session.closed_at")
    moved = await moves_of(uow, session.id)
    watched = {
        row.recorded_by for row in await observations_of(uow, session.id)
        if row.id not in moved and row.source != "device" and started_at < row.occurred_at <= ended_at
    }  # fmt: skip
    return SprayRecord(
        zone=chair.clinic.file.zone, started_at=started_at, ended_at=ended_at,
        devices=[uow.open_column("device", "detail", row.id, row.detail, DeviceDetail) for row in chair.devices],
        readings=chair.readings, gate=chair.gate, pressure_acceptable=door.pressure_acceptable,
        died=left is not None and left.disposition is Disposition.DIED, watched_by=frozenset(watched),
    )  # fmt: skip


def form_view(uow: UnitOfWork, form: FormNow, chair: Chairside) -> RemsFormDetailView:
    """A form as it is shown: what is filled in and from where, what is missing, and what was sent."""
    row, file = form.row, chair.clinic.file
    sent = [_version(uow, version) for version in form.sent]
    waiting = FormState.OVERDUE if local_date(uow.now, file.zone) > row.due_on else FormState.DUE
    return RemsFormDetailView(
        session_id=row.session_id, patient_id=row.patient_id, version=row.version, due_on=row.due_on,
        state=FormState.SUBMITTED if row.submitted_at else waiting, stage=stage(form.content, form.number - 1),
        submitted_at=row.submitted_at, site=file.rems_site, edition=form.content.edition,
        fields=list(form.content.fields), missing=[_missing(field) for field in form.content.missing],
        changed=changed_since(sent[-1].content, form.content) if sent else [], versions=sent,
    )  # fmt: skip


def content_of(uow: UnitOfWork, version: RemsFormVersion) -> RemsContent:
    """What was sent."""
    return uow.open_column("rems_form_version", "content", version.id, version.content, RemsContent)


def _version(uow: UnitOfWork, row: RemsFormVersion) -> RemsFormVersionView:
    return RemsFormVersionView(
        number=row.number, sent_at=row.sent_at, recorded_at=row.recorded_at, recorded_by=row.recorded_by, way=row.way,
        content=content_of(uow, row),
    )  # fmt: skip


def _missing(field: RemsField) -> MissingField:
    wording, acts = ASKING[field]
    return MissingField(field=field, wording=wording, filled_by=list(acts))
