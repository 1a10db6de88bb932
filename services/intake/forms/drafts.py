"""Drafts as they are stored: found, and their answers opened."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.register import Entry, Saved
from services.intake.models import DraftAnswer, FormDraft
from services.intake.records import SOURCES
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork


async def newest_draft(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID, form_id: str) -> FormDraft | None:
    """The draft that is open, or else the last one."""
    drafts = select(FormDraft).where(
        of_person(FormDraft.patient_id, patient_id), FormDraft.clinic_id == clinic_id, FormDraft.form == form_id,
        FormDraft.organisation_id == uow.organisation_id,
    )  # fmt: skip
    closed = col(FormDraft.state) != "OPEN"
    ordered = drafts.order_by(closed, col(FormDraft.opened_at).desc(), col(FormDraft.id).desc())
    return (await uow.session.exec(ordered.limit(1))).one_or_none()


def is_over(draft: FormDraft, now: datetime) -> bool:
    """Whether the time in which it could be sent in is over, whether or not its timer has come."""
    late = draft.state == "OPEN" and draft.expires_at is not None and draft.expires_at <= now
    return late or draft.state == "EXPIRED"


async def entries_of(uow: UnitOfWork, draft: FormDraft) -> list[Entry]:
    """Every answer that was given to a draft."""
    rows = await uow.session.exec(
        select(DraftAnswer).where(DraftAnswer.draft_id == draft.id, DraftAnswer.organisation_id == uow.organisation_id)
    )
    return [
        Entry(
            id=row.id,
            saved=uow.open_column("draft_answer", "content", row.id, row.content, Saved),
            answered_at=row.answered_at, recorded_at=row.recorded_at, source=SOURCES[row.source], by=row.recorded_by,
        )
        for row in rows
    ]  # fmt: skip
